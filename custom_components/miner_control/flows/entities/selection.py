"""What the user chose among entities, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_ENTITY_ID
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import get_device_class

from ...const import (
    CONF_ADJUSTMENTS,
    CONF_ADVANCED,
    CONF_ENTITIES,
    CONF_MAX_AGE,
    CONF_MINING_CONTROL_STOP,
    CONF_SCALE,
    DOMAIN,
)
from ...controllers.entities.adjustments import Adjustment
from ...controllers.entities.commands import RUNNABLE
from ...controllers.entities.readings import is_known, number
from ...controllers.entities.roles import FIELDS, SECTIONS
from ...domain.features import MinerFeatureType
from ..link import SHARED, entity_reference, miner_with_entity

type Chosen = Mapping[str, str]


def chosen_by_user(hass: HomeAssistant, user_input: Mapping[str, Any]) -> Chosen:
    """Return the entities that were chosen, by their names where these are known."""
    registry = er.async_get(hass)
    entered = dict(user_input)
    for part in SECTIONS:
        entered |= user_input.get(part, {})
    return {
        name: er.async_resolve_entity_id(registry, chosen) or chosen
        for name in FIELDS
        if (chosen := entered.get(name))
    }


def by_section(chosen: Chosen) -> dict[str, dict[str, str]]:
    """Return chosen entities by the parts of the form in which they stand."""
    return {
        section: {name: chosen[name] for name in part if name in chosen}
        for section, part in SECTIONS.items()
    }


def entities_connection(
    hass: HomeAssistant, chosen: Chosen, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the entities and what is said of them, as their subentry stores it."""
    advanced = user_input[CONF_ADVANCED]
    connection: dict[str, Any] = {
        CONF_ENTITIES: {
            name: entity_reference(hass, entity_id)
            for name, entity_id in chosen.items()
        }
    }
    if max_age := advanced.get(CONF_MAX_AGE):
        connection[CONF_MAX_AGE] = int(max_age)
    if rows := advanced.get(CONF_ADJUSTMENTS):
        connection[CONF_ADJUSTMENTS] = {
            name: _numbers(row) for row in rows for name in _adjusted(chosen, row)
        }
    return connection


def entity_errors(
    hass: HomeAssistant,
    chosen: Chosen,
    user_input: Mapping[str, Any],
    present: ConfigSubentry | None = None,
) -> dict[str, str]:
    """Return what is wrong with the chosen entities and with what is said of them.

    The controller that is set up anew may keep its own.
    """
    if not chosen:
        return {"base": "no_entity"}
    errors = {
        name: error
        for name, entity_id in chosen.items()
        if (error := _entity_error(hass, name, entity_id, present))
    }
    rows = user_input[CONF_ADVANCED].get(CONF_ADJUSTMENTS) or []
    return _adjustment_errors(chosen, rows) | _pair_errors(chosen) | errors


def miners_of(hass: HomeAssistant, entity_ids: Iterable[str]) -> set[str]:
    """Return the titles of the miners that entities are linked to."""
    miners = (miner_with_entity(hass, entity_id) for entity_id in entity_ids)
    return {miner for miner in miners if miner is not None}


