"""Start, stop, power and settings of a miner: ordered steps, one thing at a time."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from ..coordinator import MinerCoordinator
from ..domain.authority import Origin
from ..domain.features import MinerFeatureType, MinerStatus
from ..domain.ports import (
    ExternalFanControlPort,
    FeaturePort,
    MiningControlPort,
    PowerControlPort,
    PowerLimitControlPort,
    PowerMonitorPort,
    PresetControlPort,
    TuningControlPort,
)
from ..domain.power_target import Setting
from ..domain.values import FanSetting
from ..watch.events import MinerEvents
from . import command as commands
from .command import FALLEN_SHARE, Command
from .dispatcher import Dispatcher, interrupted, no_provider
from .emergency import EmergencyStop, StopOutcome, StopReport
from .kept_stop import KeptStop
from .resumption import Resumption

# How long a device may take to restart because of what it was told, in seconds.
_RESTART_BEGINS = 15.0
# What a miner does that nobody stopped, where it does not tell whether it mines.
_SHALL_MINE = (MinerStatus.ON, MinerStatus.STARTING, MinerStatus.ERROR)
# No contact suffers from switching so little, so that nothing has to fall first.
HARMLESS_WATTS = 100.0
# What sets how much a miner draws.
_SETS_POWER = (PowerLimitControlPort, PresetControlPort, TuningControlPort)
# When the power of each miner was cut last, by its entry: a reload forgets nothing.
POWER_CUTS: HassKey[dict[str, float]] = HassKey(f"{DOMAIN}_power_cuts")


class MinerOperations:
    """Carry out one operation at a time on a miner; others wait for their turn."""

    def __init__(self, coordinator: MinerCoordinator, events: MinerEvents) -> None:
        """Command the miner of a coordinator, and tell what goes wrong."""
        self._coordinator = coordinator
        self._events = events
        self._dispatcher = Dispatcher(coordinator)
        self._turn = asyncio.Lock()
        # Cooling must not wait for a miner that takes its time to start.
        self._external_fan_turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resumption = Resumption(coordinator)
        self._is_resuming = False
        self._kept_stop = KeptStop(coordinator)
        self._is_stopping_again = False
        coordinator.power_target.use(self._apply_setting, self._switch_mining)
        coordinator.config_entry.async_on_unload(
            coordinator.async_add_listener(self._stop_again_when_due)
        )
        coordinator.config_entry.async_on_unload(
            coordinator.async_add_listener(self._resume_when_due)
        )

    @property
    def going_on(self) -> list[str]:
        """Name what is being done to the miner, or waits for its turn."""
        return sorted(task.get_name() for task in self._tasks)

    async def start_mining(
        self, *, origin: Origin = Origin.PERSON, has_stepped: bool = False
    ) -> None:
        """Give the miner power if it has none, and let it mine.

        One that `has_stepped` was told just now how much it may draw, and may begin to
        mine by that. Raises HomeAssistantError when no provider got it to mine, or
        nobody may.
        """
        self._coordinator.authority.require_release()
        self._note_own(origin, mines=True)
        work = self._start_after_step() if has_stepped else self._start_mining()
        await self._carry_out(work, MiningControlPort)

    async def stop_mining(self, *, origin: Origin = Origin.PERSON) -> None:
        """Stop mining and leave the power on, where the miner can do that.

        Raises HomeAssistantError when no provider got it to stop.
        """
        self._note_own(origin, mines=False)
        await self._carry_out(self._stop_mining(), MiningControlPort)

    async def turn_power_on(self, *, origin: Origin = Origin.PERSON) -> None:
        """Give the miner power; raise HomeAssistantError if it gets none."""
        self._coordinator.authority.require_release()
        self._note_own(origin, mines=True)
        await self._carry_out(self._turn_power_on(), PowerControlPort)

    async def turn_power_off(self, *, origin: Origin = Origin.PERSON) -> None:
        """Stop mining, wait for the power to fall, then cut it.

        Raises HomeAssistantError when the power could not be cut.
        """
        self._note_own(origin, mines=False)
        await self._carry_out(self._turn_power_off(), PowerControlPort)

    async def emergency_stop(self, *, may_cut_power: bool) -> StopReport:
        """Stop the miner at once, and return what became of that; raise nothing.

        Whatever is being done to it ends, and nothing is waited for. Where nobody
        proves the stop, the power is cut if that is allowed.
        """
        for task in self._tasks:
            task.cancel()
        self._resumption.forget()
        stop = EmergencyStop(self._coordinator, self._dispatcher, self._cut_power)
        is_only_means = self._coordinator.options.power_stands_in
        with self._showing(MinerStatus.STOPPING):
            report = await stop.carry_out(may_cut_power=may_cut_power or is_only_means)
        if report.is_proved:
            self._coordinator.note_told(to_mine=False)
        if report.outcome is StopOutcome.STOPPED:
            self._kept_stop.note()
        return report

    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the miner's own fans, but never let a powered miner overheat.

        Raises ServiceValidationError for 0 %, HomeAssistantError if nobody did it.
        """
        if setting.percent == 0 and not self._coordinator.data.is_known_off:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="internal_fan_must_run"
            )
        await self.carry_out(commands.set_internal_fan(setting))

    async def carry_out(
        self, command: Command[Any], *, origin: Origin = Origin.PERSON
    ) -> None:
        """Have a command carried out by the best provider that does it.

        Raises HomeAssistantError when none did, or when it was interrupted.
        """
        if command.to_mine:
            self._coordinator.authority.require_release()
        if command.port in _SETS_POWER:
            self._note_own(origin)
        await self._carry_out(self._do(command), command.port)

    async def _apply_setting(self, setting: Setting) -> None:
        """Set what was chosen for the power target; raise HomeAssistantError if not."""
        command = commands.apply_setting(setting)
        # Who asked for the power was noted when it was asked for.
        await self._carry_out(self._do(command), command.port)

    async def _switch_mining(self, on: bool) -> None:  # noqa: FBT001
        """Start or stop mining for a power target that nobody asks for anew.

        Raises HomeAssistantError when nobody did it.
        """
        if on:
            self._coordinator.authority.require_release()
        work = self._start_mining() if on else self._stop_mining()
        await self._carry_out(work, MiningControlPort)

    async def async_stop(self) -> None:
        """End whatever is going on; a cut of the power that has begun ends first."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _note_own(self, origin: Origin, *, mines: bool | None = None) -> None:
        """Note what a person told the miner, which a fleet respects for a while."""
        if origin is Origin.PERSON:
            self._coordinator.authority.note_own_command(mines=mines)

    async def _carry_out(
        self, work: Coroutine[Any, Any, None], port: type[FeaturePort]
    ) -> None:
        """Carry out something as a task that ends when the miner is unloaded."""
        coordinator, feature = self._coordinator, port.feature_type
        is_apart = port is ExternalFanControlPort
        turn = self._external_fan_turn if is_apart else self._turn
        task = coordinator.config_entry.async_create_background_task(
            coordinator.hass, _in_turn(turn, work), f"{feature} command"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await task
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            raise interrupted(coordinator.hass, feature) from None
        if _is_cancelled():
            # What could not be cut short has come to its end nevertheless.
            raise asyncio.CancelledError

    @callback
    def _resume_when_due(self) -> None:
        """Let a miner mine again that was stopped for a cut and has its power back."""
        if self._is_resuming or not self._resumption.is_due:
            return
        if self._coordinator.authority.latched_by is not None:
            return
        self._is_resuming = True
        entry = self._coordinator.config_entry
        task = entry.async_create_background_task(
            self._coordinator.hass, _in_turn(self._turn, self._resume()), "resumption"
        )
        self._tasks.add(task)
        task.add_done_callback(self._end_resumption)

    @callback
    def _end_resumption(self, task: asyncio.Task[None]) -> None:
        """Note that nobody lets the miner mine again any more."""
        self._tasks.discard(task)
        self._is_resuming = False

    async def _resume(self) -> None:
        """Let the miner mine again; try that as long as it may take to start."""
        if not self._resumption.is_due:
            return
        try:
            if not await self._mines_already(monotonic()):
                with self._showing(MinerStatus.STARTING):
                    await self._dispatcher.dispatch(commands.start_mining())
        except HomeAssistantError as err:
            if not self._resumption.is_too_late:
                return
            self._events.start_failed(err)
        self._resumption.forget()

    @callback
    def _stop_again_when_due(self) -> None:
        """Stop a miner again that forgot a stop because it lost its power."""
        is_ending = self._coordinator.hass.is_stopping
        if is_ending or self._is_stopping_again or not self._kept_stop.is_lost:
            return
        self._is_stopping_again = True
        entry = self._coordinator.config_entry
        task = entry.async_create_background_task(
            self._coordinator.hass,
            _in_turn(self._turn, self._stop_again()),
            "kept stop",
        )
        self._tasks.add(task)
        task.add_done_callback(self._end_stop_again)

    @callback
    def _end_stop_again(self, task: asyncio.Task[None]) -> None:
        """Note that nobody stops the miner again any more."""
        self._tasks.discard(task)
        self._is_stopping_again = False

    async def _stop_again(self) -> None:
        """Stop the miner, if it still mines only because it forgot that."""
        if not self._kept_stop.is_lost:
            return
        title = self._coordinator.config_entry.title
        LOGGER.info(
            "%s restarted and forgot that it was stopped; stopping it again", title
        )
        try:
            with self._showing(MinerStatus.STOPPING):
                await self._dispatcher.dispatch(commands.stop_mining())
        except HomeAssistantError as err:
            LOGGER.warning("Could not stop %s again: %s", title, err)
            self._kept_stop.note_failure()
        else:
            self._kept_stop.note()

    async def _do(self, command: Command[Any]) -> None:
        """Dispatch a command, and show what that does to the miner."""
        with self._showing(command.status):
            await self._wait_for_restart(command.port)
            await self._dispatcher.dispatch(command)
            if command.to_mine:
                self._kept_stop.forget()

    async def _wait_for_restart(self, port: type[FeaturePort]) -> None:
        """Wait for a device that restarts because it was told something."""
        if self._coordinator.data.is_restarting:
            await self._dispatcher.wait_until(
                lambda: bool(self._coordinator.candidates(port)),
                self._coordinator.boot_grace,
            )

    async def _start_mining(self, *, is_shown: bool = False) -> None:
        """Start, unless the miner shows now that it mines already.

        One that nobody could tell to mine does so as soon as it has power. Where it
        `is_shown` to start, whoever shows that ends it.
        """
        self._kept_stop.forget()
        if self._starts_by_power:
            await self._turn_power_on()
            return
        asked_at = monotonic()
        has_power = not self._coordinator.data.is_known_off
        if has_power and await self._mines_already(asked_at):
            # Whatever it was told before, it is to mine from now on.
            self._coordinator.note_told(to_mine=True)
            self._resumption.forget()
            return
        status = None if is_shown else MinerStatus.STARTING
        with self._showing(status), self._telling_failure():
            if self._coordinator.data.is_known_off:
                await self._give_power()
            await self._wait_for_control()
            if not self._is_known_to_mine(asked_at):
                await self._dispatcher.dispatch(commands.start_mining())
        self._resumption.forget()

    async def _start_after_step(self) -> None:
        """Start, unless the miner does so itself because of what it was told.

        Told to mine as well, it would start twice; and twice it would seem to start if
        it was not shown to all the time.
        """
        with self._showing(MinerStatus.STARTING):
            await self._dispatcher.wait_until(
                lambda: (
                    self._is_mining() is True
                    or not self._coordinator.candidates(MiningControlPort)
                ),
                _RESTART_BEGINS,
                self._read_mining,
            )
            await self._wait_for_restart(MiningControlPort)
            # It has from now on to do so.
            self._coordinator.set_command(MinerStatus.STARTING)
            await self._start_mining(is_shown=True)

    async def _read_mining(self) -> None:
        """Ask the miner whether it mines, if it can be asked."""
        if (port := self._coordinator.provider(MiningControlPort)) is not None:
            await self._coordinator.async_refresh_provider(port)

    async def _stop_mining(self) -> None:
        """Stop by the providers in turn, then by the power if that is allowed."""
        self._resumption.forget()
        if self._coordinator.data.is_known_off:
            return
        with self._showing(MinerStatus.STOPPING):
            await self._wait_for_restart(MiningControlPort)
            try:
                await self._dispatcher.dispatch(commands.stop_mining())
            except HomeAssistantError:
                if not self._coordinator.options.power_stands_in:
                    raise
                await self._cut_power()
            else:
                self._kept_stop.note()

    async def _turn_power_on(self) -> None:
        """Switch the power on; a miner that had none starts by that.

        One that was stopped for the cut is told to mine as soon as it can be told.
        """
        if not self._coordinator.data.is_known_off:
            await self._give_power()
            self._resumption.note_power()
            self._resume_when_due()
            return
        with self._showing(MinerStatus.STARTING), self._telling_failure():
            await self._give_power()

    async def _turn_power_off(self) -> None:
        """Cut the power, but not under load if that can be helped."""
        if self._coordinator.data.is_known_off:
            return
        if not self._coordinator.candidates(PowerControlPort):
            raise no_provider(self._coordinator.hass, MinerFeatureType.POWER_CONTROL)
        # As long as a command is shown, the status says nothing of what was before.
        shall_mine = self._shall_mine
        with self._showing(MinerStatus.STOPPING):
            if self._coordinator.options.graceful_power_off:
                await self._stop_gracefully(shall_mine=shall_mine)
            await self._cut_power()
            self._resumption.note_cut()

    @contextmanager
    def _showing(self, status: MinerStatus | None) -> Iterator[None]:
        """Show a status while something is done."""
        if status is None:
            yield
            return
        self._coordinator.set_command(status)
        try:
            yield
        finally:
            self._coordinator.set_command(None)

    @contextmanager
    def _telling_failure(self) -> Iterator[None]:
        """Tell everybody, and not only who gave the command, that a start failed."""
        try:
            yield
        except HomeAssistantError as err:
            self._events.start_failed(err)
            raise

    async def _stop_gracefully(self, *, shall_mine: bool) -> None:
        """Stop mining before the power is cut, as far as the miner lets itself."""
        if not self._coordinator.candidates(MiningControlPort):
            return
        if self._is_mining() is False:
            return
        loaded = self._watts()
        if shall_mine:
            self._resumption.note_stop()
        try:
            await self._dispatcher.dispatch(commands.stop_mining())
        except HomeAssistantError as err:
            title = self._coordinator.config_entry.title
            LOGGER.warning(
                "Cutting the power of %s, although mining could not be stopped: %s",
                title,
                err,
            )
            return
        if loaded is None or loaded <= HARMLESS_WATTS:
            return
        fallen = max(loaded * FALLEN_SHARE, HARMLESS_WATTS)
        await self._dispatcher.wait_until(
            lambda: _at_most(self._watts(), fallen),
            self._coordinator.options.power_off_timeout,
        )

    async def _give_power(self) -> None:
        """Switch the power on, unless it was cut too short a while ago."""
        if self._coordinator.data.is_known_off and (rest := self._rest()) > 0:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="power_cut_recently",
                translation_placeholders={"seconds": str(ceil(rest))},
            )
        await self._dispatcher.dispatch(commands.give_power())

    async def _cut_power(self) -> None:
        """Switch the power off; nothing interrupts that before it is proved."""
        with self._coordinator.cutting_power():
            await _to_its_end(self._dispatcher.dispatch(commands.cut_power()))
        self._power_cuts[self._coordinator.config_entry.entry_id] = monotonic()

    @property
    def _power_cuts(self) -> dict[str, float]:
        """Return when the power of each miner was cut last."""
        return self._coordinator.hass.data.setdefault(POWER_CUTS, {})

    def _rest(self) -> float:
        """Return for how many seconds the power has to stay off."""
        cut_at = self._power_cuts.get(self._coordinator.config_entry.entry_id)
        if cut_at is None:
            return 0.0
        return cut_at + self._coordinator.options.power_cut_interval - monotonic()

    async def _wait_for_control(self) -> None:
        """Wait within the boot grace until the miner can be told to mine.

        One that mines by itself needs not be told.
        """
        ready = await self._dispatcher.wait_until(
            lambda: (
                bool(self._coordinator.candidates(MiningControlPort))
                or self._is_mining() is True
            ),
            self._coordinator.boot_grace,
        )
        if not ready:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="no_answer_after_power_on"
            )

    @property
    def _starts_by_power(self) -> bool:
        """Tell whether power is all that there is to let the miner mine."""
        return (
            self._coordinator.options.power_stands_in
            and self._coordinator.resolution(MiningControlPort) is None
        )

    @property
    def _shall_mine(self) -> bool:
        """Tell whether the miner mines, or should: nobody stopped it."""
        is_mining = self._is_mining()
        if is_mining is None:
            return self._coordinator.data.status in _SHALL_MINE
        return is_mining

    async def _mines_already(self, asked_at: float) -> bool:
        """Ask the miner whether it mines."""
        await self._read_mining()
        return self._is_known_to_mine(asked_at)

    def _is_known_to_mine(self, asked_at: float) -> bool:
        """Tell whether the miner mines, by what was read after it was asked for."""
        if (port := self._coordinator.provider(MiningControlPort)) is None:
            return False
        teller = self._coordinator.coordinator_of(port)
        is_news = teller.has_told_since(MiningControlPort.feature_type, asked_at)
        return is_news and port.is_mining is True

    def _is_mining(self) -> bool | None:
        """Tell whether the miner mines, by its best mining control."""
        port = self._coordinator.provider(MiningControlPort)
        return port.is_mining if port else None

    def _watts(self) -> float | None:
        """Return the power that is drawn, where anybody knows."""
        meter = self._coordinator.provider(PowerMonitorPort)
        power = meter.power if meter else None
        return power.watts if power else None


async def _in_turn(turn: asyncio.Lock, work: Coroutine[Any, Any, None]) -> None:
    """Do one thing at a time."""
    try:
        async with turn:
            await work
    finally:
        # Nothing where it was begun; else nobody would ever await it.
        work.close()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do something that must not be left half done, even if one is told to stop.

    Whoever insists on the stop, and says so twice, gets it.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
    await task


def _is_cancelled() -> bool:
    """Tell whether the task that runs was itself told to stop."""
    task = asyncio.current_task()
    return task is None or bool(task.cancelling())


def _at_most(watts: float | None, limit: float) -> bool:
    """Tell whether the power is known and low enough."""
    return watts is not None and watts <= limit
