"""Entities in the same area that are suggested as further controllers."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.entities.roles import SECTIONS

from .conftest import PLUG_KINDS, Device
from .linking import FirstLink, FurtherLink, assert_asks_features, is_folded, suggested


@pytest.fixture(name="area")
def area_fixture(
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    miner: ConfigEntry,
) -> str:
    """Return the area that the miner was put into."""
    area = area_registry.async_create("Garage").id
    (own,) = dr.async_entries_for_config_entry(device_registry, miner.entry_id)
    device_registry.async_update_device(own.id, area_id=area)
    return area


async def _suggested(link: FurtherLink) -> dict[str, str]:
    """Return what the form has filled in; that can be seen at once."""
    schema = (await link.open("entities"))["data_schema"]
    filled = suggested(schema)
    filled.pop("advanced")
    for part, names in SECTIONS.items():
        is_filled = any(name in filled for name in names)
        assert is_folded(schema, part) == (not is_filled and part != "plug")
    return filled


async def test_plug(further_link: FurtherLink, area: str, device: Device) -> None:
    """The only plug in the area is filled in and named, and can be linked so."""
    plug = device("plug", area)
    filled = await _suggested(further_link)
    assert filled == {
        "power_monitoring": plug["power"],
        "power_control": plug["outlet"],
        "energy_monitoring": plug["energy"],
    }
    assert_asks_features(await further_link.submit({"name": "Plug", **filled}))


async def test_fan(further_link: FurtherLink, area: str, device: Device) -> None:
    """The only fan in the area is filled in."""
    fan = device("vent", area, {"fan": "fan"})
    filled = {"external_fan_control": fan["fan"]}
    assert await _suggested(further_link) == filled


async def test_both(further_link: FurtherLink, area: str, device: Device) -> None:
    """A plug without a counter, and a fan, are filled in together."""
    plug = device("plug", area, {"power": "sensor", "outlet": "switch"})
    fan = device("vent", area, {"fan": "fan"})
    filled = await _suggested(further_link)
    assert filled == {
        "power_monitoring": plug["power"],
        "power_control": plug["outlet"],
        "external_fan_control": fan["fan"],
    }


async def test_several_fit(
    further_link: FurtherLink, area: str, device: Device
) -> None:
    """Nothing is guessed among several plugs and fans."""
    for name in ("first", "second"):
        device(name, area, {**PLUG_KINDS, "fan": "fan"})
    assert await _suggested(further_link) == {}


@pytest.mark.parametrize(
    "kinds",
    [
        {"power": "sensor"},
        {"outlet": "switch"},
        {"power": "sensor", "one": "switch", "other": "switch"},
        {"energy": "sensor", "outlet": "switch"},
        {"power": "number", "outlet": "switch"},
    ],
)
async def test_no_plug(
    further_link: FurtherLink, area: str, device: Device, kinds: dict[str, str]
) -> None:
    """A device that is not clearly one plug is left alone."""
    device("thing", area, kinds)
    assert await _suggested(further_link) == {}


@pytest.mark.parametrize(
    "options",
    [
        {"entity_category": er.EntityCategory.CONFIG},
        {"disabled_by": er.RegistryEntryDisabler.USER},
        {"hidden_by": er.RegistryEntryHider.USER},
    ],
)
async def test_not_meant_to_be_used(
    further_link: FurtherLink,
    area: str,
    device: Device,
    options: dict[str, Any],
) -> None:
    """Entities that are settings, disabled or hidden do not count."""
    device("plug", area, outlet=options)
    assert await _suggested(further_link) == {}


async def test_elsewhere(
    area_registry: ar.AreaRegistry,
    entity_registry: er.EntityRegistry,
    further_link: FurtherLink,
    area: str,
    device: Device,
) -> None:
    """Devices in other areas, or in none, do not count, nor entities put elsewhere."""
    kitchen = area_registry.async_create("Kitchen").id
    device("other", kitchen)
    device("nowhere", None)
    plug = device("plug", area)
    entity_registry.async_update_entity(plug["outlet"], area_id=kitchen)
    assert await _suggested(further_link) == {}
    entity_registry.async_update_entity(plug["outlet"], area_id=area)
    filled = await _suggested(further_link)
    assert filled["power_control"] == plug["outlet"]


async def test_miner_without_an_area(further_link: FurtherLink, device: Device) -> None:
    """A miner that is nowhere has no neighbours."""
    device("nowhere", None)
    assert await _suggested(further_link) == {}


async def test_miner_without_a_device(
    hass: HomeAssistant, no_setup: None, device: Device
) -> None:
    """A miner that was never set up is nowhere."""
    entry = MockConfigEntry(domain=DOMAIN, title="Cellar")
    entry.add_to_hass(hass)
    assert await _suggested(FurtherLink(hass, entry)) == {}


async def test_linked_ones(
    hass: HomeAssistant,
    miner: ConfigEntry,
    further_link: FurtherLink,
    area: str,
    device: Device,
) -> None:
    """A plug of which anything is linked is not suggested again, to anybody."""
    taken, free = device("taken", area), device("free", area)
    assert await _suggested(further_link) == {}
    await FirstLink(hass).link(
        "entities", {"name": "Plug", "power_monitoring": taken["power"]}
    )
    filled = await _suggested(FurtherLink(hass, miner))
    assert filled["power_control"] == free["outlet"]


async def test_miner_that_has_them(
    hass: HomeAssistant, miner: ConfigEntry, area: str, device: Device
) -> None:
    """A miner whose power can be switched and that has a fan needs no more of them."""
    await FurtherLink(hass, miner).link("simulated", {"name": "Model"})
    device("plug", area)
    device("vent", area, {"fan": "fan"})
    assert await _suggested(FurtherLink(hass, miner)) == {}


async def test_own_entities(
    hass: HomeAssistant, area: str, miner: ConfigEntry, area_registry: ar.AreaRegistry
) -> None:
    """The entities of another miner in the same area are no plug and no fan."""
    first = FirstLink(hass)
    await first.link("simulated", {"name": "Model"})
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, first.entry.entry_id):
        registry.async_update_device(device.id, area_id=area)
    assert await _suggested(FurtherLink(hass, miner)) == {}
