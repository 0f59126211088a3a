"""One port per feature type: what a controller must offer to serve it.

Monitoring ports are properties that read the last snapshot; they do no I/O and
return None for what is not known. Control ports add coroutines; those raise an
error when the device did not do it and return nothing when it did.

A new feature type needs a member of `MinerFeatureType` and a port here.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from .features import MinerFeatureType, MinerStatus
from .values import (
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
)


class FeaturePort(ABC):
    """Serve one feature type.

    `reading` names the property whose value shows that the feature can be served
    now; None where a control needs none, since it works without knowing its state.
    """

    feature_type: ClassVar[MinerFeatureType]
    reading: ClassVar[str | None] = None


class HashrateMonitorPort(FeaturePort):
    """Tell how fast the miner hashes."""

    feature_type = MinerFeatureType.HASHRATE_MONITORING
    reading = "hashrate"

    @property
    @abstractmethod
    def hashrate(self) -> HashRate | None:
        """Return the hash rate now."""

    @property
    def expected_hashrate(self) -> HashRate | None:
        """Return the hash rate that the device should reach as it is set."""
        return None


class PowerMonitorPort(FeaturePort):
    """Tell how much power the miner draws."""

    feature_type = MinerFeatureType.POWER_MONITORING
    reading = "power"

    @property
    @abstractmethod
    def power(self) -> Power | None:
        """Return the power in W."""


class StatusMonitorPort(FeaturePort):
    """Tell what the miner is doing."""

    feature_type = MinerFeatureType.STATUS_MONITORING
    reading = "status"

    @property
    @abstractmethod
    def status(self) -> MinerStatus | None:
        """Return the status as this controller sees it."""

    @property
    def status_follows_power(self) -> bool:
        """Tell whether the status is only inferred from power being drawn."""
        return False


class ChipTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of the hottest chip."""

    feature_type = MinerFeatureType.CHIP_TEMPERATURE_MONITORING
    reading = "chip_temperature"

    @property
    @abstractmethod
    def chip_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""


class BoardTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of the hottest board."""

    feature_type = MinerFeatureType.BOARD_TEMPERATURE_MONITORING
    reading = "board_temperature"

    @property
    @abstractmethod
    def board_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""


class InletTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of what flows in."""

    feature_type = MinerFeatureType.INLET_TEMPERATURE_MONITORING
    reading = "inlet_temperature"

    @property
    @abstractmethod
    def inlet_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""


class OutletTemperatureMonitorPort(FeaturePort):
    """Tell the temperature of what flows out."""

    feature_type = MinerFeatureType.OUTLET_TEMPERATURE_MONITORING
    reading = "outlet_temperature"

    @property
    @abstractmethod
    def outlet_temperature(self) -> Temperature | None:
        """Return the temperature in °C."""


class InternalFanSpeedMonitorPort(FeaturePort):
    """Tell the speed of the miner's own fans."""

    feature_type = MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING
    reading = "internal_fan_speeds"

    @property
    @abstractmethod
    def internal_fan_speeds(self) -> tuple[FanSpeed | None, ...] | None:
        """Return one speed per fan, in the device's order; None for an unread fan."""


class ExternalFanSpeedMonitorPort(FeaturePort):
    """Tell the speed of a fan outside the miner."""

    feature_type = MinerFeatureType.FAN_SPEED_EXTERNAL_MONITORING
    reading = "external_fan_speed"

    @property
    @abstractmethod
    def external_fan_speed(self) -> FanSpeed | None:
        """Return the speed in rpm or percent."""


class VoltageMonitorPort(FeaturePort):
    """Tell the voltage that the device reports for itself."""

    feature_type = MinerFeatureType.VOLTAGE_MONITORING
    reading = "voltage"

    @property
    @abstractmethod
    def voltage(self) -> Voltage | None:
        """Return the voltage in V."""


class FrequencyMonitorPort(FeaturePort):
    """Tell the clock of the chips."""

    feature_type = MinerFeatureType.FREQUENCY_MONITORING
    reading = "frequency"

    @property
    @abstractmethod
    def frequency(self) -> Frequency | None:
        """Return the frequency in MHz, averaged over the boards."""


