"""Turn what pyasic and a dialect read into a snapshot."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.snapshot import Features, Snapshot
from ...domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Temperature,
)
from ..base import Capabilities
from ..errors import ControllerUnreachableError
from ..network.device import Reading, Signs
from ..network.merging import merged
from ..network.parsing import count, number
from .dialects.base import NEEDS_STATUS, BoardSensors, Dialect

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
IDENTITY_ITEMS: Final = frozenset({"mac", "serial_number", "hostname", "fw_ver"})

# Nothing runs for a century.
_LONGEST_UPTIME = timedelta(days=36_500).total_seconds()


def items_for(features: Features, dialect: Dialect) -> frozenset[str]:
    """Return the data items to read; hash rate and uptime always, as signs of life.

    What a dialect knows better is not read at all.
    """
    items = {"hashrate", "uptime"}.union(
        *(ITEMS.get(feature, ()) for feature in features)
    )
    if features & NEEDS_STATUS and dialect.trusts_is_mining:
        items.add("is_mining")
    return frozenset(items) - dialect.unread_items


def is_alive(data: Any, extras: Snapshot) -> bool:
    """Tell whether a device answered at all; pyasic does not say so.

    What pyasic fills in by itself is no sign of life: boards that are there without
    an answer, and 0 TH/s of each.
    """
    return bool(
        is_hashing(hashrate_of(data.hashrate))
        or data.wattage is not None
        or data.uptime is not None
        or data.env_temp is not None
        or any(fan.speed is not None for fan in data.fans)
        or any(map(_tells_something, data.hashboards))
        or _says_something(extras)
    )


def _says_something(extras: Snapshot) -> bool:
    """Tell whether a dialect read anything; that nothing was said is no word."""
    silent = extras.status is MinerStatus.UNKNOWN
    return (replace(extras, status=None) if silent else extras) != Snapshot()


def is_hashing(rate: HashRate | None) -> bool:
    """Tell whether a hash rate above zero was read."""
    return rate is not None and rate.value > 0


def _tells_something(board: Any) -> bool:
    """Tell whether something was read of a board."""
    read = (board.chips, board.temp, board.chip_temp, board.serial_number)
    return any(value is not None for value in read)


async def read(
    dialect: Dialect, capabilities: Capabilities, features: Features
) -> Reading:
    """Read what some features need, and what of it shows which device it is.

    Raises ControllerUnreachableError when nothing answers.
    """
    data = await dialect.read_data(items_for(features, dialect))
    extras = await dialect.read_extras(features)
    is_known = capabilities.mac or capabilities.serial
    shows = is_known and features & dialect.showing_identity
    signs = await dialect.read_signs() if shows else Signs()
    if not is_alive(data, extras):
        raise ControllerUnreachableError(f"{dialect.host} says nothing")
    return Reading(
        snapshot=snapshot_of(data, extras, dialect, capabilities), signs=signs
    )


def snapshot_of(
    data: Any, extras: Snapshot, dialect: Dialect, capabilities: Capabilities
) -> Snapshot:
    """Return what was read in the domain's terms; dialects know better than pyasic."""
    found = _summed(merged(_plain_snapshot(data, dialect), extras))
    if extras.status is MinerStatus.IDLE:
        found = _stopped(found, capabilities)
    return replace(found, status=_word(found, data, extras.status, dialect))


def _summed(found: Snapshot) -> Snapshot:
    """Return what was read, with the sum of all boards where nobody tells the total.

    A board whose hash rate is not known would be missing in it: then there is none.
    """
    rates = [board.hashrate for board in found.hashboards or ()]
    known = [rate for rate in rates if rate is not None]
    if found.hashrate is not None or not known or len(known) < len(rates):
        return found
    unit = known[0].unit
    return replace(found, hashrate=HashRate(sum(rate.to(unit) for rate in known), unit))


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
        hashrate=hashrate_of(data.raw_hashrate),
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


def hashrate_of(rate: Any) -> HashRate | None:
    """Return a hash rate of pyasic's in the algorithm's own unit."""
    if rate is None or (value := number(rate.rate)) is None:
        return None
    unit = str(rate.unit).replace("K", "k")
    if unit in HashRateUnit:
        return HashRate(value, HashRateUnit(unit))
    return HashRate(value * int(rate.unit.value), HashRateUnit.H)


def _word(
    found: Snapshot, data: Any, told: MinerStatus | None, dialect: Dialect
) -> MinerStatus | None:
    """Return what the device says of itself, UNKNOWN where it usually does."""
    if told is not None:
        return told
    if not dialect.trusts_is_mining or data.is_mining is None:
        return None
    if data.is_mining:
        return MinerStatus.ON
    # The library is wrong about a device that hashes, and not the device.
    return None if is_hashing(found.hashrate) else MinerStatus.IDLE


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
