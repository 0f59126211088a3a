"""Devices that show up on the network by themselves."""

import asyncio
from ipaddress import ip_address
from typing import Any, override

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from ...const import DOMAIN, LOGGER
from ..link import RefusedError, controllers_with_mac, miner_with_host
from ..link_steps import Input
from ..register import RegisterSteps
from ..schemas import network_schema
from .lookup import identified_device

CONF_ATTEMPT = "attempt"

# A device asks for its address long before it can tell what it is. Home Assistant
# announces an address only once, so that the device is asked again for a while.
ATTEMPTS = 6
PAUSE = 45.0
_PASSING = {"cannot_connect", "not_a_miner", "tells_nothing"}


class DiscoverySteps(RegisterSteps):
    """Follow devices that are linked, and offer those that are not."""

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Look at a device that got an address."""
        return await self._discovered(
            {
                CONF_HOST: discovery_info.ip,
                CONF_MAC: format_mac(discovery_info.macaddress),
                CONF_NAME: discovery_info.hostname,
            }
        )

    @override
    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Look at a device that announces itself, which does not name its MAC."""
        hosts = [str(ip) for ip in discovery_info.ip_addresses if ip.version == 4]
        if not hosts:
            return self.async_abort(reason="not_ipv4_address")
        name = discovery_info.name.removesuffix(f".{discovery_info.type}")
        return await self._discovered({CONF_HOST: hosts[0], CONF_NAME: name})

    @override
    async def async_step_integration_discovery(
        self, discovery_info: dict[str, Any]
    ) -> ConfigFlowResult:
        """Look again at a device that could not tell what it is."""
        return await self._discovered(discovery_info)

    async def async_step_discovery_confirm(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Show what was found and where, before its features are asked for."""
        if user_input is not None:
            return await self.async_step_features()
        return self.async_show_form(
            step_id="discovery_confirm",
            description_placeholders={
                **self._found(),
                "host": self._link.connection[CONF_HOST],
            },
        )

    async def _discovered(self, found: dict[str, Any]) -> ConfigFlowResult:
        """Find out what was discovered, unless that is known already."""
        host: str = found[CONF_HOST]
        if mac := found.get(CONF_MAC):
            await self._refuse_known(mac, host)
        if miner_with_host(self.hass, host) is not None:
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {"name": found[CONF_NAME] or host}
        try:
            self._link = await identified_device(self.hass, host)
        except RefusedError as err:
            return self._unclear(found, err.errors)
        if mac := self._link.capabilities.mac:
            await self._refuse_known(mac, host)
        self.context["title_placeholders"] = {"name": f"{self._link.title} ({host})"}
        return await self.async_step_discovery_confirm()

    async def _refuse_known(self, mac: str, host: str) -> None:
        """Abort for a device that is linked, waits to be, or was ignored."""
        follow_device(self.hass, mac, host)
        if controllers_with_mac(self.hass, mac):
            raise AbortFlow("already_configured")
        await self.async_set_unique_id(mac)
        self._abort_if_unique_id_configured()

    def _unclear(
        self, found: dict[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult:
        """Ask for the login that a miner wants, or end, for now or for good."""
        (reason,) = errors.values()
        if reason == "invalid_auth":
            form = {CONF_HOST: found[CONF_HOST]}
            return self._show("network", network_schema(), form, errors)
        attempt = found.get(CONF_ATTEMPT, 1)
        if reason in _PASSING and attempt < ATTEMPTS:
            again = {**found, CONF_ATTEMPT: attempt + 1}
            self.hass.async_create_background_task(
                _discover_later(self.hass, again, self.context.get("discovery_key")),
                f"discover {found[CONF_HOST]}",
            )
        return self.async_abort(reason=reason)


async def _discover_later(
    hass: HomeAssistant, found: dict[str, Any], key: DiscoveryKey | None
) -> None:
    """Discover a device again in a moment."""
    await asyncio.sleep(PAUSE)
    discovery_flow.async_create_flow(
        hass,
        DOMAIN,
        {"source": SOURCE_INTEGRATION_DISCOVERY},
        found,
        discovery_key=key,
    )


def follow_device(hass: HomeAssistant, mac: str, host: str) -> None:
    """Store the new address of a device, if it is linked by an address at all.

    Whoever entered a host name wants it to be found by that.
    """
    for entry, subentry in controllers_with_mac(hass, mac):
        known = subentry.data[CONF_HOST]
        if known == host or not _is_address(known):
            continue
        LOGGER.info("%s of %s has moved to %s", subentry.title, entry.title, host)
        hass.config_entries.async_update_subentry(
            entry, subentry, data={**subentry.data, CONF_HOST: host}
        )


def _is_address(host: str) -> bool:
    """Tell whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
