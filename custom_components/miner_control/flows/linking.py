"""What is linked already, anywhere: nothing is linked twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import CONF_CAPABILITIES, CONF_ENTITIES, CONF_FEATURES, DOMAIN
from ..controllers import CONTROLLER_TYPES
from ..controllers.base import Capabilities, Controller


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A controller that was found good and only waits to be stored."""

    subentry_type: str
    title: str
    capabilities: Capabilities
    connection: dict[str, Any] = field(default_factory=dict)

    @property
    def controller_type(self) -> type[Controller]:
        """Return the class of the controller."""
        return CONTROLLER_TYPES[self.subentry_type]

    def subentry_data(self, features: dict[str, Any]) -> dict[str, Any]:
        """Return what the subentry stores."""
        return {
            **self.connection,
            CONF_CAPABILITIES: self.capabilities.as_dict(),
            CONF_FEATURES: features,
        }


def is_host_linked(hass: HomeAssistant, host: str) -> bool:
    """Tell whether a controller is linked to a host."""
    return any(
        subentry.data.get(CONF_HOST, "").lower() == host.lower()
        for subentry in _subentries(hass)
    )


def is_mac_linked(hass: HomeAssistant, mac: str | None) -> bool:
    """Tell whether a device is linked, whatever its address was."""
    return mac is not None and any(
        subentry.data.get(CONF_CAPABILITIES, {}).get("mac") == mac
        for subentry in _subentries(hass)
    )


def is_entity_linked(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether a controller uses an entity."""
    registry = er.async_get(hass)
    return any(
        er.async_resolve_entity_id(registry, reference) == entity_id
        for subentry in _subentries(hass)
        for reference in subentry.data.get(CONF_ENTITIES, {}).values()
    )


def entity_reference(hass: HomeAssistant, entity_id: str) -> str:
    """Return what stays the same of an entity: its registry id, else its name."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.id if entry else entity_id


def _subentries(hass: HomeAssistant) -> Iterator[ConfigSubentry]:
    """Yield the subentries of all miners."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        yield from entry.subentries.values()
