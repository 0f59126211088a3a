"""Searching a network for miners."""

import asyncio
from contextlib import ExitStack
from ipaddress import IPv4Network, ip_network
from typing import Any, cast
from unittest.mock import patch

from homeassistant.components.network.models import Adapter
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    FlowResultType,
)
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import protocols
from custom_components.miner_control.controllers.errors import LibraryMissingError
from custom_components.miner_control.flows.network import search
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner
from tests.controllers.support import NO_HASS

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

pytestmark = pytest.mark.usefixtures("no_setup")


class Scan(FirstLink):
    """The flow that searches a network."""

    async def search(self, subnet: object) -> Result:
        """Search a network and return what is shown then."""
        await self.open("scan")
        result = await self.submit({"subnet": str(subnet)})
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        return await self.shown()

    async def search_again(self, subnet: object) -> Result:
        """Search another network in the same flow."""
        await self.submit({"subnet": str(subnet)})
        return await self.shown()

    async def shown(self) -> Result:
        """Return what the flow shows when the search has ended."""
        await self.hass.async_block_till_done()
        result: Result = await self.manager.async_configure(self._flow_id)
        return result

    async def pick(self, *hosts: object) -> Result:
        """Pick what was found."""
        return await self.submit({"miners": [str(host) for host in hosts]})


@pytest.fixture
def scan(hass: HomeAssistant) -> Scan:
    """Return the flow that searches a network."""
    return Scan(hass)


@pytest.fixture
async def three(run: Runner, subnet: IPv4Network) -> list[EmulatedMiner]:
    """Return two Bitaxes and an Antminer that refuses the usual login."""
    first, second, third, *_ = map(str, subnet.hosts())
    return [
        await run(EmulatedBitaxe, address=first),
        await run(EmulatedBitaxe, address=second),
        await run(EmulatedAntminer, address=third, password=LOGIN["password"]),
    ]


def _label(device: EmulatedMiner) -> str:
    """Return what a Bitaxe is called in the list."""
    return f"Bitaxe Gamma 602, AxeOS v2.14.1, bitaxe ({device.address})"


def _offered(result: Result) -> dict[str, str]:
    """Return what a list offers: labels by value."""
    assert result["errors"] == {}
    return _options(result)


def _options(result: Result) -> dict[str, str]:
    """Return the options of a list, also where something is wrong with the choice."""
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "scan_results")
    (selector,) = result["data_schema"].schema.values()
    return {option["value"]: option["label"] for option in selector.config["options"]}


