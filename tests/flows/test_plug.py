"""Linking a smart plug by its device alone."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry, FlowType
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedAntminer, EmulatedBitaxe

from .conftest import Device, Runner
from .linking import (
    MENU,
    FirstLink,
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    every_field,
    network_form,
    stored_links,
)

FEATURES = {"power_monitoring", "power_control", "status_monitoring"}


@pytest.fixture(name="device_id")
def device_id_fixture(device_registry: dr.DeviceRegistry) -> Callable[[str], str]:
    """Return a way to find the device of a plug."""

    def find(name: str) -> str:
        """Return the id of a device."""
        (found,) = [
            device.id
            for device in device_registry.devices
            if ("plug_maker", name) in device.identifiers
        ]
        return found

    return find


async def test_plug(
    first_link: FirstLink,
    no_setup: None,
    device: Device,
    device_id: Callable[[str], str],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Its switch, its power and its energy are found, and it gives its name."""
    plug = device("plug", None)
    device_registry.async_update_device(device_id("plug"), name_by_user="Garage plug")
    subentry = await first_link.link("plug", {"device_id": device_id("plug")})
    assert (subentry.subentry_type, subentry.title) == ("entities", "Garage plug")
    assert subentry.data["entities"] == {
        feature: entity_registry.entities[plug[kind]].id
        for feature, kind in (
            ("power_monitoring", "power"),
            ("power_control", "outlet"),
            ("energy_monitoring", "energy"),
        )
    }


async def test_device_in_the_form_of_entities(
    link: LinkFlow, device: Device, device_id: Callable[[str], str]
) -> None:
    """The form of all entities takes a device as well, beside other entities."""
    device("plug", None)
    fan = device("vent", None, {"fan": "fan"})
    form = {"device_id": device_id("plug"), "external_fan_control": fan["fan"]}
    subentry = await link.link("entities", form)
    wanted = FEATURES | {"energy_monitoring", "external_fan_control"}
    assert set(subentry.data["features"]) == wanted


async def test_what_the_plug_has_several_of(
    first_link: FirstLink,
    no_setup: None,
    device: Device,
    device_id: Callable[[str], str],
    entity_registry: er.EntityRegistry,
) -> None:
    """It is asked which is meant, and nothing else."""
    strip = {"power": "sensor", "left": "switch", "right": "switch"}
    plug = device("strip", None, strip)
    await first_link.open("plug")
    result = await first_link.submit({"device_id": device_id("strip")})
    assert (result["type"], result["step_id"]) == ("form", "plug_entities")
    fields = every_field(result["data_schema"])
    assert set(fields) == {"power_control"}
    assert fields["power_control"].config["include_entities"] == [
        plug["left"],
        plug["right"],
    ]
    assert_asks_features(await first_link.submit({"power_control": plug["right"]}))
    entities = first_link.stored(await first_link.submit({})).data["entities"]
    assert entities["power_control"] == entity_registry.entities[plug["right"]].id


async def test_several_counters(
    first_link: FirstLink,
    no_setup: None,
    device: Device,
    device_id: Callable[[str], str],
    hass: HomeAssistant,
) -> None:
    """A counter need not be chosen, since the energy can be worked out."""
    kinds = {
        "power": "sensor",
        "outlet": "switch",
        "today": "sensor",
        "total": "sensor",
    }
    plug = device("meter", None, kinds)
    for kind in ("today", "total"):
        hass.states.async_set(
            plug[kind], "1", {"device_class": "energy", "unit_of_measurement": "kWh"}
        )
    await first_link.open("plug")
    result = await first_link.submit({"device_id": device_id("meter")})
    assert set(every_field(result["data_schema"])) == {"energy_monitoring"}
    assert_asks_features(await first_link.submit({}))
    assert (
        set(first_link.stored(await first_link.submit({})).data["features"]) == FEATURES
    )


async def test_which_one_in_the_form_of_entities(
    link: LinkFlow, device: Device, device_id: Callable[[str], str]
) -> None:
    """There, too, nothing is guessed."""
    strip = {"power": "sensor", "left": "switch", "right": "switch"}
    plug = device("strip", None, strip)
    await link.open("entities")
    result = await link.submit({"device_id": device_id("strip")})
    assert_refused(
        result,
        "entities",
        {"device_id": "several_entities", "plug": "several_entities"},
    )
    form = {"device_id": device_id("strip"), "power_control": plug["left"]}
    assert_asks_features(await link.submit(form))


