"""Every kind of entity that a feature can be set by, and what it does then."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import patch

from homeassistant.components.number import NumberDeviceClass
from homeassistant.const import SERVICE_TURN_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.miner_control.controllers.entities import controller as module
from custom_components.miner_control.controllers.entities.adjustments import Adjustment
from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
)
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
    UnsupportedError,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import FanSetting, Power, PowerLimit

from .conftest import Link
from .things import Dial, Key, Lamp, Modes, PlainFan, Toggle, Ventilator, add

type Tell = Callable[[EntitiesController], Coroutine[Any, Any, None]]
type Look = Callable[[EntitiesController], object]

NOTHING: frozenset[F] = frozenset()
AUTOMATIC = FanSetting(None, automatic=True)
HELPERS = {
    "input_boolean": {"thing": {"initial": False}},
    "input_number": {
        "thing": {"min": 0, "max": 100, "initial": 0, "unit_of_measurement": "%"},
        "limit": {
            "min": 800,
            "max": 3500,
            "step": 50,
            "initial": 3000,
            "unit_of_measurement": "W",
        },
    },
    "input_select": {"thing": {"options": ["eco", "normal"], "initial": "normal"}},
    "input_button": {"thing": {}},
}
THINGS: dict[str, Callable[[], Entity]] = {
    "switch.thing": Toggle,
    "light.thing": Lamp,
    "fan.thing": Ventilator,
    "number.thing": lambda: Dial("%"),
    "select.thing": Modes,
}


@pytest.fixture
async def helpers(hass: HomeAssistant) -> None:
    """Set up helpers."""
    for domain, config in HELPERS.items():
        assert await async_setup_component(hass, domain, {domain: config})


def _set_internal(setting: FanSetting) -> Tell:
    """Return how to set the miner's own fans."""
    return lambda controller: controller.set_internal_fan(setting)


def _set_external(setting: FanSetting) -> Tell:
    """Return how to set an external fan."""
    return lambda controller: controller.set_external_fan(setting)


def _locate(*, on: bool) -> Tell:
    """Return how to turn the light on or off."""
    return lambda controller: controller.set_locating(locating=on)


COMMANDS: list[tuple[F, str, Tell, Look, object]] = [
    *(
        (feature, entity_id, tell, look, value)
        for entity_id in ("switch.thing", "input_boolean.thing")
        for feature, tell, look, value in (
            (
                F.POWER_CONTROL,
                EntitiesController.turn_power_on,
                lambda c: c.is_powered,
                True,
            ),
            (
                F.MINING_CONTROL,
                EntitiesController.start_mining,
                lambda c: c.is_mining,
                True,
            ),
            (F.LOCATE_CONTROL, _locate(on=True), lambda c: c.is_locating, True),
        )
    ),
    (F.LOCATE_CONTROL, "light.thing", _locate(on=True), lambda c: c.is_locating, True),
    *(
        (feature, entity_id, tell(setting), look, setting)
        for entity_id, percents in (
            ("fan.thing", (0, 1, 66, 100)),
            ("number.thing", (0, 1, 66, 100)),
            ("input_number.thing", (0, 40, 100)),
            ("switch.thing", (0, 100)),
            ("input_boolean.thing", (0, 100)),
        )
        for setting in map(FanSetting, percents)
        for feature, tell, look in (
            (F.INTERNAL_FAN_CONTROL, _set_internal, lambda c: c.internal_fan),
            (F.EXTERNAL_FAN_CONTROL, _set_external, lambda c: c.external_fan),
        )
    ),
    *(
        (
            F.PRESET_CONTROL,
            entity_id,
            lambda c: c.select_preset("eco"),
            lambda c: c.presets.current,
            "eco",
        )
        for entity_id in ("select.thing", "input_select.thing")
    ),
    (
        F.POWER_LIMIT_CONTROL,
        "input_number.limit",
        lambda c: c.set_power_limit(2500),
        lambda c: c.power_limit,
        PowerLimit(2500, 800, 3500, 50),
    ),
]


@pytest.mark.parametrize(("feature", "entity_id", "tell", "look", "value"), COMMANDS)
async def test_effect(  # noqa: PLR0917
    hass: HomeAssistant,
    link: Link,
    helpers: None,
    feature: F,
    entity_id: str,
    tell: Tell,
    look: Look,
    value: object,
) -> None:
    """An entity that is told something does it, and shows it."""
    if entity_id in THINGS:
        await add(hass, THINGS[entity_id]())
    controller = link({feature: entity_id})
    await tell(controller)
    await controller.async_refresh(NOTHING)
    assert look(controller) == value


