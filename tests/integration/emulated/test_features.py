"""Every feature type is read or set for real, and some entity shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import (
    EmulatedAvalonNano3,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from emulation.machine import AMBIENT
from tests.features import FEATURES, OF_POWER_TARGET, Keys, joined
from tests.integration.bench import Bench
from tests.integration.controllers import entities
from tests.integration.controlling import call

from .effects import APART, EFFECTS
from .kinds import ALWAYS, CONTROLS, keys_of
from .rig import TITLE, link, only

pytestmark = pytest.mark.normal

# Devices round, and have a sensor here and there.
DEGREES = 5.0
THING = {
    "input_boolean": {"thing": {"initial": True}},
    "input_number": {
        "share": {"min": 0, "max": 100, "initial": 42, "unit_of_measurement": "%"},
        "meter": {"min": 0, "max": 100, "initial": 42, "unit_of_measurement": "kWh"},
        "clock": {
            "min": 400,
            "max": 800,
            "initial": 525,
            "unit_of_measurement": "MHz",
        },
        "room": {"min": 0, "max": 100, "initial": 68, "unit_of_measurement": "°F"},
    },
}
FIRMWARE = {"installed_version": "1.0", "latest_version": "1.1"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What of a feature of a device is compared with the truth about it.

    `key` is that of the entity whose state it is.
    """

    key: str
    truth: Callable[[Any], float | str]
    by: type[EmulatedMiner] = EmulatedVnish
    within: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Linked:
    """How a feature is served by an entity, and what is done by that.

    `keys` are those of what it shows, where that is less than any device does.
    """

    entity_id: str
    keys: Keys | None = None
    proof: Callable[[Bench], Awaitable[None]]


SHOWN: Final[dict[F, Shown]] = {
    F.HASHRATE_MONITORING: Shown(
        key="hashrate",
        truth=lambda device: device.hashrate,
        within=0.5,
    ),
    F.POWER_MONITORING: Shown(
        key="power",
        truth=lambda device: device.own_watts,
        within=1,
    ),
    F.STATUS_MONITORING: Shown(key="status", truth=lambda _: "on"),
    F.CHIP_TEMPERATURE_MONITORING: Shown(
        key="chip_temperature",
        truth=lambda device: device.chip_temperature,
        within=DEGREES,
    ),
    F.BOARD_TEMPERATURE_MONITORING: Shown(
        key="board_temperature",
        truth=lambda device: device.board_temperature,
        within=DEGREES,
    ),
    F.INLET_TEMPERATURE_MONITORING: Shown(
        by=EmulatedWhatsminer,
        key="inlet_temperature",
        truth=lambda _: AMBIENT,
        within=DEGREES,
    ),
    F.OUTLET_TEMPERATURE_MONITORING: Shown(
        by=EmulatedAvalonNano3,
        key="outlet_temperature",
        truth=lambda device: device.board_temperature - 8,
        within=1,
    ),
    F.FAN_SPEED_INTERNAL_MONITORING: Shown(
        key="internal_fan_speed_4",
        truth=lambda device: device.fan_rpm,
    ),
    F.VOLTAGE_MONITORING: Shown(
        key="voltage",
        truth=lambda _: 13.6,
        within=0.01,
    ),
    F.FREQUENCY_MONITORING: Shown(
        key="frequency",
        truth=lambda device: device.frequency,
        within=1,
    ),
    F.MINING_CONTROL: Shown(
        key="mining",
        truth=lambda device: "on" if device.mining else "off",
    ),
    F.INTERNAL_FAN_CONTROL: Shown(
        key="internal_fan",
        truth=lambda device: "on" if device.fan_percent else "off",
    ),
    F.HASHBOARD_MONITORING: Shown(
        key="board_3_hashrate",
        truth=lambda device: device.hashrate / 3,
        within=0.5,
    ),
    F.OPERATIONAL_MONITORING: Shown(
        key="best_difficulty",
        truth=lambda _: 0.198441,
    ),
    F.POWER_LIMIT_CONTROL: Shown(
        by=EmulatedWhatsminer,
        key="power_limit",
        truth=lambda device: device.power_limit,
    ),
    F.PRESET_CONTROL: Shown(
        key="preset",
        truth=lambda device: device.preset,
    ),
    F.RESTART_CONTROL: Shown(
        key="reboot",
        # It has not been pressed yet.
        truth=lambda _: "unknown",
    ),
    F.LOCATE_CONTROL: Shown(
        key="locate",
        truth=lambda device: "on" if device.locating else "off",
    ),
    F.MAX_POWER_DETECTION: Shown(
        key="max_power",
        truth=lambda _: 3350,
    ),
    F.MAX_HASHRATE_DETECTION: Shown(key="max_hashrate", truth=lambda _: 105),
}


async def _switches_the_power(miner: Bench) -> None:
    """Cut the power, and give it again."""
    for on in (False, True):
        await miner.turn("power", on=on)
        expected = "on" if on else "off"
        assert miner.hass.states.is_state("input_boolean.thing", expected)
        assert miner.switch("power").state == expected


async def _runs_a_fan(miner: Bench) -> None:
    """Run a fan outside the miner at another speed."""
    assert miner.state("fan", "external_fan").attributes["percentage"] == 42
    await call(miner, "external_fan", "fan.set_percentage", percentage=60)
    assert miner.hass.states.is_state("input_number.share", "60.0")
    assert miner.state("fan", "external_fan").attributes["percentage"] == 60


