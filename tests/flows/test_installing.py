"""A library that a device needs is installed while the flow shows progress."""

from collections.abc import Iterator

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.controllers.libraries import PYASIC
from emulation import EmulatedAntminer, EmulatedBitaxe
from tests.libraries import Index, nothing_installed

from .conftest import Runner
from .linking import (
    LOGIN,
    FirstLink,
    FurtherLink,
    LinkFlow,
    Result,
    assert_asks_features,
    assert_refused,
    network_form,
)


@pytest.fixture
def index() -> Iterator[Index]:
    """Return the index of a machine on which no library is installed."""
    with nothing_installed() as index:
        yield index


async def finished(hass: HomeAssistant, link: LinkFlow, index: Index) -> Result:
    """Let the installation end, and return what the flow shows then."""
    index.is_open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    return await link.proceed()


async def test_progress_is_shown(
    hass: HomeAssistant, link: LinkFlow, antminer: EmulatedAntminer, index: Index
) -> None:
    """The flow goes on as usual when the library is there."""
    await link.open("network")
    result = await link.submit(network_form(antminer.address, **LOGIN))
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["progress_action"] == "installing"
    assert result["description_placeholders"] == {"library": "pyasic"}
    assert (await link.proceed())["type"] is FlowResultType.SHOW_PROGRESS
    assert_asks_features(await finished(hass, link, index))
    assert index.asked == [PYASIC]
    link.stored(await link.submit({}))


async def test_library_that_cannot_be_installed(
    hass: HomeAssistant, link: LinkFlow, antminer: EmulatedAntminer, index: Index
) -> None:
    """The form says so, and leads on when the index has it."""
    index.has.clear()
    await link.open("network")
    form = network_form(antminer.address, **LOGIN)
    result = await link.submit(form)
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    refused = await finished(hass, link, index)
    assert_refused(refused, "network", {"base": "library_missing"})
    index.has.add(PYASIC)
    await link.submit(form)
    assert_asks_features(await finished(hass, link, index))


async def test_nothing_is_installed_for_what_needs_no_library(
    link: LinkFlow, bitaxe: EmulatedBitaxe, index: Index
) -> None:
    """A Bitaxe speaks a protocol of its own."""
    await link.open("network")
    assert_asks_features(await link.submit(network_form(bitaxe.address)))
    assert index.asked == []


async def test_nothing_is_installed_where_nothing_answers(
    link: LinkFlow, address: str, index: Index
) -> None:
    """A mistyped address costs no installation."""
    await link.open("network")
    result = await link.submit(network_form(address))
    assert_refused(result, "network", {"host": "cannot_connect"})
    assert index.asked == []


async def test_web_page_needs_one_library_at_most(
    hass: HomeAssistant, link: LinkFlow, web_server: str, index: Index
) -> None:
    """What one library does not know is no reason to install another."""
    await link.open("network")
    result = await link.submit(network_form(web_server))
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    refused = await finished(hass, link, index)
    assert_refused(refused, "network", {"host": "not_a_miner"})
    assert len(index.asked) == 1


async def test_flow_that_is_closed_leaves_the_installation_alone(
    hass: HomeAssistant, link: LinkFlow, antminer: EmulatedAntminer, index: Index
) -> None:
    """Somebody else may wait for it, too."""
    await link.open("network")
    result = await link.submit(network_form(antminer.address, **LOGIN))
    link.manager.async_abort(result["flow_id"])
    index.is_open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert index.installed == {PYASIC}


async def test_new_login(
    hass: HomeAssistant, miner: ConfigEntry, antminer: EmulatedAntminer
) -> None:
    """Also where the login of a linked device is asked for."""
    form = network_form(antminer.address, **LOGIN)
    linked = await FurtherLink(hass, miner).link("network", form)
    with nothing_installed() as index:
        asked: Result = await miner.start_reauth_flow(  # type: ignore[attr-defined]
            hass, data={"subentry_id": linked.subentry_id}
        )
        flow = hass.config_entries.flow
        result = await flow.async_configure(asked["flow_id"], {**LOGIN})
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        assert result["description_placeholders"] == {"library": "pyasic"}
        index.is_open.set()
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await flow.async_configure(asked["flow_id"])
        await hass.async_block_till_done(wait_background_tasks=True)
    assert (result["type"], result["reason"]) == ("abort", "reauth_successful")


@pytest.mark.parametrize("count", [1, 2])
async def test_take_over(
    hass: HomeAssistant, run: Runner, index: Index, no_setup: None, count: int
) -> None:
    """Miners of the older integration are taken over in the same way."""
    devices = [await run(EmulatedAntminer) for _ in range(count)]
    entries = [
        MockConfigEntry(domain="miner", title=f"S19 {n}", data={"ip": device.address})
        for n, device in enumerate(devices)
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    link = FirstLink(hass)
    await link.open("hass_miner")
    result = await link.submit({"miners": [entry.entry_id for entry in entries]})
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    result = await finished(hass, link, index)
    if count == 1:
        assert_asks_features(result)
        result = await link.submit({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert len(hass.config_entries.async_entries("miner_control")) == count
    assert index.asked == [PYASIC]
