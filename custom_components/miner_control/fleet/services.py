"""Actions of fleets: set the budget, and try an allocation without acting."""

from dataclasses import replace
from math import isfinite
from typing import Final

from homeassistant.config_entries import ConfigEntry
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

from ..const import DOMAIN
from ..domain.fleet import FleetMode
from ..storage.fleet import CONF_MODE, CONF_POWER_BUDGET, MAX_BUDGET
from ..storage.kinds import is_fleet
from .reasons import circuit_names, reason_text, until_text
from .runtime import fleet_coordinator
from .sensor import member_reports

SERVICE_SET_POWER_BUDGET: Final = "set_power_budget"
SERVICE_TRY_ALLOCATION: Final = "try_allocation"

_WATTS: Final = vol.All(vol.Coerce(float), vol.Range(min=0, max=MAX_BUDGET))
_SET_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(CONF_POWER_BUDGET): _WATTS,
    }
)
_TRY_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(CONF_POWER_BUDGET): _WATTS,
        vol.Optional(CONF_MODE): vol.Coerce(FleetMode),
    }
)


@callback
def async_setup_fleet_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN, SERVICE_SET_POWER_BUDGET, _set_power_budget, schema=_SET_SCHEMA
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_TRY_ALLOCATION,
        _try_allocation,
        schema=_TRY_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _set_power_budget(call: ServiceCall) -> None:
    """Set what all miners of a fleet may draw together."""
    coordinator = fleet_coordinator(_fleet(call))
    await coordinator.async_set_budget(call.data[CONF_POWER_BUDGET])


@callback
def _try_allocation(call: ServiceCall) -> ServiceResponse:
    """Return what a fleet would decide now, and do nothing."""
    hass, entry = call.hass, _fleet(call)
    coordinator = fleet_coordinator(entry)
    mode = call.data.get(CONF_MODE)
    allocation = coordinator.try_allocation(mode, call.data.get(CONF_POWER_BUDGET))
    available = allocation.available
    data = replace(coordinator.data, allocation=allocation)
    return {
        "decision": allocation.decision.key.value,
        "reason": reason_text(hass, entry, allocation.decision),
        "until": until_text(allocation.decision),
        "available_power": (
            round(available) if available is not None and isfinite(available) else None
        ),
        "allocated_power": round(allocation.allocated),
        "over_limit": [*circuit_names(entry, allocation.over_limit)],
        "members": list(member_reports(hass, entry, data)),
    }


def _fleet(call: ServiceCall) -> ConfigEntry:
    """Return the fleet that a call names; raise ServiceValidationError for others."""
    entry: ConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    if not is_fleet(entry):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_a_fleet",
            translation_placeholders={"name": entry.title},
        )
    return entry
