"""Look into Home Assistant from inside; a custom integration of its own."""

import asyncio

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "chaos_probe"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001
    """Register the action that counts tasks."""

    @callback
    def look(_call: ServiceCall) -> ServiceResponse:
        """Return how many tasks are under way."""
        return {"tasks": len(asyncio.all_tasks(hass.loop))}

    hass.services.async_register(
        DOMAIN, "look", look, supports_response=SupportsResponse.ONLY
    )
    return True
