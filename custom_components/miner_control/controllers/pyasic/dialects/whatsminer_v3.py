"""MicroBT's firmware with the API version 3."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
)
from ...errors import CommandRefusedError, ControllerAuthError, UnsupportedError
from ...network.device import Signs
from ...network.parsing import (
    count,
    frequency,
    hashrate,
    hottest,
    in_slots,
    number,
    rows,
    section,
    temperature,
    wattage,
)
from ..device import tell
from .base import (
    BOARDS,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    OPERATION,
    POWER_LIMIT,
    PRESET,
    BoardSensors,
    Dialect,
    answer_to,
    word_in,
)
from .whatsminer import PRESETS

_EDEVS: Final = "get.miner.status:edevs"
_OF_BOARDS: Final = frozenset(
    {
        BOARDS,
        FREQUENCY,
        MinerFeatureType.CHIP_TEMPERATURE_MONITORING,
        MinerFeatureType.BOARD_TEMPERATURE_MONITORING,
    }
)
_BLINKING: Final = {"color": "red", "period": 200, "duration": 100, "start": 0}
_V3_WRONG_PASSWORD: Final = ("token", "password", "account")


class WhatsminerV3Dialect(Dialect):
    """MicroBT's firmware with the API version 3.

    Fields are those of a recorded M60S with 20251209.16.Rel2 (API 3.0.2), commands
    and settings those of the manufacturer's pages (apidoc.whatsminer.com, 3.0.3).
    Pyasic reads boards where there are none, shows the mean since the start as
    their hash rate, and takes every command for done.
    """

    backends = frozenset({"BTMinerV3"})
    features = frozenset({FREQUENCY, POWER_LIMIT, PRESET, MAX_POWER, MAX_HASHRATE})
    reads_status = True
    unread_items = frozenset({"hashrate", "hashboards"})
    showing_identity = frozenset(MinerFeatureType)
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"errors"})
    }

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Leave the temperatures to `read_extras`."""
        return BoardSensors(chip=None, board=None, inlet=None, outlet=None)

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is asked for at the same time; boards only where shown."""
        needed = {"get.device.info", "get.miner.status:summary"}
        return frozenset(needed | ({_EDEVS} if wanted & _OF_BOARDS else set()))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, the present hash rate, boards and the limit."""
        info, summary = await self._info(), await self._part("summary")
        boards = await self._boards(summary) if wanted & _OF_BOARDS else ()
        limit = wattage(summary.get("power-limit"))
        # What is remembered of it is not told by it.
        rated = self.note_rating(limit) if summary else None
        return Snapshot(
            status=word_in(info, _working(section(info.get("miner")))),
            hashrate=_present(summary) or _sum_of(boards),
            expected_hashrate=hashrate(summary.get("factory-hash"), HashRateUnit.TH),
            max_hashrate=hashrate(summary.get("factory-hash"), HashRateUnit.TH),
            **(_heat(summary, boards) if wanted & _OF_BOARDS else {}),
            power_limit=PowerLimit(limit, 1, rated) if limit and rated else None,
            max_power=Power(rated) if rated else None,
            is_locating=_led(section(info.get("system"))),
        )

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the pool and the power mode besides errors; the light is known."""
        facts = await super().read_facts(wanted - {LOCATE})
        pools = rows((await self._message("get.miner.status:pools")).get("pools"))
        if OPERATION in wanted:
            active = (p.get("url") for p in pools if p.get("stratum-active") is True)
            known = facts.operation or OperationalData()
            pool = str(next(active, None) or "") or None
            facts = replace(facts, operation=replace(known, active_pool=pool))
        if PRESET in wanted:
            setting = await self._message("get.miner.setting")
            mode = str(setting.get("power-mode", "")).lower()
            self.note_rating(wattage(setting.get("power")))
            if mode in PRESETS:
                facts = replace(facts, presets=Presets(PRESETS, mode))
        return facts

    @override
    async def read_signs(self) -> Signs:
        """Read who the device is."""
        info = await self._info()
        serial = section(info.get("miner")).get("miner-sn")
        return Signs(mac=section(info.get("network")).get("mac"), serial=serial)

    @override
    async def check_login(self) -> None:
        """Set the light as it is: no question needs the password."""
        system = section((await self._info()).get("system"))
        may_write = str(system.get("apiswitch", "1")) == "1"
        if may_write and system.get("ledstatus") == "auto":
            await self._write("set.system.led", "auto")

    @override
    async def start_mining(self) -> None:
        """Start the mining process."""
        await self._write("set.miner.service", "start")

    @override
    async def stop_mining(self) -> None:
        """Stop the mining process."""
        await self._write("set.miner.service", "stop")

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Limit the power, upon which mining restarts."""
        await self._write("set.miner.power_limit", round(watts))

    @override
    async def select_preset(self, preset: str) -> None:
        """Enter a power mode."""
        if preset not in PRESETS:
            raise UnsupportedError(f"{self.miner} has no mode {preset!r}")
        await self._write("set.miner.power_mode", preset)

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._write("set.system.reboot")

    @override
    async def restart_mining(self) -> None:
        """Restart the mining process."""
        await self._write("set.miner.service", "restart")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the red light blink, or leave it to the firmware."""
        await self._write("set.system.led", [_BLINKING] if locating else "auto")

    async def _info(self) -> dict[str, Any]:
        """Read what the device tells of itself."""
        return await self._message("get.device.info")

    async def _part(self, name: str) -> dict[str, Any]:
        """Read a part of the status."""
        return section((await self._message(f"get.miner.status:{name}")).get(name))

    async def _message(self, question: str) -> dict[str, Any]:
        """Return the content of an answer, empty if the device gives none."""
        return section(
            (await answer_to(self.miner.rpc.send_command, question)).get("msg")
        )

    async def _boards(self, summary: dict[str, Any]) -> tuple[Hashboard, ...]:
        """Read each board; their own temperatures are part of the summary."""
        on_board = _board_temperatures(summary)
        told = rows((await self._message(_EDEVS)).get("edevs"))
        return in_slots(
            (slot, _v3_board(row, on_board[slot] if slot < len(on_board) else None))
            for row in told
            if (slot := count(row.get("id"))) is not None
        )

    async def _write(self, command: str, parameter: object = None) -> None:
        """Give a command with a new salt; raise unless the device carried it out.

        Each boot has a salt of its own, but pyasic keeps the first for ever.
        """
        self.miner.rpc.salt = None
        answer = section(await tell(self.miner.rpc.send_command, command, parameter))
        if answer.get("code") == 0:
            return
        said = str(answer.get("msg") or "nothing")
        if any(sign in said.lower() for sign in _V3_WRONG_PASSWORD):
            raise ControllerAuthError(f"{self.miner} refuses the password")
        if "permission" in said.lower():
            raise CommandRefusedError(f"{self.miner} does not let its API write")
        raise CommandRefusedError(f"{self.miner} refused {command}: {said[:80]}")


def _working(miner: dict[str, Any]) -> MinerStatus | None:
    """Return what the device with the API 3 says of itself."""
    said = str(miner.get("working")).lower()
    return {"true": MinerStatus.ON, "false": MinerStatus.IDLE}.get(said)


def _led(system: dict[str, Any]) -> bool | None:
    """Tell whether somebody asked for the light: `auto` is the firmware's own use."""
    led = system.get("ledstatus")
    return None if led is None else led != "auto"


