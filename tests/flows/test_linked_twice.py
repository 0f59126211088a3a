"""Nothing is linked twice, neither to one miner nor to two."""

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedBitaxe

from .conftest import Runner
from .linking import (
    FirstLink,
    FurtherLink,
    LinkFlow,
    Result,
    assert_asks_features,
    assert_refused,
    network_form,
    stored_links,
)


@pytest.fixture
async def garage(further_link: FurtherLink, bitaxe: EmulatedBitaxe) -> ConfigEntry:
    """Return a miner called Garage that the Bitaxe is linked to."""
    await further_link.link("network", network_form(bitaxe.address))
    return further_link.entry


def assert_linked_to_garage(result: Result, step: str, field: str) -> None:
    """Check that a form names the miner that something is linked to."""
    assert_refused(result, step, {field: "already_linked"})
    assert result["description_placeholders"]["miner"] == "Garage"


def assert_too_late(result: Result) -> None:
    """Check that a flow ends because another one was quicker."""
    assert (result["type"], result["reason"]) == ("abort", "already_configured")


async def test_same_host(
    hass: HomeAssistant,
    link: LinkFlow,
    garage: ConfigEntry,
    bitaxe: EmulatedBitaxe,
    run: Runner,
) -> None:
    """The address of a linked device is refused, without asking the device again."""
    before, requests = stored_links(hass), bitaxe.requests.total()
    await link.open("network")
    result = await link.submit(network_form(bitaxe.address))
    assert_linked_to_garage(result, "network", CONF_HOST)
    assert stored_links(hass) == before
    assert bitaxe.requests.total() == requests
    other: EmulatedBitaxe = await run(EmulatedBitaxe)
    assert_asks_features(await link.submit(network_form(other.address)))


async def test_host_name_in_another_case(
    hass: HomeAssistant, link: LinkFlow, garage: ConfigEntry
) -> None:
    """Letter case does not make another host of it."""
    (subentry,) = garage.subentries.values()
    data = {**subentry.data, CONF_HOST: "bitaxe.lan"}
    hass.config_entries.async_update_subentry(garage, subentry, data=data)
    await link.open("network")
    result = await link.submit(network_form("BitAxe.LAN"))
    assert_linked_to_garage(result, "network", CONF_HOST)


async def test_same_device_elsewhere(
    hass: HomeAssistant,
    link: LinkFlow,
    garage: ConfigEntry,
    bitaxe: EmulatedBitaxe,
    run: Runner,
) -> None:
    """A linked device is known by its MAC address under another address."""
    before = stored_links(hass)
    moved: EmulatedBitaxe = await run(EmulatedBitaxe, mac=bitaxe.mac)
    await link.open("network")
    result = await link.submit(network_form(moved.address))
    assert_linked_to_garage(result, "network", CONF_HOST)
    assert stored_links(hass) == before
    other: EmulatedBitaxe = await run(EmulatedBitaxe)
    assert_asks_features(await link.submit(network_form(other.address)))


async def test_miner_without_a_name(
    hass: HomeAssistant, link: LinkFlow, garage: ConfigEntry, bitaxe: EmulatedBitaxe
) -> None:
    """A miner has its controllers even if it lost its name."""
    hass.config_entries.async_update_entry(garage, title="")
    await link.open("network")
    result = await link.submit(network_form(bitaxe.address))
    assert_refused(result, "network", {CONF_HOST: "already_linked"})


async def test_same_entity(
    hass: HomeAssistant, link: LinkFlow, miner: ConfigEntry, plug: dict[str, str]
) -> None:
    """An entity that serves a feature already is refused."""
    await FurtherLink(hass, miner).link("entities", {"name": "Plug", **plug})
    before = stored_links(hass)
    await link.open("entities")
    result = await link.submit(
        {"name": "Another plug", "power_control": plug["power_control"]}
    )
    assert_linked_to_garage(result, "entities", "power_control")
    assert stored_links(hass) == before


async def test_entity_under_a_new_name(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    link: LinkFlow,
    miner: ConfigEntry,
    plug: dict[str, str],
) -> None:
    """A linked entity that was renamed is still known."""
    await FurtherLink(hass, miner).link("entities", {"name": "Plug", **plug})
    entity_registry.async_update_entity(
        plug["power_control"], new_entity_id="switch.renamed"
    )
    await link.open("entities")
    form = {"name": "Another plug", "power_control": "switch.renamed"}
    assert_linked_to_garage(await link.submit(form), "entities", "power_control")


