"""Find a device, and find out what it is and which features it has."""

from collections.abc import MutableMapping
from typing import Any

from ...const import LOGGER
from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features, Snapshot, is_whole, readings_of
from ...domain.values import HashRateUnit, is_plausible
from ..base import Capabilities
from ..errors import ControllerUnreachableError, TellsNothingError
from ..network.address import NetworkAddress
from ..network.hosts import answers
from ..network.merging import merged
from ..network.parsing import real_mac
from .device import PyasicDevice
from .dialects import Dialect, dialect_for
from .dialects.base import (
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    MINING,
    POWER_LIMIT,
    PRESET,
    RATED_POWER,
    RESTART,
    VOLTAGE,
)
from .library import VERSION, complete
from .readings import IDENTITY_ITEMS, is_alive, is_hashing, items_for, snapshot_of


async def find(host: str, address: NetworkAddress) -> Dialect:
    """Return the device that answers at an IP address.

    Raises NotAMinerError when pyasic knows nothing of the kind; it cannot tell that
    from a device that does not answer at all.
    """
    device = await PyasicDevice.identify(host, address)
    LOGGER.debug("%s is a %s", host, device.miner.model)
    return dialect_for(device)


def rebuild(
    host: str,
    address: NetworkAddress,
    known: Capabilities,
    memory: MutableMapping[str, Any],
) -> Dialect:
    """Return the device that was identified when it was linked; contact nothing.

    Raises LibraryMissingError when pyasic, or its class for the device, is missing.
    """
    if known.rated_power is not None:
        memory.setdefault(RATED_POWER, known.rated_power)
    device = PyasicDevice.rebuild(
        host,
        known.library_class or "",
        known.firmware_version,
        address,
        known.model,
    )
    return dialect_for(device, memory)


async def inspect(dialect: Dialect, candidates: Features) -> Capabilities:
    """Read all that a device tells of itself, and return what it can do.

    Raises ControllerUnreachableError when it does not answer, or not completely.
    """
    with dialect.round(candidates):
        return await _inspect(dialect, candidates)


async def _inspect(dialect: Dialect, candidates: Features) -> Capabilities:
    """Read all that a device tells of itself, each question once."""
    data = await dialect.read_data(items_for(candidates, dialect) | IDENTITY_ITEMS)
    supported = await dialect.explore()
    if dialect.miner.raw_model is None:
        complete(dialect.miner, await dialect.read_model())
    extras = await dialect.read_extras(candidates)
    if not is_alive(data, extras):
        raise await _silent(dialect)
    data.mac = real_mac(data.mac) or real_mac(await dialect.read_mac())
    if dialect.always_has_mac and data.mac is None:
        raise await _silent(dialect)
    data.serial_number = data.serial_number or await dialect.read_serial()
    data.hostname = data.hostname or await dialect.read_hostname()
    data.fw_ver = await dialect.read_firmware_version() or data.fw_ver
    extras = merged(await dialect.read_facts(candidates), extras)
    nothing = Capabilities(features=frozenset())
    found = snapshot_of(data, extras, dialect, nothing)
    return _capabilities(data, found, dialect, supported)


async def _silent(dialect: Dialect) -> ControllerUnreachableError:
    """Return what is wrong with a device that was found but tells too little."""
    interfaces = filter(None, (dialect.miner.rpc, dialect.miner.web))
    if not await answers(dialect.host, {api.port for api in interfaces}):
        return ControllerUnreachableError(f"{dialect.miner} does not answer any more")
    return TellsNothingError(str(dialect.miner.model))


def _capabilities(
    data: Any, found: Snapshot, dialect: Dialect, supported: Features
) -> Capabilities:
    """Return what a device was found to be and to be capable of."""
    miner = dialect.miner
    known = not dialect.device.is_unknown
    listed = (known and miner.expected_hashboards) or 0
    boards = max(listed, len(found.hashboards or ()))
    fans = (known and miner.expected_fans) or 0
    return Capabilities(
        features=_features(found, dialect, supported),
        make=_text(miner.make),
        model=_text(miner.raw_model),
        firmware=_text(miner.firmware),
        firmware_version=_text(data.fw_ver),
        serial=_text(data.serial_number),
        mac=data.mac,
        hostname=_text(data.hostname),
        algorithm=_text(miner.algo),
        hashrate_unit=_unit_of(miner, found),
        library_class=dialect.device.library_class,
        library_version=VERSION,
        boards=boards,
        chips=miner.expected_chips * boards if miner.expected_chips else None,
        fans=max(fans, len(found.internal_fan_speeds or ())),
        can_reboot=dialect.can_reboot,
        can_restart_mining=dialect.can_restart_mining,
        rated_power=found.max_power.watts if found.max_power else None,
        readings=tuple(sorted(readings_of(found))),
        is_complete=is_whole(found) and not dialect.device.has_gaps,
    )


def _unit_of(miner: Any, found: Snapshot) -> HashRateUnit | None:
    """Return the unit of hash rates: that of the algorithm, or else as told."""
    unit = str(miner.algo.unit.default).replace("K", "k")
    if unit in HashRateUnit and unit != HashRateUnit.H:
        return HashRateUnit(unit)
    rate = found.expected_hashrate or found.hashrate
    return rate.unit if rate else None


def _features(found: Snapshot, dialect: Dialect, supported: Features) -> Features:
    """Return what this device can serve: what it showed, and what its class does.

    A miner that is not hashing shows neither temperatures nor clocks, although it
    has them; it gets the benefit of the doubt where the library reads them.
    """
    types = MinerFeatureType
    device, sensors = dialect.device, dialect.board_sensors
    idle = not is_hashing(found.hashrate)
    idle_boards = idle and device.implements("_get_hashboards")
    watts = device.implements("_get_wattage") or types.POWER_MONITORING in supported
    can = {
        types.HASHRATE_MONITORING: device.implements("_get_hashrate") or found.hashrate,
        types.POWER_MONITORING: found.power or (idle and watts),
        types.STATUS_MONITORING: True,
        types.CHIP_TEMPERATURE_MONITORING: found.chip_temperature
        or (idle_boards and sensors.chip),
        types.BOARD_TEMPERATURE_MONITORING: found.board_temperature
        or (idle_boards and sensors.board),
        types.INLET_TEMPERATURE_MONITORING: found.inlet_temperature,
        types.OUTLET_TEMPERATURE_MONITORING: found.outlet_temperature,
        types.FAN_SPEED_INTERNAL_MONITORING: any(found.internal_fan_speeds or ()),
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
