"""Canaan's firmware."""

from typing import Any, ClassVar, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.values import Power, Temperature
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
    number,
    rows,
    section,
    voltage,
)

_POWER = MinerFeatureType.POWER_MONITORING
_BOARD = MinerFeatureType.BOARD_TEMPERATURE_MONITORING
_INLET = MinerFeatureType.INLET_TEMPERATURE_MONITORING
_OUTLET = MinerFeatureType.OUTLET_TEMPERATURE_MONITORING


class AvalonDialect(Dialect):
    """An Avalon, whose module tells all in one text of `Name[value]`.

    pyasic files the chips' mean and highest temperatures as those of boards and
    air, takes the version of cgminer for the firmware's, and does not notice
    that the device is switched off by software.
    """

    backends = frozenset({"AvalonMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    reads_status = True

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        return BoardSensors(board=None, inlet=None, outlet=None)

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what the module tells beyond pyasic's data."""
        if not wanted & {*self.features, *NEEDS_STATUS, _BOARD, _INLET, _OUTLET}:
            return Snapshot()
        return self._snapshot_of(await self._module())

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

    def _snapshot_of(self, module: dict[str, Any]) -> Snapshot:
        """Return what the module tells, as all models call it."""
        return Snapshot(
            status=_status(module),
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
    features = frozenset({FREQUENCY, VOLTAGE, _POWER})
    has_intake_sensor = False

    @override
    def _snapshot_of(self, module: dict[str, Any]) -> Snapshot:
        """Return what the module tells, as this model calls it."""
        volts, watts = _supply(module.get("PS"))
        return Snapshot(
            status=_status(module),
            power=None if watts is None else Power(watts),
            voltage=voltage([volts], fraction=100),
            frequency=frequency([module.get("Freq")]),
            board_temperature=_temperature(module.get("Temp")),
            outlet_temperature=_temperature(module.get("OTemp")),
        )


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
