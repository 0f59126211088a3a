"""A protocol that no file of the integration knows is one like any other.

It is linked, found, asked for its login, reconfigured, repaired and diagnosed as
itself: nothing outside `controllers/` takes every network device for another's.
"""

from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network
from typing import Any

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.miner_control import controllers
from custom_components.miner_control.const import DOMAIN
from tests.integration.repairing import Repair
from tests.toy.device import EmulatedToy
from tests.toy.protocol import ToyController

from .linking import FirstLink, Result, assert_asks_features, assert_refused
from .test_scan import Scan

MAC = "02:00:00:00:70:01"
STRANGER = "02:00:00:00:70:02"


@pytest.fixture(autouse=True)
def _toy_protocol() -> Iterator[None]:
    """Register the protocol, as a line in the registry would."""
    controllers.register(ToyController)
    yield
    controllers.unregister(ToyController)


@pytest.fixture
async def toy(address: str) -> AsyncIterator[EmulatedToy]:
    """Return a toy miner."""
    async with EmulatedToy(address, MAC) as device:
        yield device


@pytest.fixture
async def entry(hass: HomeAssistant, toy: EmulatedToy) -> ConfigEntry:
    """Return the miner that the toy is linked to, set up."""
    link = FirstLink(hass)
    await link.link("network", {CONF_HOST: toy.address})
    assert link.entry.state is ConfigEntryState.LOADED
    return link.entry


def _subentry(entry: ConfigEntry) -> ConfigSubentry:
    """Return the only controller."""
    (subentry,) = entry.subentries.values()
    return subentry


def _shown(hass: HomeAssistant, key: str) -> str:
    """Return the state of a sensor of the only miner."""
    state = hass.states.get(f"sensor.toys_toy_1_{key}")
    assert state is not None, key
    return state.state


async def _refresh(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Read the device now, its identity included."""
    for known in entry.runtime_data.coordinator.controllers.values():
        known.controller.forget_connection()
        await known.async_refresh()
    await hass.async_block_till_done()


async def test_linked(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The best protocol that fits is linked, and its values are shown."""
    subentry = _subentry(entry)
    assert (subentry.subentry_type, subentry.unique_id) == ("network", MAC)
    assert (subentry.data["protocol"], entry.title) == ("toy", "Toys Toy 1")
    assert subentry.data["features"]["hashrate_monitoring"]["priority"] == 70
    assert (_shown(hass, "status"), _shown(hass, "hashrate")) == ("on", "5.0")


async def test_offered_by_its_name(hass: HomeAssistant, toy: EmulatedToy) -> None:
    """The form offers it, and it can be insisted on, as can another one."""
    link = FirstLink(hass)
    form = await link.open("network")
    section = form["data_schema"].schema["advanced"].schema
    options = section.schema["protocol"].config["options"]
    assert {"value": "toy", "label": "Toy"} in options
    other = {CONF_HOST: toy.address, "advanced": {"protocol": "pyasic"}}
    refused = await link.submit(other)
    assert_refused(refused, "network", {CONF_HOST: "not_a_miner"})
    chosen = {CONF_HOST: toy.address, "advanced": {"protocol": "toy"}}
    assert_asks_features(await link.submit(chosen))


async def test_commanded(
    hass: HomeAssistant, toy: EmulatedToy, entry: ConfigEntry
) -> None:
    """The switch stops and starts it."""
    for service, command, status in (
        ("turn_off", "stop", "idle"),
        ("turn_on", "start", "on"),
    ):
        await hass.services.async_call(
            "switch", service, {"entity_id": "switch.toys_toy_1_mining"}, blocking=True
        )
        await hass.async_block_till_done()
        assert toy.commands[-1] == command
        assert _shown(hass, "status") == status


async def test_discovered(hass: HomeAssistant, toy: EmulatedToy) -> None:
    """What asks for an address is offered as what it is."""
    found = DhcpServiceInfo(
        ip=toy.address, hostname="toy", macaddress=MAC.replace(":", "")
    )
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_DHCP}, data=found
    )
    assert result["step_id"] == "discovery_confirm"
    named = result["description_placeholders"] or {}
    assert named["title"] == "Toys Toy 1"


async def test_found_by_a_scan(hass: HomeAssistant, subnet: IPv4Network) -> None:
    """A search looks at the protocol's own port."""
    host = next(map(str, subnet.hosts()))
    async with EmulatedToy(host, MAC):
        scan = Scan(hass)
        result = await scan.search(subnet)
        assert result["step_id"] == "scan_results"
        assert_asks_features(await scan.pick(host))
        await scan.submit({})
    assert _subentry(scan.entry).data["protocol"] == "toy"


async def test_login(hass: HomeAssistant, toy: EmulatedToy, entry: ConfigEntry) -> None:
    """A refused password is asked for, and the new one is tried and used."""
    toy.password = "s3cret"
    await _refresh(hass, entry)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    configure = hass.config_entries.flow.async_configure
    wrong: Result = await configure(flow["flow_id"], {"password": "wrong"})
    assert_refused(wrong, "reauth_confirm", {"base": "invalid_auth"})
    result = await configure(flow["flow_id"], {"password": "s3cret"})
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert _shown(hass, "hashrate") == "5.0"


async def test_reconfigured(
    hass: HomeAssistant, toy: EmulatedToy, entry: ConfigEntry
) -> None:
    """It is looked for by its own protocol, and keeps it."""
    flow: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "network"),
        context={
            "source": SOURCE_RECONFIGURE,
            "subentry_id": _subentry(entry).subentry_id,
        },
    )
    assert flow["step_id"] == "network"
    shown = flow["data_schema"]({})["advanced"]
    assert shown["protocol"] == "toy"
    configure = hass.config_entries.subentries.async_configure
    form = {CONF_HOST: toy.address, "advanced": {**shown, "scan_interval": 60}}
    assert_asks_features(await configure(flow["flow_id"], form))
    result = await configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    data = _subentry(entry).data
    assert (data["protocol"], data["scan_interval"]) == ("toy", 60)


async def test_repaired(
    hass: HomeAssistant,
    toy: EmulatedToy,
    entry: ConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Another toy at the address gets no command until it is accepted."""
    assert await async_setup_component(hass, "repairs", {})
    await toy.stop()
    async with EmulatedToy(toy.address, STRANGER) as stranger:
        await _refresh(hass, entry)
        (issue_id,) = (
            issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN
        )
        assert issue_id.startswith("another_device")
        repair = Repair(hass, await hass_client())
        await repair.start(issue_id)
        await repair.choose("exchanged")
        assert (await repair.send())["type"] == "create_entry"
        # Also until it is read again: nobody may be calling when it goes.
        await hass.async_block_till_done(wait_background_tasks=True)
        assert stranger.commands == []
        subentry = _subentry(entry)
        assert (subentry.unique_id, subentry.data["protocol"]) == (STRANGER, "toy")
        assert _shown(hass, "hashrate") == "5.0"


async def test_diagnosed(
    hass: HomeAssistant, entry: ConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The report says how the device is reached, and names no library."""
    assert await async_setup_component(hass, "diagnostics", {})
    report: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert report["versions"].keys() == {"integration"}
    controller = report["controllers"]["controller_1"]
    assert controller["type"] == "network"
    assert controller["connection"]["protocol"] == "toy"
