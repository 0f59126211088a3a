"""What one refresh of a controller found, and the ports that read it.

A controller inherits the `…FromSnapshot` class of each feature that it can
monitor. To add a monitored feature: a field of `Snapshot` and one class here.
"""

from dataclasses import dataclass, fields
from typing import override

from ..domain import ports
from ..domain.features import MinerStatus
from ..domain.values import (
    DeviceInfo,
    Energy,
    FanSetting,
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Voltage,
    is_plausible,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that was read at one time; None for what was not."""

    hashrate: HashRate | None = None
    expected_hashrate: HashRate | None = None
    power: Power | None = None
    status: MinerStatus | None = None
    chip_temperature: Temperature | None = None
    board_temperature: Temperature | None = None
    inlet_temperature: Temperature | None = None
    outlet_temperature: Temperature | None = None
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
    external_fan: FanSetting | None = None
    power_limit: PowerLimit | None = None
    presets: Presets | None = None
    is_locating: bool | None = None
    max_power: Power | None = None
    max_hashrate: HashRate | None = None


def readings_of(snapshot: Snapshot) -> frozenset[str]:
    """Name the readings that not every device with the feature has, and this one told.

    Names are those of the fields, after `board_` where each board has its own.
    """
    told = {"expected_hashrate"} if is_plausible(snapshot.expected_hashrate) else set()
    if (operation := snapshot.operation) is not None:
        names = (field.name for field in fields(operation))
        told |= {name for name in names if getattr(operation, name) is not None}
    for board in snapshot.hashboards or ():
        told |= {
            f"board_{field.name}"
            for field in fields(board)
            if is_plausible(getattr(board, field.name))
        }
    return frozenset(told)


class SnapshotReader:
    """Hold the snapshot that the ports read."""

    snapshot: Snapshot = Snapshot()


class HashrateFromSnapshot(SnapshotReader, ports.HashrateMonitorPort):
    """Read the hash rate."""

    @property
    @override
    def hashrate(self) -> HashRate | None:
        """Return the hash rate that was read."""
        return self.snapshot.hashrate

    @property
    @override
    def expected_hashrate(self) -> HashRate | None:
        """Return the expected hash rate that was read."""
        return self.snapshot.expected_hashrate


class PowerFromSnapshot(SnapshotReader, ports.PowerMonitorPort):
    """Read the power."""

    @property
    @override
    def power(self) -> Power | None:
        """Return the power that was read."""
        return self.snapshot.power


class StatusFromSnapshot(SnapshotReader, ports.StatusMonitorPort):
    """Read the status."""

    @property
    @override
    def status(self) -> MinerStatus | None:
        """Return the status that was read."""
        return self.snapshot.status


class ChipTemperatureFromSnapshot(SnapshotReader, ports.ChipTemperatureMonitorPort):
    """Read the temperature of the chips."""

    @property
    @override
    def chip_temperature(self) -> Temperature | None:
        """Return the temperature that was read."""
        return self.snapshot.chip_temperature


class BoardTemperatureFromSnapshot(SnapshotReader, ports.BoardTemperatureMonitorPort):
    """Read the temperature of the boards."""

    @property
    @override
    def board_temperature(self) -> Temperature | None:
        """Return the temperature that was read."""
        return self.snapshot.board_temperature


class InletTemperatureFromSnapshot(SnapshotReader, ports.InletTemperatureMonitorPort):
    """Read the temperature of what flows in."""

    @property
    @override
    def inlet_temperature(self) -> Temperature | None:
        """Return the temperature that was read."""
        return self.snapshot.inlet_temperature


class OutletTemperatureFromSnapshot(SnapshotReader, ports.OutletTemperatureMonitorPort):
    """Read the temperature of what flows out."""

    @property
    @override
    def outlet_temperature(self) -> Temperature | None:
        """Return the temperature that was read."""
        return self.snapshot.outlet_temperature


class InternalFanSpeedFromSnapshot(SnapshotReader, ports.InternalFanSpeedMonitorPort):
    """Read the speeds of the miner's own fans."""

    @property
    @override
    def internal_fan_speeds(self) -> tuple[FanSpeed | None, ...] | None:
        """Return the speeds that were read."""
        return self.snapshot.internal_fan_speeds


class ExternalFanSpeedFromSnapshot(SnapshotReader, ports.ExternalFanSpeedMonitorPort):
    """Read the speed of the external fan."""

    @property
    @override
    def external_fan_speed(self) -> FanSpeed | None:
        """Return the speed that was read."""
        return self.snapshot.external_fan_speed


class VoltageFromSnapshot(SnapshotReader, ports.VoltageMonitorPort):
    """Read the voltage."""

    @property
    @override
    def voltage(self) -> Voltage | None:
        """Return the voltage that was read."""
        return self.snapshot.voltage


class FrequencyFromSnapshot(SnapshotReader, ports.FrequencyMonitorPort):
    """Read the clock of the chips."""

    @property
    @override
    def frequency(self) -> Frequency | None:
        """Return the frequency that was read."""
        return self.snapshot.frequency


class ModelFromSnapshot(SnapshotReader, ports.ModelDetectionPort):
    """Read what the device is."""

    @property
    @override
    def device_info(self) -> DeviceInfo | None:
        """Return what the device told of itself."""
        return self.snapshot.device_info


class HashboardsFromSnapshot(SnapshotReader, ports.HashboardMonitorPort):
    """Read the hash boards."""

    @property
    @override
    def hashboards(self) -> tuple[Hashboard, ...] | None:
        """Return the boards that were read."""
        return self.snapshot.hashboards


class OperationFromSnapshot(SnapshotReader, ports.OperationalMonitorPort):
    """Read how mining has gone."""

    @property
    @override
    def operation(self) -> OperationalData | None:
        """Return the operational data that was read."""
        return self.snapshot.operation


class EnergyFromSnapshot(SnapshotReader, ports.EnergyMonitorPort):
    """Read the energy counter."""

    @property
    @override
    def energy(self) -> Energy | None:
        """Return the counter that was read."""
        return self.snapshot.energy


class MaxPowerFromSnapshot(SnapshotReader, ports.MaxPowerDetectionPort):
    """Read the most power that the device can draw."""

    @property
    @override
    def max_power(self) -> Power | None:
        """Return the power that was read."""
        return self.snapshot.max_power


class MaxHashrateFromSnapshot(SnapshotReader, ports.MaxHashrateDetectionPort):
    """Read the highest hash rate of the device."""

    @property
    @override
    def max_hashrate(self) -> HashRate | None:
        """Return the hash rate that was read."""
        return self.snapshot.max_hashrate
