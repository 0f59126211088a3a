"""Setting a miner up anew: its name."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from .linking import FurtherLink, Result, assert_refused


async def _open(hass: HomeAssistant, miner: Any) -> Result:
    """Start the flow."""
    form: Result = await miner.start_reconfigure_flow(hass)
    assert (form["type"], form["step_id"]) == ("form", "reconfigure")
    return form


async def _submit(hass: HomeAssistant, form: Result, **values: str) -> Result:
    """Submit the form."""
    result: Result = await hass.config_entries.flow.async_configure(
        form["flow_id"], values
    )
    await hass.async_block_till_done()
    return result


def _device(hass: HomeAssistant, miner: ConfigEntry) -> dr.DeviceEntry:
    """Return the device of a miner."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), miner.entry_id)
    return next(device for device in devices if device.config_subentry_id is None)


async def test_form(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """It holds the name, and tells which controllers are linked."""
    form = await _open(hass, miner)
    assert form["data_schema"]({}) == {"name": "Garage"}
    assert form["description_placeholders"] == {"controllers": "-"}
    for name in ("Model", "Twin"):
        await FurtherLink(hass, miner).link("simulated", {"name": name})
    form = await _open(hass, miner)
    assert form["description_placeholders"] == {"controllers": "Model, Twin"}


async def test_new_name(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """It is that of the miner and of its device."""
    device_id = _device(hass, miner).id
    result = await _submit(hass, await _open(hass, miner), name=" Cellar ")
    assert (result["type"], result["reason"]) == ("abort", "reconfigure_successful")
    assert miner.title == "Cellar"
    assert (_device(hass, miner).id, _device(hass, miner).name) == (device_id, "Cellar")


async def test_name_of_the_device(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """One that the user gave to the device stays."""
    registry = dr.async_get(hass)
    registry.async_update_device(_device(hass, miner).id, name_by_user="Workhorse")
    await _submit(hass, await _open(hass, miner), name="Cellar")
    assert _device(hass, miner).name_by_user == "Workhorse"


async def test_unchanged(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """Submitting the form as it is changes nothing, and sets nothing up again."""
    coordinator = miner.runtime_data.coordinator
    result = await _submit(hass, await _open(hass, miner))
    assert (result["type"], result["reason"]) == ("abort", "reconfigure_successful")
    assert miner.title == "Garage"
    assert miner.runtime_data.coordinator is coordinator


@pytest.mark.parametrize("name", ["", "  "])
async def test_no_name(hass: HomeAssistant, miner: ConfigEntry, name: str) -> None:
    """Blanks are no name."""
    result = await _submit(hass, await _open(hass, miner), name=name)
    assert_refused(result, "reconfigure", {"name": "no_name"})
    assert miner.title == "Garage"
    await _submit(hass, result, name="Cellar")
    assert miner.title == "Cellar"
