"""Find what a smart plug consists of, from its device alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN, SwitchDeviceClass
from homeassistant.const import CONF_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import get_device_class
from homeassistant.helpers.entity_registry import RegistryEntry

from ...const import CONF_PLUG, DOMAIN
from ...controllers.entities.roles import NEEDED_OF_PLUG, OPTIONAL_OF_PLUG
from ...domain.features import MinerFeatureType
from ..link import RefusedError
from .selection import Chosen

_POWER = MinerFeatureType.POWER_MONITORING.value
_SWITCH = MinerFeatureType.POWER_CONTROL.value
_ENERGY = MinerFeatureType.ENERGY_MONITORING.value

type Candidates = dict[str, list[str]]


def candidates_of(hass: HomeAssistant, entities: Iterable[RegistryEntry]) -> Candidates:
    """Return the entities that can be the switch, the power and the energy of a plug.

    What is disabled, hidden, or a setting of the plug is none of them.
    """
    usable = [
        entity
        for entity in entities
        if (entity.disabled_by or entity.hidden_by or entity.entity_category) is None
    ]
    found = {
        _POWER: _of_class(hass, usable, SENSOR_DOMAIN, SensorDeviceClass.POWER),
        _SWITCH: _switches(hass, usable),
        _ENERGY: _of_class(hass, usable, SENSOR_DOMAIN, SensorDeviceClass.ENERGY),
    }
    return {name: entity_ids for name, entity_ids in found.items() if entity_ids}


def plug_candidates(hass: HomeAssistant, device_id: str) -> Candidates:
    """Return what a device has of a plug.

    Raises RefusedError if it is no plug that measures, or one of our own.
    """
    entities = er.async_entries_for_device(er.async_get(hass), device_id)
    if any(entity.platform == DOMAIN for entity in entities):
        raise RefusedError({CONF_DEVICE_ID: "own_device"})
    candidates = candidates_of(hass, entities)
    if not all(name in candidates for name in NEEDED_OF_PLUG):
        raise RefusedError({CONF_DEVICE_ID: "no_plug"})
    return candidates


def ambiguous(candidates: Candidates) -> Candidates:
    """Return what a plug has more than one of."""
    return {
        name: entity_ids
        for name, entity_ids in candidates.items()
        if len(entity_ids) > 1
    }


def completed(
    hass: HomeAssistant, user_input: Mapping[str, Any], chosen: Chosen
) -> Chosen:
    """Return chosen entities with those of the plug whose device was chosen.

    Raises RefusedError if it is no plug, or if it is not clear which are meant.
    """
    device_id = user_input.get(CONF_PLUG, {}).get(CONF_DEVICE_ID)
    if device_id is None:
        return chosen
    candidates = plug_candidates(hass, device_id)
    if ambiguous(candidates).keys() - chosen.keys() - set(OPTIONAL_OF_PLUG):
        raise RefusedError({CONF_DEVICE_ID: "several_entities"})
    alone = {name: ids[0] for name, ids in candidates.items() if len(ids) == 1}
    return {**alone, **chosen}


def _switches(hass: HomeAssistant, entities: Sequence[RegistryEntry]) -> list[str]:
    """Return the switches, only the outlets among them if there are any."""
    outlets = _of_class(hass, entities, SWITCH_DOMAIN, SwitchDeviceClass.OUTLET)
    return outlets or [e.entity_id for e in entities if e.domain == SWITCH_DOMAIN]


def _of_class(
    hass: HomeAssistant, entities: Iterable[RegistryEntry], domain: str, kind: str
) -> list[str]:
    """Return the entities of a domain and a device class."""
    return [
        entity.entity_id
        for entity in entities
        if entity.domain == domain and get_device_class(hass, entity.entity_id) == kind
    ]