def friendly_name(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity is called, its id if it shows nothing."""
    state = hass.states.get(entity_id)
    return state.name if state else entity_id


def first_misfit(hass: HomeAssistant, chosen: Chosen, errors: Mapping[str, str]) -> str:
    """Return the name of the first entity that something is wrong with."""
    misfits = (chosen[name] for name in errors if name in chosen)
    return next((friendly_name(hass, entity) for entity in misfits), "-")


def device_name(hass: HomeAssistant, device_id: str) -> str | None:
    """Return what a device is called, None if it has no name."""
    device = dr.async_get(hass).async_get(device_id)
    return (device.name_by_user or device.name) if device else None


def chosen_before(hass: HomeAssistant, connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen for a connection, less entities that are gone."""
    registry = er.async_get(hass)
    chosen = {
        name: er.async_resolve_entity_id(registry, reference)
        for name, reference in connection.get(CONF_ENTITIES, {}).items()
    }
    adjusted = {
        entity_id: numbers
        for name, numbers in connection.get(CONF_ADJUSTMENTS, {}).items()
        if (entity_id := chosen.get(name))
    }
    advanced = {
        CONF_MAX_AGE: connection.get(CONF_MAX_AGE),
        CONF_ADJUSTMENTS: [
            {CONF_ENTITY_ID: entity_id, **numbers}
            for entity_id, numbers in adjusted.items()
        ],
    }
    return {
        **by_section({name: found for name, found in chosen.items() if found}),
        CONF_ADVANCED: {key: value for key, value in advanced.items() if value},
    }


def _entity_error(
    hass: HomeAssistant, name: str, entity_id: str, present: ConfigSubentry | None
) -> str | None:
    """Return why an entity cannot fill a field, None if it can."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None and hass.states.get(entity_id) is None:
        return "entity_not_found"
    if registered is not None and registered.platform == DOMAIN:
        return "own_entity"
    if not _fits(hass, name, entity_id):
        return "wrong_entity"
    if not _has_unit(hass, name, entity_id):
        return "wrong_unit"
    if name in SHARED:
        return None
    miner = miner_with_entity(hass, entity_id, present)
    return None if miner is None else "already_linked"


def _fits(hass: HomeAssistant, name: str, entity_id: str) -> bool:
    """Tell whether an entity is of the kind that can fill a field."""
    role = FIELDS[name]
    if split_entity_id(entity_id)[0] not in role.domains:
        return False
    device_class = get_device_class(hass, entity_id)
    # Helpers and templates may do without a class; their unit is read anyway.
    return not role.device_classes or device_class in (None, *role.device_classes)


def _has_unit(hass: HomeAssistant, name: str, entity_id: str) -> bool:
    """Tell whether the number that an entity shows now has a unit to read it by."""
    role, state = FIELDS[name], hass.states.get(entity_id)
    if not role.is_number or role.read is None or state is None:
        return True
    if not is_known(state) or number(state) is None:
        return True
    return role.read(state, Adjustment()) is not None


def _pair_errors(chosen: Chosen) -> dict[str, str]:
    """Return whether what starts mining lacks what stops it, or the other way."""
    start = chosen.get(MinerFeatureType.MINING_CONTROL)
    stop = chosen.get(CONF_MINING_CONTROL_STOP)
    if start is None:
        return {} if stop is None else {CONF_MINING_CONTROL_STOP: "no_start"}
    runs = split_entity_id(start)[0] in RUNNABLE
    if stop is None:
        return {CONF_MINING_CONTROL_STOP: "no_stop"} if runs else {}
    if not runs:
        return {CONF_MINING_CONTROL_STOP: "stops_itself"}
    return {CONF_MINING_CONTROL_STOP: "same_entity"} if start == stop else {}


def _adjusted(chosen: Chosen, row: Mapping[str, Any]) -> list[str]:
    """Return the fields that hold the entity of a row and measure something."""
    return [
        name
        for name, entity_id in chosen.items()
        if entity_id == row[CONF_ENTITY_ID] and FIELDS[name].is_number
    ]


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """Return what a row says of an entity."""
    return {name: float(row[name]) for name in row if name != CONF_ENTITY_ID}


def _adjustment_errors(chosen: Chosen, rows: list[Mapping[str, Any]]) -> dict[str, str]:
    """Return whether something is said twice, of nothing, or makes no sense."""
    entity_ids = {row[CONF_ENTITY_ID] for row in rows}
    is_clear = len(entity_ids) == len(rows)
    is_about_something = all(_adjusted(chosen, row) for row in rows)
    numbers = list(map(_numbers, rows))
    is_sound = all(isfinite(value) for row in numbers for value in row.values())
    is_sound = is_sound and all(row.get(CONF_SCALE) != 0 for row in numbers)
    if is_clear and is_about_something and is_sound:
        return {}
    return {"base": "invalid_adjustment"}