async def test_device_linked_meanwhile(
    hass: HomeAssistant, link: LinkFlow, bitaxe: EmulatedBitaxe
) -> None:
    """Of two flows that found the same device, only the quicker one links it."""
    await link.open("network")
    assert_asks_features(await link.submit(network_form(bitaxe.address)))
    await FirstLink(hass).link("network", network_form(bitaxe.address))
    before = stored_links(hass)
    assert_too_late(await link.submit({}))
    assert stored_links(hass) == before


async def test_entity_linked_meanwhile(
    hass: HomeAssistant, link: LinkFlow, plug: dict[str, str]
) -> None:
    """Of two flows that found the same entity, only the quicker one links it."""
    form = {"name": "Plug", **plug}
    await link.open("entities")
    assert_asks_features(await link.submit(form))
    await FirstLink(hass).link("entities", form)
    before = stored_links(hass)
    assert_too_late(await link.submit({}))
    assert stored_links(hass) == before


async def test_entity_removed_meanwhile(
    entity_registry: er.EntityRegistry, link: LinkFlow, plug: dict[str, str]
) -> None:
    """An entity that is gone by now is linked to nobody."""
    await link.open("entities")
    assert_asks_features(await link.submit({"name": "Plug", **plug}))
    entity_registry.async_remove(plug["power_control"])
    link.stored(await link.submit({}))


async def test_name_taken_meanwhile(
    hass: HomeAssistant, no_setup: None, miner: ConfigEntry
) -> None:
    """Of two flows that chose the same name, only the quicker one gets it."""
    slow, quick = FurtherLink(hass, miner), FurtherLink(hass, miner)
    await slow.open("simulated")
    assert_asks_features(await slow.submit({"name": "Model"}))
    await quick.link("simulated", {"name": "Model"})
    assert_too_late(await slow.submit({}))
    assert len(miner.subentries) == 1


async def test_free_after_unlinking(
    hass: HomeAssistant, link: LinkFlow, garage: ConfigEntry, bitaxe: EmulatedBitaxe
) -> None:
    """A device that was unlinked can be linked anew."""
    (subentry_id,) = garage.subentries
    hass.config_entries.async_remove_subentry(garage, subentry_id)
    await link.link("network", network_form(bitaxe.address))
    assert link.entry.unique_id == bitaxe.mac


async def test_unlinked_device_leaves_its_mac(
    hass: HomeAssistant,
    no_setup: None,
    first_link: FirstLink,
    garage: ConfigEntry,
    bitaxe: EmulatedBitaxe,
    run: Runner,
) -> None:
    """A miner whose first device becomes another miner is known by its next one."""
    second: EmulatedBitaxe = await run(EmulatedBitaxe)
    await FurtherLink(hass, garage).link("network", network_form(second.address))
    first_id, _ = garage.subentries
    hass.config_entries.async_remove_subentry(garage, first_id)
    await first_link.link("network", network_form(bitaxe.address))
    assert (first_link.entry.unique_id, garage.unique_id) == (bitaxe.mac, second.mac)


async def test_unlinked_device_moves(
    hass: HomeAssistant, no_setup: None, garage: ConfigEntry, bitaxe: EmulatedBitaxe
) -> None:
    """A device that was unlinked can be linked to another miner."""
    (subentry_id,) = garage.subentries
    hass.config_entries.async_remove_subentry(garage, subentry_id)
    cellar: ConfigEntry = MockConfigEntry(domain=DOMAIN, title="Cellar")
    await hass.config_entries.async_add(cellar)
    await FurtherLink(hass, cellar).link("network", network_form(bitaxe.address))
    assert (cellar.unique_id, garage.unique_id) == (bitaxe.mac, None)


async def test_discovered_device(
    hass: HomeAssistant, no_setup: None, first_link: FirstLink, bitaxe: EmulatedBitaxe
) -> None:
    """A flow that waits for the same device makes way, whoever started it."""
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER, "unique_id": bitaxe.mac}
    )
    await first_link.link("network", network_form(bitaxe.address))
    assert first_link.entry.unique_id == bitaxe.mac
    assert hass.config_entries.flow.async_progress() == []


async def test_ignored_device(
    hass: HomeAssistant, no_setup: None, first_link: FirstLink, bitaxe: EmulatedBitaxe
) -> None:
    """A discovery that was ignored makes way when the device is added by hand."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=bitaxe.mac)
    ignored.add_to_hass(hass)
    await first_link.link("network", network_form(bitaxe.address))
    assert hass.config_entries.async_entries(DOMAIN) == [first_link.entry]
    assert first_link.entry.unique_id == bitaxe.mac
