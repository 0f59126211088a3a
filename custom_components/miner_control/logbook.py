"""Entries of the logbook on a miner's device, in the language of Home Assistant."""

from collections.abc import Callable, Sequence

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .domain.fleet import FleetMode
from .fleet.events import (
    ATTR_ACTION,
    ATTR_MINER,
    ATTR_MODE,
    ATTR_OUTCOME,
    EVENT_EMERGENCY_RESET,
    EVENT_EMERGENCY_RESULT,
    EVENT_EMERGENCY_STOP,
    EVENT_FLEET_DECISION,
)
from .names import feature_name, sentence
from .watch.events import (
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
    def failover(event: Event) -> dict[str, str]:
        """Tell who serves instead of a controller that failed."""
        return _entry(hass, event, "logbook_failover", **_handover(hass, event))

    @callback
    def take_back(event: Event) -> dict[str, str]:
        """Tell who serves again."""
        return _entry(hass, event, "logbook_take_back", **_handover(hass, event))

    @callback
    def start_failed(event: Event) -> dict[str, str]:
        """Tell why a start failed."""
        return _entry(
            hass, event, "logbook_start_failed", reason=event.data[ATTR_REASON]
        )

    @callback
    def fleet_decision(event: Event) -> dict[str, str]:
        """Tell what a fleet decided, and why."""
        return _entry(hass, event, _decision_key(event), **_decision(hass, event))

    @callback
    def emergency_stop(event: Event) -> dict[str, str]:
        """Tell that the emergency stop of a fleet was pressed."""
        return _entry(hass, event, "logbook_emergency_stop")

    @callback
    def emergency_reset(event: Event) -> dict[str, str]:
        """Tell that the emergency stop of a fleet was reset."""
        return _entry(hass, event, "logbook_emergency_reset")

    @callback
    def emergency_result(event: Event) -> dict[str, str]:
        """Tell what became of a miner in an emergency stop."""
        outcome = event.data[ATTR_OUTCOME]
        reason = event.data[ATTR_REASON] or "-"
        return _entry(hass, event, f"logbook_emergency_{outcome}", reason=reason)

    async_describe_event(DOMAIN, EVENT_FLEET_DECISION, fleet_decision)
    async_describe_event(DOMAIN, EVENT_EMERGENCY_STOP, emergency_stop)
    async_describe_event(DOMAIN, EVENT_EMERGENCY_RESET, emergency_reset)
    async_describe_event(DOMAIN, EVENT_EMERGENCY_RESULT, emergency_result)
    async_describe_event(DOMAIN, EVENT_FAILOVER, failover)
    async_describe_event(DOMAIN, EVENT_TAKE_BACK, take_back)
    async_describe_event(DOMAIN, EVENT_START_FAILED, start_failed)


def _entry(
    hass: HomeAssistant, event: Event, key: str, **placeholders: str
) -> dict[str, str]:
    """Return an entry of the logbook: what the miner is called, and what happened."""
    entry = hass.config_entries.async_get_entry(event.data[ATTR_CONFIG_ENTRY_ID])
    return {
        "name": entry.title if entry else sentence(hass, "logbook_removed_miner"),
        "message": sentence(hass, key, **placeholders),
    }


def _decision_key(event: Event) -> str:
    """Return how the decision of a fleet is told: that of all, or of one miner."""
    if event.data[ATTR_MINER] is None:
        return "logbook_fleet_reason"
    observes = event.data[ATTR_MODE] == FleetMode.OBSERVE
    return f"logbook_fleet_{'observed' if observes else 'decision'}"


def _decision(hass: HomeAssistant, event: Event) -> dict[str, str]:
    """Return what a fleet decided, and why."""
    action = event.data[ATTR_ACTION]
    return {
        "action": sentence(hass, f"logbook_fleet_action_{action}"),
        "reason": event.data[ATTR_REASON],
    }


def _handover(hass: HomeAssistant, event: Event) -> dict[str, str]:
    """Return what changed hands, from whom and to whom."""
    data = event.data
    return {
        "features": _features(hass, data[ATTR_FEATURES]),
        "before": data[ATTR_FROM],
        "now": data[ATTR_TO],
    }


def _features(hass: HomeAssistant, features: Sequence[str]) -> str:
    """Name a few features, or count many."""
    if len(features) > MAX_NAMED:
        return sentence(hass, "logbook_features", count=str(len(features)))
    return ", ".join(feature_name(hass, feature) for feature in features)
