"""What is linked already, anywhere: nothing is linked twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..bindings import default_bindings, stored_bindings
from ..const import CONF_CAPABILITIES, CONF_ENTITIES, CONF_FEATURES, DOMAIN
from ..controllers import CONTROLLER_TYPES
from ..controllers.base import Capabilities, Controller


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A controller that was found good and only waits to be stored.

    `present` is the linked controller that is set up anew, None for another one.
    """

    subentry_type: str
    title: str
    capabilities: Capabilities
    connection: dict[str, Any] = field(default_factory=dict)
    present: ConfigSubentry | None = None

    @property
    def controller_type(self) -> type[Controller]:
        """Return the class of the controller."""
        return CONTROLLER_TYPES[self.subentry_type]

    @property
    def bindings(self) -> dict[str, dict[str, Any]]:
        """Return its bindings: those that the user chose before, else the usual."""
        usual = default_bindings(self.controller_type, self.capabilities)
        before = stored_bindings(self.present) if self.present else {}
        return {name: before.get(name, binding) for name, binding in usual.items()}

    def subentry_data(self, features: dict[str, Any]) -> dict[str, Any]:
        """Return what the subentry stores."""
        return {
            **self.connection,
            CONF_CAPABILITIES: self.capabilities.as_dict(),
            CONF_FEATURES: features,
        }


def miner_with_host(
    hass: HomeAssistant, host: str, but: ConfigSubentry | None = None
) -> str | None:
    """Return the title of the miner that a host is linked to, None if it is not.

    The controller `but` does not count, neither here nor below.
    """
    return _miner_with(
        hass,
        lambda subentry: subentry.data.get(CONF_HOST, "").lower() == host.lower(),
        but,
    )


def miner_with_mac(
    hass: HomeAssistant, mac: str | None, but: ConfigSubentry | None = None
) -> str | None:
    """Return the miner that a device is linked to, whatever its address was."""
    if mac is None:
        return None
    return _miner_with(hass, lambda subentry: _mac_of(subentry) == mac, but)


def miner_with_entity(
    hass: HomeAssistant, entity_id: str, but: ConfigSubentry | None = None
) -> str | None:
    """Return the title of the miner that an entity is linked to."""
    registry = er.async_get(hass)
    return _miner_with(
        hass,
        lambda subentry: any(
            er.async_resolve_entity_id(registry, reference) == entity_id
            for reference in subentry.data.get(CONF_ENTITIES, {}).values()
        ),
        but,
    )


def is_linked(hass: HomeAssistant, link: Link) -> bool:
    """Tell whether any part of a controller is linked by now, to another one."""
    registry, but = er.async_get(hass), link.present
    host = link.connection.get(CONF_HOST)
    entity_ids = (
        er.async_resolve_entity_id(registry, reference)
        for reference in link.connection.get(CONF_ENTITIES, {}).values()
    )
    return (
        (host is not None and miner_with_host(hass, host, but) is not None)
        or miner_with_mac(hass, link.capabilities.mac, but) is not None
        or any(
            miner_with_entity(hass, name, but) is not None
            for name in entity_ids
            if name
        )
    )


def entity_reference(hass: HomeAssistant, entity_id: str) -> str:
    """Return what stays the same of an entity: its registry id, else its name."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.id if entry else entity_id


def first_mac(entry: ConfigEntry) -> str | None:
    """Return the MAC address of a miner's first controller that has one."""
    return next(filter(None, map(_mac_of, entry.subentries.values())), None)


def release_mac(hass: HomeAssistant, mac: str) -> None:
    """Take a MAC address from the miner that the device was unlinked from."""
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, mac)
    if entry is not None and entry.source != SOURCE_IGNORE:
        hass.config_entries.async_update_entry(entry, unique_id=first_mac(entry))


def controller_with_mac(
    hass: HomeAssistant, mac: str
) -> tuple[ConfigEntry, ConfigSubentry] | None:
    """Return the controller that a device is linked by, with its miner."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            if _mac_of(subentry) == mac:
                return entry, subentry
    return None


async def end_discovery(hass: HomeAssistant, mac: str) -> None:
    """Forget that a device which is linked now was offered, or ignored."""
    flows = hass.config_entries.flow
    for flow in flows.async_progress_by_handler(
        DOMAIN, match_context={"unique_id": mac}
    ):
        flows.async_abort(flow["flow_id"])
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, mac)
    if entry is not None and entry.source == SOURCE_IGNORE:
        await hass.config_entries.async_remove(entry.entry_id)


def _miner_with(
    hass: HomeAssistant,
    matches: Callable[[ConfigSubentry], bool],
    but: ConfigSubentry | None,
) -> str | None:
    """Return the title of the miner one of whose controllers matches."""
    return next(
        (title for title, link in _links(hass) if link is not but and matches(link)),
        None,
    )


def _mac_of(subentry: ConfigSubentry) -> str | None:
    """Return the MAC address of the device behind a controller."""
    mac: str | None = subentry.data.get(CONF_CAPABILITIES, {}).get("mac")
    return mac


def _links(hass: HomeAssistant) -> Iterator[tuple[str, ConfigSubentry]]:
    """Yield the controllers of all miners, with the miner's title."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            yield entry.title, subentry
