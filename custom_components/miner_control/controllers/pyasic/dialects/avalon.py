"""Canaan's firmware."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.values import Hashboard, HashRateUnit, Power, Presets, Temperature
from ...errors import CommandRefusedError, UnsupportedError
from ...snapshot import Snapshot
from ..adapter import tell
from ..limits import in_short
from .base import (
    BOARDS,
    FREQUENCY,
    LOCATE,
    NEEDS_STATUS,
    OPERATION,
    PRESET,
    VOLTAGE,
    BoardSensors,
    Dialect,
    Features,
    Signs,
    answer_to,
    first,
    frequency,
    hashrate,
    number,
    rows,
    section,
    voltage,
)

_POWER = MinerFeatureType.POWER_MONITORING
_BOARD = MinerFeatureType.BOARD_TEMPERATURE_MONITORING
_INLET = MinerFeatureType.INLET_TEMPERATURE_MONITORING
_OUTLET = MinerFeatureType.OUTLET_TEMPERATURE_MONITORING
# What the module tells beyond pyasic's data.
_OF_MODULE: Final = frozenset({*NEEDS_STATUS, _BOARD, _INLET, _OUTLET, LOCATE, BOARDS})

_LEVELS: Final = ("low", "medium", "high")
_DONE: Final = "ASC 0 set OK"
_REFUSED: Final = "set failed"


class AvalonDialect(Dialect):
    """An Avalon, whose module tells all in one text of `Name[value]`.

    pyasic files the chips' mean and highest temperatures as those of boards and
    air, takes the version of cgminer for the firmware's, and does not notice
    that the device is switched off by software.
    """

    backends = frozenset({"AvalonMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    reads_status = True
    showing_identity = _OF_MODULE
    can_reboot = True
    can_restart_mining = True
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools"})
    }

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        return BoardSensors(board=None, inlet=None, outlet=None)

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return the question that the module answers, and that for the counters."""
        module = {"estats"} if self._needs_module(wanted) else set()
        return super().asked_along(wanted) | module

    @override
    async def read_signs(self) -> Signs:
        """Read the serial number, which the module tells with all the rest."""
        return Signs(serial=await self.read_serial())

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what the module tells beyond pyasic's data."""
        told = Snapshot()
        if self._needs_module(wanted):
            told = self._snapshot_of(await self._module())
        return replace(told, operation=await self.read_counters(wanted))

    @override
    async def read_serial(self) -> str | None:
        """Read the number that every module has of its own."""
        dna = (await self._module()).get("DNA")
        return None if dna is None else str(dna)

    @override
    async def read_firmware_version(self) -> str | None:
        """Read the version of the firmware instead of cgminer's."""
        found = rows((await answer_to(self.miner.rpc.version)).get("VERSION"))
        return next((v["VERSION"] for v in found if v.get("VERSION")), None)

    @override
    async def reboot(self) -> None:
        """Restart the device, where pyasic would restart cgminer alone."""
        await self._set("reboot", "0")

    @override
    async def restart_mining(self) -> None:
        """Restart cgminer."""
        answer = section(await tell(self.miner.rpc.restart))
        if answer.get("STATUS") != "RESTART":
            raise CommandRefusedError(f"{self.miner} did not restart mining")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""
        await self._set("led", f"1-{int(locating)}")

    def _needs_module(self, wanted: Features) -> bool:
        """Tell whether features need what only the module tells."""
        return bool(wanted & {*self.features, *_OF_MODULE})

    async def _set(self, option: str, value: str) -> None:
        """Set an option; raise CommandRefusedError if it was not taken."""
        try:
            answer = section(await tell(self.miner.rpc.ascset, 0, option, value))
            said = str(first(answer.get("STATUS")).get("Msg"))
        except Exception as err:
            said = in_short(err)
            if _REFUSED not in said:
                raise
        if said != _DONE:
            raise CommandRefusedError(f"{self.miner} refused {option}: {said}")

    def _snapshot_of(self, module: dict[str, Any]) -> Snapshot:
        """Return what the module tells, as all models call it."""
        return Snapshot(
            status=_status(module),
            is_locating=_light(module),
            frequency=frequency([module.get("Freq")]),
            inlet_temperature=_temperature(module.get("ITemp")),
            outlet_temperature=_temperature(module.get("HBOTemp")),
        )

    async def _module(self) -> dict[str, Any]:
        """Read what the module tells."""
        answer = await answer_to(self.miner.rpc.estats)
        if not answer:
            return {}
        found = rows(self.miner.parse_estats(answer).get("STATS"))
        return next((section(row["MM ID0"]) for row in found if "MM ID0" in row), {})


class AvalonNano3Dialect(AvalonDialect):
    """The first Nano 3, a heater with its sensors and its watts in other places."""

    backends = frozenset({"CGMinerAvalonNano3"})
    features = frozenset({FREQUENCY, VOLTAGE, _POWER, PRESET})
    has_intake_sensor = False

    @override
    async def select_preset(self, preset: str) -> None:
        """Set the work level."""
        if preset not in _LEVELS:
            raise UnsupportedError(f"{self.miner} has no level {preset!r}")
        # As text, since the library leaves out a zero.
        await self._set("worklevel,set", str(_LEVELS.index(preset)))

    @override
    def _snapshot_of(self, module: dict[str, Any]) -> Snapshot:
        """Return what the module tells, as this model calls it."""
        volts, watts = _supply(module.get("PS"))
        board = Hashboard(
            board_temperature=_temperature(module.get("Temp")),
            voltage=voltage([volts], fraction=100),
            frequency=frequency([module.get("Freq")]),
            nominal_hashrate=hashrate(module.get("GHSmm"), HashRateUnit.GH),
        )
        return Snapshot(
            status=_status(module),
            is_locating=_light(module),
            presets=_presets(module),
            hashboards=None if board == Hashboard() else (board,),
            power=None if watts is None else Power(watts),
            voltage=voltage([volts], fraction=100),
            frequency=frequency([module.get("Freq")]),
            board_temperature=_temperature(module.get("Temp")),
            outlet_temperature=_temperature(module.get("OTemp")),
        )


def _presets(module: dict[str, Any]) -> Presets | None:
    """Return the work levels and the one that is set."""
    level = number(module.get("WORKLEVEL"))
    if level is None or level not in range(len(_LEVELS)):
        return None
    return Presets(_LEVELS, _LEVELS[int(level)])


def _light(module: dict[str, Any]) -> bool | None:
    """Tell whether the light is on that the device is found by."""
    led = number(module.get("Led"))
    return None if led is None else bool(led)


def _supply(values: object) -> tuple[object, float | None]:
    """Return the supply's voltage in 10 mV and its power in W, out of seven values."""
    if not isinstance(values, list) or len(values) != 7:
        return None, None
    return values[4], number(values[5])


def _status(module: dict[str, Any]) -> MinerStatus | None:
    """Return what the module is doing.

    Its switch alone tells too little: it also counts through the steps of a start.
    """
    work = str(module.get("SYSTEMSTATU", ""))
    if "In Work" in work:
        return MinerStatus.ON
    return MinerStatus.OFF if "In Idle" in work and module.get("SoftOFF") else None


def _temperature(value: object) -> Temperature | None:
    """Return a temperature; modules write 0 or -273 where they have no sensor."""
    celsius = number(value)
    return None if celsius is None or celsius in (0, -273) else Temperature(celsius)
