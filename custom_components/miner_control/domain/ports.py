"""One port per feature type: what a controller must offer to serve it.

A port reads the last snapshot by its properties; they do no I/O and return None for
what is not known. Control ports add coroutines, which a controller implements; those
raise an error when the device did not do it and return nothing when it did.

A new feature type needs a member of `MinerFeatureType`, a field of `Snapshot`, and a
port here with a property of the same name. One that is only read belongs to
`EveryMonitorPort`.
"""

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import ClassVar, Final, override

from .features import MinerFeatureType, MinerStatus
from .snapshot import Snapshot, SnapshotReader
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
    Settling,
    Temperature,
    Tuning,
    TuningRange,
    Voltage,
)

_FIELDS: Final = frozenset(field.name for field in fields(Snapshot))


class FeaturePort(SnapshotReader, ABC):
    """Serve one feature type.

    A property that has the name of a field of the snapshot shows that field. The
    first one is the `reading`: without a value that can be true, the feature cannot
    be served now. A control that works without knowing its state has none.
    """

    feature_type: ClassVar[MinerFeatureType]
    needs_reading: ClassVar[bool] = True
    # Both follow from the properties of the port.
    fields: ClassVar[tuple[str, ...]] = ()
    reading: ClassVar[str | None] = None

    @override
    def __init_subclass__(cls) -> None:
        """Find the fields that a port shows; a controller only inherits ports."""
        super().__init_subclass__()
        if "feature_type" in vars(cls):
            cls.fields = tuple(name for name in vars(cls) if name in _FIELDS)
            cls.reading = cls.fields[0] if cls.fields and cls.needs_reading else None

    def settling(self, feature_type: MinerFeatureType) -> Settling:  # noqa: ARG002
        """Return how a setting of a feature takes effect."""
        return Settling()


class HashrateMonitorPort(FeaturePort):
    """Tell how fast the miner hashes."""

    feature_type = MinerFeatureType.HASHRATE_MONITORING

    @property
    def hashrate(self) -> HashRate | None:
        """Return the hash rate now."""
        return self.snapshot.hashrate

    @property
    def expected_hashrate(self) -> HashRate | None:
        """Return the hash rate that the device should reach as it is set."""
        return self.snapshot.expected_hashrate


class PowerMonitorPort(FeaturePort):
    """Tell how much power the miner draws."""

    feature_type = MinerFeatureType.POWER_MONITORING

    @property
    def power(self) -> Power | None:
        """Return the power in W."""
        return self.snapshot.power


class StatusMonitorPort(FeaturePort):
    """Tell what the miner is doing."""

    feature_type = MinerFeatureType.STATUS_MONITORING

    @property
    def status(self) -> MinerStatus | None:
        """Return the status as this controller sees it."""
        return self.snapshot.status

    @property
    def status_follows_power(self) -> bool:
        """Tell whether the status is only inferred from power being drawn."""
        return False


class ChipTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of the hottest chip."""

    feature_type = MinerFeatureType.CHIP_TEMPERATURE_MONITORING

    @property
    def chip_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""
        return self.snapshot.chip_temperature


class BoardTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of the hottest board."""

    feature_type = MinerFeatureType.BOARD_TEMPERATURE_MONITORING

    @property
    def board_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""
        return self.snapshot.board_temperature


class InletTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of what flows in."""

    feature_type = MinerFeatureType.INLET_TEMPERATURE_MONITORING

    @property
    def inlet_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""
        return self.snapshot.inlet_temperature


class OutletTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of what flows out."""

    feature_type = MinerFeatureType.OUTLET_TEMPERATURE_MONITORING

    @property
    def outlet_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""
        return self.snapshot.outlet_temperature


class RoomTemperatureMonitorPort(FeaturePort):
    """Tell how warm the room is that the miner heats."""

    feature_type = MinerFeatureType.ROOM_TEMPERATURE_MONITORING

    @property
    def room_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""
        return self.snapshot.room_temperature


class InternalFanSpeedMonitorPort(FeaturePort):
    """Tell the speed of the miner's own fans."""

    feature_type = MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING

    @property
    def internal_fan_speeds(self) -> tuple[FanSpeed | None, ...] | None:
        """Return one speed per fan, in the device's order; None for an unread fan."""
        return self.snapshot.internal_fan_speeds


class ExternalFanSpeedMonitorPort(FeaturePort):
    """Tell the speed of a fan outside the miner."""

    feature_type = MinerFeatureType.FAN_SPEED_EXTERNAL_MONITORING

    @property
    def external_fan_speed(self) -> FanSpeed | None:
        """Return the speed in rpm or percent."""
        return self.snapshot.external_fan_speed


