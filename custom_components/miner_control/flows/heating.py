"""The step that sets a miner or a fleet up to heat a room."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.input_boolean import DOMAIN as INPUT_BOOLEAN_DOMAIN
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.input_select import DOMAIN as INPUT_SELECT_DOMAIN
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.components.weather import DOMAIN as WEATHER_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
from homeassistant.const import PERCENTAGE, UnitOfPower, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_ENABLED, DOMAIN
from ..controllers.entities.adjustments import Adjustment
from ..controllers.entities.readings import is_known, temperature
from ..domain.budget import LettingGo
from ..domain.features import MinerFeatureType
from ..domain.miner import Miner
from ..storage.bindings import load_miner
from ..storage.heating import CONF_HEATING, HeatingSettings
from ..storage.kinds import is_fleet
from ..storage.options import MinerOptions
from .link import entity_reference
from .link_steps import Input
from .numbers import LenientNumberSelector
from .schemas import prefilled, unfolded

_CELSIUS, _WATTS = UnitOfTemperature.CELSIUS, UnitOfPower.WATT
_MINUTES, _SECONDS = UnitOfTime.MINUTES, UnitOfTime.SECONDS
# The lowest and the highest value of each number, its step and its unit.
HEATING_RANGES: Final[Mapping[str, tuple[float, float, float, str | None]]] = {
    "min_temperature": (0, 30, 0.5, _CELSIUS),
    "max_temperature": (5, 35, 0.5, _CELSIUS),
    "away_temperature": (0, 35, 0.5, _CELSIUS),
    "sleep_temperature": (0, 35, 0.5, _CELSIUS),
    "comfort_temperature": (0, 35, 0.5, _CELSIUS),
    "boost_temperature": (0, 35, 0.5, _CELSIUS),
    "frost_temperature": (0, 15, 0.5, _CELSIUS),
    "min_power": (0, 50000, 1, _WATTS),
    "max_power": (0, 50000, 1, _WATTS),
    "min_on": (5, 240, 1, _MINUTES),
    "min_off": (5, 240, 1, _MINUTES),
    "max_starts": (1, 24, 1, None),
    "chip_limit": (50, 120, 1, _CELSIUS),
    "sensor_timeout": (5, 720, 1, _MINUTES),
    "lost_share": (0, 100, 1, PERCENTAGE),
    "fan_speed": (1, 100, 1, PERCENTAGE),
    "fan_before": (0, 300, 1, _SECONDS),
    "fan_after": (0, 60, 1, _MINUTES),
    "hold": (0, 1440, 1, _MINUTES),
}
_PRESETS: Final = (
    "away_temperature",
    "sleep_temperature",
    "comfort_temperature",
    "boost_temperature",
)
_OUTDOOR_SENSOR: Final = "outdoor_sensor"
_SCHEDULE: Final = "schedule"
# What tells how warm it is outdoors, and what can be followed.
_THERMOMETERS: Final = (
    SENSOR_DOMAIN,
    NUMBER_DOMAIN,
    INPUT_NUMBER_DOMAIN,
    WEATHER_DOMAIN,
)
_SCHEDULES: Final = ("schedule", INPUT_BOOLEAN_DOMAIN, INPUT_SELECT_DOMAIN)
_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "temperatures": (
        "min_temperature",
        "max_temperature",
        *_PRESETS,
        "frost_temperature",
        _SCHEDULE,
    ),
    "power": ("min_power", "max_power", "min_on", "min_off", "max_starts"),
    "safety": ("sensor_timeout", "lost_share", "chip_limit", _OUTDOOR_SENSOR),
    "fan": ("external_fan", "fan_speed", "fan_before", "fan_after"),
    "authority": ("hold", "letting_go"),
}
# A fleet leaves times, chips and fans to its members, and people to each of them.
_FLEET_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "temperatures": _SECTIONS["temperatures"],
    "power": ("min_power", "max_power"),
    "safety": ("sensor_timeout", "lost_share", _OUTDOOR_SENSOR),
}
# What stands above the sections.
_OPEN: Final = (CONF_ENABLED, "observe")


class HeatingStep(OptionsFlow):
    """Ask how a miner or a fleet is to heat a room."""

    async def async_step_heating(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for temperatures, powers, times and what happens when something fails."""
        errors: dict[str, str] = {}
        entry = self.config_entry
        sections = _FLEET_SECTIONS if is_fleet(entry) else _SECTIONS
        known = asdict(HeatingSettings.of(entry))
        registry = er.async_get(self.hass)
        for name in (_OUTDOOR_SENSOR, _SCHEDULE):
            if known[name]:
                known[name] = er.async_resolve_entity_id(registry, known[name])
        if user_input is not None:
            # What was cleared is not there any more.
            known |= {_OUTDOOR_SENSOR: None, _SCHEDULE: None} | _flat(
                user_input, sections
            )
            errors = _errors(self.hass, known, entry)
            if not errors:
                return self._store(known)
        schema = prefilled(_schema(known, sections))
        # Of what lies in a section, the frontend shows errors at the section only.
        misplaced = {
            part: errors[name]
            for part, names in sections.items()
            for name in names
            if name in errors
        }
        return self.async_show_form(
            step_id="heating",
            data_schema=unfolded(schema, {"temperatures", *misplaced}),
            errors=errors | misplaced,
        )

    def _store(self, settings: dict[str, Any]) -> ConfigFlowResult:
        """Store settings without gaps, with entities by what outlasts a new name."""
        stored = {name: value for name, value in settings.items() if value is not None}
        for name in (_OUTDOOR_SENSOR, _SCHEDULE):
            if entity_id := stored.get(name):
                stored[name] = entity_reference(self.hass, entity_id)
        return self.async_create_entry(
            data={**self.config_entry.options, CONF_HEATING: stored}
        )


