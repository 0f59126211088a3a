"""What features are called, in the language that Home Assistant is set to."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN

_CATEGORY = "selector"


async def async_load_names(hass: HomeAssistant) -> None:
    """Load the names, so that they can be told without waiting."""
    await async_get_translations(hass, hass.config.language, _CATEGORY, (DOMAIN,))


@callback
def feature_name(hass: HomeAssistant, feature_type: str) -> str:
    """Return what a feature is called; its key in words if that was not loaded."""
    names = async_get_cached_translations(hass, hass.config.language, _CATEGORY, DOMAIN)
    key = f"component.{DOMAIN}.{_CATEGORY}.feature_type.options.{feature_type}"
    return names.get(key, feature_type.replace("_", " "))
