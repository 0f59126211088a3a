"""What cards ask for, and what they have changed, over the websocket."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import CONF_FEATURES, DOMAIN
from ..domain.errors import FeatureNotFoundError
from ..reports import feature_report, measured
from ..runtime import MinerControlConfigEntry
from ..services import (
    ATTR_CONTROLLER,
    ATTR_FEATURE_TYPE,
    SET_FEATURE_SCHEMA,
    change_feature,
)
from ..storage.bindings import controller_subentries, load_miner, store_miner
from ..storage.kinds import is_fleet
from .overview import Changes, MinersFeed

TYPE: Final = "type"
SUBSCRIBE: Final = f"{DOMAIN}/miners/subscribe"
GET_FEATURES: Final = f"{DOMAIN}/features/get"
SET_FEATURE: Final = f"{DOMAIN}/features/set"

ATTR_RANKING: Final = "ranking"

# The codes of errors, as Home Assistant calls the first one.
_NOT_FOUND: Final = "not_found"
_NOT_LOADED: Final = "not_loaded"

_ENTRY_ID: Final = vol.Required(ATTR_CONFIG_ENTRY_ID)
_SET_FEATURE: Final = {
    **{
        key: value
        for key, value in SET_FEATURE_SCHEMA.schema.items()
        if key != ATTR_CONTROLLER
    },
    # All controllers of the feature, best first, instead of one with its priority.
    vol.Exclusive(ATTR_RANKING, "whom"): [cv.string],
    vol.Exclusive(ATTR_CONTROLLER, "whom"): cv.string,
}


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in (_subscribe, _get_features, _set_feature):
        websocket_api.async_register_command(hass, command)


@websocket_api.websocket_command({vol.Required(TYPE): SUBSCRIBE})
@callback
def _subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: Mapping[str, Any]
) -> None:
    """Tell of all miners, and from then on of what changes.

    Each event has `miners` by the id of their entries: first all of them, later those
    that are different, with null for one that was removed.
    """
    message_id: int = msg["id"]

    @callback
    def send(changes: Changes) -> None:
        connection.send_message(
            websocket_api.event_message(message_id, {"miners": changes})
        )

    connection.send_result(message_id)
    connection.subscriptions[message_id] = MinersFeed.of(hass).async_subscribe(send)


@websocket_api.websocket_command(
    {vol.Required(TYPE): GET_FEATURES, _ENTRY_ID: cv.string}
)
@callback
def _get_features(
    hass: HomeAssistant, connection: ActiveConnection, msg: Mapping[str, Any]
) -> None:
    """Tell who could provide each feature of a miner, and what each of them measures.

    The answer is that of the action of the same name; besides, each binding has
    `measured`, which is a list of numbers with their units, and `controllers` has all
    of the miner's, first linked first.
    """
    if entry := _loaded_entry(hass, connection, msg):
        coordinator = entry.runtime_data.coordinator
        features = feature_report(coordinator)
        for feature in coordinator.miner.features:
            for binding in features[feature.feature_type]["ranking"]:
                if binding["controller"] == feature.controller_id:
                    binding["measured"] = measured(coordinator, feature)
        controllers = [
            {
                "id": subentry.subentry_id,
                "title": subentry.title,
                "kind": subentry.subentry_type,
                "available": coordinator.controllers[subentry.subentry_id].is_available,
            }
            for subentry in controller_subentries(entry)
        ]
        connection.send_result(
            msg["id"], {CONF_FEATURES: features, "controllers": controllers}
        )


@websocket_api.websocket_command({vol.Required(TYPE): SET_FEATURE, **_SET_FEATURE})
@websocket_api.require_admin
@callback
def _set_feature(
    hass: HomeAssistant, connection: ActiveConnection, msg: Mapping[str, Any]
) -> None:
    """Change a binding as the action of the same name does, or rank all at once."""
    if (entry := _loaded_entry(hass, connection, msg)) is None:
        return
    try:
        if ATTR_RANKING in msg:
            _rank(hass, entry, msg)
        else:
            change_feature(hass, entry, {ATTR_CONTROLLER: "", **msg})
    except (FeatureNotFoundError, ServiceValidationError) as err:
        connection.send_error(msg["id"], _NOT_FOUND, str(err))
    else:
        connection.send_result(msg["id"])


def _rank(
    hass: HomeAssistant, entry: MinerControlConfigEntry, msg: Mapping[str, Any]
) -> None:
    """Rank all controllers of a feature; raise FeatureNotFoundError for others."""
    miner = load_miner(entry)
    miner.rank_feature(msg[ATTR_FEATURE_TYPE], msg[ATTR_RANKING])
    store_miner(hass, entry, miner)
    entry.runtime_data.coordinator.reload_bindings()


def _loaded_entry(
    hass: HomeAssistant, connection: ActiveConnection, msg: Mapping[str, Any]
) -> MinerControlConfigEntry | None:
    """Return the miner that is meant; say so and return None where there is none."""
    entry: MinerControlConfigEntry | None = hass.config_entries.async_get_entry(
        msg[ATTR_CONFIG_ENTRY_ID]
    )
    if entry is None or entry.domain != DOMAIN or is_fleet(entry):
        connection.send_error(msg["id"], _NOT_FOUND, "There is no such miner")
        return None
    if entry.state is not ConfigEntryState.LOADED:
        connection.send_error(msg["id"], _NOT_LOADED, f"{entry.title} is not loaded")
        return None
    return entry
