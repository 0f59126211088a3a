"""What a device is, and which features it has."""

from typing import Any

from ...domain.features import MinerFeatureType
from ...domain.values import is_plausible
from ..base import Capabilities
from ..errors import ControllerUnreachableError
from ..snapshot import Snapshot, readings_of
from .dialects.base import (
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    MINING,
    POWER_LIMIT,
    PRESET,
    RESTART,
    VOLTAGE,
    Dialect,
    Features,
)
from .library import VERSION
from .merging import merged
from .readings import (
    IDENTITY_ITEMS,
    hashrate_of,
    is_alive,
    is_hashing,
    items_for,
    real_mac,
    snapshot_of,
)


async def inspect(dialect: Dialect, candidates: Features) -> Capabilities:
    """Read all that a device tells of itself, and return what it can do.

    Raises ControllerUnreachableError when it does not answer, or not completely.
    """
    data = await dialect.read_data(items_for(candidates, dialect) | IDENTITY_ITEMS)
    extras = await dialect.read_extras(candidates)
    if not is_alive(data, extras):
        raise ControllerUnreachableError(f"{dialect.miner} does not answer any more")
    data.mac = real_mac(data.mac) or real_mac(await dialect.read_mac())
    if dialect.always_has_mac and data.mac is None:
        raise ControllerUnreachableError(f"{dialect.miner} does not tell its MAC")
    data.serial_number = data.serial_number or await dialect.read_serial()
    data.fw_ver = await dialect.read_firmware_version() or data.fw_ver
    extras = merged(await dialect.read_facts(candidates), extras)
    nothing = Capabilities(features=frozenset())
    found = snapshot_of(data, extras, dialect, nothing, candidates)
    return _capabilities(data, found, dialect)


def _capabilities(data: Any, found: Snapshot, dialect: Dialect) -> Capabilities:
    """Return what a device was found to be and to be capable of."""
    miner = dialect.miner
    rate = hashrate_of(data.expected_hashrate) or hashrate_of(data.hashrate)
    boards = miner.expected_hashboards or len(data.hashboards)
    return Capabilities(
        features=_features(data, found, dialect),
        make=_text(miner.make),
        model=_text(miner.raw_model),
        firmware=_text(miner.firmware),
        firmware_version=_text(data.fw_ver),
        serial=_text(data.serial_number),
        mac=data.mac,
        hostname=_text(data.hostname),
        algorithm=_text(miner.algo),
        hashrate_unit=rate.unit if rate else None,
        library_class=dialect.device.library_class,
        library_version=VERSION,
        boards=boards,
        chips=miner.expected_chips * boards if miner.expected_chips else None,
        fans=miner.expected_fans or len(data.fans),
        can_reboot=dialect.can_reboot,
        can_restart_mining=dialect.can_restart_mining,
        rated_power=dialect.rated_power,
        readings=tuple(sorted(readings_of(found))),
    )


def _features(data: Any, found: Snapshot, dialect: Dialect) -> Features:
    """Return what this device can serve: what it showed, and what its class does.

    A miner that is not hashing shows neither temperatures nor clocks, although it
    has them; it gets the benefit of the doubt where the library reads them.
    """
    types = MinerFeatureType
    device, sensors, supported = (
        dialect.device,
        dialect.board_sensors,
        dialect.supported,
    )
    idle = not is_hashing(data)
    idle_boards = idle and device.implements("_get_hashboards")
    watts = device.implements("_get_wattage") or types.POWER_MONITORING in supported
    can = {
        types.HASHRATE_MONITORING: device.implements("_get_hashrate"),
        types.POWER_MONITORING: found.power or (idle and watts),
        types.STATUS_MONITORING: True,
        types.CHIP_TEMPERATURE_MONITORING: found.chip_temperature
        or (idle_boards and sensors.chip),
        types.BOARD_TEMPERATURE_MONITORING: found.board_temperature
        or (idle_boards and sensors.board),
        types.INLET_TEMPERATURE_MONITORING: found.inlet_temperature,
        types.OUTLET_TEMPERATURE_MONITORING: found.outlet_temperature,
        types.FAN_SPEED_INTERNAL_MONITORING: found.internal_fan_speeds,
        VOLTAGE: found.voltage or (idle and VOLTAGE in supported),
        FREQUENCY: found.frequency or (idle and FREQUENCY in supported),
        MINING: MINING in supported,
        FAN: FAN in supported and found.internal_fan and found.internal_fan_speeds,
        types.MODEL_DETECTION: True,
        types.HASHBOARD_MONITORING: is_plausible(found.hashboards) or idle_boards,
        types.OPERATIONAL_MONITORING: found.operation,
        **_beyond(found, supported, idle=idle),
    }
    return frozenset(feature for feature, possible in can.items() if possible)


def _beyond(
    found: Snapshot, supported: Features, *, idle: bool
) -> dict[MinerFeatureType, object]:
    """Return which controls and limits a device has, as far as each may have them."""
    shown = {
        POWER_LIMIT: found.power_limit or idle,
        PRESET: found.presets or idle,
        MAX_POWER: found.max_power or idle,
        MAX_HASHRATE: found.max_hashrate or idle,
        RESTART: True,
        LOCATE: True,
    }
    return {feature: feature in supported and seen for feature, seen in shown.items()}


def _text(value: object) -> str | None:
    """Return a name as text, None if there is none."""
    return str(value) if value is not None and str(value) else None