class MiningControlPort(FeaturePort):
    """Start and stop mining, with the device powered."""

    feature_type = MinerFeatureType.MINING_CONTROL

    @property
    @abstractmethod
    def is_mining(self) -> bool | None:
        """Tell whether the device mines, or is about to."""

    @abstractmethod
    async def start_mining(self) -> None:
        """Let the device mine."""

    @abstractmethod
    async def stop_mining(self) -> None:
        """Stop mining and keep the device reachable."""


class PowerControlPort(FeaturePort):
    """Switch the power of the device."""

    feature_type = MinerFeatureType.POWER_CONTROL
    reading = "is_powered"

    @property
    @abstractmethod
    def is_powered(self) -> bool | None:
        """Tell whether the device has power."""

    @abstractmethod
    async def turn_power_on(self) -> None:
        """Give the device power."""

    @abstractmethod
    async def turn_power_off(self) -> None:
        """Cut the power. The caller sees to it that nothing mines any more."""


class InternalFanControlPort(FeaturePort):
    """Set the miner's own fans."""

    feature_type = MinerFeatureType.INTERNAL_FAN_CONTROL

    @property
    @abstractmethod
    def internal_fan(self) -> FanSetting | None:
        """Return how the fans are set."""

    @property
    def has_automatic_fan(self) -> bool:
        """Tell whether the fans can be left to rule themselves."""
        return True

    @abstractmethod
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the device rule them."""


class ExternalFanControlPort(FeaturePort):
    """Set a fan outside the miner."""

    feature_type = MinerFeatureType.EXTERNAL_FAN_CONTROL

    @property
    @abstractmethod
    def external_fan(self) -> FanSetting | None:
        """Return how the fan is set."""

    @abstractmethod
    async def set_external_fan(self, setting: FanSetting) -> None:
        """Set the fan to a percentage; 0 turns it off."""


class ModelDetectionPort(FeaturePort):
    """Tell what the device is."""

    feature_type = MinerFeatureType.MODEL_DETECTION
    reading = "device_info"

    @property
    @abstractmethod
    def device_info(self) -> DeviceInfo | None:
        """Return make, model, firmware and counts."""


class HashboardMonitorPort(FeaturePort):
    """Tell how each hash board is doing."""

    feature_type = MinerFeatureType.HASHBOARD_MONITORING
    reading = "hashboards"

    @property
    @abstractmethod
    def hashboards(self) -> tuple[Hashboard, ...] | None:
        """Return the boards in the device's order."""


class OperationalMonitorPort(FeaturePort):
    """Tell how mining has gone so far."""

    feature_type = MinerFeatureType.OPERATIONAL_MONITORING
    reading = "operation"

    @property
    @abstractmethod
    def operation(self) -> OperationalData | None:
        """Return uptime, shares, blocks, difficulty, pool and errors."""


class EnergyMonitorPort(FeaturePort):
    """Count the energy that the miner used."""

    feature_type = MinerFeatureType.ENERGY_MONITORING
    reading = "energy"

    @property
    @abstractmethod
    def energy(self) -> Energy | None:
        """Return the counter in kWh."""


class PowerLimitControlPort(FeaturePort):
    """Limit the power that the miner may draw."""

    feature_type = MinerFeatureType.POWER_LIMIT_CONTROL
    reading = "power_limit"

    @property
    @abstractmethod
    def power_limit(self) -> PowerLimit | None:
        """Return the limit and its range in W."""

    @abstractmethod
    async def set_power_limit(self, watts: float) -> None:
        """Set the limit in W."""


class PresetControlPort(FeaturePort):
    """Choose among the miner's modes or presets."""

    feature_type = MinerFeatureType.PRESET_CONTROL
    reading = "presets"

    @property
    @abstractmethod
    def presets(self) -> Presets | None:
        """Return the presets and the one that is set."""

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

    @property
    @abstractmethod
    def is_locating(self) -> bool | None:
        """Tell whether the device shows itself now."""

    @abstractmethod
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""


class MaxPowerDetectionPort(FeaturePort):
    """Tell the most power that the device can draw."""

    feature_type = MinerFeatureType.MAX_POWER_DETECTION
    reading = "max_power"

    @property
    @abstractmethod
    def max_power(self) -> Power | None:
        """Return the power in W."""


class MaxHashrateDetectionPort(FeaturePort):
    """Tell the highest hash rate that the device can reach."""

    feature_type = MinerFeatureType.MAX_HASHRATE_DETECTION
    reading = "max_hashrate"

    @property
    @abstractmethod
    def max_hashrate(self) -> HashRate | None:
        """Return the hash rate."""


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
