"""Turn what pyasic and a dialect read into a snapshot."""

from collections.abc import Iterable
from typing import Any, Final

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.values import (
    DeviceInfo,
    FanSpeed,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)
from ..base import Capabilities
from ..snapshot import Snapshot
from .dialects import Dialect, Extras

# Names of pyasic's data items that each feature needs.
ITEMS: Final[dict[MinerFeatureType, frozenset[str]]] = {
    MinerFeatureType.HASHRATE_MONITORING: frozenset({"expected_hashrate"}),
    MinerFeatureType.POWER_MONITORING: frozenset({"wattage"}),
    MinerFeatureType.STATUS_MONITORING: frozenset({"is_mining"}),
    MinerFeatureType.CHIP_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.BOARD_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.INLET_TEMPERATURE_MONITORING: frozenset(
        {"hashboards", "env_temp"}
    ),
    MinerFeatureType.OUTLET_TEMPERATURE_MONITORING: frozenset({"hashboards"}),
    MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING: frozenset({"fans"}),
}
IDENTITY_ITEMS: Final = frozenset({"mac", "serial_number", "hostname", "fw_ver"})

# A device that runs for less than this and does not hash is still starting.
BOOT_SECONDS = 300
_NO_MAC = "00:00:00:00:00:00"


def items_for(features: Iterable[MinerFeatureType], dialect: Dialect) -> set[str]:
    """Return the data items to read; hash rate and uptime always, as signs of life."""
    items = {"hashrate", "uptime"}.union(
        *(ITEMS.get(feature, ()) for feature in features)
    )
    if not dialect.trusts_is_mining:
        items.discard("is_mining")
    return items


def is_alive(data: Any) -> bool:
    """Tell whether a device answered at all; pyasic does not say so.

    Whatsminer's API version 3 even reads as 0 TH/s while nothing answers.
    """
    return bool(
        is_hashing(data)
        or data.wattage is not None
        or data.uptime is not None
        or data.env_temp is not None
        or data.mac
        or any(fan.speed is not None for fan in data.fans)
        or any(not board.missing for board in data.hashboards)
    )


def is_hashing(data: Any) -> bool:
    """Tell whether a hash rate above zero was read."""
    return data.hashrate is not None and float(data.hashrate) > 0


def mac_of(data: Any) -> str | None:
    """Return the MAC address in lower case, None if it is not a real one."""
    mac = (data.mac or "").strip().lower().replace("-", ":")
    return mac if mac and mac != _NO_MAC else None


def snapshot_of(
    data: Any, extras: Extras, dialect: Dialect, capabilities: Capabilities
) -> Snapshot:
    """Return what was read in the domain's terms."""
    boards = data.hashboards
    chips = _hottest(board.chip_temp for board in boards)
    pcbs = _hottest(board.temp for board in boards)
    if dialect.swaps_temperatures:
        chips, pcbs = pcbs, chips
    return Snapshot(
        hashrate=hashrate_of(data.hashrate),
        expected_hashrate=hashrate_of(data.expected_hashrate),
        power=None if data.wattage is None else Power(float(data.wattage)),
        status=extras.status or _status(data, dialect),
        chip_temperature=chips,
        board_temperature=pcbs,
        inlet_temperature=_hottest([data.env_temp])
        or _hottest(board.inlet_temp for board in boards),
        outlet_temperature=_hottest(board.outlet_temp for board in boards),
        internal_fan_speeds=_fan_speeds(data.fans),
        voltage=extras.voltage,
        frequency=extras.frequency,
        internal_fan=extras.internal_fan,
        device_info=device_info_of(capabilities),
    )


def idle_snapshot(capabilities: Capabilities) -> Snapshot:
    """Return what is known of a device that answers, but whose mining is stopped."""
    unit = HashRateUnit(capabilities.hashrate_unit or HashRateUnit.TH)
    return Snapshot(
        hashrate=HashRate(0, unit),
        status=MinerStatus.OFF,
        device_info=device_info_of(capabilities),
    )


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
    if rate is None:
        return None
    unit = str(rate.unit).replace("K", "k")
    if unit in HashRateUnit:
        return HashRate(float(rate), HashRateUnit(unit))
    return HashRate(float(rate) * int(rate.unit.value), HashRateUnit.H)


def _status(data: Any, dialect: Dialect) -> MinerStatus | None:
    """Return what the device is doing, as far as it can be believed."""
    if is_hashing(data):
        return MinerStatus.ON
    if dialect.trusts_is_mining and data.is_mining is not None:
        return MinerStatus.ON if data.is_mining else MinerStatus.OFF
    if data.hashrate is None:
        return None
    booting = data.uptime is not None and data.uptime < BOOT_SECONDS
    return MinerStatus.STARTING if booting else MinerStatus.OFF


def _hottest(values: Iterable[float | None]) -> Temperature | None:
    """Return the highest temperature; devices write 0 for one they do not know."""
    known = [value for value in values if value]
    return Temperature(float(max(known))) if known else None


def _fan_speeds(fans: Iterable[Any]) -> tuple[FanSpeed | None, ...]:
    """Return the speed of each fan in rpm."""
    return tuple(
        None if fan.speed is None else FanSpeed(float(fan.speed)) for fan in fans
    )
