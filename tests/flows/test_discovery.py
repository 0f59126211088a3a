"""Devices that show up on the network by themselves."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from unittest.mock import Mock, patch

from homeassistant.components.zeroconf.discovery import ZeroconfDiscovery
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_ZEROCONF,
    ConfigEntry,
)
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.loader import async_get_zeroconf
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from zeroconf.asyncio import AsyncServiceInfo

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import Found
from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.errors import (
    ControllerError,
    LibraryMissingError,
)
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.flows.network import discovery, lookup
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner
from emulation.axeos import EmulatedLuckyLV08, EmulatedNerdQaxe, EmulatedNMAxe

from .conftest import Runner
from .linking import (
    LOGIN,
    FirstLink,
    FurtherLink,
    Result,
    assert_asks_features,
    assert_refused,
    is_folded,
    network_form,
    stored_links,
    suggested,
)

OTHER_MAC = "48:ca:43:00:00:99"


def dhcp(address: str, mac: str, hostname: str = "bitaxe") -> DhcpServiceInfo:
    """Return what Home Assistant learns when a device asks for an address."""
    return DhcpServiceInfo(
        ip=address, hostname=hostname, macaddress=mac.replace(":", "")
    )


def zeroconf(*addresses: str) -> ZeroconfServiceInfo:
    """Return what Home Assistant learns from an announcement of AxeOS."""
    service = "_http._tcp.local."
    hosts = list(map(ip_address, addresses))
    return ZeroconfServiceInfo(
        ip_address=hosts[0],
        ip_addresses=hosts,
        port=80,
        hostname="bitaxe.local.",
        type=service,
        name=f"Bitaxe Gamma 601 (A1B2).{service}",
        properties={"board": "601", "family": "Gamma", "asic": "BM1370"},
    )


async def discover(hass: HomeAssistant, source: str, found: Any) -> Result:
    """Tell the integration what was discovered."""
    result: Result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": source}, data=found
    )
    await hass.async_block_till_done()
    return result


async def discover_by_dhcp(hass: HomeAssistant, address: str, mac: str) -> Result:
    """Tell the integration of a device that got an address."""
    return await discover(hass, SOURCE_DHCP, dhcp(address, mac))


def assert_ended(result: Result, reason: str) -> None:
    """Check that a discovery led to nothing that is shown."""
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, reason)


def _waiting(hass: HomeAssistant) -> list[str]:
    """Return how the discoveries that wait for the user present themselves."""
    return [
        flow["context"]["title_placeholders"]["name"]
        for flow in hass.config_entries.flow.async_progress()
    ]


@pytest.fixture
def haste() -> Iterator[None]:
    """Ask devices that cannot tell what they are again at once."""
    with patch.object(discovery, "PAUSE", 0.01):
        yield


@pytest.fixture
async def garage(further_link: FurtherLink, bitaxe: EmulatedBitaxe) -> ConfigEntry:
    """Return a miner called Garage that the Bitaxe is linked to."""
    await further_link.link("network", network_form(bitaxe.address))
    return further_link.entry


def _host(entry: ConfigEntry) -> str:
    """Return the address of a miner's last controller."""
    *_, subentry = entry.subentries.values()
    host: str = subentry.data[CONF_HOST]
    return host


@pytest.mark.parametrize("source", [SOURCE_DHCP, SOURCE_ZEROCONF])
async def test_new_device(
    hass: HomeAssistant, no_setup: None, bitaxe: EmulatedBitaxe, source: str
) -> None:
    """A new miner is shown with what it is and where, and then added as usual."""
    sources = {
        SOURCE_DHCP: dhcp(bitaxe.address, bitaxe.mac),
        SOURCE_ZEROCONF: zeroconf(bitaxe.address),
    }
    result = await discover(hass, source, sources[source])
    assert (result["type"], result["step_id"]) == ("form", "discovery_confirm")
    shown = result["description_placeholders"]
    assert (shown["title"], shown["host"]) == ("Bitaxe Gamma 602", bitaxe.address)
    assert shown["firmware"] == bitaxe.version
    assert _waiting(hass) == [f"Bitaxe Gamma 602 ({bitaxe.address})"]
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["unique_id"] == bitaxe.mac
    assert stored_links(hass) == []

    configure = hass.config_entries.flow.async_configure
    assert_asks_features(await configure(result["flow_id"], {}))
    result = await configure(result["flow_id"], {})
    assert (result["type"], result["title"]) == ("create_entry", "Bitaxe Gamma 602")
    (stored,) = stored_links(hass)
    assert stored["entry"] == stored["unique_id"] == bitaxe.mac
    assert stored["data"][CONF_HOST] == bitaxe.address
    assert bitaxe.commands == []