async def test_results(
    scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """What is found is shown with what tells it apart, by address."""
    result = await scan.search(subnet)
    first, second, third = (miner.address for miner in three)
    assert list(_offered(result).items()) == [
        (first, _label(three[0])),
        (second, _label(three[1])),
        (third, f"? ({third})"),
    ]
    shown = {"subnet": str(subnet), "count": "3"}
    assert result["description_placeholders"] == shown
    assert suggested(result["data_schema"]) == {}
    assert [miner.commands for miner in three] == [[], [], []]


async def test_pick_one(
    hass: HomeAssistant, scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """One that is picked alone is asked for its features."""
    await scan.search(subnet)
    assert_asks_features(await scan.pick(three[1].address))
    assert stored_links(hass) == []
    subentry = scan.stored(await scan.submit({"enabled": ["status_monitoring"]}))
    assert (scan.entry.unique_id, scan.entry.title) == (
        three[1].mac,
        "Bitaxe Gamma 602",
    )
    assert subentry.data[CONF_HOST] == three[1].address
    assert not subentry.data["features"]["hashrate_monitoring"]["enabled"]


@pytest.mark.parametrize(
    ("entered", "titles"),
    [
        ({}, ["Bitaxe Gamma 602", "Bitaxe Gamma 602 2"]),
        ({0: "Kitchen"}, ["Kitchen", "Bitaxe Gamma 602 2"]),
        ({1: " "}, ["Bitaxe Gamma 602", "Bitaxe Gamma 602 2"]),
        ({0: "Heater", 1: "Heater"}, ["Heater", "Heater 2"]),
    ],
)
async def test_pick_several(
    hass: HomeAssistant,
    scan: Scan,
    subnet: IPv4Network,
    three: list[EmulatedMiner],
    entered: dict[int, str],
    titles: list[str],
) -> None:
    """Several that are picked are named, and added at once with all their features."""
    await scan.search(subnet)
    form = await scan.pick(*(miner.address for miner in three[:2]))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "scan_names")
    result = await scan.submit({_label(three[n]): name for n, name in entered.items()})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in result
    await hass.async_block_till_done()
    entries = hass.config_entries.async_entries(DOMAIN)
    assert {entry.unique_id: entry.title for entry in entries} == {
        three[0].mac: titles[0],
        three[1].mac: titles[1],
    }
    for stored in stored_links(hass):
        features = stored["data"]["features"]
        assert set(features) == set(stored["data"]["capabilities"]["features"])
        assert all(binding["enabled"] for binding in features.values())
        assert features["power_monitoring"]["priority"] == 40
        assert features["hashrate_monitoring"]["priority"] == 60
    assert hass.config_entries.flow.async_progress() == []


async def test_linked_between_search_and_choice(
    hass: HomeAssistant, scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """Of several that are picked, those that were linked meanwhile are left out."""
    await scan.search(subnet)
    first, second, _ = (miner.address for miner in three)
    await FirstLink(hass).link("network", network_form(first))
    await FirstLink(hass).link("network", network_form(second))
    await scan.pick(first, second)
    result = await scan.submit({})
    assert (result["type"], result["reason"]) == ("abort", "already_configured")
    await hass.async_block_till_done()
    assert len(stored_links(hass)) == 2


async def test_pick_nothing(
    scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """Nothing is no choice."""
    await scan.search(subnet)
    result = await scan.pick()
    assert result["errors"] == {"miners": "nothing_picked"}
    assert len(_options(result)) == 3
    assert_asks_features(await scan.pick(three[0].address))


async def test_login_needed(
    hass: HomeAssistant, scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """A miner that refuses the usual login is picked alone and asks for its own."""
    await scan.search(subnet)
    first, _, locked = (miner.address for miner in three)
    result = await scan.pick(first, locked)
    assert result["errors"] == {"miners": "login_needed"}
    assert suggested(result["data_schema"]) == {"miners": [first, locked]}
    assert stored_links(hass) == []

    result = await scan.pick(locked)
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert not is_folded(result["data_schema"], "credentials")
    assert_asks_features(await scan.submit(network_form(locked, **LOGIN)))
    scan.stored(await scan.submit({}))
    assert scan.entry.unique_id == three[2].mac


async def test_only_one_is_ticked(scan: Scan, subnet: IPv4Network, run: Runner) -> None:
    """The only miner that is found is picked from the start."""
    _, _, host, *_ = map(str, subnet.hosts())
    await run(EmulatedBitaxe, address=host)
    result = await scan.search(subnet)
    assert suggested(result["data_schema"]) == {"miners": [host]}


async def test_linked_ones_are_left_out(
    hass: HomeAssistant,
    scan: Scan,
    miner: ConfigEntry,
    subnet: IPv4Network,
    three: list[EmulatedMiner],
) -> None:
    """A linked miner is not shown; at its known address it is not even asked."""
    known, moved, _ = three
    for device in (known, moved):
        link = FurtherLink(hass, miner)
        await link.open("network")
        await link.submit(network_form(device.address))
        await link.submit({})
    *_, subentry = miner.subentries.values()
    data = {**subentry.data, CONF_HOST: "192.0.2.1"}
    hass.config_entries.async_update_subentry(miner, subentry, data=data)
    requests = known.requests.total()
    result = await scan.search(subnet)
    assert list(_offered(result)) == [three[2].address]
    assert known.requests.total() == requests


async def test_device_with_two_addresses(
    scan: Scan, subnet: IPv4Network, run: Runner
) -> None:
    """A device that answers at two addresses is shown once."""
    first, second, *_ = map(str, subnet.hosts())
    mac = "48:ca:43:00:00:01"
    await run(EmulatedBitaxe, address=first, mac=mac)
    await run(EmulatedBitaxe, address=second, mac=mac)
    assert list(_offered(await scan.search(subnet))) == [first]


async def test_nothing_found(
    scan: Scan, subnet: IPv4Network, web_server: str, run: Runner
) -> None:
    """A network without miners is said to be so, and another can be searched."""
    alone = ip_network(web_server)
    result = await scan.search(alone)
    assert_refused(result, "scan", {"base": "nothing_found"})
    assert suggested(result["data_schema"]) == {"subnet": str(alone)}

    host = next(map(str, subnet.hosts()))
    await run(EmulatedBitaxe, address=host)
    assert list(_offered(await scan.search_again(subnet))) == [host]


async def test_everything_is_linked(
    hass: HomeAssistant, scan: Scan, bitaxe: EmulatedBitaxe
) -> None:
    """A network whose only address is linked is not searched at all."""
    await FirstLink(hass).link("network", network_form(bitaxe.address))
    await scan.open("scan")
    result = await scan.submit({"subnet": bitaxe.address})
    assert_refused(result, "scan", {"base": "nothing_found"})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "invalid_subnet"),
        ("my network", "invalid_subnet"),
        ("192.168.1.0/33", "invalid_subnet"),
        ("192.168.1.0/x", "invalid_subnet"),
        ("fd00::/120", "invalid_subnet"),
        ("8.8.8.0/24", "invalid_subnet"),
        ("224.0.0.0/24", "invalid_subnet"),
        ("192.168.0.0/21", "subnet_too_large"),
        ("0.0.0.0/0", "subnet_too_large"),
        ("192.168.1.40-10", "invalid_subnet"),
        ("192.168.1.10-", "invalid_subnet"),
        ("-40", "invalid_subnet"),
        ("192.168.1.10-300", "invalid_subnet"),
        ("192.168.1.10-1.2.3.4.5", "invalid_subnet"),
        ("192.168.1.0/24-40", "invalid_subnet"),
        ("223.255.255.250-224.0.0.2", "invalid_subnet"),
        ("192.168.1.10-192.168.9.10", "subnet_too_large"),
    ],
)
async def test_wrong_network(
    scan: Scan, bitaxe: EmulatedBitaxe, text: str, error: str
) -> None:
    """What cannot be searched is refused, and nothing entered is lost."""
    await scan.open("scan")
    result = await scan.submit({"subnet": text})
    assert_refused(result, "scan", {"subnet": error})
    assert suggested(result["data_schema"]) == {"subnet": text}
    found = await scan.search_again(f" {bitaxe.address}/32 ")
    assert list(_offered(found)) == [bitaxe.address]


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [
        ("192.168.1.77/24", "192.168.1.1", "192.168.1.254", 254),
        ("10.0.0.0/22", "10.0.0.1", "10.0.3.254", 1022),
        ("192.168.1.10-40", "192.168.1.10", "192.168.1.40", 31),
        (" 192.168.1.250 - 2.5 ", "192.168.1.250", "192.168.2.5", 12),
        ("192.168.1.10-192.168.5.7", "192.168.1.10", "192.168.5.7", 1022),
        ("192.168.1.10-10", "192.168.1.10", "192.168.1.10", 1),
        ("192.168.1.10", "192.168.1.10", "192.168.1.10", 1),
    ],
)
def test_addresses(text: str, first: str, last: str, count: int) -> None:
    """A network, a range and an address are understood as people write them."""
    addresses = search.parse_addresses(text)
    assert (str(addresses[0]), str(addresses[-1])) == (first, last)
    assert len(addresses) == len(set(addresses)) == count


