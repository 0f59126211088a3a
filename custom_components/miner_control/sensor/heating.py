"""Sensors of a thermostat: how much heat is given, how much in all, and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.helpers.typing import StateType

from ..domain.thermostat import Why
from ..entity import HeatingEntity
from ..heating.thermostat import HeatingThermostat


@dataclass(frozen=True, kw_only=True)
class HeatingSensorDescription(SensorEntityDescription):
    """Describe a sensor of a thermostat: what to read there."""

    value_fn: Callable[[HeatingThermostat], StateType]


HEATING_SENSORS: Final = (
    HeatingSensorDescription(
        key="heat_output",
        translation_key="heat_output",
        value_fn=lambda thermostat: thermostat.watts,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
    ),
    HeatingSensorDescription(
        key="heat_energy",
        translation_key="heat_energy",
        value_fn=lambda thermostat: round(thermostat.heat, 4),
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
    ),
    HeatingSensorDescription(
        key="heating_reason",
        translation_key="heating_reason",
        value_fn=lambda thermostat: thermostat.decision.why,
        device_class=SensorDeviceClass.ENUM,
        options=list(Why),
    ),
    HeatingSensorDescription(
        key="room_gain",
        translation_key="room_gain",
        value_fn=lambda thermostat: thermostat.gain,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="W/K",
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)


def heating_sensors(thermostat: HeatingThermostat | None) -> Iterator[SensorEntity]:
    """Yield the sensors of a miner or fleet that is set up to heat."""
    if thermostat is not None:
        for description in HEATING_SENSORS:
            yield HeatingSensor(thermostat, description)


class HeatingSensor(HeatingEntity, SensorEntity):
    """Show what a thermostat knows."""

    entity_description: HeatingSensorDescription

    @property
    @override
    def shown(self) -> object:
        """Return the value."""
        return self.native_value

    @property
    @override
    def native_value(self) -> StateType:
        """Return what the thermostat knows."""
        return self.entity_description.value_fn(self.thermostat)