async def test_linked_device_moves(
    hass: HomeAssistant, garage: ConfigEntry, bitaxe: EmulatedBitaxe, run: Runner
) -> None:
    """A linked device is followed to its new address, with a single reload."""
    moved: EmulatedBitaxe = await run(EmulatedBitaxe, mac=bitaxe.mac)
    before = stored_links(hass)
    reload = hass.config_entries.async_reload
    with patch.object(hass.config_entries, "async_reload", side_effect=reload) as spy:
        result = await discover_by_dhcp(hass, moved.address, moved.mac)
        await hass.async_block_till_done()
    assert_ended(result, "already_configured")
    assert spy.call_count == 1
    (stored,) = before
    stored["data"] = {**stored["data"], CONF_HOST: moved.address}
    assert stored_links(hass) == [stored]
    assert moved.requests.total() > 0
    assert hass.config_entries.flow.async_progress() == []


async def test_second_controller_moves(
    hass: HomeAssistant, no_setup: None, garage: ConfigEntry, run: Runner, address: str
) -> None:
    """A device is followed that is not the first of its miner."""
    second: EmulatedBitaxe = await run(EmulatedBitaxe)
    await FurtherLink(hass, garage).link("network", network_form(second.address))
    assert_ended(
        await discover_by_dhcp(hass, address, second.mac), "already_configured"
    )
    assert _host(garage) == address


@pytest.mark.parametrize(
    "source", [SOURCE_DHCP, SOURCE_ZEROCONF, SOURCE_INTEGRATION_DISCOVERY]
)
async def test_device_moves_in_disguise(
    hass: HomeAssistant,
    garage: ConfigEntry,
    bitaxe: EmulatedBitaxe,
    run: Runner,
    source: str,
) -> None:
    """A linked device is known by the MAC that it tells itself."""
    moved: EmulatedBitaxe = await run(EmulatedBitaxe, mac=bitaxe.mac)
    found = {
        SOURCE_DHCP: dhcp(moved.address, OTHER_MAC),
        SOURCE_ZEROCONF: zeroconf(moved.address),
        SOURCE_INTEGRATION_DISCOVERY: {CONF_HOST: moved.address, "name": ""},
    }
    assert_ended(await discover(hass, source, found[source]), "already_configured")
    assert _host(garage) == moved.address


async def test_device_at_the_same_address(
    hass: HomeAssistant, no_setup: None, garage: ConfigEntry, bitaxe: EmulatedBitaxe
) -> None:
    """A linked device that is where it was is not even asked."""
    before, requests = stored_links(hass), bitaxe.requests.total()
    result = await discover_by_dhcp(hass, bitaxe.address, bitaxe.mac)
    assert_ended(result, "already_configured")
    result = await discover(hass, SOURCE_ZEROCONF, zeroconf(bitaxe.address))
    assert_ended(result, "already_configured")
    assert (stored_links(hass), bitaxe.requests.total()) == (before, requests)


async def test_host_name_stays(
    hass: HomeAssistant, no_setup: None, garage: ConfigEntry, bitaxe: EmulatedBitaxe
) -> None:
    """A device that is linked by its name is still found by its name."""
    (subentry,) = garage.subentries.values()
    data = {**subentry.data, CONF_HOST: "bitaxe.lan"}
    hass.config_entries.async_update_subentry(garage, subentry, data=data)
    result = await discover_by_dhcp(hass, "192.0.2.7", bitaxe.mac)
    assert_ended(result, "already_configured")
    assert _host(garage) == "bitaxe.lan"


async def test_host_name_is_no_identity(
    hass: HomeAssistant, garage: ConfigEntry, bitaxe: EmulatedBitaxe, run: Runner
) -> None:
    """Devices share their first name, and change it themselves where it is taken."""
    twin: EmulatedBitaxe = await run(EmulatedBitaxe)
    assert twin.settings["hostname"] == bitaxe.settings["hostname"]
    result = await discover_by_dhcp(hass, twin.address, twin.mac)
    assert (result["type"], result["step_id"]) == ("form", "discovery_confirm")
    bitaxe.settings["hostname"] = "bitaxe-2"
    found = dhcp(bitaxe.address, bitaxe.mac, "bitaxe-2")
    assert_ended(await discover(hass, SOURCE_DHCP, found), "already_configured")
    # It is read, and takes commands, as before.
    await hass.config_entries.async_reload(garage.entry_id)
    await hass.async_block_till_done()
    (coordinator,) = garage.runtime_data.coordinator.controllers.values()
    assert coordinator.is_available