async def test_library_is_missing(scan: Scan) -> None:
    """A search that could find nothing is not begun."""
    await scan.open("scan")
    broken = LibraryMissingError("broken")
    with ExitStack() as broke:
        for protocol in protocols():
            broke.enter_context(
                patch.object(protocol, "async_prepare", side_effect=broken)
            )
        result = await scan.submit({"subnet": "127.0.0.1"})
    assert_refused(result, "scan", {"base": "library_missing"})


def _adapter(address: str, prefix: int, **options: Any) -> Adapter:
    """Return a network adapter of the machine that Home Assistant runs on."""
    usual = {"name": "eth0", "index": 1, "auto": True, "default": True}
    ipv4 = [{"address": address, "network_prefix": prefix}] if address else []
    adapter: dict[str, Any] = {
        **usual,
        "enabled": True,
        "ipv4": ipv4,
        "ipv6": [],
        **options,
    }
    return cast("Adapter", adapter)


@pytest.mark.parametrize(
    ("adapters", "proposed"),
    [
        ([_adapter("192.168.5.10", 24)], "192.168.5.0/24"),
        ([_adapter("10.1.2.3", 22)], "10.1.0.0/22"),
        ([_adapter("10.1.2.3", 8)], "10.1.2.0/24"),
        (
            [_adapter("172.17.0.1", 16, default=False), _adapter("10.0.0.2", 24)],
            "10.0.0.0/24",
        ),
        ([_adapter("172.17.0.1", 24, default=False)], "172.17.0.0/24"),
        ([_adapter("10.0.0.2", 24, enabled=False)], None),
        ([_adapter("", 0)], None),
        ([], None),
    ],
)
async def test_proposed_network(
    scan: Scan, adapters: list[Adapter], proposed: str | None
) -> None:
    """The network that Home Assistant is in is proposed, or a part of it."""
    with patch.object(search, "async_get_adapters", return_value=adapters):
        result = await scan.open("scan")
    wanted = {"subnet": proposed} if proposed else {}
    assert suggested(result["data_schema"]) == wanted


