"""Which entities can play which feature, and how their states are read.

To let an entity serve another feature, add a role to `ROLES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.input_boolean import DOMAIN as INPUT_BOOLEAN_DOMAIN
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    FrequencyConverter,
    PowerConverter,
    TemperatureConverter,
)

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.values import (
    Energy,
    FanSpeed,
    FanSpeedUnit,
    Frequency,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
    Voltage,
)

_NUMERIC_DOMAINS = (SENSOR_DOMAIN, NUMBER_DOMAIN, INPUT_NUMBER_DOMAIN)
_SWITCHES = (SWITCH_DOMAIN, INPUT_BOOLEAN_DOMAIN)
_HASHRATE_UNITS = {unit.value.lower(): unit for unit in HashRateUnit}
_FAN_UNITS = {
    REVOLUTIONS_PER_MINUTE: FanSpeedUnit.RPM,
    PERCENTAGE: FanSpeedUnit.PERCENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRole:
    """How an entity serves a feature.

    `read` turns a state into the value that the snapshot's `field` takes, or into
    None for a state that says nothing. `device_class` narrows sensors.
    """

    feature_type: MinerFeatureType
    read: Callable[[State], Any]
    field: str | None = None
    domains: tuple[str, ...] = _NUMERIC_DOMAINS
    device_class: SensorDeviceClass | None = None


def is_known(state: State | None) -> bool:
    """Tell whether an entity has a state to read."""
    return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def _number(state: State) -> float | None:
    """Return a state as a finite number, or None."""
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _converted[T](
    value: Callable[[float], T], converter: type[BaseUnitConverter], unit: str
) -> Callable[[State], T | None]:
    """Return a reader of a quantity that Home Assistant can convert."""

    def read(state: State) -> T | None:
        """Read a state in the unit that the domain uses."""
        number = _number(state)
        given = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        if number is None or given not in converter.VALID_UNITS:
            return None
        return value(converter.convert(number, given, unit))

    return read


def _hashrate(state: State) -> HashRate | None:
    """Read a hash rate in any of its units."""
    number = _number(state)
    given = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)).lower()
    unit = _HASHRATE_UNITS.get(given)
    return None if number is None or unit is None else HashRate(number, unit)


def _fan_speed(state: State) -> FanSpeed | None:
    """Read a fan's speed in rpm or percent."""
    number = _number(state)
    given = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)).lower()
    unit = _FAN_UNITS.get(given)
    return None if number is None or unit is None else FanSpeed(number, unit)


def _fan_speeds(state: State) -> tuple[FanSpeed, ...] | None:
    """Read the speed of one fan as that of all there are."""
    speed = _fan_speed(state)
    return None if speed is None else (speed,)


def switched_on(state: State) -> bool | None:
    """Read whether a switch is on."""
    return {STATE_ON: True, STATE_OFF: False}.get(state.state)


def _status(state: State) -> MinerStatus | None:
    """Read a status: its name, or on and off."""
    name = state.state.lower()
    return MinerStatus(name) if name in MinerStatus else None


def _sensor(
    feature_type: MinerFeatureType,
    field: str,
    read: Callable[[State], Any],
    device_class: SensorDeviceClass | None = None,
) -> EntityRole:
    """Return the role of an entity that measures something."""
    return EntityRole(
        feature_type=feature_type, field=field, read=read, device_class=device_class
    )


def _temperature(feature_type: MinerFeatureType, field: str) -> EntityRole:
    """Return the role of a thermometer."""
    read = _converted(Temperature, TemperatureConverter, UnitOfTemperature.CELSIUS)
    return _sensor(feature_type, field, read, SensorDeviceClass.TEMPERATURE)


ROLES: Final[dict[MinerFeatureType, EntityRole]] = {
    role.feature_type: role
    for role in (
        _sensor(
            MinerFeatureType.POWER_MONITORING,
            "power",
            _converted(Power, PowerConverter, UnitOfPower.WATT),
            SensorDeviceClass.POWER,
        ),
        EntityRole(
            feature_type=MinerFeatureType.POWER_CONTROL,
            field="is_powered",
            read=switched_on,
            domains=_SWITCHES,
        ),
        EntityRole(
            feature_type=MinerFeatureType.STATUS_MONITORING,
            field="status",
            read=_status,
            domains=(SENSOR_DOMAIN, BINARY_SENSOR_DOMAIN, *_SWITCHES),
        ),
        _sensor(MinerFeatureType.HASHRATE_MONITORING, "hashrate", _hashrate),
        _temperature(MinerFeatureType.CHIP_TEMPERATURE_MONITORING, "chip_temperature"),
        _temperature(
            MinerFeatureType.BOARD_TEMPERATURE_MONITORING, "board_temperature"
        ),
        _temperature(
            MinerFeatureType.INLET_TEMPERATURE_MONITORING, "inlet_temperature"
        ),
        _temperature(
            MinerFeatureType.OUTLET_TEMPERATURE_MONITORING, "outlet_temperature"
        ),
        _sensor(
            MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING,
            "internal_fan_speeds",
            _fan_speeds,
        ),
        _sensor(
            MinerFeatureType.FAN_SPEED_EXTERNAL_MONITORING,
            "external_fan_speed",
            _fan_speed,
        ),
        _sensor(
            MinerFeatureType.VOLTAGE_MONITORING,
            "voltage",
            _converted(
                Voltage, ElectricPotentialConverter, UnitOfElectricPotential.VOLT
            ),
            SensorDeviceClass.VOLTAGE,
        ),
        _sensor(
            MinerFeatureType.FREQUENCY_MONITORING,
            "frequency",
            _converted(Frequency, FrequencyConverter, UnitOfFrequency.MEGAHERTZ),
            SensorDeviceClass.FREQUENCY,
        ),
        _sensor(
            MinerFeatureType.ENERGY_MONITORING,
            "energy",
            _converted(Energy, EnergyConverter, UnitOfEnergy.KILO_WATT_HOUR),
            SensorDeviceClass.ENERGY,
        ),
        EntityRole(
            feature_type=MinerFeatureType.MINING_CONTROL,
            read=switched_on,
            domains=_SWITCHES,
        ),
    )
}