class VoltageMonitorPort(FeaturePort):
    """Tell the voltage that the device reports for itself."""

    feature_type = MinerFeatureType.VOLTAGE_MONITORING

    @property
    def voltage(self) -> Voltage | None:
        """Return the voltage in V."""
        return self.snapshot.voltage


class FrequencyMonitorPort(FeaturePort):
    """Tell the clock of the chips."""

    feature_type = MinerFeatureType.FREQUENCY_MONITORING

    @property
    def frequency(self) -> Frequency | None:
        """Return the frequency in MHz, averaged over the boards."""
        return self.snapshot.frequency


class MiningControlPort(FeaturePort):
    """Start and stop mining, with the device powered, and say for which pool."""

    feature_type = MinerFeatureType.MINING_CONTROL

    @property
    @abstractmethod
    def is_mining(self) -> bool | None:
        """Tell whether the device mines, or is about to."""

    @property
    def prefers_fallback_pool(self) -> bool | None:
        """Tell whether the device was told to work for its fallback pool.

        None for one that cannot be told.
        """
        operation = self.snapshot.operation
        return operation.prefers_fallback_pool if operation else None

    @property
    def loses_stop(self) -> bool | None:
        """Tell whether a device that began anew has merely forgotten that it stopped.

        False where somebody had it begin anew to let it mine, None for a device that
        keeps a stop, or of which that is not known.
        """
        return None

    @abstractmethod
    async def start_mining(self) -> None:
        """Let the device mine."""

    @abstractmethod
    async def stop_mining(self) -> None:
        """Stop mining and keep the device reachable."""

    async def prefer_fallback_pool(self, *, fallback: bool) -> None:
        """Work for the fallback pool, or for the usual one; pools stay as they are.

        Only one that tells which it prefers is told.
        """
        raise NotImplementedError


class PowerControlPort(FeaturePort):
    """Switch the power of the device."""

    feature_type = MinerFeatureType.POWER_CONTROL

    @property
    def is_powered(self) -> bool | None:
        """Tell whether the device has power."""
        return self.snapshot.is_powered

    @abstractmethod
    async def turn_power_on(self) -> None:
        """Give the device power."""

    @abstractmethod
    async def turn_power_off(self) -> None:
        """Cut the power. The caller sees to it that nothing mines any more."""


class InternalFanControlPort(FeaturePort):
    """Set the miner's own fans."""

    feature_type = MinerFeatureType.INTERNAL_FAN_CONTROL
    needs_reading = False

    @property
    def internal_fan(self) -> FanSetting | None:
        """Return how the fans are set."""
        return self.snapshot.internal_fan

    @property
    def fan_target(self) -> TuningRange | None:
        """Return the temperature in °C that fans which rule themselves aim at."""
        return self.snapshot.fan_target

    @property
    def fan_minimum(self) -> TuningRange | None:
        """Return the percentage below which such fans never fall."""
        return self.snapshot.fan_minimum

    @property
    def has_automatic_fan(self) -> bool:
        """Tell whether the fans can be left to rule themselves."""
        return True

    @abstractmethod
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the device rule them."""

    async def set_fan_rule(
        self, *, target: float | None = None, minimum: float | None = None
    ) -> None:
        """Set what fans follow that rule themselves: °C to aim at, least percentage.

        Only one that tells them is told.
        """
        raise NotImplementedError


class ExternalFanControlPort(FeaturePort):
    """Set a fan outside the miner."""

    feature_type = MinerFeatureType.EXTERNAL_FAN_CONTROL
    needs_reading = False

    @property
    def external_fan(self) -> FanSetting | None:
        """Return how the fan is set."""
        return self.snapshot.external_fan

    @abstractmethod
    async def set_external_fan(self, setting: FanSetting) -> None:
        """Set the fan to a percentage; 0 turns it off."""


class ModelDetectionPort(FeaturePort):
    """Tell what the device is."""

    feature_type = MinerFeatureType.MODEL_DETECTION

    @property
    def device_info(self) -> DeviceInfo | None:
        """Return make, model, firmware and counts."""
        return self.snapshot.device_info


class HashboardMonitorPort(FeaturePort):
    """Tell how each hash board is doing."""

    feature_type = MinerFeatureType.HASHBOARD_MONITORING

    @property
    def hashboards(self) -> tuple[Hashboard, ...] | None:
        """Return the boards in the device's order."""
        return self.snapshot.hashboards


class OperationalMonitorPort(FeaturePort):
    """Tell how mining has gone so far."""

    feature_type = MinerFeatureType.OPERATIONAL_MONITORING

    @property
    def operation(self) -> OperationalData | None:
        """Return uptime, shares, blocks, difficulty, pool and errors."""
        return self.snapshot.operation


