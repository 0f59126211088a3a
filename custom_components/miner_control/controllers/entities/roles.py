"""Which entities can play which feature, how they are read and what they are told.

To let an entity serve another feature, add a role to `ROLES`; for a control, add its
port to `EntityControls`, too, with what it wishes of the entity.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

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
from homeassistant.components.update import DOMAIN as UPDATE_DOMAIN
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

from ...const import (
    CONF_CONTROLS,
    CONF_DETAILS,
    CONF_MINING_CONTROL_STOP,
    CONF_PLUG,
    CONF_READINGS,
)
from ...domain import ports
from ...domain.features import MinerFeatureType
from ...domain.values import Energy, FanSetting, Frequency, Power, Voltage
from ..errors import UnsupportedError
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

    `read` turns a state into the value that the feature's port shows, or into None
    for a state that says nothing. `command` turns a wish into the call of a service.
    `device_classes` narrow entities; a `is_number` may be scaled.
    """

    domains: tuple[str, ...]
    read: Reader | None = None
    command: Commander | None = None
    device_classes: tuple[SensorDeviceClass, ...] = ()
    is_number: bool = False


def _meter(read: Reader, *device_classes: SensorDeviceClass) -> EntityRole:
    """Return the role of an entity that measures something."""
    return EntityRole(
        domains=_NUMERIC,
        read=read,
        device_classes=device_classes,
        is_number=True,
    )


def _text(read: Reader, *more_domains: str) -> EntityRole:
    """Return the role of an entity that tells something in words."""
    return EntityRole(domains=(*_TEXTS, *more_domains), read=read)


_THERMOMETER: Final = _meter(readings.temperature, SensorDeviceClass.TEMPERATURE)
_POWER_METER: Final = _meter(
    readings.quantity(Power, PowerConverter, UnitOfPower.WATT), SensorDeviceClass.POWER
)
_FAN: Final = EntityRole(
    domains=(FAN_DOMAIN, *_NUMBERS, *_SWITCHES),
    read=readings.fan_setting,
    command=commands.set_fan,
    is_number=True,
)

