"""Which entities can play which feature, how they are read and what they are told.

To let an entity serve another feature, add a role to `ROLES`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.fan import DOMAIN as FAN_DOMAIN
from homeassistant.components.input_boolean import DOMAIN as INPUT_BOOLEAN_DOMAIN
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.input_select import DOMAIN as INPUT_SELECT_DOMAIN
from homeassistant.components.input_text import DOMAIN as INPUT_TEXT_DOMAIN
from homeassistant.components.light import DOMAIN as LIGHT_DOMAIN
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.select import DOMAIN as SELECT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.components.text import DOMAIN as TEXT_DOMAIN
from homeassistant.const import (
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
)
from homeassistant.util.unit_conversion import (
    ElectricPotentialConverter,
    EnergyConverter,
    FrequencyConverter,
    PowerConverter,
)

from ...const import CONF_MINING_CONTROL_STOP
from ...domain.features import MinerFeatureType
from ...domain.values import Energy, Frequency, Power, Voltage
from . import commands, readings
from .commands import RUNNABLE, Commander
from .readings import Reader

_NUMBERS = (NUMBER_DOMAIN, INPUT_NUMBER_DOMAIN)
_NUMERIC = (SENSOR_DOMAIN, *_NUMBERS)
_SWITCHES = (SWITCH_DOMAIN, INPUT_BOOLEAN_DOMAIN)
_SELECTS = (SELECT_DOMAIN, INPUT_SELECT_DOMAIN)
_TEXTS = (SENSOR_DOMAIN, *_SELECTS, TEXT_DOMAIN, INPUT_TEXT_DOMAIN)
# Helpers have no device class to tell them by.
HELPERS: Final = (INPUT_NUMBER_DOMAIN, INPUT_BOOLEAN_DOMAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRole:
    """How an entity serves a feature.

    `read` turns a state into the value that the snapshot's `field` takes, or into
    None for a state that says nothing. `command` turns a wish into the call of a
    service. `device_classes` narrow entities; a `is_number` may be scaled.
    """

    domains: tuple[str, ...]
    read: Reader | None = None
    field: str | None = None
    command: Commander | None = None
    device_classes: tuple[SensorDeviceClass, ...] = ()
    is_number: bool = False


def _meter(field: str, read: Reader, *device_classes: SensorDeviceClass) -> EntityRole:
    """Return the role of an entity that measures something."""
    return EntityRole(
        domains=_NUMERIC,
        read=read,
        field=field,
        device_classes=device_classes,
        is_number=True,
    )


def _thermometer(field: str) -> EntityRole:
    """Return the role of an entity that measures a temperature."""
    return _meter(field, readings.temperature, SensorDeviceClass.TEMPERATURE)


def _power_meter(field: str) -> EntityRole:
    """Return the role of an entity that knows a power."""
    read = readings.quantity(Power, PowerConverter, UnitOfPower.WATT)
    return _meter(field, read, SensorDeviceClass.POWER)


def _fan(field: str) -> EntityRole:
    """Return the role of an entity that rules a fan."""
    return EntityRole(
        domains=(FAN_DOMAIN, *_NUMBERS, *_SWITCHES),
        read=readings.fan_setting,
        field=field,
        command=commands.set_fan,
        is_number=True,
    )


def _text(field: str, read: Reader, *more_domains: str) -> EntityRole:
    """Return the role of an entity that tells something in words."""
    return EntityRole(domains=(*_TEXTS, *more_domains), read=read, field=field)


ROLES: Final[dict[MinerFeatureType, EntityRole]] = {
    MinerFeatureType.POWER_MONITORING: _power_meter("power"),
    MinerFeatureType.POWER_CONTROL: EntityRole(
        domains=_SWITCHES,
        read=readings.switched_on,
        field="is_powered",
        command=commands.turn,
    ),
    MinerFeatureType.STATUS_MONITORING: _text(
        "status", readings.status, BINARY_SENSOR_DOMAIN, *_SWITCHES
    ),
    MinerFeatureType.HASHRATE_MONITORING: _meter("hashrate", readings.hashrate),
    MinerFeatureType.CHIP_TEMPERATURE_MONITORING: _thermometer("chip_temperature"),
    MinerFeatureType.BOARD_TEMPERATURE_MONITORING: _thermometer("board_temperature"),
    MinerFeatureType.INLET_TEMPERATURE_MONITORING: _thermometer("inlet_temperature"),
    MinerFeatureType.OUTLET_TEMPERATURE_MONITORING: _thermometer("outlet_temperature"),
    MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING: _meter(
        "internal_fan_speeds", readings.fan_speeds
    ),
    MinerFeatureType.FAN_SPEED_EXTERNAL_MONITORING: _meter(
        "external_fan_speed", readings.fan_speed
    ),
    MinerFeatureType.VOLTAGE_MONITORING: _meter(
        "voltage",
        readings.quantity(
            Voltage, ElectricPotentialConverter, UnitOfElectricPotential.VOLT
        ),
        SensorDeviceClass.VOLTAGE,
    ),
    MinerFeatureType.FREQUENCY_MONITORING: _meter(
        "frequency",
        readings.quantity(Frequency, FrequencyConverter, UnitOfFrequency.MEGAHERTZ),
        SensorDeviceClass.FREQUENCY,
    ),
    MinerFeatureType.ENERGY_MONITORING: _meter(
        "energy",
        readings.quantity(Energy, EnergyConverter, UnitOfEnergy.KILO_WATT_HOUR),
        SensorDeviceClass.ENERGY,
    ),
    MinerFeatureType.HASHBOARD_MONITORING: _meter("hashboards", readings.hashboards),
    MinerFeatureType.OPERATIONAL_MONITORING: _meter(
        "operation",
        readings.operation,
        SensorDeviceClass.DURATION,
        SensorDeviceClass.TIMESTAMP,
        SensorDeviceClass.UPTIME,
    ),
    MinerFeatureType.MINING_CONTROL: EntityRole(
        domains=(*_SWITCHES, *RUNNABLE),
        read=readings.switched_on,
        command=commands.turn_or_run,
    ),
    MinerFeatureType.INTERNAL_FAN_CONTROL: _fan("internal_fan"),
    MinerFeatureType.EXTERNAL_FAN_CONTROL: _fan("external_fan"),
    MinerFeatureType.POWER_LIMIT_CONTROL: EntityRole(
        domains=_NUMBERS,
        read=readings.power_limit,
        field="power_limit",
        command=commands.limit_power,
        is_number=True,
    ),
    MinerFeatureType.PRESET_CONTROL: EntityRole(
        domains=_SELECTS,
        read=readings.presets,
        field="presets",
        command=commands.select_option,
    ),
    MinerFeatureType.RESTART_CONTROL: EntityRole(
        domains=RUNNABLE, command=commands.run
    ),
    MinerFeatureType.LOCATE_CONTROL: EntityRole(
        domains=(LIGHT_DOMAIN, *_SWITCHES),
        read=readings.switched_on,
        field="is_locating",
        command=commands.turn,
    ),
    MinerFeatureType.MODEL_DETECTION: _text("device_info", readings.model),
    MinerFeatureType.MAX_POWER_DETECTION: _power_meter("max_power"),
    MinerFeatureType.MAX_HASHRATE_DETECTION: _meter("max_hashrate", readings.hashrate),
}


def _fields() -> Iterator[tuple[str, EntityRole]]:
    """Yield one field for each feature, and for the other half of a pair."""
    for feature_type, role in ROLES.items():
        yield feature_type.value, role
        if feature_type is MinerFeatureType.MINING_CONTROL:
            stop = EntityRole(domains=RUNNABLE, command=commands.run)
            yield CONF_MINING_CONTROL_STOP, stop


# All that can be chosen.
FIELDS: Final[dict[str, EntityRole]] = dict(_fields())