class EnergyMonitorPort(FeaturePort):
    """Count the energy that the miner used."""

    feature_type = MinerFeatureType.ENERGY_MONITORING

    @property
    def energy(self) -> Energy | None:
        """Return the counter in kWh."""
        return self.snapshot.energy


class PowerLimitControlPort(FeaturePort):
    """Limit the power that the miner may draw."""

    feature_type = MinerFeatureType.POWER_LIMIT_CONTROL

    @property
    def power_limit(self) -> PowerLimit | None:
        """Return the limit and its range in W."""
        return self.snapshot.power_limit

    @abstractmethod
    async def set_power_limit(self, watts: float) -> None:
        """Set the limit in W."""


class PresetControlPort(FeaturePort):
    """Choose among the miner's modes or presets."""

    feature_type = MinerFeatureType.PRESET_CONTROL

    @property
    def presets(self) -> Presets | None:
        """Return the presets and the one that is set."""
        return self.snapshot.presets

    @abstractmethod
    async def select_preset(self, preset: str) -> None:
        """Set a preset."""


class RestartControlPort(FeaturePort):
    """Restart the device, or only its mining."""

    feature_type = MinerFeatureType.RESTART_CONTROL

    @property
    def can_reboot(self) -> bool:
        """Tell whether the whole device can be restarted."""
        return True

    @property
    def can_restart_mining(self) -> bool:
        """Tell whether mining alone can be restarted."""
        return True

    @abstractmethod
    async def reboot(self) -> None:
        """Restart the device."""

    @abstractmethod
    async def restart_mining(self) -> None:
        """Restart the mining process and keep the device up."""


class LocateControlPort(FeaturePort):
    """Make the device show where it is."""

    feature_type = MinerFeatureType.LOCATE_CONTROL
    needs_reading = False

    @property
    def is_locating(self) -> bool | None:
        """Tell whether the device shows itself now."""
        return self.snapshot.is_locating

    @abstractmethod
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""


class MaxPowerDetectionPort(FeaturePort):
    """Tell the most power that the device can draw."""

    feature_type = MinerFeatureType.MAX_POWER_DETECTION

    @property
    def max_power(self) -> Power | None:
        """Return the power in W."""
        return self.snapshot.max_power


class MaxHashrateDetectionPort(FeaturePort):
    """Tell the highest hash rate that the device can reach."""

    feature_type = MinerFeatureType.MAX_HASHRATE_DETECTION

    @property
    def max_hashrate(self) -> HashRate | None:
        """Return the hash rate."""
        return self.snapshot.max_hashrate


class TuningControlPort(FeaturePort):
    """Set how fast the chips run, and at which voltage."""

    feature_type = MinerFeatureType.TUNING_CONTROL

    @property
    def tuning(self) -> Tuning | None:
        """Return what is set, and what may be, in MHz and mV."""
        return self.snapshot.tuning

    @property
    def can_set_voltage(self) -> bool:
        """Tell whether the voltage can be set as well as the clock."""
        return True

    @abstractmethod
    async def set_tuning(
        self, *, frequency: float | None = None, voltage: float | None = None
    ) -> None:
        """Set the clock in MHz, the voltage in mV, or both."""


class FirmwareUpdatePort(FeaturePort):
    """Tell which firmware is installed, and which is the latest; install it."""

    feature_type = MinerFeatureType.FIRMWARE_UPDATE

    @property
    def firmware(self) -> Firmware | None:
        """Return the versions, and how far an installation has come."""
        return self.snapshot.firmware

    @abstractmethod
    async def install_firmware(self) -> None:
        """Begin to install the latest firmware, and return when it has begun."""


class EveryMonitorPort(
    HashrateMonitorPort,
    PowerMonitorPort,
    StatusMonitorPort,
    ChipTemperatureMonitorPort,
    BoardTemperatureMonitorPort,
    InletTemperatureMonitorPort,
    OutletTemperatureMonitorPort,
    RoomTemperatureMonitorPort,
    InternalFanSpeedMonitorPort,
    ExternalFanSpeedMonitorPort,
    VoltageMonitorPort,
    FrequencyMonitorPort,
    ModelDetectionPort,
    HashboardMonitorPort,
    OperationalMonitorPort,
    EnergyMonitorPort,
    MaxPowerDetectionPort,
    MaxHashrateDetectionPort,
):
    """Read everything that can be read: for controllers that may read anything."""


def ports_of(controller: type) -> dict[MinerFeatureType, type[FeaturePort]]:
    """Return the ports that a class implements, found along its MRO."""
    return {
        base.feature_type: base
        for base in controller.__mro__
        if issubclass(base, FeaturePort) and "feature_type" in vars(base)
    }


PORTS: dict[MinerFeatureType, type[FeaturePort]] = {
    port.feature_type: port for port in FeaturePort.__subclasses__()
}
