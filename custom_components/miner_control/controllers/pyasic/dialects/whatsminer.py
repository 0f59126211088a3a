"""MicroBT's firmware, in the two versions of its interface."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, override

from ....domain.features import MinerStatus
from ...errors import CommandRefusedError, ControllerAuthError
from ...snapshot import Snapshot
from .base import (
    FREQUENCY,
    NEEDS_STATUS,
    VOLTAGE,
    BoardSensors,
    Dialect,
    Features,
    answer_to,
    frequency,
    rows,
    section,
    voltage,
)

_DONE: Final = "API command OK"
# What a device says that was told something with a wrong password.
_WRONG_PASSWORD: Final = ("enc json load err", "token err")
_NOT_ALLOWED: Final = "can't access write cmd"
_REFUSALS: Final = (*_WRONG_PASSWORD, _NOT_ALLOWED, "API command ERROR")


class WhatsminerDialect(Dialect):
    """MicroBT's firmware with the API version 2."""

    backends = frozenset({"BTMinerV2"})
    features = frozenset({VOLTAGE, FREQUENCY})
    reads_status = True

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, the clock and the supply's input voltage."""
        clock = volts = status = None
        rpc = self.miner.rpc
        if wanted & NEEDS_STATUS:
            status = _status(section((await answer_to(rpc.status)).get("Msg")))
        if FREQUENCY in wanted:
            boards = rows((await answer_to(rpc.devs)).get("DEVS"))
            clock = frequency(board.get("Chip Frequency") for board in boards)
        if VOLTAGE in wanted:
            supply = section((await answer_to(rpc.get_psu)).get("Msg"))
            volts = voltage([supply.get("vin")], fraction=100)
        return Snapshot(frequency=clock, voltage=volts, status=status)

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, also where the mining process is stopped.

        pyasic asks that process as well, and takes its silence for everybody's.
        """
        told = section((await answer_to(self.miner.rpc.get_miner_info)).get("Msg"))
        return told.get("mac") or await super().read_mac()

    @override
    async def start_mining(self) -> None:
        """Switch the hash boards on."""
        await self._write(self.miner.rpc.power_on)

    @override
    async def stop_mining(self) -> None:
        """Switch the hash boards off."""
        await self._write(self.miner.rpc.power_off, True)

    async def _write(self, call: Callable[..., Awaitable[Any]], *args: object) -> None:
        """Give a command that needs the password; raise if it was not taken."""
        # A token does not outlast a reboot, but pyasic keeps it for half an hour.
        self.miner.rpc.token = None
        try:
            said = section(await call(*args)).get("Msg")
        except Exception as err:
            said = str(err)
            if not any(sign in said for sign in _REFUSALS):
                raise
        self._require_done(str(said))

    def _require_done(self, said: str) -> None:
        """Raise the error that an answer to a command stands for."""
        if any(sign in said for sign in _WRONG_PASSWORD):
            raise ControllerAuthError(f"{self.miner} refuses the password")
        if _NOT_ALLOWED in said:
            raise CommandRefusedError(f"{self.miner} does not let its API write")
        if said != _DONE:
            raise CommandRefusedError(f"{self.miner} refused: {said}")


class WhatsminerV3Dialect(Dialect):
    """MicroBT's firmware with the API version 3.

    pyasic never learns of a stop, and files the chips' lowest and highest
    temperatures as those of the air.
    """

    backends = frozenset({"BTMinerV3"})

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        return BoardSensors(chip="outlet_temp", board=None, inlet=None, outlet=None)


def _status(state: dict[str, Any]) -> MinerStatus | None:
    """Return what the device says of itself, in words that changed with releases."""
    off = state.get("mineroff") or state.get("btmineroff")
    return {"true": MinerStatus.OFF, "false": MinerStatus.ON}.get(str(off).lower())