@pytest.mark.parametrize(
    "kind", [EmulatedBitaxe, EmulatedNerdQaxe, EmulatedNMAxe, EmulatedLuckyLV08]
)
async def test_kin_is_linked_by_its_own_protocol(
    hass: HomeAssistant, no_setup: None, run: Runner, kind: type[EmulatedMiner]
) -> None:
    """Whatever the name, the device itself tells what it is."""
    device = await run(kind)
    result = await discover(
        hass, SOURCE_DHCP, dhcp(device.address, device.mac, "esp32-fe01")
    )
    configure = hass.config_entries.flow.async_configure
    assert_asks_features(await configure(result["flow_id"], {}))
    result = await configure(result["flow_id"], {})
    assert result["type"] == "create_entry"
    (stored,) = stored_links(hass)
    assert stored["data"]["protocol"] == "axeos"


async def test_device_without_a_mac(
    hass: HomeAssistant, no_setup: None, first_link: FirstLink
) -> None:
    """A linked device that tells no MAC address is known by its address."""
    known = Capabilities(features=frozenset())
    with patch.object(lookup, "identify", return_value=Found(PyasicController, known)):
        await first_link.link("network", {CONF_HOST: "192.0.2.1"})
        result = await discover_by_dhcp(hass, "192.0.2.1", OTHER_MAC)
        assert_ended(result, "already_configured")
        result = await discover(hass, SOURCE_ZEROCONF, zeroconf("192.0.2.2"))
    assert result["step_id"] == "discovery_confirm"


async def test_ignored_device(hass: HomeAssistant, bitaxe: EmulatedBitaxe) -> None:
    """A device that was ignored is not asked, and not shown again."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=bitaxe.mac)
    ignored.add_to_hass(hass)
    result = await discover_by_dhcp(hass, bitaxe.address, bitaxe.mac)
    assert_ended(result, "already_configured")
    assert bitaxe.requests.total() == 0
    result = await discover(hass, SOURCE_ZEROCONF, zeroconf(bitaxe.address))
    assert_ended(result, "already_configured")


async def test_ignored_device_is_linked_by_hand(
    hass: HomeAssistant,
    no_setup: None,
    further_link: FurtherLink,
    bitaxe: EmulatedBitaxe,
) -> None:
    """A device that was ignored can be linked to a miner, and is ignored no more."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=bitaxe.mac)
    ignored.add_to_hass(hass)
    await further_link.link("network", network_form(bitaxe.address))
    assert further_link.entry.unique_id == bitaxe.mac
    assert hass.config_entries.async_entries(DOMAIN) == [further_link.entry]


async def test_found_in_two_ways(hass: HomeAssistant, bitaxe: EmulatedBitaxe) -> None:
    """A device that is discovered in two ways is shown once."""
    await discover_by_dhcp(hass, bitaxe.address, bitaxe.mac)
    result = await discover(hass, SOURCE_ZEROCONF, zeroconf(bitaxe.address))
    assert_ended(result, "already_in_progress")
    assert _waiting(hass) == [f"Bitaxe Gamma 602 ({bitaxe.address})"]


async def test_linked_meanwhile(
    hass: HomeAssistant, further_link: FurtherLink, bitaxe: EmulatedBitaxe
) -> None:
    """A discovery ends when its device is linked to a miner by hand."""
    await discover_by_dhcp(hass, bitaxe.address, bitaxe.mac)
    assert _waiting(hass) != []
    await further_link.link("network", network_form(bitaxe.address))
    assert _waiting(hass) == []


async def test_login_was_changed(
    hass: HomeAssistant, no_setup: None, antminer: EmulatedAntminer
) -> None:
    """A miner that refuses the usual login asks for its own, in plain sight."""
    found = dhcp(antminer.address, antminer.mac, "antminer")
    result = await discover(hass, SOURCE_DHCP, found)
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert suggested(result["data_schema"])[CONF_HOST] == antminer.address
    assert not is_folded(result["data_schema"], "credentials")
    assert _waiting(hass) == ["antminer"]

    configure = hass.config_entries.flow.async_configure
    form = network_form(antminer.address, **LOGIN)
    assert_asks_features(await configure(result["flow_id"], form))
    result = await configure(result["flow_id"], {})
    assert result["result"].unique_id == antminer.mac


