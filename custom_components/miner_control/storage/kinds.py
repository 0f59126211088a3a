"""Which config entries are miners, and which are fleets."""

from collections.abc import Iterator

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_KIND, DOMAIN, KIND_FLEET


@callback
def is_fleet(entry: ConfigEntry) -> bool:
    """Tell whether a config entry is a fleet; without a word it is a miner."""
    return entry.data.get(CONF_KIND) == KIND_FLEET


@callback
def miner_entries(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    """Yield the miners, and what was found and is to be ignored."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if not is_fleet(entry):
            yield entry


@callback
def real_miners(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    """Yield the miners that were added."""
    return (e for e in miner_entries(hass) if e.source != SOURCE_IGNORE)


@callback
def fleet_entries(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    """Yield the fleets."""
    return (e for e in hass.config_entries.async_entries(DOMAIN) if is_fleet(e))
