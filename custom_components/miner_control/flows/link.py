"""What is linked already, anywhere: nothing is linked twice."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, Final, Self

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryData,
)
from homeassistant.const import CONF_HOST, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import (
    CONF_CAPABILITIES,
    CONF_ENTITIES,
    CONF_FEATURES,
    CONF_PRIORITY,
    CONF_PROTOCOL,
    DOMAIN,
)
from ..controllers import NetworkType, protocols, standby_of
from ..controllers.base import Capabilities, Controller
from ..domain.features import MAX_PRIORITY, MIN_PRIORITY, MinerFeatureType
from ..storage.bindings import default_bindings, stored_bindings
from ..storage.kinds import miner_entries

# What several miners may have in common: they stand in one room.
SHARED: Final = (MinerFeatureType.ROOM_TEMPERATURE_MONITORING,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A controller that was found good and only waits to be stored.

    `present` is the linked controller that is set up anew, None for another one.
    """

    controller_type: type[Controller]
    title: str
    capabilities: Capabilities
    connection: dict[str, Any] = field(default_factory=dict)
    present: ConfigSubentry | None = None

    @property
    def subentry_type(self) -> str:
        """Return the type of the subentry that stores it."""
        return self.controller_type.subentry_type

    @property
    def standby_type(self) -> NetworkType | None:
        """Return what can stand by for the device; None for nothing."""
        return standby_of(self.controller_type, self.capabilities)

    @property
    def protocol(self) -> str | None:
        """Return the protocol that the device is reached by, None for no device."""
        protocol: str | None = self.connection.get(CONF_PROTOCOL)
        return protocol

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A controller that joins a miner, as far as it is known by now.

    It may reach a device that the miner has already, by another protocol: that is
    asked before the device is identified, with the protocol that the user wants, if
    any, and again with what was `found`.
    """

    entry: ConfigEntry
    protocol: str | None = None
    mac: str | None = None
    is_found: bool = False

    @classmethod
    def found(cls, entry: ConfigEntry, protocol: str | None, mac: str | None) -> Self:
        """Return what is known once the device was identified."""
        return cls(entry=entry, protocol=protocol, mac=mac, is_found=True)

    def may_meet(self, entry: ConfigEntry, other: ConfigSubentry) -> bool:
        """Tell whether it may reach the device of a controller that is linked."""
        if entry.entry_id != self.entry.entry_id or CONF_PROTOCOL not in other.data:
            return False
        linked: str = other.data[CONF_PROTOCOL]
        if not self.is_found:
            # By itself, nothing better than the best is found.
            return linked != (self.protocol or protocols()[0].protocol)
        is_same = self.mac is not None and self.mac == _mac_of(other)
        return is_same and linked != self.protocol


def standby_subentries(
    standby: Link | None, link: Link, features: Mapping[str, Any]
) -> list[ConfigSubentryData]:
    """Return what is stored of a controller that stands by for another, if any.

    The one that it stands by for has the MAC address for its unique id.
    """
    if standby is None:
        return []
    bindings = standby.bindings
    if standby.controller_type.default_priority > link.controller_type.default_priority:
        # The user wants the other one in front, although it is not the usual one.
        bindings = _behind(bindings, features)
    return [
        ConfigSubentryData(
            subentry_type=standby.subentry_type,
            title=standby.title,
            data=standby.subentry_data(bindings),
            unique_id=None,
        )
    ]


def _behind(
    bindings: Mapping[str, dict[str, Any]], first: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return bindings, each of which ranks behind that of another controller."""
    highest = {
        name: max(MIN_PRIORITY, binding[CONF_PRIORITY] - 1)
        for name, binding in first.items()
    }
    return {
        name: {
            **binding,
            CONF_PRIORITY: min(binding[CONF_PRIORITY], highest.get(name, MAX_PRIORITY)),
        }
        for name, binding in bindings.items()
    }


def reaches(entry: ConfigEntry, protocol: str, mac: str | None) -> bool:
    """Tell whether a miner has a controller of a protocol for a device."""
    return any(
        subentry.data.get(CONF_PROTOCOL) == protocol and _mac_of(subentry) == mac
        for subentry in entry.subentries.values()
    )


def siblings_of(entry: ConfigEntry, subentry: ConfigSubentry) -> list[ConfigSubentry]:
    """Return the other controllers of a miner that reach the same device."""
    host, mac = subentry.data.get(CONF_HOST), _mac_of(subentry)
    return [
        other
        for other in entry.subentries.values()
        if other.subentry_id != subentry.subentry_id
        and host is not None
        and (other.data.get(CONF_HOST), _mac_of(other)) == (host, mac)
    ]


def free_unique_id(
    entry: ConfigEntry, mac: str | None, but: ConfigSubentry | None = None
) -> str | None:
    """Return a MAC address, None where another of the miner's is known by it."""
    others = (s for s in entry.subentries.values() if s is not but)
    return None if any(other.unique_id == mac for other in others) else mac