async def test_no_miner(hass: HomeAssistant, haste: None, web_server: str) -> None:
    """What is no miner is not shown, also not after it was asked several times."""
    with patch.object(
        discovery, "identified_device", side_effect=lookup.identified_device
    ) as spy:
        assert_ended(await discover_by_dhcp(hass, web_server, OTHER_MAC), "not_a_miner")
        await hass.async_block_till_done(wait_background_tasks=True)
    assert spy.call_count == discovery.ATTEMPTS
    assert hass.config_entries.flow.async_progress() == []


async def test_booting_device(
    hass: HomeAssistant, haste: None, address: str, run: Runner
) -> None:
    """A device that needs time to boot is shown when it can tell what it is."""
    key = DiscoveryKey(domain="dhcp", key="48ca43000099", version=1)
    result: Result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP, "discovery_key": key},
        data=dhcp(address, OTHER_MAC, ""),
    )
    assert_ended(result, "cannot_connect")
    device: EmulatedMiner = await run(EmulatedBitaxe, address=address, mac=OTHER_MAC)
    await hass.async_block_till_done(wait_background_tasks=True)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "discovery_confirm"
    assert flow["context"]["unique_id"] == device.mac
    assert flow["context"]["discovery_key"] == key


@pytest.mark.parametrize(
    ("error", "reason"),
    [(LibraryMissingError, "library_missing"), (ControllerError, "unknown")],
)
async def test_error_of_ours(
    hass: HomeAssistant, haste: None, error: type[Exception], reason: str
) -> None:
    """What no waiting mends is not tried again."""
    with patch.object(lookup, "identify", side_effect=error("no use")) as spy:
        result = await discover_by_dhcp(hass, "192.0.2.1", OTHER_MAC)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert_ended(result, reason)
    assert spy.call_count == 1


async def test_ipv6(hass: HomeAssistant, bitaxe: EmulatedBitaxe) -> None:
    """Of several addresses the one is taken that the library can reach."""
    result = await discover(hass, SOURCE_ZEROCONF, zeroconf("2001:db8::1"))
    assert_ended(result, "not_ipv4_address")
    found = zeroconf("2001:db8::1", bitaxe.address)
    result = await discover(hass, SOURCE_ZEROCONF, found)
    assert result["description_placeholders"]["host"] == bitaxe.address


_AXEOS = {
    "board": "601",
    "family": "Gamma",
    "asic": "BM1370",
    "asic_count": "1",
    "fw_version": "v2.14.1",
}


async def _announce(
    hass: HomeAssistant, address: str, properties: Mapping[str, str]
) -> None:
    """Have Home Assistant's own discovery come across an announcement."""
    service, name = "_http._tcp.local.", "Bitaxe Gamma 601 (A1B2)._http._tcp.local."
    info = AsyncServiceInfo(
        service,
        name,
        addresses=[ip_address(address).packed],
        port=80,
        properties=dict(properties),
        server="bitaxe.local.",
    )
    own = AsyncServiceInfo(service, f"home.{service}", addresses=[b"\x7f\0\0\1"])
    types = await async_get_zeroconf(hass)
    found = ZeroconfDiscovery(hass, Mock(), types, {}, {}, own)
    found._async_process_service_update(info, service, name)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_announcement(hass: HomeAssistant, bitaxe: EmulatedBitaxe) -> None:
    """Home Assistant takes what AxeOS announces for a miner."""
    await _announce(hass, bitaxe.address, _AXEOS)
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["step_id"]) == (DOMAIN, "discovery_confirm")


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"board": "601", "fw_version": "1.0"},
        {**_AXEOS, "asic": ""},
        {k: v for k, v in _AXEOS.items() if k != "asic_count"},
    ],
)
async def test_announcement_of_others(
    hass: HomeAssistant, bitaxe: EmulatedBitaxe, properties: dict[str, str]
) -> None:
    """Other web servers that announce themselves are not even asked."""
    await _announce(hass, bitaxe.address, properties)
    assert hass.config_entries.flow.async_progress() == []
    assert bitaxe.requests.total() == 0