async def test_progress(
    hass: HomeAssistant, scan: Scan, subnet: IPv4Network, three: list[EmulatedMiner]
) -> None:
    """The progress bar goes from left to right, once for every search."""
    events: list[Event[Any]] = async_capture_events(
        hass, EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE
    )
    await scan.open("scan")
    result = await scan.submit({"subnet": str(subnet)})
    assert result["progress_action"] == "scan"
    assert result["description_placeholders"] == {"subnet": str(subnet)}
    await scan.shown()
    shares = [event.data["progress"] for event in events]
    assert len(shares) == 14
    assert shares == sorted(set(shares))
    assert shares[-1] == 1


async def test_progress_of_a_large_network(hass: HomeAssistant, scan: Scan) -> None:
    """The bar does not move more often than can be seen."""
    events: list[Event[Any]] = async_capture_events(
        hass, EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE
    )
    await scan.open("scan")
    with patch.object(search, "answers", return_value=False):
        await scan.submit({"subnet": "127.9.0.0/22"})
        await scan.shown()
    assert len(events) == 100
    assert events[-1].data["progress"] == 1


async def test_closing_ends_the_search(
    hass: HomeAssistant, scan: Scan, run: Runner, subnet: IPv4Network
) -> None:
    """Whoever closes the dialog ends the search."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def identify(*_: object) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    host = next(map(str, subnet.hosts()))
    await run(EmulatedBitaxe, address=host)
    with patch.object(search, "identified_device", side_effect=identify):
        await scan.open("scan")
        result = await scan.manager.async_configure(
            scan._flow_id, {"subnet": str(subnet)}
        )
        await started.wait()
        scan.manager.async_abort(result["flow_id"])
        async with asyncio.timeout(30):
            await ended.wait()
        await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


async def test_a_few_at_a_time(sockets: None) -> None:
    """However large the network, only some addresses are tried at once."""
    now, most = 0, 0

    async def answers(*_: object) -> bool:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return False

    hosts = list(map(str, ip_network("127.9.0.0/24").hosts()))
    shares: list[float] = []
    with patch.object(search, "answers", side_effect=answers):
        assert await search.search(NO_HASS, hosts, shares.append) == {}
    assert most == 64
    assert len(shares) == len(hosts) == 254
