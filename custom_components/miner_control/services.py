"""Actions: look at the ranking of a miner's features, and change it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from .const import CONF_ENABLED, CONF_FEATURES, CONF_PRIORITY, DOMAIN
from .domain.features import MAX_PRIORITY, MIN_PRIORITY, MinerFeatureType
from .names import feature_name
from .reports import feature_report
from .runtime import MinerControlConfigEntry
from .storage.bindings import controller_subentries, load_miner, store_miner
from .storage.kinds import is_fleet

ATTR_CONTROLLER = "controller"
ATTR_FEATURE_TYPE = "feature_type"

SERVICE_GET_FEATURES = "get_features"
SERVICE_SET_FEATURE = "set_feature"

GET_FEATURES_SCHEMA = vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string})
SET_FEATURE_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_CONTROLLER): cv.string,
        vol.Required(ATTR_FEATURE_TYPE): vol.Coerce(MinerFeatureType),
        vol.Optional(CONF_PRIORITY): vol.All(
            vol.Coerce(int), vol.Range(min=MIN_PRIORITY, max=MAX_PRIORITY)
        ),
        vol.Optional(CONF_ENABLED): cv.boolean,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_FEATURES,
        _get_features,
        schema=GET_FEATURES_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN, SERVICE_SET_FEATURE, _set_feature, schema=SET_FEATURE_SCHEMA
    )


@callback
def _get_features(call: ServiceCall) -> ServiceResponse:
    """Return the ranking, health, values and provider of every feature type."""
    entry = _entry(call)
    return {CONF_FEATURES: feature_report(entry.runtime_data.coordinator)}


@callback
def _set_feature(call: ServiceCall) -> None:
    """Change the priority of a binding, or enable or disable it."""
    change_feature(call.hass, _entry(call), call.data)


@callback
def change_feature(
    hass: HomeAssistant, entry: MinerControlConfigEntry, data: Mapping[str, Any]
) -> None:
    """Change a binding as `SET_FEATURE_SCHEMA` describes it; it takes effect at once.

    Raises ServiceValidationError where the controller does not provide the feature.
    """
    feature_type: MinerFeatureType = data[ATTR_FEATURE_TYPE]
    miner = load_miner(entry)
    for subentry in controller_subentries(entry):
        controller_id = subentry.subentry_id
        if data[ATTR_CONTROLLER] not in (controller_id, subentry.title):
            continue
        if miner.has_feature(feature_type, controller_id):
            miner.change_feature(
                feature_type,
                controller_id,
                priority=data.get(CONF_PRIORITY),
                enabled=data.get(CONF_ENABLED),
            )
            store_miner(hass, entry, miner)
            # It has taken effect when the action ends.
            entry.runtime_data.coordinator.reload_bindings()
            return
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="feature_not_bound",
        translation_placeholders={
            "feature": feature_name(hass, feature_type),
            "controller": data[ATTR_CONTROLLER],
        },
    )


def _entry(call: ServiceCall) -> MinerControlConfigEntry:
    """Return the config entry that a call names; raise if it is not loaded."""
    entry: MinerControlConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    if is_fleet(entry):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_a_miner",
            translation_placeholders={"name": entry.title},
        )
    return entry