def _heat(summary: dict[str, Any], boards: tuple[Hashboard, ...]) -> dict[str, Any]:
    """Return what is told of the boards, and the highest of their temperatures."""
    return {
        "frequency": frequency([summary.get("freq-avg")]),
        "chip_temperature": temperature(summary.get("chip-temp-max"))
        or hottest(board.chip_temperature for board in boards),
        "board_temperature": hottest(map(temperature, _board_temperatures(summary))),
        "hashboards": boards or None,
    }


def _present(row: dict[str, Any]) -> HashRate | None:
    """Return the present hash rate of a device or board with the API 3, in TH/s.

    `hash-average` would be the mean since the start.
    """
    told = (number(row.get(name)) for name in ("hash-realtime", "hash-1min"))
    rate = next((value for value in told if value is not None), None)
    return None if rate is None else HashRate(rate)


def _sum_of(boards: Iterable[Hashboard]) -> HashRate | None:
    """Return the hash rate of all boards together, None unless each tells its own."""
    rates = [board.hashrate.value if board.hashrate else None for board in boards]
    known = [rate for rate in rates if rate is not None]
    return HashRate(sum(known)) if known and len(known) == len(rates) else None


def _board_temperatures(summary: dict[str, Any]) -> list[object]:
    """Return the temperatures of the boards, in their order."""
    told = summary.get("board-temperature")
    return list(told) if isinstance(told, list) else []


def _v3_board(row: dict[str, Any], on_board: object) -> Hashboard:
    """Return a board of the API 3."""
    return Hashboard(
        chip_temperature=temperature(row.get("chip-temp-max")),
        board_temperature=temperature(on_board),
        frequency=frequency([row.get("freq")]),
        hashrate=_present(row),
        nominal_hashrate=hashrate(row.get("factory-hash"), HashRateUnit.TH),
        chips=count(row.get("effective-chips")) or None,
    )
