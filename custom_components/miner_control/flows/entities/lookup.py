"""Find the controller that a form of entities describes, or say what is wrong."""

from collections.abc import Container, Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...const import CONF_ADVANCED, CONF_PLUG
from ...controllers.entities.controller import (
    EntitiesController,
    capabilities,
    snapshot_of,
)
from ...controllers.entities.roles import FIELDS
from ...controllers.entities.sources import EntitySources
from ..link import Link, RefusedError, entered_name
from .plug import completed
from .selection import (
    Chosen,
    chosen_by_user,
    device_name,
    entities_connection,
    entity_errors,
    first_misfit,
    friendly_name,
    miners_of,
)


async def find_entities(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return the controller that entities make; raise RefusedError if they do not."""
    chosen = completed(hass, user_input, chosen_by_user(hass, user_input))
    if errors := entity_errors(hass, chosen, user_input, present):
        raise RefusedError(
            errors,
            miners_of(hass, chosen.values()),
            entity=first_misfit(hass, chosen, errors),
        )
    name = entered_name(user_input, _default_name(hass, chosen), taken, present)
    connection = entities_connection(hass, chosen, user_input)
    seen = snapshot_of(EntitySources(hass, connection))
    return Link(
        controller_type=EntitiesController,
        title=name,
        capabilities=capabilities(chosen, seen),
        connection=connection,
        present=present,
    )


async def find_plug(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return the controller that a plug makes; raise RefusedError if it makes none."""
    form = {CONF_PLUG: user_input, CONF_ADVANCED: {}}
    try:
        return await find_entities(hass, form, taken, present)
    except RefusedError as err:
        # Entities that were not asked for are the device's to answer for.
        err.errors = {
            name if name in user_input else CONF_DEVICE_ID: key
            for name, key in err.errors.items()
        }
        raise


async def find_room_sensor(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return what serves a room sensor alone; raise RefusedError if nothing does."""
    return await find_entities(hass, {**user_input, CONF_ADVANCED: {}}, taken, present)


def _default_name(hass: HomeAssistant, chosen: Chosen) -> str:
    """Return the name of the first entity's device, else of that entity."""
    first = next(chosen[name] for name in FIELDS if name in chosen)
    entry = er.async_get(hass).async_get(first)
    named = entry and entry.device_id and device_name(hass, entry.device_id)
    return named or friendly_name(hass, first)