async def _shows_a_fan(miner: Bench) -> None:
    """Show the speed of a fan outside the miner."""
    state = miner.sensor("external_fan_speed")
    assert (state.state, state.attributes["unit_of_measurement"]) == ("42.0", "%")


async def _shows_the_room(miner: Bench) -> None:
    """Show how warm the room is, whatever it is measured in."""
    state = miner.sensor("room_temperature")
    assert float(state.state) == pytest.approx(20.0)
    assert state.attributes["unit_of_measurement"] == "°C"


async def _counts_energy(miner: Bench) -> None:
    """Count what a meter counts."""
    before = float(miner.sensor("energy").state)
    await miner.hass.services.async_call(
        "input_number",
        "set_value",
        {"entity_id": "input_number.meter", "value": 44.5},
        blocking=True,
    )
    await miner.settle()
    assert float(miner.sensor("energy").state) == pytest.approx(before + 2.5)


async def _tunes_the_chips(miner: Bench) -> None:
    """Set the frequency of the chips."""
    assert miner.state("number", "tuning_frequency").state == "525.0"
    await call(miner, "tuning_frequency", "number.set_value", value=600)
    assert miner.hass.states.is_state("input_number.clock", "600.0")
    assert miner.state("number", "tuning_frequency").state == "600.0"


async def _shows_the_firmware(miner: Bench) -> None:
    """Show what is installed, and what could be."""
    state = miner.state("update", "firmware")
    assert state.state == "on"
    assert state.attributes["installed_version"] == "1.0"
    assert state.attributes["latest_version"] == "1.1"


LINKED: Final[dict[F, Linked]] = {
    F.POWER_CONTROL: Linked(entity_id="input_boolean.thing", proof=_switches_the_power),
    F.EXTERNAL_FAN_CONTROL: Linked(entity_id="input_number.share", proof=_runs_a_fan),
    F.FAN_SPEED_EXTERNAL_MONITORING: Linked(
        entity_id="input_number.share", proof=_shows_a_fan
    ),
    F.ROOM_TEMPERATURE_MONITORING: Linked(
        entity_id="input_number.room", proof=_shows_the_room
    ),
    F.ENERGY_MONITORING: Linked(entity_id="input_number.meter", proof=_counts_energy),
    F.TUNING_CONTROL: Linked(
        entity_id="input_number.clock",
        keys=joined({Platform.NUMBER: {"tuning_frequency"}}, OF_POWER_TARGET),
        proof=_tunes_the_chips,
    ),
    F.FIRMWARE_UPDATE: Linked(entity_id="update.thing", proof=_shows_the_firmware),
}
# It has no state of its own: the miner's device shows it.
BY_DEVICE = F.MODEL_DETECTION


def test_no_feature_type_is_left_out() -> None:
    """A new one needs a line here: what shows it, and what it truly is."""
    assert {*SHOWN, *LINKED, BY_DEVICE} == set(F)
    assert len(SHOWN) + len(LINKED) + 1 == len(F)
    assert {name for name, row in FEATURES.items() if not row.keys} == {BY_DEVICE}


def test_effect_of_every_control_is_proved() -> None:
    """What can only be told needs an effect on each kind of device."""
    for feature in SHOWN:
        keys = FEATURES[feature].keys
        for platform in keys.keys() & set(CONTROLS):
            assert keys[platform] <= {*EFFECTS, *APART}


@pytest.mark.parametrize(
    ("device", "feature"),
    [pytest.param(shown.by, feature, id=feature) for feature, shown in SHOWN.items()],
    indirect=["device"],
)
async def test_feature_of_a_device_is_shown(
    hass: HomeAssistant, device: EmulatedMiner, feature: F
) -> None:
    """It has its entities, those show what is so, and nothing else is there."""
    shown = SHOWN[feature]
    device.locating = True
    bench = Bench(hass, only(await link(device), feature))
    await bench.set_up()
    expected = FEATURES[feature].keys
    assert keys_of(bench) == joined(ALWAYS, expected)
    platform = next(p for p, keys in expected.items() if shown.key in keys)
    state = bench.state(platform, shown.key)
    truth = shown.truth(device)
    if isinstance(truth, str):
        assert state.state == truth
    else:
        assert float(state.state) == pytest.approx(truth, abs=shown.within)
    assert state.attributes["provider"] == TITLE
    await bench.unload()


@pytest.mark.parametrize("feature", LINKED)
async def test_feature_of_an_entity_is_shown(hass: HomeAssistant, feature: F) -> None:
    """It has its entities, and they do and show what is so."""
    for domain, things in THING.items():
        assert await async_setup_component(hass, domain, {domain: things})
    hass.states.async_set("update.thing", "on", FIRMWARE)
    linked = LINKED[feature]
    bench = Bench(hass, only(entities("Thing", {feature: linked.entity_id}), feature))
    await bench.set_up()
    assert keys_of(bench) == joined(ALWAYS, linked.keys or FEATURES[feature].keys)
    await linked.proof(bench)


@pytest.mark.parametrize("device", [EmulatedVnish], indirect=True)
async def test_model_is_shown_by_the_device(
    hass: HomeAssistant, device: EmulatedMiner
) -> None:
    """There is nothing in it that could change from one day to the next."""
    bench = Bench(hass, only(await link(device), BY_DEVICE))
    await bench.set_up()
    assert keys_of(bench) == ALWAYS
    known = bench.device(bench.entry.entry_id)
    assert known
    assert known.model == "S19"
    told = (await bench.get_features())[BY_DEVICE]["ranking"][0]["value"]
    assert told["model"] == known.model
    await bench.unload()