class RefusedError(Exception):
    """What was entered leads to no controller; each field has its own reason."""

    def __init__(
        self,
        errors: dict[str, str],
        miners: Iterable[str] = (),
        *,
        found: str = "-",
        entity: str = "-",
    ) -> None:
        """Keep the reasons, and what their texts name.

        That is the miners that have it already, what was found at an address, and
        the entity that does not fit.
        """
        super().__init__(errors)
        self.errors = errors
        self.placeholders = {
            "miner": ", ".join(sorted(miners)),
            "found": found,
            "entity": entity,
        }


def miner_with_host(
    hass: HomeAssistant,
    host: str,
    but: ConfigSubentry | None = None,
    joining: Joining | None = None,
) -> str | None:
    """Return the title of the miner that a host is linked to, None if it is not.

    The controller `but` does not count, neither here nor below, nor another one of
    its miner that reaches the same device by another protocol, nor any that one which
    is `joining` its miner may meet there.
    """
    return _miner_with(
        hass,
        lambda subentry: subentry.data.get(CONF_HOST, "").lower() == host.lower(),
        but,
        joining,
    )


def miner_with_mac(
    hass: HomeAssistant,
    mac: str | None,
    but: ConfigSubentry | None = None,
    joining: Joining | None = None,
) -> str | None:
    """Return the miner that a device is linked to, whatever its address was."""
    if mac is None:
        return None
    return _miner_with(hass, lambda subentry: _mac_of(subentry) == mac, but, joining)


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


def is_linked(
    hass: HomeAssistant, link: Link, entry: ConfigEntry | None = None
) -> bool:
    """Tell whether any part of a controller is linked by now, to another one.

    `entry` is the miner that it joins.
    """
    registry, but = er.async_get(hass), link.present
    mac = link.capabilities.mac
    joining = Joining.found(entry, link.protocol, mac) if entry else None
    host = link.connection.get(CONF_HOST)
    entity_ids = (
        er.async_resolve_entity_id(registry, reference)
        for name, reference in link.connection.get(CONF_ENTITIES, {}).items()
        if name not in SHARED
    )
    return (
        (host is not None and miner_with_host(hass, host, but, joining) is not None)
        or miner_with_mac(hass, mac, but, joining) is not None
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


def controllers_with_mac(
    hass: HomeAssistant, mac: str
) -> list[tuple[ConfigEntry, ConfigSubentry]]:
    """Return the controllers that a device is linked by, with their miner."""
    return [
        (entry, subentry)
        for entry in miner_entries(hass)
        for subentry in entry.subentries.values()
        if _mac_of(subentry) == mac
    ]


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
    joining: Joining | None = None,
) -> str | None:
    """Return the title of the miner one of whose controllers matches."""
    return next(
        (
            entry.title
            for entry, link in _links(hass)
            if matches(link)
            and not (but and _is_same_device(hass, link, but))
            and not (joining and joining.may_meet(entry, link))
        ),
        None,
    )


def _is_same_device(
    hass: HomeAssistant, link: ConfigSubentry, other: ConfigSubentry
) -> bool:
    """Tell whether two controllers are one, or reach one device of a miner."""
    if link is other:
        return True
    if link.data.get(CONF_PROTOCOL) == other.data.get(CONF_PROTOCOL):
        return False
    is_same = _mac_of(link) is not None and _mac_of(link) == _mac_of(other)
    ids = {link.subentry_id, other.subentry_id}
    entries = miner_entries(hass)
    return is_same and any(ids <= entry.subentries.keys() for entry in entries)


def _mac_of(subentry: ConfigSubentry) -> str | None:
    """Return the MAC address of the device behind a controller."""
    mac: str | None = subentry.data.get(CONF_CAPABILITIES, {}).get("mac")
    return mac


def _links(hass: HomeAssistant) -> Iterator[tuple[ConfigEntry, ConfigSubentry]]:
    """Yield the controllers of all miners, with the miner."""
    for entry in miner_entries(hass):
        for subentry in entry.subentries.values():
            yield entry, subentry


def entered_name(
    user_input: Mapping[str, Any],
    default: str,
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> str:
    """Return the name of a controller: what was entered, else the default.

    A default that is taken gets a number; raises RefusedError for an entered name
    that is taken. The controller that is set up anew keeps its own.
    """
    name: str = user_input.get(CONF_NAME, "").strip()
    if name:
        if name in taken:
            raise RefusedError({CONF_NAME: "name_taken"})
        return name
    if present is not None:
        return present.title
    return numbered(default, taken)


def numbered(name: str, taken: Container[str]) -> str:
    """Return a name, with a number if it is taken."""
    others = (f"{name} {number}" for number in count(2))
    return next(found for found in chain([name], others) if found not in taken)
