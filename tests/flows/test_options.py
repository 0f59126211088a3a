"""Setting the timing of a miner and what may be done to its power."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.miner_control.flows.options import RANGES

from .linking import assert_refused

type Result = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {
    "boot_grace": 300.0,
    "standby_power": 2.0,
    "graceful_power_off": True,
    "power_off_timeout": 60.0,
    "power_stands_in": False,
    "power_cut_interval": 0.0,
    "power_target_duty": False,
    "duty_minimum_on": 3600.0,
    "duty_minimum_off": 1800.0,
    "max_plug_power": 0.0,
}
OTHERS: dict[str, Any] = {
    "boot_grace": 900.0,
    "standby_power": 8.5,
    "graceful_power_off": False,
    "power_off_timeout": 120.0,
    "power_stands_in": True,
    "power_cut_interval": 60.0,
    "power_target_duty": True,
    "duty_minimum_on": 1200.0,
    "duty_minimum_off": 600.0,
    "max_plug_power": 3680.0,
}


async def _open(hass: HomeAssistant, miner: ConfigEntry) -> Result:
    """Open the form of the settings, by the menu."""
    menu = await hass.config_entries.options.async_init(miner.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert "settings" in menu["menu_options"]
    form: Result = await _submit(hass, menu, {"next_step_id": "settings"})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "settings")
    return form


async def _submit(
    hass: HomeAssistant, shown: Result, user_input: dict[str, Any]
) -> Result:
    """Submit what is shown."""
    result: Result = await hass.config_entries.options.async_configure(
        shown["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


async def test_form_holds_what_is_so(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """Of a miner that was never set, the defaults."""
    form = await _open(hass, miner)
    assert form["data_schema"]({}) == DEFAULTS


async def test_unchanged(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """Submitting the form as it is changes nothing."""
    result = await _submit(hass, await _open(hass, miner), {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert miner.options == DEFAULTS


async def test_changed(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """What is entered is stored, takes effect, and is shown the next time."""
    await _submit(hass, await _open(hass, miner), OTHERS)
    assert miner.options == OTHERS
    coordinator = miner.runtime_data.coordinator
    assert coordinator.boot_grace == OTHERS["boot_grace"]
    assert coordinator.standby_watts == OTHERS["standby_power"]
    assert coordinator.options.power_stands_in
    form = await _open(hass, miner)
    assert form["data_schema"]({}) == OTHERS


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("edge", [0, 1])
async def test_edges(
    hass: HomeAssistant, miner: ConfigEntry, name: str, edge: int
) -> None:
    """Both ends of a range are in it."""
    value = RANGES[name][edge]
    await _submit(hass, await _open(hass, miner), {name: value})
    assert miner.options[name] == value


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("how", ["too low", "too high", "no number at all"])
async def test_out_of_range(
    hass: HomeAssistant, miner: ConfigEntry, name: str, how: str
) -> None:
    """It is refused at its field, nothing entered is lost, and it can be mended."""
    low, high, step, _ = RANGES[name]
    wrong = {"too low": low - step, "too high": high + step}.get(how, float("nan"))
    form = await _open(hass, miner)
    result = await _submit(hass, form, OTHERS | {name: wrong})
    assert_refused(result, "settings", {name: "out_of_range"})
    assert dict(miner.options) == {}
    kept = {key: value for key, value in OTHERS.items() if key != name}
    assert result["data_schema"]({}).items() >= kept.items()
    await _submit(hass, result, OTHERS)
    assert miner.options == OTHERS


async def test_other_options_are_kept(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """What another version of the integration stored is none of the form's business."""
    hass.config_entries.async_update_entry(miner, options={"later": 1})
    await hass.async_block_till_done()
    await _submit(hass, await _open(hass, miner), {})
    assert miner.options == DEFAULTS | {"later": 1}
