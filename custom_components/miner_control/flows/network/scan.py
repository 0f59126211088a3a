"""Search a network for miners, when the user asks for it."""

from asyncio import Task
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ...controllers import prepare
from ...controllers.errors import LibraryMissingError
from ..link import Link, miner_with_host, miner_with_mac
from ..link_steps import Input
from ..register import RegisterSteps, told_apart
from ..schemas import network_schema
from .lookup import find_device
from .search import (
    Found,
    InvalidSubnetError,
    SubnetTooLargeError,
    own_subnet,
    parse_addresses,
    search,
    without_copies,
)

CONF_SUBNET = "subnet"
CONF_MINERS = "miners"

_SCAN_SCHEMA = vol.Schema({vol.Required(CONF_SUBNET): TextSelector()})


class ScanSteps(RegisterSteps):
    """Search a network, show what was found, and register what is picked."""

    _searched: str
    _addresses: Sequence[IPv4Address]
    _scan: Task[Found] | None = None
    _percent = 0
    _found_miners: Found
    _picked: dict[str, Link]

    async def async_step_scan(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask which network to search."""
        if user_input is None:
            own = await own_subnet(self.hass)
            return self._show("scan", _SCAN_SCHEMA, {CONF_SUBNET: own} if own else None)
        try:
            self._searched = user_input[CONF_SUBNET].strip()
            self._addresses = parse_addresses(self._searched)
            await prepare(self.hass)
        except InvalidSubnetError:
            errors = {CONF_SUBNET: "invalid_subnet"}
        except SubnetTooLargeError:
            errors = {CONF_SUBNET: "subnet_too_large"}
        except LibraryMissingError:
            errors = {"base": "library_missing"}
        else:
            return await self.async_step_scan_progress()
        return self._show("scan", _SCAN_SCHEMA, user_input, errors)

    async def async_step_scan_progress(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Search the network; closing the flow ends the search."""
        if self._scan is None:
            work = search(self.hass, self._hosts(), self._on_progress)
            self._scan = self.hass.async_create_task(work, f"scan {self._searched}")
        if not self._scan.done():
            return self.async_show_progress(
                step_id="scan_progress",
                progress_action="scan",
                progress_task=self._scan,
                description_placeholders={"subnet": self._searched},
            )
        found, self._scan, self._percent = self._scan.result(), None, 0
        self._found_miners = dict(self._unlinked(found))
        next_step = "scan_results" if self._found_miners else "scan_empty"
        return self.async_show_progress_done(next_step_id=next_step)

    async def async_step_scan_empty(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Say that there is nothing new, and let another network be searched."""
        form = {CONF_SUBNET: self._searched}
        return self._show("scan", _SCAN_SCHEMA, form, {"base": "nothing_found"})

    async def async_step_scan_results(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Show what was found and let several be picked."""
        if user_input is None:
            return self._show_results()
        picked = user_input[CONF_MINERS]
        if not picked:
            return self._show_results(user_input, "nothing_picked")
        if len(picked) == 1 and self._found_miners[picked[0]] is None:
            form = network_schema()({CONF_HOST: picked[0]})
            return await self._find("network", network_schema(), find_device, form)
        links = [link for host in picked if (link := self._found_miners[host])]
        if len(links) < len(picked):
            return self._show_results(user_input, "login_needed")
        if len(links) == 1:
            return await self.register(links)
        self._picked = {
            _label(host, self._found_miners[host]): link
            for host, link in zip(picked, told_apart(self.hass, links), strict=True)
        }
        return await self.async_step_scan_names()

    async def async_step_scan_names(self, user_input: Input = None) -> ConfigFlowResult:
        """Let each of several miners be named, and add them."""
        if user_input is not None:
            return await self.register(
                replace(link, title=user_input[label].strip() or link.title)
                for label, link in self._picked.items()
            )
        # The fields are called what the miners are called in the list.
        schema = vol.Schema(
            {
                vol.Optional(label, default=link.title): TextSelector()
                for label, link in self._picked.items()
            }
        )
        return self._show("scan_names", schema)

    def _show_results(
        self, user_input: Input = None, error: str | None = None
    ) -> ConfigFlowResult:
        """Show what was found; the only miner is ticked from the start."""
        hosts = list(self._found_miners)
        if user_input is None and len(hosts) == 1:
            user_input = {CONF_MINERS: hosts}
        errors = {CONF_MINERS: error} if error else None
        schema = _results_schema(self._found_miners)
        placeholders = {"subnet": self._searched, "count": str(len(hosts))}
        return self._show("scan_results", schema, user_input, errors, placeholders)

    def _hosts(self) -> list[str]:
        """Return the addresses to look at: those that no miner is linked by."""
        hosts = map(str, self._addresses)
        return [host for host in hosts if miner_with_host(self.hass, host) is None]

    def _unlinked(self, found: Found) -> list[tuple[str, Link | None]]:
        """Return the devices that are not linked, whatever their address was."""
        return [
            (host, link)
            for host, link in without_copies(found)
            if link is None or miner_with_mac(self.hass, link.capabilities.mac) is None
        ]

    def _on_progress(self, share: float) -> None:
        """Move the progress bar, if it can be seen to move."""
        percent = int(share * 100)
        if percent > self._percent:
            self._percent = percent
            self.async_update_progress(share)


def _results_schema(found: Found) -> vol.Schema:
    """Return the form of what was found."""
    options = [
        SelectOptionDict(value=host, label=_label(host, link))
        for host, link in found.items()
    ]
    selector = SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, mode=SelectSelectorMode.LIST
        )
    )
    return vol.Schema({vol.Optional(CONF_MINERS, default=[]): selector})


def _label(host: str, link: Link | None) -> str:
    """Return what a miner is called in the list."""
    if link is None:
        return f"? ({host})"
    known = link.capabilities
    firmware = " ".join(filter(None, (known.firmware, known.firmware_version)))
    told = dict.fromkeys(filter(None, (link.title, firmware, known.hostname)))
    return f"{', '.join(told)} ({host})"
