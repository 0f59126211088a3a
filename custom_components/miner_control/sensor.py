"""Sensors of a miner: one description each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfElectricPotential,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import MinerCoordinator, Resolution
from .domain.features import MinerStatus
from .domain.ports import (
    BoardTemperatureMonitorPort,
    ChipTemperatureMonitorPort,
    ExternalFanSpeedMonitorPort,
    FeaturePort,
    FrequencyMonitorPort,
    HashrateMonitorPort,
    InletTemperatureMonitorPort,
    InternalFanSpeedMonitorPort,
    OutletTemperatureMonitorPort,
    PowerControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
    VoltageMonitorPort,
)
from .domain.values import FanSpeedUnit, HashRateUnit
from .entity import FeatureEntity
from .runtime import MinerControlConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class MinerSensorDescription[P: FeaturePort](SensorEntityDescription):
    """Describe a sensor: the port that feeds it, and what to read there.

    `value_off` is shown while the power is known to be off; None where nobody can
    know then. A meter that still measures goes before it, unless it is `off_wins`.
    """

    port: type[P]
    value_fn: Callable[[P], StateType]
    value_off: float | None = None
    off_wins: bool = False
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


@dataclass(frozen=True, kw_only=True)
class TemperatureSensorDescription[P: FeaturePort](MinerSensorDescription[P]):
    """Describe a thermometer."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.TEMPERATURE
    native_unit_of_measurement: str | None = UnitOfTemperature.CELSIUS
    suggested_display_precision: int | None = 1


