"""MicroBT's firmware with the older versions of its interface."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    PowerLimit,
    Presets,
)
from ...errors import CommandRefusedError, ControllerAuthError, UnsupportedError
from ...network.device import Signs
from ...network.parsing import (
    count,
    counters,
    first,
    frequency,
    hashrate,
    hashrate_now,
    hottest,
    in_slots,
    number,
    rows,
    section,
    temperature,
    voltage,
    wattage,
)
from .base import (
    BOARDS,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    NEEDS_STATUS,
    OPERATION,
    POWER_LIMIT,
    PRESET,
    VOLTAGE,
    Dialect,
    answer_to,
    only_wanted,
    word_in,
)

_DONE: Final = "API command OK"
# The hash rates of now, the best first: `MHS av` is the mean since the start.
_RATES: Final = ("MHS 1m", "MHS 5s", "HS RT")
# What a device says that was told something with a wrong password.
_WRONG_PASSWORD: Final = ("enc json load err", "token err")
_NOT_ALLOWED: Final = "can't access write cmd"
_CHIPS: Final = MinerFeatureType.CHIP_TEMPERATURE_MONITORING
_FANS: Final = MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING
_OF_BOARDS: Final = frozenset(
    {BOARDS, FREQUENCY, _CHIPS, MinerFeatureType.BOARD_TEMPERATURE_MONITORING}
)
# What the summary tells.
_OF_SUMMARY: Final = frozenset(
    {
        MinerFeatureType.HASHRATE_MONITORING,
        _CHIPS,
        _FANS,
        OPERATION,
        POWER_LIMIT,
        PRESET,
        MAX_POWER,
        MAX_HASHRATE,
    }
)
PRESETS: Final = ("low", "normal", "high")
_REFUSALS: Final = (
    *_WRONG_PASSWORD,
    _NOT_ALLOWED,
    "API command ERROR",
    "invalid cmd",
)


class WhatsminerDialect(Dialect):
    """MicroBT's firmware with the API version 2.

    It takes a power limit up to its rated power, which it tells nobody; the
    highest limit that was ever seen stands for it. Firmware differs in the means that
    it tells of a hash rate. Where one is missing, pyasic reads no further, and takes
    the mean of the chips for their temperature.
    """

    backends = frozenset({"BTMinerV2"})
    features = frozenset(
        {VOLTAGE, FREQUENCY, POWER_LIMIT, PRESET, MAX_POWER, MAX_HASHRATE}
    )
    reads_boards = True
    reads_status = True
    showing_identity = _OF_SUMMARY
    unread_items = frozenset({"hashrate", "hashboards", "fans"})

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is asked for at the same time; boards only where shown."""
        return frozenset({"summary"} | ({"devs"} if wanted & _OF_BOARDS else set()))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, the boards, the summary and the supply's input voltage."""
        volts = status = None
        rpc = self.miner.rpc
        if wanted & NEEDS_STATUS:
            told = section((await answer_to(rpc.status)).get("Msg"))
            status = word_in(told, _status(told))
        summary = first((await answer_to(rpc.summary)).get("SUMMARY"))
        found = self._summarised(summary)
        if VOLTAGE in wanted:
            supply = section((await answer_to(rpc.get_psu)).get("Msg"))
            volts = voltage([supply.get("vin")], fraction=100)
        boards = await self._boards() if wanted & _OF_BOARDS else ()
        clocks = [board.frequency.megahertz for board in boards if board.frequency]
        on_chips = (board.chip_temperature for board in boards)
        found = replace(
            found,
            chip_temperature=hottest((found.chip_temperature, *on_chips)),
            board_temperature=hottest(board.board_temperature for board in boards),
            frequency=frequency(clocks),
            hashboards=boards or None,
            internal_fan_speeds=self._fans(summary),
            voltage=volts,
            status=status,
        )
        return only_wanted(found, wanted)

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the light as well, of which pyasic does not say that it is unknown."""
        facts = await super().read_facts(wanted - {LOCATE})
        if LOCATE not in wanted:
            return facts
        told = section((await answer_to(self.miner.rpc.get_miner_info)).get("Msg"))
        led = told.get("ledstat")
        return replace(facts, is_locating=None if led is None else led != "auto")

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address, as far as the summary holds it."""
        summary = first((await answer_to(self.miner.rpc.summary)).get("SUMMARY"))
        return Signs(mac=summary.get("MAC"))

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, also where the mining process is stopped.

        pyasic asks that process as well, and takes its silence for everybody's.
        """
        told = section((await answer_to(self.miner.rpc.get_miner_info)).get("Msg"))
        return told.get("mac") or await super().read_mac()

    @override
    async def check_login(self) -> None:
        """Ask something in the way of a command: else nothing needs the password."""
        try:
            await self._write(partial(self.miner.rpc.send_privileged_command, "status"))
        except CommandRefusedError:
            return  # Whoever understood it has the same password.

    @override
    async def start_mining(self) -> None:
        """Switch the hash boards on."""
        await self._write(self.miner.rpc.power_on)

    @override
    async def stop_mining(self) -> None:
        """Switch the hash boards off."""
        await self._write(self.miner.rpc.power_off, True)

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Limit the power, upon which the device restarts."""
        await self._write(self.miner.rpc.adjust_power_limit, round(watts))

    @override
    async def select_preset(self, preset: str) -> None:
        """Enter a power mode."""
        if preset not in PRESETS:
            raise UnsupportedError(f"{self.miner} has no mode {preset!r}")
        await self._write(getattr(self.miner.rpc, f"set_{preset}_power"))

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._write(self.miner.rpc.reboot)

    @override
    async def restart_mining(self) -> None:
        """Restart the mining process."""
        await self._write(self.miner.rpc.restart)

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the light blink, or leave it to the firmware."""
        await self._write(self.miner.rpc.set_led, not locating)

    async def _boards(self) -> tuple[Hashboard, ...]:
        """Read each board, whatever one of them leaves out."""
        boards = rows((await answer_to(self.miner.rpc.devs)).get("DEVS"))
        return in_slots(
            (count(board.get("ASC", board.get("Slot"))), _board(board))
            for board in boards
        )

    def _fans(self, summary: dict[str, Any]) -> tuple[FanSpeed | None, ...] | None:
        """Return the speed of each fan; what is cooled by a liquid tells 0 for none."""
        speeds = [number(summary.get(f"Fan Speed {side}")) for side in ("In", "Out")]
        has_none = (
            self.miner.expected_fans == 0 or summary.get("Liquid Cooling") is True
        )
        if not any(speeds) and (has_none or None in speeds):
            return None
        return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds)

    def _summarised(self, summary: dict[str, Any]) -> Snapshot:
        """Return what the summary tells beyond pyasic's data."""
        if not summary:
            return Snapshot()
        mode = str(summary.get("Power Mode", "")).lower()
        limit = wattage(summary.get("Power Limit"))
        rated = self.note_rating(limit)
        return Snapshot(
            hashrate=_present(summary),
            chip_temperature=temperature(summary.get("Chip Temp Max")),
            # pyasic gives the rating instead, whatever the mode and the limit.
            expected_hashrate=hashrate(summary.get("Target MHS"), HashRateUnit.MH),
            presets=Presets(PRESETS, mode) if mode in PRESETS else None,
            power_limit=PowerLimit(limit, 1, rated) if limit and rated else None,
            max_power=Power(rated) if rated else None,
            max_hashrate=hashrate(summary.get("Factory GHS"), HashRateUnit.GH),
            operation=counters(summary),
        )

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


def _present(row: dict[str, Any]) -> HashRate | None:
    """Return the present hash rate of the device or of a board, which may be none."""
    told = (hashrate_now(row.get(name), HashRateUnit.MH) for name in _RATES)
    return next((rate for rate in told if rate is not None), None)


def _board(row: dict[str, Any]) -> Hashboard:
    """Return a board; what it does not tell costs nothing else."""
    chips = (row.get(f"Chip Temp {name}") for name in ("Max", "Avg"))
    return Hashboard(
        chip_temperature=next(filter(None, map(temperature, chips)), None),
        board_temperature=temperature(row.get("Temperature")),
        frequency=frequency([row.get("Chip Frequency")]),
        hashrate=_present(row),
        nominal_hashrate=hashrate(row.get("Factory GHS"), HashRateUnit.GH),
        chips=count(row.get("Effective Chips")) or None,
    )


def _status(state: dict[str, Any]) -> MinerStatus | None:
    """Return what the device says of itself, in words that changed with releases."""
    off = state.get("mineroff") or state.get("btmineroff")
    return {"true": MinerStatus.IDLE, "false": MinerStatus.ON}.get(str(off).lower())
