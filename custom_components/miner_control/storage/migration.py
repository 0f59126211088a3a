"""Bring config entries of older versions up to date, without losing anything."""

from types import MappingProxyType

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_PROTOCOL, ENTRY_VERSION, LOGGER
from ..controllers import protocols
from ..controllers.network.controller import NetworkController


@callback
def migrate(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Bring an entry up to date; return False if a newer version has written it."""
    if entry.version > ENTRY_VERSION:
        LOGGER.error(
            "%s was set up by a newer version of Miner Control; install that one again",
            entry.title,
        )
        return False
    if entry.version < 2:
        _name_protocols(hass, entry)
    hass.config_entries.async_update_entry(entry, version=ENTRY_VERSION)
    return True


def _name_protocols(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Store the protocol of network devices, which once was the subentry's type.

    Devices, entities and history hang on the id of a subentry, so that it stays:
    the new subentry takes the place of the old one.
    """
    names = {cls.protocol for cls in protocols()}
    for old in list(entry.subentries.values()):
        if old.subentry_type not in names:
            continue
        new = _with_protocol(old)
        # Two subentries of an entry must not have the same unique id.
        hass.config_entries.async_update_subentry(entry, old, unique_id=None)
        hass.config_entries.async_add_subentry(entry, new)


def _with_protocol(old: ConfigSubentry) -> ConfigSubentry:
    """Return a subentry of the present type with the same id."""
    return ConfigSubentry(
        data=MappingProxyType({**old.data, CONF_PROTOCOL: old.subentry_type}),
        subentry_id=old.subentry_id,
        subentry_type=NetworkController.subentry_type,
        title=old.title,
        unique_id=old.unique_id,
    )
