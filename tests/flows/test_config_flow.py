"""Registering a miner, from the menu to its device."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedBitaxe

from .linking import MENU, FirstLink


async def test_menu(hass: HomeAssistant) -> None:
    """The first question is how the miner can be reached."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "user"
    assert result["menu_options"] == MENU


@pytest.mark.parametrize("step", ["network", "plug", "entities", "simulated"])
async def test_forms_start_empty(hass: HomeAssistant, step: str) -> None:
    """Each item of the menu leads to its form."""
    result = await FirstLink(hass).open(step)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, step)
    assert result["errors"] == {}


async def _assert_works(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Check that a miner is set up, with one device each for it and its controller."""
    assert entry.state is ConfigEntryState.LOADED
    assert (dict(entry.data), dict(entry.options)) == ({}, {})
    (subentry,) = entry.subentries.values()
    assert entry.title == subentry.title
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert {device.config_subentry_id for device in devices} == {
        None,
        subentry.subentry_id,
    }
    # Nobody may mistake the controller's device for the miner's.
    names = {device.config_subentry_id: device.name for device in devices}
    assert names[None] == entry.title
    assert str(names[subentry.subentry_id]).startswith(f"{entry.title}: ")


def _state(hass: HomeAssistant, entry: ConfigEntry, domain: str, key: str) -> str:
    """Return the state of an entity of a miner."""
    registry = er.async_get(hass)
    unique_id = f"{entry.entry_id}_{key}"
    entity_id = registry.async_get_entity_id(domain, DOMAIN, unique_id)
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def test_network(
    hass: HomeAssistant, first_link: FirstLink, bitaxe: EmulatedBitaxe
) -> None:
    """A miner with a network device is set up at once."""
    await first_link.link("network", {"host": bitaxe.address})
    await _assert_works(hass, first_link.entry)
    assert _state(hass, first_link.entry, "sensor", "status") == "on"


@pytest.mark.parametrize(
    ("step", "key", "state"),
    [("entities", "power", "3250.0"), ("simulated", "status", "on")],
)
async def test_other_ways(
    hass: HomeAssistant,
    first_link: FirstLink,
    plug: dict[str, str],
    step: str,
    key: str,
    state: str,
) -> None:
    """A miner without a network device is set up at once."""
    forms: dict[str, dict[str, Any]] = {
        "entities": {"name": "Smart plug", **plug},
        "simulated": {"name": "Model"},
    }
    await first_link.link(step, forms[step])
    await _assert_works(hass, first_link.entry)
    assert _state(hass, first_link.entry, "sensor", key) == state