ROLES: Final[dict[MinerFeatureType, EntityRole]] = {
    MinerFeatureType.POWER_MONITORING: _POWER_METER,
    MinerFeatureType.POWER_CONTROL: EntityRole(
        domains=_SWITCHES,
        read=readings.switched_on,
        command=commands.turn,
    ),
    MinerFeatureType.STATUS_MONITORING: _text(
        readings.status, BINARY_SENSOR_DOMAIN, *_SWITCHES
    ),
    MinerFeatureType.HASHRATE_MONITORING: _meter(readings.hashrate),
    MinerFeatureType.CHIP_TEMPERATURE_MONITORING: _THERMOMETER,
    MinerFeatureType.BOARD_TEMPERATURE_MONITORING: _THERMOMETER,
    MinerFeatureType.INLET_TEMPERATURE_MONITORING: _THERMOMETER,
    MinerFeatureType.OUTLET_TEMPERATURE_MONITORING: _THERMOMETER,
    MinerFeatureType.ROOM_TEMPERATURE_MONITORING: _THERMOMETER,
    MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING: _meter(readings.fan_speeds),
    MinerFeatureType.FAN_SPEED_EXTERNAL_MONITORING: _meter(readings.fan_speed),
    MinerFeatureType.VOLTAGE_MONITORING: _meter(
        readings.quantity(
            Voltage, ElectricPotentialConverter, UnitOfElectricPotential.VOLT
        ),
        SensorDeviceClass.VOLTAGE,
    ),
    MinerFeatureType.FREQUENCY_MONITORING: _meter(
        readings.quantity(Frequency, FrequencyConverter, UnitOfFrequency.MEGAHERTZ),
        SensorDeviceClass.FREQUENCY,
    ),
    MinerFeatureType.ENERGY_MONITORING: _meter(
        readings.quantity(Energy, EnergyConverter, UnitOfEnergy.KILO_WATT_HOUR),
        SensorDeviceClass.ENERGY,
    ),
    MinerFeatureType.HASHBOARD_MONITORING: _meter(readings.hashboards),
    MinerFeatureType.OPERATIONAL_MONITORING: _meter(
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
    MinerFeatureType.INTERNAL_FAN_CONTROL: _FAN,
    MinerFeatureType.EXTERNAL_FAN_CONTROL: _FAN,
    MinerFeatureType.POWER_LIMIT_CONTROL: EntityRole(
        domains=_NUMBERS,
        read=readings.power_limit,
        command=commands.set_to(PowerConverter, UnitOfPower.WATT),
        is_number=True,
    ),
    MinerFeatureType.PRESET_CONTROL: EntityRole(
        domains=_SELECTS,
        read=readings.presets,
        command=commands.select_option,
    ),
    MinerFeatureType.RESTART_CONTROL: EntityRole(
        domains=RUNNABLE, command=commands.run
    ),
    MinerFeatureType.LOCATE_CONTROL: EntityRole(
        domains=(LIGHT_DOMAIN, *_SWITCHES),
        read=readings.switched_on,
        command=commands.turn,
    ),
    MinerFeatureType.TUNING_CONTROL: EntityRole(
        domains=_NUMBERS,
        read=readings.tuning,
        command=commands.set_to(
            FrequencyConverter,
            UnitOfFrequency.MEGAHERTZ,
            usual=UnitOfFrequency.MEGAHERTZ,
        ),
        is_number=True,
    ),
    MinerFeatureType.FIRMWARE_UPDATE: EntityRole(
        domains=(UPDATE_DOMAIN,),
        read=readings.firmware,
        command=commands.install,
    ),
    MinerFeatureType.MODEL_DETECTION: _text(readings.model),
    MinerFeatureType.MAX_POWER_DETECTION: _POWER_METER,
    MinerFeatureType.MAX_HASHRATE_DETECTION: _meter(readings.hashrate),
}


class EntityControls(
    ports.MiningControlPort,
    ports.PowerControlPort,
    ports.InternalFanControlPort,
    ports.ExternalFanControlPort,
    ports.PowerLimitControlPort,
    ports.PresetControlPort,
    ports.RestartControlPort,
    ports.LocateControlPort,
    ports.TuningControlPort,
    ports.FirmwareUpdatePort,
):
    """Fulfil wishes by the entities that were chosen for them."""

    @abstractmethod
    def _has(self, name: str) -> bool:
        """Tell whether an entity was chosen for a field."""

    @abstractmethod
    async def _tell(self, name: str, *, wish: object) -> None:
        """Fulfil a wish by the entity of a field; raise if it cannot."""

    @property
    @override
    def can_restart_mining(self) -> bool:
        """Tell that what restarts the device would do more than that."""
        return False

    @property
    @override
    def can_set_voltage(self) -> bool:
        """Tell that the one entity there is sets the clock."""
        return False

    @override
    async def start_mining(self) -> None:
        """Turn the mining switch on, or run what starts mining."""
        await self._tell(MinerFeatureType.MINING_CONTROL, wish=True)

    @override
    async def stop_mining(self) -> None:
        """Turn the mining switch off, or run what stops mining."""
        name: str = MinerFeatureType.MINING_CONTROL
        if self._has(CONF_MINING_CONTROL_STOP):
            name = CONF_MINING_CONTROL_STOP
        await self._tell(name, wish=False)

    @override
    async def turn_power_on(self) -> None:
        """Turn the plug on."""
        await self._tell(MinerFeatureType.POWER_CONTROL, wish=True)

    @override
    async def turn_power_off(self) -> None:
        """Turn the plug off."""
        await self._tell(MinerFeatureType.POWER_CONTROL, wish=False)

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the miner's own fans."""
        await self._tell(MinerFeatureType.INTERNAL_FAN_CONTROL, wish=setting)

    @override
    async def set_external_fan(self, setting: FanSetting) -> None:
        """Set the external fan."""
        await self._tell(MinerFeatureType.EXTERNAL_FAN_CONTROL, wish=setting)

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Set the number that limits the power."""
        await self._tell(MinerFeatureType.POWER_LIMIT_CONTROL, wish=watts)

    @override
    async def select_preset(self, preset: str) -> None:
        """Select an option."""
        await self._tell(MinerFeatureType.PRESET_CONTROL, wish=preset)

    @override
    async def reboot(self) -> None:
        """Run what restarts the device."""
        await self._tell(MinerFeatureType.RESTART_CONTROL, wish=True)

    @override
    async def restart_mining(self) -> None:
        """Refuse, for the device would be restarted."""
        raise UnsupportedError("its entity can only restart the device")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""
        await self._tell(MinerFeatureType.LOCATE_CONTROL, wish=locating)

    @override
    async def set_tuning(
        self, *, frequency: float | None = None, voltage: float | None = None
    ) -> None:
        """Set the number that sets the clock; there is none for the voltage."""
        if voltage is not None or frequency is None:
            raise UnsupportedError("its entity can only set the clock")
        await self._tell(MinerFeatureType.TUNING_CONTROL, wish=frequency)

    @override
    async def install_firmware(self) -> None:
        """Have the update entity install what it found."""
        await self._tell(MinerFeatureType.FIRMWARE_UPDATE, wish=True)


def _fields() -> Iterator[tuple[str, EntityRole]]:
    """Yield one field for each feature, and for the other half of a pair."""
    for feature_type, role in ROLES.items():
        yield feature_type.value, role
        if feature_type is MinerFeatureType.MINING_CONTROL:
            stop = EntityRole(domains=RUNNABLE, command=commands.run)
            yield CONF_MINING_CONTROL_STOP, stop


# All that can be chosen.
FIELDS: Final[dict[str, EntityRole]] = dict(_fields())

# What every smart plug has that measures, and what some of them have besides.
NEEDED_OF_PLUG: Final = (
    MinerFeatureType.POWER_MONITORING.value,
    MinerFeatureType.POWER_CONTROL.value,
)
OPTIONAL_OF_PLUG: Final = (MinerFeatureType.ENERGY_MONITORING.value,)
PLUG: Final = NEEDED_OF_PLUG + OPTIONAL_OF_PLUG


def _section(name: str) -> str:
    """Return the part of a form in which people look for a field."""
    if name in PLUG:
        return CONF_PLUG
    if FIELDS[name].command is not None:
        return CONF_CONTROLS
    return CONF_READINGS if name.endswith("_monitoring") else CONF_DETAILS


# The fields of each part of a form, in the order in which they are shown.
SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    CONF_PLUG: PLUG,
    **{
        section: tuple(name for name in FIELDS if _section(name) == section)
        for section in (CONF_READINGS, CONF_CONTROLS, CONF_DETAILS)
    },
}
