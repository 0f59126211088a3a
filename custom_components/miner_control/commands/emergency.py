"""Stop a miner at once, whatever else is going on with it, and prove that.

No command is waited for, and a read that holds the device is ended. Who controls
mining is told in the order of rank, until one of them proves the stop. Where none does
in time, the power is cut, if that is allowed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from typing import Final, cast

from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER
from ..controllers.base import Controller
from ..controllers.errors import ControllerError
from ..coordinator import MinerCoordinator
from ..domain.ports import MiningControlPort
from ..names import error_text, reason_of
from .command import Command, stop_mining
from .dispatcher import Dispatcher

# How long all that controls mining may take to prove a stop, in seconds.
PATIENCE: Final = 20.0
# How long to wait before another round, where all of them failed at once.
_PAUSE: Final = 1.0


class StopOutcome(StrEnum):
    """What became of a miner that was to stop at once."""

    # It had no power anyway.
    OFF = "off"
    STOPPED = "stopped"
    POWER_CUT = "power_cut"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """What became of a miner that was to stop at once, and why it did not.

    Seconds count from the order: until it was commanded, and until the end.
    """

    outcome: StopOutcome
    reason: str | None = None
    commanded: float | None = None
    ended: float = 0.0

    @property
    def is_proved(self) -> bool:
        """Tell whether the miner is known to have stopped."""
        return self.outcome is not StopOutcome.FAILED


class EmergencyStop:
    """Stop one miner."""

    def __init__(
        self,
        coordinator: MinerCoordinator,
        dispatcher: Dispatcher,
        cut_power: Callable[[], Awaitable[None]],
    ) -> None:
        """Stop the miner of a coordinator; `cut_power` cuts its power."""
        self._coordinator = coordinator
        self._dispatcher = dispatcher
        self._cut_power = cut_power
        self._began = monotonic()
        self._commanded: float | None = None
        self._reason: str | None = None

    async def carry_out(self, *, may_cut_power: bool) -> StopReport:
        """Stop the miner, and return what became of that; raise nothing."""
        if self._has_no_power():
            return self._report(StopOutcome.OFF)
        if await self._stop_mining():
            return self._report(StopOutcome.STOPPED)
        if self._has_no_power():
            return self._report(StopOutcome.OFF)
        if may_cut_power:
            try:
                self._note_command()
                await self._cut_power()
            except HomeAssistantError as err:
                self._reason = reason_of(self._coordinator.hass, err)
            else:
                return self._report(StopOutcome.POWER_CUT)
        return self._report(StopOutcome.FAILED)

    async def _stop_mining(self) -> bool:
        """Have all that controls mining stop it, and return whether that was proved."""
        ports = self._ports()
        if not ports:
            self._reason = error_text(self._coordinator.hass, "nothing_stops")
            return False
        with ExitStack() as stack:
            for port in ports:
                coordinator = self._coordinator.coordinator_of(port)
                # What is cut short says so, but that is no fault of the device.
                stack.enter_context(coordinator.vanishing())
                stack.enter_context(coordinator.controller.urgently())
            while (left := self._left) > 0:
                for number, port in enumerate(ports):
                    if await self._stop_by(port, self._left / (len(ports) - number)):
                        return True
                if self._left > left - _PAUSE:
                    await asyncio.sleep(_PAUSE)
        return False

    async def _stop_by(self, port: MiningControlPort, seconds: float) -> bool:
        """Have one controller stop the miner, and return whether it proved that."""
        controller = cast("Controller", port)
        try:
            async with (
                asyncio.timeout(seconds),
                self._coordinator.coordinator_of(port).awake(),
            ):
                await self._dispatcher.have_done(self._command(seconds), port)
        except TimeoutError:
            self._reason = error_text(
                self._coordinator.hass, "command_unproved", controller=controller.title
            )
        except ControllerError as err:
            self._reason = self._dispatcher.reason(err, controller.title)
            LOGGER.debug("%s did not stop at once: %s", controller.title, err)
        else:
            return True
        return self._has_no_power()

    def _command(self, seconds: float) -> Command[MiningControlPort]:
        """Return the command that stops mining, with the time that it is given."""
        usual = stop_mining()

        async def give(port: MiningControlPort) -> None:
            """Give the command, and note when."""
            self._note_command()
            await usual.give(port)

        return replace(usual, give=give, timeout=seconds)

    def _ports(self) -> list[MiningControlPort]:
        """Return all that controls mining: who can now, then who may not answer.

        One that is made up says nothing about a miner that is real.
        """
        healthy = self._coordinator.candidates(MiningControlPort)
        others = [
            p for p in self._coordinator.bound(MiningControlPort) if p not in healthy
        ]
        every = healthy + others
        real = [port for port in every if not cast("Controller", port).is_made_up]
        return real or every

    def _has_no_power(self) -> bool:
        """Tell whether the miner is known to have no power."""
        return self._coordinator.data.is_known_off

    @property
    def _left(self) -> float:
        """Return for how long a stop may still be tried, in seconds."""
        return self._began + PATIENCE - monotonic()

    def _note_command(self) -> None:
        """Note that the miner is told something."""
        if self._commanded is None:
            self._commanded = monotonic() - self._began

    def _report(self, outcome: StopOutcome) -> StopReport:
        """Return what became of the miner."""
        return StopReport(
            outcome=outcome,
            reason=self._reason if outcome is StopOutcome.FAILED else None,
            commanded=self._commanded,
            ended=monotonic() - self._began,
        )
