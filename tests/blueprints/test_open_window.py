"""A thermostat heats less while a window is open."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .house import House

WINDOWS = ["binary_sensor.window", "binary_sensor.door"]


async def test_preset_follows_the_windows(hass: HomeAssistant, house: House) -> None:
    """One that is open for long enough lowers it, and all that are closed end that."""
    thermostat = await _thermostat(hass, house)
    for window in WINDOWS:
        house.show(window, "off")
    await house.automate("open_window.yaml", miner=_device(house), windows=WINDOWS)
    await house.wait(3)
    assert _preset(hass, thermostat) == "comfort"
    house.show(WINDOWS[1], "on")
    await house.wait(2)
    assert _preset(hass, thermostat) == "comfort"
    await house.wait(3)
    assert _preset(hass, thermostat) == "away"
    house.show(WINDOWS[1], "off")
    await house.wait(4)
    assert _preset(hass, thermostat) == "comfort"


async def test_what_people_choose_meanwhile_stays(
    hass: HomeAssistant, house: House
) -> None:
    """Only the preset that it chose itself is taken back."""
    thermostat = await _thermostat(hass, house)
    house.show(WINDOWS[0], "on")
    await house.automate(
        "open_window.yaml", miner=_device(house), windows=WINDOWS[:1], open_for=0
    )
    await house.wait(2)
    assert _preset(hass, thermostat) == "away"
    await _call(hass, thermostat, "set_preset_mode", preset_mode="sleep")
    house.show(WINDOWS[0], "unavailable")
    await house.wait(5)
    assert _preset(hass, thermostat) == "sleep"


async def _thermostat(hass: HomeAssistant, house: House) -> str:
    """Have the miner of the house heat, and return its thermostat."""
    entry = house.miner.entry
    hass.config_entries.async_update_entry(
        entry, options={"heating": {"enabled": True, "observe": True}}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    found = er.async_get(hass).async_get_entity_id(
        "climate", "miner_control", f"{entry.entry_id}_thermostat"
    )
    assert found
    await _call(hass, found, "set_hvac_mode", hvac_mode="heat")
    return found


def _device(house: House) -> str:
    """Return the device of the miner."""
    device = house.miner.device(house.miner.entry.entry_id)
    assert device
    return device.id


async def _call(hass: HomeAssistant, thermostat: str, name: str, **data: Any) -> None:
    """Call a service of the thermostat."""
    await hass.services.async_call(
        "climate", name, {"entity_id": thermostat, **data}, blocking=True
    )


def _preset(hass: HomeAssistant, thermostat: str) -> str:
    """Return the preset that is set."""
    state = hass.states.get(thermostat)
    assert state
    preset: str = state.attributes["preset_mode"]
    return preset
