"""A smart plug as most integrations have them: one device with its entities."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo

DOMAIN = "outlet"
_PLATFORMS = (Platform.SENSOR, Platform.SWITCH)
DEVICE = DeviceInfo(identifiers={(DOMAIN, "garage")}, name="Garage plug")


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up the entities of the plug."""
    await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
    return True
