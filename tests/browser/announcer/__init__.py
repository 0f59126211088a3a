"""Tell Home Assistant of devices, in the place of a network that announces them."""

from homeassistant.config_entries import SOURCE_DHCP, ConfigFlowContext
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers.discovery_flow import async_create_flow
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

_SCHEMA = vol.Schema({"ip": str, "hostname": str, "macaddress": str})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the action that announces a device."""

    @callback
    def announce(call: ServiceCall) -> None:
        """Announce a device that got an address."""
        context = ConfigFlowContext(source=SOURCE_DHCP)
        found = DhcpServiceInfo(**call.data)
        async_create_flow(hass, "miner_control", context, found)

    hass.services.async_register("announcer", "announce", announce, _SCHEMA)
    return True
