"""Forms that hold what was entered when a controller was linked."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_SCAN_INTERVAL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
import voluptuous as vol

from ..const import CONF_ADVANCED, CONF_CREDENTIALS, CONF_DEVICE_OPTIONS, CONF_PROTOCOL
from ..storage.bindings import type_of
from .entities.selection import chosen_before


def entered_before(hass: HomeAssistant, present: ConfigSubentry) -> dict[str, Any]:
    """Return what was entered to link a controller, less its password."""
    data = present.data
    if CONF_HOST not in data:
        return {CONF_NAME: present.title, **chosen_before(hass, data)}
    return {
        CONF_HOST: data[CONF_HOST],
        CONF_CREDENTIALS: _known(data, CONF_USERNAME),
        CONF_ADVANCED: _known(data, CONF_SCAN_INTERVAL) | _known(data, CONF_PROTOCOL),
        CONF_DEVICE_OPTIONS: options_of(present),
    }


def options_of(present: ConfigSubentry | None) -> dict[str, bool]:
    """Return what the user can allow a linked controller, and what is allowed now."""
    return type_of(present).options_in(present.data) if present else {}


def filled(schema: vol.Schema, values: Mapping[str, Any]) -> vol.Schema:
    """Return a form with values filled in.

    What may be left empty is only suggested, so that it can be cleared.
    """
    return vol.Schema(
        {
            _filled_marker(marker, values): section(
                filled(kind.schema, values.get(str(marker), {})), kind.options
            )
            if isinstance(kind, section)
            else kind
            for marker, kind in schema.schema.items()
        }
    )


def _filled_marker(marker: vol.Marker, values: Mapping[str, Any]) -> vol.Marker:
    """Return the marker of a field with its value."""
    name = str(marker)
    if name not in values or isinstance(values[name], dict):
        return marker
    if isinstance(marker, vol.Required):
        return vol.Required(name, default=values[name])
    if isinstance(marker, vol.Optional) and marker.default is not vol.UNDEFINED:
        return vol.Optional(name, default=values[name])
    return vol.Optional(name, description={"suggested_value": values[name]})


def _known(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return one of the values that are stored, if it is."""
    return {name: data[name]} if data.get(name) else {}