def _flat(
    user_input: Mapping[str, Any], sections: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """Return what was entered without its sections."""
    entered = {name: user_input[name] for name in _OPEN if name in user_input}
    for part, names in sections.items():
        given: Mapping[str, Any] = user_input.get(part) or {}
        entered |= {name: given[name] for name in names if name in given}
    return entered


def _errors(
    hass: HomeAssistant, settings: Mapping[str, Any], entry: ConfigEntry
) -> dict[str, str]:
    """Return what cannot be, each with the field that it is about."""
    errors = _contradictions(settings) | _misfits(hass, settings)
    errors |= {
        name: "out_of_range"
        for name, (low, high, _, _) in HEATING_RANGES.items()
        if not low <= settings[name] <= high
    }
    if settings[CONF_ENABLED] and not errors:
        errors |= _lacks(settings, entry)
    return errors


def _contradictions(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return which temperatures and powers contradict each other."""
    errors: dict[str, str] = {}
    low, high = settings["min_temperature"], settings["max_temperature"]
    if low >= high:
        errors["max_temperature"] = "minimum_above_maximum"
    else:
        for name in _PRESETS:
            if settings[name] > high:
                errors[name] = "above_highest_temperature"
            elif settings[name] < low:
                errors[name] = "below_lowest_temperature"
    if settings["frost_temperature"] > low:
        errors["frost_temperature"] = "frost_above_lowest_temperature"
    if 0 < settings["max_power"] < settings["min_power"]:
        errors["max_power"] = "minimum_above_maximum"
    return errors


def _misfits(hass: HomeAssistant, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return which entities cannot be what they were chosen for."""
    errors: dict[str, str] = {}
    if (entity_id := settings[_OUTDOOR_SENSOR]) and (
        error := _thermometer_error(hass, entity_id)
    ):
        errors[_OUTDOOR_SENSOR] = error
    if (entity_id := settings[_SCHEDULE]) and (
        error := _entity_error(hass, entity_id, _SCHEDULES)
    ):
        errors[_SCHEDULE] = error
    return errors


def _lacks(settings: Mapping[str, Any], entry: ConfigEntry) -> dict[str, str]:
    """Return what a miner or a fleet lacks for heating."""
    bound = load_miner(entry)
    if not bound.has_feature(MinerFeatureType.ROOM_TEMPERATURE_MONITORING):
        return {"base": "no_room_sensor"}
    return {} if is_fleet(entry) else _miner_lacks(settings, entry, bound)


def _miner_lacks(
    settings: Mapping[str, Any], entry: ConfigEntry, miner: Miner
) -> dict[str, str]:
    """Return what a miner that has a room sensor lacks for heating."""
    stands_in = MinerOptions.of(entry).power_stands_in
    by_power = stands_in and miner.has_feature(MinerFeatureType.POWER_CONTROL)
    if not by_power and not miner.has_feature(MinerFeatureType.MINING_CONTROL):
        return {"base": "cannot_be_started"}
    fan = MinerFeatureType.EXTERNAL_FAN_CONTROL
    if settings["external_fan"] and not miner.has_feature(fan):
        return {"external_fan": "no_external_fan"}
    return {}


def _entity_error(
    hass: HomeAssistant, entity_id: str, domains: tuple[str, ...]
) -> str | None:
    """Return why an entity cannot be chosen, None if it can."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None and hass.states.get(entity_id) is None:
        return "heating_entity_not_found"
    if registered is not None and registered.platform == DOMAIN:
        return "heating_own_entity"
    if split_entity_id(entity_id)[0] not in domains:
        return "heating_wrong_entity"
    return None


def _thermometer_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why an entity cannot tell how warm it is outdoors, None if it can."""
    if error := _entity_error(hass, entity_id, _THERMOMETERS):
        return error
    state = hass.states.get(entity_id)
    if state is None or state.domain == WEATHER_DOMAIN or not is_known(state):
        return None
    fits = temperature(state, Adjustment()) is not None
    return None if fits else "heating_wrong_entity"


def _schema(
    values: Mapping[str, Any], sections: Mapping[str, tuple[str, ...]]
) -> vol.Schema:
    """Return the form with values filled in; only what is needed is open."""
    return vol.Schema(
        {
            **dict(map(_field(values), _OPEN)),
            **{
                vol.Optional(part, default={}): section(
                    vol.Schema(dict(map(_field(values), names))),
                    {"collapsed": True},
                )
                for part, names in sections.items()
            },
        }
    )


def _field(values: Mapping[str, Any]) -> Any:
    """Return what makes a field of the form from its name."""

    def field(name: str) -> tuple[vol.Marker, Any]:
        """Return a field and what it is entered with."""
        if name in (_OUTDOOR_SENSOR, _SCHEDULE):
            suggested = {"suggested_value": values[name]} if values[name] else None
            return vol.Optional(name, description=suggested), _selector(name)
        return vol.Optional(name, default=values[name]), _selector(name)

    return field


def _selector(name: str) -> Any:
    """Return what a setting is entered with."""
    if name == _OUTDOOR_SENSOR:
        return EntitySelector(
            EntitySelectorConfig(
                filter=[
                    {
                        "domain": [SENSOR_DOMAIN, NUMBER_DOMAIN],
                        "device_class": [SensorDeviceClass.TEMPERATURE],
                    },
                    {"domain": [INPUT_NUMBER_DOMAIN, WEATHER_DOMAIN]},
                ]
            )
        )
    if name == _SCHEDULE:
        return EntitySelector(EntitySelectorConfig(filter={"domain": list(_SCHEDULES)}))
    if name == "letting_go":
        return SelectSelector(
            SelectSelectorConfig(
                options=[how.value for how in LettingGo],
                mode=SelectSelectorMode.LIST,
                translation_key="heating_letting_go",
            )
        )
    if name not in HEATING_RANGES:
        return BooleanSelector()
    low, high, step, unit = HEATING_RANGES[name]
    config = NumberSelectorConfig(
        min=low, max=high, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return LenientNumberSelector(config)
