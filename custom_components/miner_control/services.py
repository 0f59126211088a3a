"""Actions: look at the ranking of a miner's features, and change it."""

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

from .bindings import with_binding
from .const import CONF_ENABLED, CONF_FEATURES, CONF_PRIORITY, DOMAIN
from .domain.features import MAX_PRIORITY, MIN_PRIORITY, MinerFeatureType
from .names import feature_name
from .reports import feature_report
from .runtime import MinerControlConfigEntry

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
    entry = _entry(call)
    feature_type: MinerFeatureType = call.data[ATTR_FEATURE_TYPE]
    changes = {
        key: call.data[key] for key in (CONF_PRIORITY, CONF_ENABLED) if key in call.data
    }
    for subentry in entry.subentries.values():
        if call.data[ATTR_CONTROLLER] not in (subentry.subentry_id, subentry.title):
            continue
        if feature_type in subentry.data.get(CONF_FEATURES, {}):
            call.hass.config_entries.async_update_subentry(
                entry, subentry, data=with_binding(subentry, feature_type, changes)
            )
            # It has taken effect when the action ends.
            entry.runtime_data.coordinator.reload_bindings()
            return
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="feature_not_bound",
        translation_placeholders={
            "feature": feature_name(call.hass, feature_type),
            "controller": call.data[ATTR_CONTROLLER],
        },
    )


def _entry(call: ServiceCall) -> MinerControlConfigEntry:
    """Return the config entry that a call names; raise if it is not loaded."""
    entry: MinerControlConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    return entry
