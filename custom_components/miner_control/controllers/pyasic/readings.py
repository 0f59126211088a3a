"""Turn what pyasic and a dialect read into a snapshot."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
import re
from typing import Any, Final

from homeassistant.helpers.device_registry import format_mac

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.values import (
    DeviceInfo,
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Temperature,
)
from ..base import Capabilities
from ..snapshot import Snapshot
from .dialects.base import NEEDS_STATUS, BoardSensors, Dialect, Features, count, number
from .merging import merged

# Names of pyasic's data items that each feature needs.
ITEMS: Final[dict[MinerFeatureType, frozenset[str]]] = {
    MinerFeatureType.HASHRATE_MONITORING: frozenset({"expected_hashrate"}),
    MinerFeatureType.POWER_MONITORING: frozenset({"wattage"}),
    MinerFeatureType.CHIP_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.BOARD_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.INLET_TEMPERATURE_MONITORING: frozenset(
        {"hashboards", "env_temp"}
    ),
    MinerFeatureType.OUTLET_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING: frozenset({"fans"}),
    MinerFeatureType.HASHBOARD_MONITORING: frozenset({"hashboards"}),
}
# What is read along with other things, but shown for these alone.
_ONLY_FOR: Final = {
    MinerFeatureType.HASHBOARD_MONITORING: "hashboards",
    MinerFeatureType.OPERATIONAL_MONITORING: "operation",
    MinerFeatureType.POWER_LIMIT_CONTROL: "power_limit",
    MinerFeatureType.PRESET_CONTROL: "presets",
    MinerFeatureType.LOCATE_CONTROL: "is_locating",
    MinerFeatureType.MAX_POWER_DETECTION: "max_power",
    MinerFeatureType.MAX_HASHRATE_DETECTION: "max_hashrate",
}
IDENTITY_ITEMS: Final = frozenset({"mac", "serial_number", "hostname", "fw_ver"})

# A device that runs for less than this and does not hash is still starting.
BOOT_SECONDS = 300
# Nothing runs for a century.
_LONGEST_UPTIME = timedelta(days=36_500).total_seconds()
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_NO_MACS = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})


def items_for(features: Features, dialect: Dialect) -> frozenset[str]:
    """Return the data items to read; hash rate and uptime always, as signs of life."""
    items = {"hashrate", "uptime"}.union(
        *(ITEMS.get(feature, ()) for feature in features)
    )
    if features & NEEDS_STATUS and dialect.trusts_is_mining:
        items.add("is_mining")
    return frozenset(items)


def is_alive(data: Any, extras: Snapshot) -> bool:
    """Tell whether a device answered at all; pyasic does not say so.

    Whatsminer's API version 3 even reads as 0 TH/s while nothing answers.
    """
    return bool(
        is_hashing(data)
        or data.wattage is not None
        or data.uptime is not None
        or data.env_temp is not None
        or any(fan.speed is not None for fan in data.fans)
        or any(not board.missing for board in data.hashboards)
        or extras != Snapshot()
    )


def is_hashing(data: Any) -> bool:
    """Tell whether a hash rate above zero was read."""
    rate = hashrate_of(data.hashrate)
    return rate is not None and rate.value > 0


def real_mac(told: object) -> str | None:
    """Return a MAC address in lower case, None if it is not a real one."""
    mac = format_mac(str(told or "").strip())
    return mac if _MAC.fullmatch(mac) and mac not in _NO_MACS else None


def snapshot_of(
    data: Any,
    extras: Snapshot,
    dialect: Dialect,
    capabilities: Capabilities,
    wanted: Features,
) -> Snapshot:
    """Return what was read in the domain's terms; dialects know better than pyasic."""
    found = merged(_plain_snapshot(data, dialect), extras)
    if extras.status is MinerStatus.OFF:
        found = _stopped(found, capabilities)
    return replace(
        found,
        status=_status(data, extras, dialect),
        device_info=device_info_of(capabilities),
        **{field: None for kind, field in _ONLY_FOR.items() if kind not in wanted},
    )


def _stopped(found: Snapshot, capabilities: Capabilities) -> Snapshot:
    """Return what is true of a device that was told to stop.

    What is left of a hash rate is the mean of a time before the stop.
    """
    nothing = no_hashrate(capabilities)
    boards = found.hashboards
    if boards is not None:
        boards = tuple(
            replace(board, hashrate=nothing) if board.hashrate else board
            for board in boards
        )
    return replace(found, hashrate=nothing, hashboards=boards)