@pytest.mark.parametrize("entity_id", ["switch.thing", "input_boolean.thing"])
async def test_off_again(
    hass: HomeAssistant, link: Link, helpers: None, entity_id: str
) -> None:
    """What was turned on can be turned off, and the other way."""
    await add(hass, Toggle())
    controller = link(
        dict.fromkeys([F.POWER_CONTROL, F.MINING_CONTROL, F.LOCATE_CONTROL], entity_id)
    )
    for on, off in (
        (controller.turn_power_on, controller.turn_power_off),
        (controller.start_mining, controller.stop_mining),
        (_locate_by(controller, on=True), _locate_by(controller, on=False)),
    ):
        await on()
        assert hass.states.is_state(entity_id, "on")
        await off()
        assert hass.states.is_state(entity_id, "off")


def _locate_by(
    controller: EntitiesController, *, on: bool
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return how to turn the light of a controller on or off."""
    return lambda: controller.set_locating(locating=on)


async def test_automatic_fan(hass: HomeAssistant, link: Link) -> None:
    """A fan with an automatic mode rules itself, until it is set again."""
    await add(hass, Ventilator())
    controller = link({F.INTERNAL_FAN_CONTROL: "fan.thing"})
    await controller.set_internal_fan(FanSetting(40))
    await controller.set_internal_fan(AUTOMATIC)
    await controller.async_refresh(NOTHING)
    assert controller.internal_fan == FanSetting(40, automatic=True)
    await controller.set_internal_fan(FanSetting(60))
    await controller.async_refresh(NOTHING)
    assert controller.internal_fan == FanSetting(60)


@pytest.mark.parametrize(
    ("thing", "automatic"), [(Ventilator, True), (PlainFan, False), (Toggle, False)]
)
async def test_who_has_an_automatic_fan(
    hass: HomeAssistant, link: Link, thing: type[Entity], *, automatic: bool
) -> None:
    """Only a fan with a mode for it; nobody can say of one that is not there."""
    controller = link({F.INTERNAL_FAN_CONTROL: thing.entity_id})
    assert not controller.has_automatic_fan
    await add(hass, thing())
    assert controller.has_automatic_fan is automatic


async def test_plain_fan(hass: HomeAssistant, link: Link) -> None:
    """A fan without speeds runs or stands still."""
    await add(hass, PlainFan())
    controller = link({F.EXTERNAL_FAN_CONTROL: "fan.thing"})
    for percent in (100, 0):
        await controller.set_external_fan(FanSetting(percent))
        await controller.async_refresh(NOTHING)
        assert controller.external_fan == FanSetting(percent)


@pytest.mark.parametrize(
    ("thing", "setting"),
    [
        (PlainFan, FanSetting(50)),
        (Toggle, FanSetting(50)),
        (PlainFan, AUTOMATIC),
        (Toggle, AUTOMATIC),
        (lambda: Dial("%"), AUTOMATIC),
        (lambda: Dial("%", low=20), FanSetting(10)),
        (Ventilator, FanSetting(None)),
        (Ventilator, FanSetting(101)),
    ],
)
async def test_fan_that_cannot(
    hass: HomeAssistant, link: Link, thing: Callable[[], Entity], setting: FanSetting
) -> None:
    """A fan is not set to something near what was wished, and not changed."""
    entity = thing()
    await add(hass, entity)
    before = hass.states.get(entity.entity_id)
    with pytest.raises(UnsupportedError):
        await link({F.EXTERNAL_FAN_CONTROL: entity.entity_id}).set_external_fan(setting)
    assert hass.states.get(entity.entity_id) is before


@pytest.mark.parametrize(
    ("watts", "shown"), [(1200, 1.2), (2349, 2.3), (2351, 2.4), (3500, 3.5)]
)
async def test_power_limit_in_kilowatts(
    hass: HomeAssistant, link: Link, watts: float, shown: float
) -> None:
    """A limit is set in the unit of the entity, to its nearest step."""
    await add(hass, Dial("kW", 1.2, 3.5, 0.1))
    controller = link({F.POWER_LIMIT_CONTROL: "number.thing"})
    await controller.set_power_limit(watts)
    state = hass.states.get("number.thing")
    assert state
    assert float(state.state) == shown
    await controller.async_refresh(NOTHING)
    limit = PowerLimit(shown * 1000, 1200, 3500, 100)
    assert controller.power_limit == limit


class Limit(Dial):
    """A number of W that an integration registers, so that a user may see it in kW."""

    _attr_device_class = NumberDeviceClass.POWER
    _attr_unique_id = "limit"


@pytest.fixture
async def limit(hass: HomeAssistant) -> Limit:
    """Return a limit of 600 to 3555 W in steps of 25 W, at 2600 W."""
    number = Limit("W", 600, 3555, 25)
    number._attr_native_value = 2600
    await add(hass, number)
    return number


async def _see_in(hass: HomeAssistant, unit: str) -> None:
    """Choose the unit in which the limit is seen, as its dialog does."""
    er.async_get(hass).async_update_entity_options(
        "number.thing", "number", {"unit_of_measurement": unit}
    )
    await hass.async_block_till_done()


@pytest.mark.parametrize("unit", ["mW", "W", "kW", "MW"])
@pytest.mark.parametrize("watts", [600, 700, 1025, 2400, 3550, 3555])
async def test_power_limit_in_the_unit_of_the_user(
    hass: HomeAssistant, link: Link, limit: Limit, unit: str, watts: float
) -> None:
    """The number gets the watts that were asked for, whatever unit it is seen in."""
    await _see_in(hass, unit)
    controller = link({F.POWER_LIMIT_CONTROL: "number.thing"})
    await controller.async_refresh(NOTHING)
    assert controller.power_limit == PowerLimit(2600, 600, 3555, 25)
    await controller.set_power_limit(watts)
    assert limit.native_value == pytest.approx(watts, abs=12.5)
    await controller.async_refresh(NOTHING)
    told = controller.power_limit
    assert told is not None
    assert told.watts == pytest.approx(watts, abs=12.5)


@pytest.mark.parametrize("unit", ["W", "kW"])
@pytest.mark.parametrize("watts", [0, 24, 500, 3600, 24_000])
async def test_power_limit_out_of_range_in_the_unit_of_the_user(
    hass: HomeAssistant, link: Link, limit: Limit, unit: str, watts: float
) -> None:
    """Home Assistant would move it into the range without a word."""
    await _see_in(hass, unit)
    with pytest.raises(UnsupportedError, match="600 to 3555"):
        await link({F.POWER_LIMIT_CONTROL: "number.thing"}).set_power_limit(watts)
    assert limit.native_value == 2600


async def test_number_in_the_unit_of_the_user_tells_what_it_is(
    hass: HomeAssistant, link: Link, limit: Limit
) -> None:
    """Shown in MW, it reads 0, for Home Assistant keeps no decimals of 2600."""
    await _see_in(hass, "MW")
    assert hass.states.is_state("number.thing", "0.0")
    controller = link({F.MAX_POWER_DETECTION: "number.thing"})
    await controller.async_refresh(NOTHING)
    assert controller.max_power == Power(2600)


@pytest.mark.parametrize("watts", [1100, 3700, -5, 0])
async def test_power_limit_out_of_range(
    hass: HomeAssistant, link: Link, watts: float
) -> None:
    """A limit that the entity does not take is refused."""
    await add(hass, Dial("kW", 1.2, 3.5, 0.1))
    with pytest.raises(UnsupportedError, match=r"1\.2 to 3\.5"):
        await link({F.POWER_LIMIT_CONTROL: "number.thing"}).set_power_limit(watts)
    assert hass.states.is_state("number.thing", "1.2")


async def test_power_limit_without_unit(hass: HomeAssistant, link: Link) -> None:
    """A number that may be anything is not set."""
    await add(hass, Dial(None, 0, 5000))
    with pytest.raises(UnsupportedError, match="unit"):
        await link({F.POWER_LIMIT_CONTROL: "number.thing"}).set_power_limit(3000)
    assert hass.states.is_state("number.thing", "0")


@given(
    st.builds(
        Adjustment,
        scale=st.floats(0.001, 1000) | st.floats(-1000, -0.001),
        offset=st.floats(-1e6, 1e6),
    ),
    st.floats(-1e6, 1e6),
)
def test_adjustment_can_be_undone(adjustment: Adjustment, number: float) -> None:
    """What is set is what is read, whatever lies between."""
    meant = adjustment.apply(adjustment.undo(number))
    assert meant == pytest.approx(number, abs=1e-3)


async def test_adjusted_number(hass: HomeAssistant, link: Link) -> None:
    """A number that counts to 255 can rule a fan all the same."""
    await add(hass, Dial(None, 0, 255))
    name = F.EXTERNAL_FAN_CONTROL
    controller = link({name: "number.thing"}, adjustments={name: {"scale": 100 / 255}})
    await controller.set_external_fan(FanSetting(40))
    state = hass.states.get("number.thing")
    assert state
    assert float(state.state) == 102
    await controller.async_refresh(NOTHING)
    assert controller.external_fan == FanSetting(40)


async def test_unknown_option(hass: HomeAssistant, link: Link) -> None:
    """A mode that is none is refused."""
    await add(hass, Modes())
    with pytest.raises(UnsupportedError, match="turbo"):
        await link({F.PRESET_CONTROL: "select.thing"}).select_preset("turbo")
    assert hass.states.is_state("select.thing", "normal")


async def test_pair_of_buttons(hass: HomeAssistant, link: Link) -> None:
    """One button starts mining, the other one stops it."""
    start, stop = Key("start"), Key("stop")
    await add(hass, start, stop)
    controller = link(
        {F.MINING_CONTROL: "button.start", "mining_control_stop": "button.stop"}
    )
    await controller.start_mining()
    assert (start.presses, stop.presses) == (1, 0)
    await controller.stop_mining()
    assert (start.presses, stop.presses) == (1, 1)
    assert controller.is_mining is None


async def test_restart_by_scene(hass: HomeAssistant, link: Link, helpers: None) -> None:
    """A scene is set."""
    scene = {"name": "thing", "entities": {"input_boolean.thing": "on"}}
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "scene", {"scene": [scene]})
    await hass.async_block_till_done()
    await link({F.RESTART_CONTROL: "scene.thing"}).reboot()
    assert hass.states.is_state("input_boolean.thing", "on")


@pytest.mark.parametrize("domain", ["script", "automation"])
async def test_restart_by_actions(hass: HomeAssistant, link: Link, domain: str) -> None:
    """A script is run and an automation triggered, which tells why."""
    calls = async_mock_service(hass, "test", "restart")
    actions = [{"action": "test.restart"}]
    configs: dict[str, Any] = {
        "script": {"thing": {"sequence": actions}},
        "automation": {"alias": "thing", "triggers": [], "actions": actions},
    }
    assert await async_setup_component(hass, domain, {domain: configs[domain]})
    await link({F.RESTART_CONTROL: f"{domain}.thing"}).reboot()
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_restart_by_button(
    hass: HomeAssistant, link: Link, helpers: None
) -> None:
    """A button restarts the device, but not its mining alone."""
    key = Key()
    await add(hass, key)
    controller = link({F.RESTART_CONTROL: "button.thing"})
    await controller.reboot()
    assert key.presses == 1
    assert (controller.can_reboot, controller.can_restart_mining) == (True, False)
    with pytest.raises(UnsupportedError):
        await controller.restart_mining()
    assert key.presses == 1
    await link({F.RESTART_CONTROL: "input_button.thing"}).reboot()
    assert not hass.states.is_state("input_button.thing", "unknown")


@pytest.mark.parametrize(
    "failure", [HomeAssistantError("it is stuck"), OSError("it is stuck")]
)
async def test_refusal(hass: HomeAssistant, link: Link, failure: Exception) -> None:
    """Whatever goes wrong in another integration is told, and by whom."""
    await add(hass, Key(failure=failure))
    with pytest.raises(CommandRefusedError, match=r"button\.thing.*it is stuck"):
        await link({F.RESTART_CONTROL: "button.thing"}).reboot()


async def test_failure_without_words(hass: HomeAssistant, link: Link) -> None:
    """A failure that says nothing is told by its name."""
    await add(hass, Key(failure=ValueError()))
    with pytest.raises(CommandRefusedError, match="ValueError"):
        await link({F.RESTART_CONTROL: "button.thing"}).reboot()


async def test_service_that_is_gone(hass: HomeAssistant, link: Link) -> None:
    """A state that nothing stands behind does nothing."""
    hass.states.async_set("switch.ghost", "off")
    with pytest.raises(CommandRefusedError, match=r"switch\.ghost"):
        await link({F.POWER_CONTROL: "switch.ghost"}).turn_power_on()


async def test_service_that_hangs(hass: HomeAssistant, link: Link) -> None:
    """Nobody waits forever."""
    ended = asyncio.Event()

    async def hang(_call: ServiceCall) -> None:
        """Do nothing, for long."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    hass.services.async_register("switch", SERVICE_TURN_ON, hang)
    hass.states.async_set("switch.slow", "off")
    with (
        patch.object(module, "SERVICE_TIMEOUT", 0.01),
        pytest.raises(ControllerUnreachableError, match=r"switch\.slow"),
    ):
        await link({F.POWER_CONTROL: "switch.slow"}).turn_power_on()
    assert ended.is_set()


@pytest.mark.parametrize("state", [None, "unavailable"])
async def test_entity_that_is_not_there(
    hass: HomeAssistant, link: Link, state: str | None
) -> None:
    """An entity that is not there is told nothing."""
    calls = async_mock_service(hass, "switch", SERVICE_TURN_ON)
    if state:
        hass.states.async_set("switch.gone", state)
    controller = link({F.POWER_CONTROL: "switch.gone"})
    with pytest.raises(ControllerUnreachableError, match="power_control"):
        await controller.turn_power_on()
    with pytest.raises(ControllerUnreachableError, match="preset_control"):
        await controller.select_preset("eco")
    assert calls == []
