"""Entries of the logbook on a miner's device."""

from collections.abc import Callable, Sequence

from homeassistant.components.logbook import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .events import (
    ATTR_FEATURES,
    ATTR_FROM,
    ATTR_REASON,
    ATTR_TO,
    EVENT_FAILOVER,
    EVENT_START_FAILED,
    EVENT_TAKE_BACK,
)

# More features than these are counted, and not named.
MAX_NAMED = 3


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Tell in words what happened to a miner."""

    @callback
    def describe(message: Callable[[Event], str]) -> Callable[[Event], dict[str, str]]:
        """Return how to describe an event by its message."""
        return lambda event: {
            LOGBOOK_ENTRY_NAME: _title(hass, event),
            LOGBOOK_ENTRY_MESSAGE: message(event),
        }

    async_describe_event(DOMAIN, EVENT_FAILOVER, describe(_failover))
    async_describe_event(DOMAIN, EVENT_TAKE_BACK, describe(_take_back))
    async_describe_event(DOMAIN, EVENT_START_FAILED, describe(_start_failed))


def _title(hass: HomeAssistant, event: Event) -> str:
    """Return what the miner is called."""
    entry = hass.config_entries.async_get_entry(event.data[ATTR_CONFIG_ENTRY_ID])
    return entry.title if entry else "Miner"


def _failover(event: Event) -> str:
    """Tell who serves instead of a controller that failed."""
    data = event.data
    served = _served(data[ATTR_FEATURES])
    return f"{served} now served by {data[ATTR_TO]} instead of {data[ATTR_FROM]}"


def _take_back(event: Event) -> str:
    """Tell who serves again."""
    data = event.data
    served = _served(data[ATTR_FEATURES])
    return f"{served} served by {data[ATTR_TO]} again instead of {data[ATTR_FROM]}"


def _start_failed(event: Event) -> str:
    """Tell why a start failed."""
    return f"did not start: {event.data[ATTR_REASON]}"


def _served(features: Sequence[str]) -> str:
    """Name a few features, or count many, with the verb that follows."""
    if len(features) > MAX_NAMED:
        return f"{len(features)} features are"
    names = [feature.removesuffix("_monitoring") for feature in features]
    words = [name.replace("_", " ") for name in names]
    if len(words) == 1:
        return f"{words[0].capitalize()} is"
    return f"{', '.join(words[:-1])} and {words[-1]} are".capitalize()