def _plain_snapshot(data: Any, dialect: Dialect) -> Snapshot:
    """Return what pyasic's own data says."""
    sensors, boards = dialect.board_sensors, data.hashboards
    intake = data.env_temp if dialect.has_intake_sensor else None
    return Snapshot(
        hashrate=hashrate_of(data.hashrate),
        expected_hashrate=hashrate_of(data.expected_hashrate),
        power=None if (watts := number(data.wattage)) is None else Power(watts),
        chip_temperature=_hottest(boards, sensors.chip),
        board_temperature=_hottest(boards, sensors.board),
        inlet_temperature=_known(intake) or _hottest(boards, sensors.inlet),
        outlet_temperature=_hottest(boards, sensors.outlet),
        internal_fan_speeds=_fan_speeds(data.fans),
        hashboards=_hashboards(boards, sensors),
        operation=_operation(data.uptime),
    )


def no_hashrate(capabilities: Capabilities) -> HashRate:
    """Return no hash rate at all, in the device's unit."""
    return HashRate(0, HashRateUnit(capabilities.hashrate_unit or HashRateUnit.TH))


def device_info_of(capabilities: Capabilities) -> DeviceInfo:
    """Return what linking found out about the device."""
    return DeviceInfo(
        model=capabilities.model,
        make=capabilities.make,
        serial=capabilities.serial,
        firmware=capabilities.firmware,
        firmware_version=capabilities.firmware_version,
        mac=capabilities.mac,
        hostname=capabilities.hostname,
        boards=capabilities.boards or None,
        chips=capabilities.chips,
        fans=capabilities.fans or None,
    )


def hashrate_of(rate: Any) -> HashRate | None:
    """Return a hash rate of pyasic's in the algorithm's own unit."""
    if rate is None or (value := number(rate.rate)) is None:
        return None
    unit = str(rate.unit).replace("K", "k")
    if unit in HashRateUnit:
        return HashRate(value, HashRateUnit(unit))
    return HashRate(value * int(rate.unit.value), HashRateUnit.H)


def _status(data: Any, extras: Snapshot, dialect: Dialect) -> MinerStatus | None:
    """Return what the device is doing, as far as it can be believed."""
    said = extras.status
    if said is None and dialect.trusts_is_mining and data.is_mining is not None:
        said = MinerStatus.ON if data.is_mining else MinerStatus.OFF
    if extras.status is not MinerStatus.OFF and is_hashing(data):
        return MinerStatus.ON
    if said is None and dialect.lacks_status:
        # It usually tells whether it is to mine: a guess could be the reverse.
        return None
    return _status_without_hashing(data, said)


def _status_without_hashing(data: Any, said: MinerStatus | None) -> MinerStatus | None:
    """Return what a device is doing that does not hash, and says something of it."""
    if said not in (None, MinerStatus.ON):
        return said
    if said is None and data.hashrate is None:
        return None
    uptime = number(data.uptime)
    if uptime is not None and uptime < BOOT_SECONDS:
        return MinerStatus.STARTING
    return said or MinerStatus.OFF


def _hottest(boards: Iterable[Any], sensor: str | None) -> Temperature | None:
    """Return the highest temperature of a kind of sensor."""
    if sensor is None:
        return None
    readings = (_known(getattr(board, sensor)) for board in boards)
    known = [reading.celsius for reading in readings if reading]
    return Temperature(max(known)) if known else None


def _hashboards(
    boards: Iterable[Any], sensors: BoardSensors
) -> tuple[Hashboard, ...] | None:
    """Return each board in its slot, None if nothing was read of any."""
    found = tuple(_hashboard(board, sensors) for board in boards)
    return found if any(board != Hashboard() for board in found) else None


def _hashboard(board: Any, sensors: BoardSensors) -> Hashboard:
    """Return one board, less a voltage: pyasic's is that of the device's input."""
    return Hashboard(
        chip_temperature=_hottest([board], sensors.chip),
        board_temperature=_hottest([board], sensors.board),
        hashrate=hashrate_of(board.hashrate),
        chips=count(board.chips) or None,
    )


def _operation(uptime: object) -> OperationalData | None:
    """Return what is known of the operation, as far as pyasic reads it."""
    seconds = number(uptime)
    if seconds is None or not 0 <= seconds <= _LONGEST_UPTIME:
        return None
    return OperationalData(uptime=timedelta(seconds=seconds))


def _known(told: object) -> Temperature | None:
    """Return a temperature; devices write 0 for one that they do not know."""
    celsius = number(told)
    return Temperature(celsius) if celsius else None


def _fan_speeds(fans: Iterable[Any]) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan in rpm, None if none was read."""
    speeds = (number(fan.speed) for fan in fans)
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds) or None
