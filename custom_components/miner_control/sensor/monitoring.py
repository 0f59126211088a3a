"""Sensors of what a miner does now, and of what it is made for."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
)

from ..domain.features import MinerStatus
from ..domain.ports import (
    BoardTemperatureMonitorPort,
    ChipTemperatureMonitorPort,
    EnergyMonitorPort,
    ExternalFanSpeedMonitorPort,
    FrequencyMonitorPort,
    HashrateMonitorPort,
    InletTemperatureMonitorPort,
    InternalFanSpeedMonitorPort,
    MaxHashrateDetectionPort,
    MaxPowerDetectionPort,
    OutletTemperatureMonitorPort,
    PowerMonitorPort,
    RoomTemperatureMonitorPort,
    StatusMonitorPort,
    VoltageMonitorPort,
)
from ..domain.values import FanSpeedUnit, HashRateUnit
from .descriptions import (
    MinerSensorDescription,
    TemperatureSensorDescription,
    credible,
    decimals_of_volts,
    decimals_of_watts,
    reports,
)
from .energy import EnergySensor
from .entities import EfficiencySensor, ExternalFanSensor, StatusSensor
from .known import Known

# Home Assistant colours the history of an option by its place: in this order an error
# is red, mining green, and starting yellow.
_STATUSES: Final = (
    MinerStatus.IDLE,
    MinerStatus.STARTING,
    MinerStatus.ERROR,
    MinerStatus.ON,
    MinerStatus.STOPPING,
    MinerStatus.UNKNOWN,
    MinerStatus.OFF,
)

SENSORS: Final[tuple[MinerSensorDescription[Any], ...]] = (
    MinerSensorDescription(
        key="status",
        translation_key="status",
        port=StatusMonitorPort,
        value_fn=lambda port: port.status,
        device_class=SensorDeviceClass.ENUM,
        state_class=None,
        options=list(_STATUSES),
        has_fn=lambda _: True,
        sensor_type=StatusSensor,
    ),
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
    TemperatureSensorDescription(
        key="room_temperature",
        translation_key="room_temperature",
        port=RoomTemperatureMonitorPort,
        value_fn=lambda port: (
            value.celsius if (value := port.room_temperature) else None
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
        precision_fn=decimals_of_watts,
    ),
    MinerSensorDescription(
        key="max_power",
        translation_key="max_power",
        port=MaxPowerDetectionPort,
        value_fn=lambda port: value.watts if (value := port.max_power) else None,
        device_class=SensorDeviceClass.POWER,
        state_class=None,
        native_unit_of_measurement=UnitOfPower.WATT,
        precision_fn=decimals_of_watts,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    MinerSensorDescription(
        key="voltage",
        translation_key="voltage",
        port=VoltageMonitorPort,
        value_fn=lambda port: value.volts if (value := port.voltage) else None,
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        precision_fn=decimals_of_volts,
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
    MinerSensorDescription(
        key="external_fan_speed",
        translation_key="external_fan_speed",
        port=ExternalFanSpeedMonitorPort,
        value_fn=lambda port: (
            value.value if (value := port.external_fan_speed) else None
        ),
        sensor_type=ExternalFanSensor,
    ),
    MinerSensorDescription(
        key="energy",
        translation_key="energy",
        port=EnergyMonitorPort,
        value_fn=lambda port: value.kilowatt_hours if (value := port.energy) else None,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=3,
        has_fn=lambda known: (
            known.has(PowerMonitorPort) or known.has(EnergyMonitorPort)
        ),
        sensor_type=EnergySensor,
    ),
)


def rows(known: Known) -> Iterator[MinerSensorDescription[Any]]:
    """Describe the sensors of a miner; each description serves all miners."""
    yield from SENSORS
    yield from hashrates(known.unit)
    yield efficiency(known.unit)
    yield from map(internal_fan, range(1, known.fans + 1))


@cache
def hashrates(unit: HashRateUnit) -> tuple[MinerSensorDescription[Any], ...]:
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
                value.to(unit) if (value := credible(port.expected_hashrate)) else None
            ),
            has_fn=reports(HashrateMonitorPort, "expected_hashrate"),
            native_unit_of_measurement=unit,
            suggested_display_precision=2,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
        MinerSensorDescription(
            key="max_hashrate",
            translation_key="max_hashrate",
            port=MaxHashrateDetectionPort,
            value_fn=lambda port: (
                value.to(unit) if (value := port.max_hashrate) else None
            ),
            state_class=None,
            native_unit_of_measurement=unit,
            suggested_display_precision=2,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    )


@cache
def efficiency(unit: HashRateUnit) -> MinerSensorDescription[PowerMonitorPort]:
    """Describe the energy that the work of one unit takes, on the power that serves."""
    return MinerSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        port=PowerMonitorPort,
        value_fn=lambda port: value.watts if (value := port.power) else None,
        has_fn=lambda known: (
            known.has(PowerMonitorPort) and known.has(HashrateMonitorPort)
        ),
        sensor_type=EfficiencySensor,
        native_unit_of_measurement=f"J/{unit.removesuffix('/s')}",
        suggested_display_precision=2,
    )


@cache
def internal_fan(number: int) -> MinerSensorDescription[InternalFanSpeedMonitorPort]:
    """Describe the speed of one of the miner's own fans, counted from 1."""

    def speed(port: InternalFanSpeedMonitorPort) -> float | None:
        """Return the speed of this fan, None if it was not read in rpm."""
        fans = port.internal_fan_speeds or ()
        fan = credible(fans[number - 1]) if number <= len(fans) else None
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
