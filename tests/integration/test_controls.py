"""Fans, power limit, preset, restart and light: set, proved, and handed over."""

import asyncio
import logging
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.fan import FanEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.controllers.simulated import (
    POWER_RANGE,
    PRESETS,
    SimulatedController,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import FanSetting
from custom_components.miner_control.fan import InternalFan

from .bench import Bench
from .conftest import SetUp
from .controllers import entities, simulation
from .controlling import Ticker, call, ignore, refuse

CONTROLS = (
    ("fan", "internal_fan"),
    ("fan", "external_fan"),
    ("number", "power_limit"),
    ("select", "preset"),
    ("switch", "locate"),
    ("button", "reboot"),
    ("button", "restart_mining"),
)


@pytest.fixture
def ticker(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Ticker:
    """Return what lets time pass."""
    return Ticker(hass, freezer)


@pytest.fixture
async def miner(set_up: SetUp) -> Bench:
    """Return a miner that can do everything."""
    return await set_up(simulation())


@pytest.fixture
async def pair(set_up: SetUp) -> Bench:
    """Return a miner that two controllers can command."""
    return await set_up(
        simulation("First", bindings={feature: {"priority": 20} for feature in F}),
        simulation("Second"),
    )


def model(bench: Bench, title: str = "Simulation") -> Any:
    """Return the physical model behind a controller."""
    return cast("SimulatedController", bench.controller(title)).model


@pytest.mark.normal
@pytest.mark.parametrize(("percent", "shown"), [(1, 1), (55, 55), (100, 100)])
async def test_internal_fan_is_set_to_a_speed(
    miner: Bench, ticker: Ticker, percent: int, shown: int
) -> None:
    """It ruled itself before."""
    before = miner.state("fan", "internal_fan")
    assert (before.state, before.attributes["preset_mode"]) == ("on", "auto")
    await ticker.until_done(
        call(miner, "internal_fan", "fan.set_percentage", percentage=percent)
    )
    assert model(miner).fan.percent == percent
    after = miner.state("fan", "internal_fan")
    assert (after.state, after.attributes["percentage"]) == ("on", shown)
    assert after.attributes["preset_mode"] is None


@pytest.mark.normal
async def test_internal_fan_rules_itself_again(miner: Bench, ticker: Ticker) -> None:
    """There is a preset mode for that."""
    await ticker.until_done(
        call(miner, "internal_fan", "fan.set_percentage", percentage=40)
    )
    assert model(miner).fan.percent == 40
    await ticker.until_done(
        call(miner, "internal_fan", "fan.set_preset_mode", preset_mode="auto")
    )
    assert model(miner).fan.automatic
    assert miner.state("fan", "internal_fan").attributes["preset_mode"] == "auto"


@pytest.mark.normal
async def test_fan_that_cannot_rule_itself_is_not_offered_to(
    hass: HomeAssistant, set_up: SetUp, ticker: Ticker
) -> None:
    """A number has speeds only."""
    assert await async_setup_component(
        hass,
        "input_number",
        {"input_number": {"fan": {"min": 0, "max": 100, "initial": 40}}},
    )
    chosen = {F.INTERNAL_FAN_CONTROL: "input_number.fan"}
    miner = await set_up(entities("Fan", chosen), simulation())
    miner_fan = miner.state("fan", "internal_fan").attributes
    assert miner_fan["preset_modes"] == ["auto"]
    await miner.set_feature("simulation", F.INTERNAL_FAN_CONTROL, enabled=False)
    state = miner.state("fan", "internal_fan")
    assert state.attributes["percentage"] == 40
    assert not state.attributes["supported_features"] & FanEntityFeature.PRESET_MODE
    assert not state.attributes.get("preset_modes")
    await ticker.until_done(
        call(miner, "internal_fan", "fan.set_percentage", percentage=30)
    )
    assert hass.states.is_state("input_number.fan", "30.0")


async def test_internal_fan_is_never_turned_off(miner: Bench, ticker: Ticker) -> None:
    """A powered miner without air dies, so that nothing offers to turn it off."""
    supported = miner.state("fan", "internal_fan").attributes["supported_features"]
    assert not supported & (FanEntityFeature.TURN_ON | FanEntityFeature.TURN_OFF)
    with pytest.raises(ServiceValidationError) as caught:
        await ticker.until_done(
            call(miner, "internal_fan", "fan.set_percentage", percentage=0)
        )
    assert caught.value.translation_key == "internal_fan_must_run"
    for action in ("turn_on", "turn_off", "toggle"):
        with pytest.raises(HomeAssistantError):
            await ticker.until_done(call(miner, "internal_fan", f"fan.{action}"))
    assert model(miner).fan.automatic


@pytest.mark.normal
async def test_external_fan_is_turned_on_set_and_turned_off(
    miner: Bench, ticker: Ticker
) -> None:
    """Nothing burns without it, so that it may be off."""
    for action, data, percent in (
        ("fan.turn_on", {}, 100),
        ("fan.set_percentage", {"percentage": 30}, 30),
        ("fan.turn_off", {}, 0),
        ("fan.turn_on", {"percentage": 60}, 60),
        ("fan.set_percentage", {"percentage": 0}, 0),
    ):
        await ticker.until_done(call(miner, "external_fan", action, **data))
        assert model(miner).external_fan == percent
        shown = miner.state("fan", "external_fan")
        assert shown.state == ("on" if percent else "off")
        assert shown.attributes["percentage"] == percent


@pytest.mark.normal
async def test_power_limit_has_the_range_of_the_device(
    miner: Bench, ticker: Ticker
) -> None:
    """And is shown, and set, in watts."""
    shown = miner.state("number", "power_limit")
    assert float(shown.state) == PRESETS["normal"]
    assert (shown.attributes["min"], shown.attributes["max"]) == POWER_RANGE
    assert shown.attributes["step"] == 10
    await ticker.until_done(call(miner, "power_limit", "number.set_value", value=2000))
    assert model(miner).limit == 2000
    assert float(miner.state("number", "power_limit").state) == 2000


@pytest.mark.parametrize("watts", [POWER_RANGE[0] - 10, POWER_RANGE[1] + 10])
async def test_power_limit_out_of_range_is_refused(
    miner: Bench, ticker: Ticker, watts: float
) -> None:
    """The device is not even told."""
    with pytest.raises(ServiceValidationError):
        await ticker.until_done(
            call(miner, "power_limit", "number.set_value", value=watts)
        )
    assert model(miner).limit == PRESETS["normal"]


@pytest.mark.normal
async def test_preset_is_one_of_those_of_the_device(
    miner: Bench, ticker: Ticker
) -> None:
    """None is shown where the limit is that of none."""
    shown = miner.state("select", "preset")
    assert (shown.state, shown.attributes["options"]) == ("normal", list(PRESETS))
    await ticker.until_done(call(miner, "preset", "select.select_option", option="low"))
    assert model(miner).limit == PRESETS["low"]
    assert miner.state("select", "preset").state == "low"
    await ticker.until_done(call(miner, "power_limit", "number.set_value", value=2000))
    assert miner.state("select", "preset").state == "unknown"


@pytest.mark.normal
async def test_light_is_turned_on_and_off(miner: Bench, ticker: Ticker) -> None:
    """To find the device among others."""
    assert miner.switch("locate").state == "off"
    for action in ("on", "off"):
        await ticker.until_done(call(miner, "locate", f"switch.turn_{action}"))
        assert model(miner).locating is (action == "on")
        assert miner.switch("locate").state == action


@pytest.mark.normal
@pytest.mark.parametrize("button", ["reboot", "restart_mining"])
async def test_button_restarts(miner: Bench, ticker: Ticker, button: str) -> None:
    """Mining begins anew, and only the whole device forgets how long it was up."""
    before = model(miner).load, model(miner).uptime
    await ticker.until_done(call(miner, button, "button.press"))
    assert model(miner).load < before[0] / 2
    assert (model(miner).uptime < before[1]) is (button == "reboot")


@pytest.mark.normal
async def test_what_has_no_power_cannot_be_set(miner: Bench, ticker: Ticker) -> None:
    """A fan outside can; the rest comes back with the power."""
    await ticker.until_done(miner.turn("power", on=False))
    for domain, key in CONTROLS:
        is_outside = key == "external_fan"
        is_available = miner.state(domain, key).state != "unavailable"
        assert is_available is is_outside, key
    assert miner.state("number", "power_limit").attributes["max"] == POWER_RANGE[1]
    await ticker.until_done(miner.turn("power", on=True))
    for domain, key in CONTROLS:
        assert miner.state(domain, key).state != "unavailable", key


@pytest.mark.parametrize(
    ("key", "action", "data", "method", "feature"),
    [
        (
            "internal_fan",
            "fan.set_percentage",
            {"percentage": 40},
            "set_internal_fan",
            F.INTERNAL_FAN_CONTROL,
        ),
        ("external_fan", "fan.turn_on", {}, "set_external_fan", F.EXTERNAL_FAN_CONTROL),
        (
            "power_limit",
            "number.set_value",
            {"value": 2000},
            "set_power_limit",
            F.POWER_LIMIT_CONTROL,
        ),
        (
            "preset",
            "select.select_option",
            {"option": "low"},
            "select_preset",
            F.PRESET_CONTROL,
        ),
        ("locate", "switch.turn_on", {}, "set_locating", F.LOCATE_CONTROL),
        ("reboot", "button.press", {}, "reboot", F.RESTART_CONTROL),
        ("restart_mining", "button.press", {}, "restart_mining", F.RESTART_CONTROL),
    ],
)
@pytest.mark.parametrize("way", [refuse, ignore])
async def test_next_provider_does_what_the_first_does_not(  # noqa: PLR0917
    pair: Bench,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    key: str,
    action: str,
    data: dict[str, Any],
    method: str,
    feature: F,
    way: Any,
) -> None:
    """Who did it is in the log and in the attribute."""
    caplog.set_level(logging.INFO)
    way(monkeypatch, pair, "First", method)
    before = pair.controller("Second").snapshot
    await ticker.until_done(call(pair, key, action, **data))
    assert pair.controller("Second").snapshot != before
    assert f"First did not carry out {feature}: " in caplog.text
    assert f"Second carried out {feature}" in caplog.text
    assert pair.served(key, action.partition(".")[0])[1:] == ("Second", True)


@pytest.mark.parametrize("way", [refuse, ignore])
async def test_setting_that_nobody_takes_is_an_error(
    miner: Bench, ticker: Ticker, monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    """And the entity goes on showing what is so."""
    way(monkeypatch, miner, "Simulation", "set_power_limit")
    with pytest.raises(HomeAssistantError) as caught:
        await ticker.until_done(
            call(miner, "power_limit", "number.set_value", value=2000)
        )
    assert caught.value.translation_key == "command_failed"
    assert float(miner.state("number", "power_limit").state) == PRESETS["normal"]


@pytest.mark.normal
async def test_settings_take_turns_and_external_fan_does_not_wait(
    miner: Bench, ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cooling comes at once, whatever the miner is busy with."""
    simulated = cast("SimulatedController", miner.controller("Simulation"))
    free = asyncio.Event()
    stop_mining = simulated.stop_mining

    async def stop_slowly() -> None:
        await free.wait()
        await stop_mining()

    monkeypatch.setattr(simulated, "stop_mining", stop_slowly)
    stop = asyncio.create_task(miner.turn("mining", on=False))
    await ticker.tick(2)
    limit = asyncio.create_task(
        call(miner, "power_limit", "number.set_value", value=2000)
    )
    await ticker.until_done(call(miner, "external_fan", "fan.turn_on"), limit=2)
    assert model(miner).external_fan == 100
    assert not limit.done()
    assert model(miner).limit == PRESETS["normal"]
    free.set()
    await ticker.until_done(stop)
    await ticker.until_done(limit)
    assert model(miner).limit == 2000
    assert not model(miner).mining


@pytest.mark.normal
@pytest.mark.parametrize(
    ("action", "data", "change"),
    [
        ("fan.increase_speed", {}, 1),
        ("fan.increase_speed", {"percentage_step": 10}, 10),
        ("fan.decrease_speed", {"percentage_step": 10}, -10),
    ],
)
async def test_fan_that_rules_itself_is_sped_up_from_its_speed(
    miner: Bench, ticker: Ticker, action: str, data: dict[str, Any], change: int
) -> None:
    """It does run, and so it does not start at nothing."""
    before = miner.state("fan", "internal_fan").attributes
    assert before["preset_mode"] == "auto"
    assert before["percentage"] > 20
    await ticker.until_done(call(miner, "internal_fan", action, **data))
    assert model(miner).fan == FanSetting(before["percentage"] + change)


@pytest.mark.parametrize(
    "shown", [FanSetting(None, automatic=True), FanSetting(0, automatic=True)]
)
async def test_fan_of_unknown_speed_is_not_all_but_stopped(
    miner: Bench,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
    shown: FanSetting,
) -> None:
    """Faster than nobody knows what is full speed; slower is refused."""
    monkeypatch.setattr(InternalFan, "setting", shown)
    with pytest.raises(ServiceValidationError) as caught:
        await ticker.until_done(call(miner, "internal_fan", "fan.decrease_speed"))
    assert caught.value.translation_key == "fan_speed_unknown"
    assert model(miner).fan.automatic
    await ticker.until_done(call(miner, "internal_fan", "fan.increase_speed"))
    assert model(miner).fan == FanSetting(100)
