"""Start, stop and power of a miner: ordered steps, each proved by reading back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, cast

from homeassistant.exceptions import HomeAssistantError

from .const import CONF_POWER_OFF_TIMEOUT, CONF_POWER_STANDS_IN, DOMAIN, LOGGER
from .controllers.base import Controller
from .controllers.errors import ControllerError
from .coordinator import MinerCoordinator
from .domain.features import MinerStatus
from .domain.ports import (
    FeaturePort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
)

POWER_OFF_TIMEOUT = 60.0
# How long a device may take to show that it did what it was told.
PROOF_TIMEOUT = 60.0
PLUG_TIMEOUT = 20.0
# How often a device is asked while a command waits for its proof.
PROOF_INTERVAL = 2.0
# A miner whose power fell to this share hashes no more.
FALLEN_SHARE = 0.5


class MinerOperations:
    """Carry out one command at a time on a miner."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Command the miner of a coordinator."""
        self._coordinator = coordinator
        self._lock = asyncio.Lock()

    async def start_mining(self) -> None:
        """Give the miner power if it has none, and let it mine.

        Raises HomeAssistantError when no provider got it to mine.
        """
        await self._carry_out(self._start_mining(), "mining_control")

    async def stop_mining(self) -> None:
        """Stop mining and leave the power on, where the miner can do that.

        Raises HomeAssistantError when no provider got it to stop.
        """
        await self._carry_out(self._stop_mining(), "mining_control")

    async def turn_power_on(self) -> None:
        """Give the miner power; raise HomeAssistantError if it gets none."""
        await self._carry_out(self._turn_power_on(), "power_control")

    async def turn_power_off(self) -> None:
        """Stop mining, wait for the power to fall, then cut it.

        Raises HomeAssistantError when the power could not be cut.
        """
        await self._carry_out(self._turn_power_off(), "power_control")

    async def _carry_out(self, work: Coroutine[Any, Any, None], feature: str) -> None:
        """Carry out a command as a task that ends when the miner is unloaded."""
        coordinator = self._coordinator
        task = coordinator.config_entry.async_create_background_task(
            coordinator.hass, self._in_turn(work), f"{feature} command"
        )
        try:
            await task
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if caller is None or caller.cancelling():
                raise
            raise _failure("command_failed", feature, "it was interrupted") from None

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one thing at a time."""
        try:
            async with self._lock:
                await work
        finally:
            # Nothing where it was begun; else nobody would ever await it.
            work.close()

    async def _start_mining(self) -> None:
        """Start, unless the miner shows now that it mines already."""
        if not self._coordinator.is_known_off and await self._mines_already():
            return
        with self._showing(MinerStatus.STARTING):
            if self._coordinator.is_known_off:
                await self._switch_power(on=True)
            await self._wait_for_control()
            if not self._is_mining():
                await self._command_mining(mine=True)

    async def _stop_mining(self) -> None:
        """Stop by the providers in turn, then by the power if that is allowed."""
        if self._coordinator.is_known_off:
            return
        with self._showing(MinerStatus.STOPPING):
            try:
                await self._command_mining(mine=False)
            except HomeAssistantError:
                options = self._coordinator.config_entry.options
                if not options.get(CONF_POWER_STANDS_IN):
                    raise
                await self._switch_power(on=False)

    async def _turn_power_on(self) -> None:
        """Switch the power on; a miner that had none starts by that."""
        starts = self._coordinator.is_known_off
        with self._showing(MinerStatus.STARTING if starts else None):
            await self._switch_power(on=True)

    async def _turn_power_off(self) -> None:
        """Cut the power, but not under load if that can be helped."""
        if self._coordinator.is_known_off:
            return
        if not self._coordinator.candidates(PowerControlPort):
            raise _failure("no_provider", "power_control")
        with self._showing(MinerStatus.STOPPING):
            await self._stop_gracefully()
            await self._switch_power(on=False)

    @contextmanager
    def _showing(self, status: MinerStatus | None) -> Iterator[None]:
        """Show a status while something is done."""
        self._coordinator.set_command(status)
        try:
            yield
        finally:
            self._coordinator.set_command(None)

    async def _stop_gracefully(self) -> None:
        """Stop mining before the power is cut, as far as the miner lets itself."""
        if not self._coordinator.candidates(MiningControlPort):
            return
        if self._is_mining() is False:
            return
        loaded = self._watts()
        try:
            await self._command_mining(mine=False)
        except HomeAssistantError as err:
            LOGGER.warning("Power is cut without a stop of mining before: %s", err)
            return
        if loaded is None:
            return
        fallen = max(loaded * FALLEN_SHARE, self._coordinator.standby_watts)
        timeout = self._coordinator.config_entry.options.get(
            CONF_POWER_OFF_TIMEOUT, POWER_OFF_TIMEOUT
        )
        await self._wait_until(lambda: _at_most(self._watts(), fallen), timeout)

    async def _switch_power(self, *, on: bool) -> None:
        """Switch the power by the best provider that does it."""

        async def switch(port: PowerControlPort) -> None:
            """Switch, and wait for the plug to say that it did."""
            await (port.turn_power_on() if on else port.turn_power_off())
            await self._prove(port, lambda: port.is_powered is on, PLUG_TIMEOUT)

        with nullcontext() if on else self._coordinator.cutting_power():
            await self._by_any(PowerControlPort, switch)

    async def _command_mining(self, *, mine: bool) -> None:
        """Start or stop mining by the best provider that does it."""

        async def command(port: MiningControlPort) -> None:
            """Command, and wait for the miner to do it."""
            await (port.start_mining() if mine else port.stop_mining())
            await self._prove(
                port, lambda: port.is_mining in (mine, None), PROOF_TIMEOUT
            )

        await self._by_any(MiningControlPort, command)

    async def _by_any[P: FeaturePort](
        self, port: type[P], command: Callable[[P], Awaitable[None]]
    ) -> None:
        """Give a command to the ranked providers in turn until one carries it out."""
        last: ControllerError | None = None
        for provider in self._coordinator.candidates(port):
            controller = cast("Controller", provider)
            try:
                await command(provider)
            except ControllerError as err:
                LOGGER.warning(
                    "%s did not carry out %s: %s",
                    controller.title,
                    port.feature_type,
                    err,
                )
                self._coordinator.report_failure(port.feature_type, provider)
                last = err
            else:
                LOGGER.debug("%s carried out %s", controller.title, port.feature_type)
                return
        if last is None:
            raise _failure("no_provider", port.feature_type)
        raise _failure("command_failed", port.feature_type, str(last)) from last

    async def _prove(
        self, port: FeaturePort, done: Callable[[], bool], seconds: float
    ) -> None:
        """Read back until a command shows its effect; raise if it never does."""
        if await self._wait_until(done, seconds, refresh=port):
            return
        raise UnprovedError(f"no effect was seen within {seconds:.0f} s")

    async def _wait_for_control(self) -> None:
        """Wait within the boot grace until the miner can be told to mine.

        One that mines by itself needs not be told.
        """
        ready = await self._wait_until(
            lambda: (
                bool(self._coordinator.candidates(MiningControlPort))
                or self._is_mining() is True
            ),
            self._coordinator.boot_grace,
        )
        if not ready:
            raise _failure("no_answer_after_power_on", "mining_control")

    async def _wait_until(
        self,
        done: Callable[[], bool],
        seconds: float,
        refresh: FeaturePort | None = None,
    ) -> bool:
        """Wait until something is so, and return whether it came to be."""
        changed = asyncio.Event()
        stop = self._coordinator.async_add_listener(changed.set)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if refresh is not None:
                        await self._coordinator.async_refresh(refresh)
                    changed.clear()
                    if done():
                        return True
                    await _wait_briefly(changed)
        except TimeoutError:
            return done()
        finally:
            stop()

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


class UnprovedError(ControllerError):
    """A device took a command, but showed no effect."""

    translation_key = "command_unproved"


async def _wait_briefly(changed: asyncio.Event) -> None:
    """Wait for news, but no longer than until it is time to ask again."""
    try:
        async with asyncio.timeout(PROOF_INTERVAL):
            await changed.wait()
    except TimeoutError:
        return


def _at_most(watts: float | None, limit: float) -> bool:
    """Tell whether the power is known and low enough."""
    return watts is not None and watts <= limit


def _failure(key: str, feature: str, reason: str = "") -> HomeAssistantError:
    """Return the error that tells the user why nothing happened."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            "feature": feature.replace("_", " "),
            "reason": reason,
        },
    )
