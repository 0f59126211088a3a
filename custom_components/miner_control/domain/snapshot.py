"""What one refresh of a controller found."""

from dataclasses import dataclass, fields
from typing import Final

from .features import MinerFeatureType, MinerStatus
from .values import (
    DeviceInfo,
    Energy,
    FanSetting,
    FanSpeed,
    Firmware,
    Frequency,
    Hashboard,
    HashRate,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Tuning,
    TuningRange,
    Voltage,
    is_plausible,
)

type Features = frozenset[MinerFeatureType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that was read at one time; None for what was not.

    A port of the domain shows the field that has the name of its property.
    """

    hashrate: HashRate | None = None
    expected_hashrate: HashRate | None = None
    power: Power | None = None
    status: MinerStatus | None = None
    chip_temperature: Temperature | None = None
    board_temperature: Temperature | None = None
    inlet_temperature: Temperature | None = None
    outlet_temperature: Temperature | None = None
    room_temperature: Temperature | None = None
    internal_fan_speeds: tuple[FanSpeed | None, ...] | None = None
    external_fan_speed: FanSpeed | None = None
    voltage: Voltage | None = None
    frequency: Frequency | None = None
    device_info: DeviceInfo | None = None
    hashboards: tuple[Hashboard, ...] | None = None
    operation: OperationalData | None = None
    energy: Energy | None = None
    is_powered: bool | None = None
    internal_fan: FanSetting | None = None
    fan_target: TuningRange | None = None
    fan_minimum: TuningRange | None = None
    external_fan: FanSetting | None = None
    power_limit: PowerLimit | None = None
    presets: Presets | None = None
    tuning: Tuning | None = None
    firmware: Firmware | None = None
    is_locating: bool | None = None
    max_power: Power | None = None
    max_hashrate: HashRate | None = None


# What few devices tell or can be told of what their features are about.
_OPTIONAL: Final = ("expected_hashrate", "fan_target", "fan_minimum")


def readings_of(snapshot: Snapshot) -> frozenset[str]:
    """Name the readings that not every device with the feature has, and this one told.

    Names are those of the fields, after `board_` where each board has its own.
    """
    told = {name for name in _OPTIONAL if is_plausible(getattr(snapshot, name))}
    if (operation := snapshot.operation) is not None:
        names = (field.name for field in fields(operation))
        told |= {name for name in names if getattr(operation, name) is not None}
        told |= {
            f"chip_{field.name}"
            for chip in operation.chips or ()
            for field in fields(chip)
            if is_plausible(getattr(chip, field.name))
        }
    for board in snapshot.hashboards or ():
        told |= {f"board_{name}" for name in _readings_of(board)}
    return frozenset(told)


def _readings_of(board: Hashboard) -> frozenset[str]:
    """Name what a board told."""
    return frozenset(
        field.name
        for field in fields(board)
        if is_plausible(getattr(board, field.name))
    )


def is_whole(snapshot: Snapshot) -> bool:
    """Tell whether a device hashed, and told the same of each of its boards.

    Just after a start some boards tell less, and of others more is never told.
    """
    rate = snapshot.hashrate
    told = {_readings_of(board) for board in snapshot.hashboards or ()}
    return rate is not None and rate.value > 0 and len(told) <= 1


class SnapshotReader:
    """Hold the snapshot that the ports read."""

    snapshot: Snapshot = Snapshot()