@pytest.mark.parametrize(
    "kinds",
    [
        {"power": "sensor"},
        {"outlet": "switch"},
        {"energy": "sensor", "outlet": "switch"},
        {"fan": "fan"},
    ],
)
async def test_no_plug(
    hass: HomeAssistant,
    first_link: FirstLink,
    device: Device,
    device_id: Callable[[str], str],
    kinds: dict[str, str],
) -> None:
    """What does not switch and measure is refused."""
    device("thing", None, kinds)
    await first_link.open("plug")
    result = await first_link.submit({"device_id": device_id("thing")})
    assert_refused(result, "plug", {"device_id": "no_plug"})
    assert stored_links(hass) == []


async def test_device_that_is_gone(first_link: FirstLink) -> None:
    """A device that does not exist is no plug."""
    await first_link.open("plug")
    result = await first_link.submit({"device_id": "0" * 32})
    assert_refused(result, "plug", {"device_id": "no_plug"})


async def test_own_device(
    hass: HomeAssistant, first_link: FirstLink, device_registry: dr.DeviceRegistry
) -> None:
    """A miner is not its own plug."""
    await first_link.link("simulated", {})
    entry_id = first_link.entry.entry_id
    own = dr.async_entries_for_config_entry(device_registry, entry_id)
    await first_link.open("plug")
    result = await first_link.submit({"device_id": own[0].id})
    assert_refused(result, "plug", {"device_id": "own_device"})


async def test_linked_already(
    hass: HomeAssistant,
    first_link: FirstLink,
    no_setup: None,
    device: Device,
    device_id: Callable[[str], str],
) -> None:
    """A plug of another miner is refused, with the miner's name."""
    device("plug", None)
    await first_link.link("plug", {"device_id": device_id("plug")})
    other = FirstLink(hass)
    await other.open("plug")
    result = await other.submit({"device_id": device_id("plug")})
    assert_refused(result, "plug", {"device_id": "already_linked"})
    assert result["description_placeholders"]["miner"] == first_link.entry.title


async def _following(hass: HomeAssistant, result: Any) -> Any:
    """Return the flow that follows the end of another one."""
    kind, flow_id = result["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    return hass.config_entries.subentries.async_get(flow_id)


async def test_miner_that_does_not_measure_its_power(
    hass: HomeAssistant,
    first_link: FirstLink,
    run: Runner,
    no_setup: None,
    device: Device,
    device_id: Callable[[str], str],
) -> None:
    """A flow follows that asks for its plug, and links it."""
    antminer = await run(EmulatedAntminer)
    device("plug", None)
    await first_link.open("network")
    assert_asks_features(await first_link.submit(network_form(antminer.address)))
    result = await first_link.submit({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    flow = await _following(hass, result)
    assert (flow["step_id"], flow["handler"]) == (
        "plug",
        (first_link.entry.entry_id, "entities"),
    )
    flows = hass.config_entries.subentries
    end = await flows.async_configure(flow["flow_id"], {"device_id": device_id("plug")})
    assert end["type"] is FlowResultType.CREATE_ENTRY
    assert [link["subentry_type"] for link in stored_links(hass)] == [
        "network",
        "entities",
    ]


async def test_question_that_is_left_open(
    hass: HomeAssistant, first_link: FirstLink, run: Runner, no_setup: None
) -> None:
    """Who has no plug closes the question, and keeps the miner."""
    antminer = await run(EmulatedAntminer)
    await first_link.open("network")
    await first_link.submit(network_form(antminer.address))
    flow = await _following(hass, await first_link.submit({}))
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    assert [link["subentry_type"] for link in stored_links(hass)] == ["network"]


async def test_miner_that_measures_its_power(
    first_link: FirstLink, bitaxe: EmulatedBitaxe, no_setup: None
) -> None:
    """Nothing is asked where nothing is missing."""
    await first_link.open("network")
    await first_link.submit(network_form(bitaxe.address))
    assert "next_flow" not in await first_link.submit({})


async def test_menu_of_a_miner(
    hass: HomeAssistant, miner: ConfigEntry, further_link: FurtherLink
) -> None:
    """The plug stands first among what can be added to a miner, too."""
    assert next(iter(miner.supported_subentry_types)) == "entities"
    assert "plug" in MENU[:2]
    result = await further_link.open("entities")
    (first, *_) = result["data_schema"].schema["plug"].schema.schema
    assert first == "device_id"
    assert hass.config_entries.async_entries(DOMAIN) == [miner]