SENSORS: tuple[MinerSensorDescription[Any], ...] = (
    TemperatureSensorDescription(
        key="chip_temperature",
        translation_key="chip_temperature",
        port=ChipTemperatureMonitorPort,
        value_fn=lambda port: (
            value.celsius if (value := port.chip_temperature) else None
        ),
    ),
    TemperatureSensorDescription(
        key="board_temperature",
        translation_key="board_temperature",
        port=BoardTemperatureMonitorPort,
        value_fn=lambda port: (
            value.celsius if (value := port.board_temperature) else None
        ),
    ),
    TemperatureSensorDescription(
        key="inlet_temperature",
        translation_key="inlet_temperature",
        port=InletTemperatureMonitorPort,
        value_fn=lambda port: (
            value.celsius if (value := port.inlet_temperature) else None
        ),
    ),
    TemperatureSensorDescription(
        key="outlet_temperature",
        translation_key="outlet_temperature",
        port=OutletTemperatureMonitorPort,
        value_fn=lambda port: (
            value.celsius if (value := port.outlet_temperature) else None
        ),
    ),
    MinerSensorDescription(
        key="power",
        translation_key="power",
        port=PowerMonitorPort,
        value_fn=lambda port: value.watts if (value := port.power) else None,
        value_off=0,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
    ),
    MinerSensorDescription(
        key="voltage",
        translation_key="voltage",
        port=VoltageMonitorPort,
        value_fn=lambda port: value.volts if (value := port.voltage) else None,
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    MinerSensorDescription(
        key="frequency",
        translation_key="frequency",
        port=FrequencyMonitorPort,
        value_fn=lambda port: value.megahertz if (value := port.frequency) else None,
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)

EXTERNAL_FAN = MinerSensorDescription(
    key="external_fan_speed",
    translation_key="external_fan_speed",
    port=ExternalFanSpeedMonitorPort,
    value_fn=lambda port: value.value if (value := port.external_fan_speed) else None,
)

STATUS = MinerSensorDescription(
    key="status",
    translation_key="status",
    port=StatusMonitorPort,
    value_fn=lambda port: port.status,
    device_class=SensorDeviceClass.ENUM,
    state_class=None,
    options=list(MinerStatus),
)


def hashrates(
    unit: HashRateUnit,
) -> tuple[MinerSensorDescription[HashrateMonitorPort], ...]:
    """Describe the hash rates, in the unit that is usual for the miner."""
    return (
        MinerSensorDescription(
            key="hashrate",
            translation_key="hashrate",
            port=HashrateMonitorPort,
            value_fn=lambda port: value.to(unit) if (value := port.hashrate) else None,
            value_off=0,
            off_wins=True,
            native_unit_of_measurement=unit,
            suggested_display_precision=2,
        ),
        MinerSensorDescription(
            key="expected_hashrate",
            translation_key="expected_hashrate",
            port=HashrateMonitorPort,
            value_fn=lambda port: (
                value.to(unit) if (value := port.expected_hashrate) else None
            ),
            native_unit_of_measurement=unit,
            suggested_display_precision=2,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    )


def internal_fan(number: int) -> MinerSensorDescription[InternalFanSpeedMonitorPort]:
    """Describe the speed of one of the miner's own fans, counted from 1."""

    def speed(port: InternalFanSpeedMonitorPort) -> float | None:
        """Return the speed of this fan, None if it was not read in rpm."""
        fans = port.internal_fan_speeds or ()
        fan = fans[number - 1] if number <= len(fans) else None
        return fan.value if fan and fan.unit is FanSpeedUnit.RPM else None

    return MinerSensorDescription(
        key=f"internal_fan_speed_{number}",
        translation_key="internal_fan_speed",
        translation_placeholders={"number": str(number)},
        port=InternalFanSpeedMonitorPort,
        value_fn=speed,
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        suggested_display_precision=0,
    )


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the status, and a sensor for all else that is bound to the miner."""
    coordinator = entry.runtime_data.coordinator
    descriptions = (
        *hashrates(coordinator.hashrate_unit),
        *SENSORS,
        *(internal_fan(number + 1) for number in range(coordinator.fan_count)),
    )
    async_add_entities([StatusSensor(coordinator, STATUS)])
    async_add_entities(
        MinerSensor(coordinator, description)
        for description in descriptions
        if coordinator.miner.has_feature(description.port.feature_type)
    )
    if coordinator.miner.has_feature(EXTERNAL_FAN.port.feature_type):
        async_add_entities([ExternalFanSensor(coordinator, EXTERNAL_FAN)])


class MinerSensor[P: FeaturePort](FeatureEntity[P], SensorEntity):
    """Show what the provider of a feature reads."""

    entity_description: MinerSensorDescription[P]

    def __init__(
        self, coordinator: MinerCoordinator, description: MinerSensorDescription[P]
    ) -> None:
        """Show what a description describes."""
        super().__init__(coordinator, description, description.port)

    @property
    @override
    def available(self) -> bool:
        """Tell whether the value is known, or known to be nothing."""
        return self._shows_off or super().available

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who serves the feature; of a miner that is off, who knows that."""
        if self._shows_off:
            return self.coordinator.resolution(PowerControlPort)
        return super().resolution

    @property
    @override
    def native_value(self) -> StateType:
        """Return the provider's value."""
        if self._shows_off:
            return self.entity_description.value_off
        if (provider := self.provider) is None:
            return None
        return self.entity_description.value_fn(provider)

    @property
    def _shows_off(self) -> bool:
        """Tell whether the value follows from the power being off."""
        description = self.entity_description
        return (
            self.coordinator.is_known_off
            and description.value_off is not None
            and (description.off_wins or self.provider is None)
        )


class ExternalFanSensor(MinerSensor[ExternalFanSpeedMonitorPort]):
    """Show the speed of the external fan in its provider's unit."""

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return rpm, or percent where the fan tells no more."""
        speed = self.provider.external_fan_speed if self.provider else None
        return speed.unit if speed else REVOLUTIONS_PER_MINUTE


class StatusSensor(MinerSensor[StatusMonitorPort]):
    """Show what the miner is doing, told from everything that is known."""

    @property
    @override
    def available(self) -> bool:
        """Tell whether anything is known, or somebody there could know it."""
        return self.coordinator.status is not None or super().available

    @property
    @override
    def native_value(self) -> StateType:
        """Return the status of the miner."""
        return self.coordinator.status
