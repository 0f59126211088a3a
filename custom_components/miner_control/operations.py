"""Start, stop, power and settings of a miner: ordered steps, one thing at a time."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.hass_dict import HassKey

from . import commands
from .commands import FALLEN_SHARE, Command
from .const import DOMAIN, LOGGER
from .coordinator import MinerCoordinator
from .dispatch import Dispatcher, command_failed, no_provider
from .domain.features import MinerFeatureType, MinerStatus
from .domain.ports import (
    ExternalFanControlPort,
    FeaturePort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
)
from .domain.values import FanSetting
from .events import MinerEvents

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

    @property
    def going_on(self) -> list[str]:
        """Name what is being done to the miner, or waits for its turn."""
        return sorted(task.get_name() for task in self._tasks)

    async def start_mining(self) -> None:
        """Give the miner power if it has none, and let it mine.

        Raises HomeAssistantError when no provider got it to mine.
        """
        await self._carry_out(self._start_mining(), MiningControlPort)

    async def stop_mining(self) -> None:
        """Stop mining and leave the power on, where the miner can do that.

        Raises HomeAssistantError when no provider got it to stop.
        """
        await self._carry_out(self._stop_mining(), MiningControlPort)

    async def turn_power_on(self) -> None:
        """Give the miner power; raise HomeAssistantError if it gets none."""
        await self._carry_out(self._turn_power_on(), PowerControlPort)

    async def turn_power_off(self) -> None:
        """Stop mining, wait for the power to fall, then cut it.

        Raises HomeAssistantError when the power could not be cut.
        """
        await self._carry_out(self._turn_power_off(), PowerControlPort)

    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the miner's own fans, but never let a powered miner overheat.

        Raises ServiceValidationError for 0 %, HomeAssistantError if nobody did it.
        """
        if setting.percent == 0 and not self._coordinator.is_known_off:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="internal_fan_must_run"
            )
        await self.carry_out(commands.set_internal_fan(setting))

    async def carry_out(self, command: Command[Any]) -> None:
        """Have a command carried out by the best provider that does it.

        Raises HomeAssistantError when none did, or when it was interrupted.
        """
        await self._carry_out(self._do(command), command.port)

    async def async_stop(self) -> None:
        """End whatever is going on; a cut of the power that has begun ends first."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

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
            raise command_failed(
                self._coordinator.hass, feature, "it was interrupted"
            ) from None
        if _is_cancelled():
            # What could not be cut short has come to its end nevertheless.
            raise asyncio.CancelledError

    async def _do(self, command: Command[Any]) -> None:
        """Dispatch a command, and show what that does to the miner."""
        with self._showing(command.status):
            await self._dispatcher.dispatch(command)

    async def _start_mining(self) -> None:
        """Start, unless the miner shows now that it mines already.

        One that nobody could tell to mine does so as soon as it has power.
        """
        if self._starts_by_power:
            await self._turn_power_on()
            return
        if not self._coordinator.is_known_off and await self._mines_already():
            return
        with self._showing(MinerStatus.STARTING), self._telling_failure():
            if self._coordinator.is_known_off:
                await self._give_power()
            await self._wait_for_control()
            if not self._is_mining():
                await self._dispatcher.dispatch(commands.start_mining())

    async def _stop_mining(self) -> None:
        """Stop by the providers in turn, then by the power if that is allowed."""
        if self._coordinator.is_known_off:
            return
        with self._showing(MinerStatus.STOPPING):
            try:
                await self._dispatcher.dispatch(commands.stop_mining())
            except HomeAssistantError:
                if not self._coordinator.options.power_stands_in:
                    raise
                await self._cut_power()

    async def _turn_power_on(self) -> None:
        """Switch the power on; a miner that had none starts by that."""
        if not self._coordinator.is_known_off:
            await self._give_power()
            return
        with self._showing(MinerStatus.STARTING), self._telling_failure():
            await self._give_power()

    async def _turn_power_off(self) -> None:
        """Cut the power, but not under load if that can be helped."""
        if self._coordinator.is_known_off:
            return
        if not self._coordinator.candidates(PowerControlPort):
            raise no_provider(self._coordinator.hass, MinerFeatureType.POWER_CONTROL)
        with self._showing(MinerStatus.STOPPING):
            if self._coordinator.options.graceful_power_off:
                await self._stop_gracefully()
            await self._cut_power()

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

    async def _stop_gracefully(self) -> None:
        """Stop mining before the power is cut, as far as the miner lets itself."""
        if not self._coordinator.candidates(MiningControlPort):
            return
        if self._is_mining() is False:
            return
        loaded = self._watts()
        try:
            await self._dispatcher.dispatch(commands.stop_mining())
        except HomeAssistantError as err:
            title = self._coordinator.config_entry.title
            LOGGER.warning(
                "Power of %s is cut without a stop of mining before: %s", title, err
            )
            return
        if loaded is None:
            return
        fallen = max(loaded * FALLEN_SHARE, self._coordinator.standby_watts)
        await self._dispatcher.wait_until(
            lambda: _at_most(self._watts(), fallen),
            self._coordinator.options.power_off_timeout,
        )

    async def _give_power(self) -> None:
        """Switch the power on, unless it was cut too short a while ago."""
        if self._coordinator.is_known_off and (rest := self._rest()) > 0:
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

    async def _mines_already(self) -> bool:
        """Tell whether the miner mines, by news that are not from a while ago."""
        if (port := self._coordinator.provider(MiningControlPort)) is None:
            return False
        await self._coordinator.async_refresh(port)
        return self._is_mining() is True

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
