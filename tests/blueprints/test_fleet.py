"""Blueprints that rule a fleet: by the sun, by the price, by a battery."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import CoreState, Event, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.miner_control.const import DOMAIN

from .fleet import GRID, Fleet
from .house import FOLDER, House

PRICE = "sensor.price"
BATTERY = "sensor.battery"
FORECAST = "sensor.forecast"
SILENCE = 5

SURPLUS_BLUEPRINT = "fleet_surplus.yaml"
TARIFF_BLUEPRINT = "fleet_tariff.yaml"
BATTERY_BLUEPRINT = "fleet_battery.yaml"


@pytest.fixture(name="fleet")
async def fleet_fixture(house: House) -> AsyncIterator[Fleet]:
    """Return a fleet that shares a budget."""
    house.show(GRID, 0, "W")
    fleet = Fleet(house, mode="budget", budget=4000)
    await fleet.set_up()
    yield fleet
    await house.close()
    await fleet.unload()


def shine(house: House, elevation: float) -> None:
    """Let the sun stand so high."""
    state = "above_horizon" if elevation > 0 else "below_horizon"
    house.hass.states.async_set("sun.sun", state, {"elevation": elevation})


async def by_sun(fleet: Fleet, **inputs: Any) -> None:
    """Let the sun rule the fleet."""
    usual = {"elevation": 5, "night_budget": 0}
    await fleet.automate(SURPLUS_BLUEPRINT, **(usual | inputs))


async def by_price(fleet: Fleet, **inputs: Any) -> None:
    """Let the price rule the fleet."""
    usual = {
        "price_sensor": PRICE,
        "cheap_price": 0.1,
        "cheap_budget": 4000,
        "normal_budget": 2500,
        "dear_price": 0.3,
        "silence": SILENCE,
    }
    await fleet.automate(TARIFF_BLUEPRINT, **(usual | inputs))


async def by_battery(fleet: Fleet, **inputs: Any) -> None:
    """Let the battery rule the fleet."""
    usual = {
        "battery_sensor": BATTERY,
        "floor": 20,
        "resume": 40,
        "full": 90,
        "lowest_budget": 1500,
        "highest_budget": 5000,
        "smallest_change": 200,
        "silence": SILENCE,
    }
    await fleet.automate(BATTERY_BLUEPRINT, **(usual | inputs))


# By the sun


async def test_surplus_by_day_and_a_budget_at_night(fleet: Fleet) -> None:
    """The fleet follows the surplus while the sun is up, and rests at night."""
    house = fleet.house
    shine(house, 4)
    await by_sun(fleet)
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 0)
    await house.wait(3)
    assert not house.mines()
    shine(house, 5)
    await house.wait(1)
    assert fleet.mode == "surplus"
    shine(house, -20)
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 0)


async def test_budget_is_set_before_the_mode(fleet: Fleet) -> None:
    """No miner begins the night with the budget of another time."""
    house = fleet.house
    await fleet.choose("surplus")
    changes: list[str] = []

    @callback
    def note(event: Event) -> None:
        """Note what is called, in order."""
        changes.append(event.data["domain"])

    house.hass.bus.async_listen("call_service", note)
    shine(house, 0)
    await by_sun(fleet, night_budget=1200)
    await house.wait(1)
    assert [name for name in changes if name in ("number", "select")] == [
        "number",
        "select",
    ]
    assert (fleet.mode, fleet.budget) == ("budget", 1200)


async def test_days_with_little_sun_have_a_budget(fleet: Fleet) -> None:
    """A forecast that is low, in whatever unit, counts; one that wavers does not."""
    house = fleet.house
    shine(house, 30)
    house.show(FORECAST, 3900, "Wh")
    await by_sun(
        fleet, forecast_sensor=FORECAST, little=4, dull_budget=2500, night_budget=100
    )
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 2500)
    house.show(FORECAST, 4.2, "kWh")
    await house.wait(1)
    assert fleet.mode == "budget"
    house.show(FORECAST, 4.5, "kWh")
    await house.wait(1)
    assert fleet.mode == "surplus"
    house.show(FORECAST, 4.1, "kWh")
    await house.wait(1)
    assert fleet.mode == "surplus"
    house.show(FORECAST, 3.9, "kWh")
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 2500)
    shine(house, -3)
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 100)


async def test_day_without_forecast_follows_the_surplus(fleet: Fleet) -> None:
    """What flows into the grid anyway can be used, whatever is expected."""
    shine(fleet.house, 30)
    fleet.house.show(FORECAST, "unavailable")
    await by_sun(fleet, forecast_sensor=FORECAST)
    await fleet.house.wait(1)
    assert fleet.mode == "surplus"


async def test_nothing_is_done_without_a_sun(fleet: Fleet) -> None:
    """Where nobody knows whether it is day, all stays as it is."""
    await by_sun(fleet)
    await fleet.house.wait(2)
    assert (fleet.mode, fleet.budget) == ("budget", 4000)


@pytest.mark.parametrize("rule", ["sun", "price"])
async def test_fleet_without_a_grid_meter_is_asked_once(
    fleet: Fleet, rule: str
) -> None:
    """It refuses the surplus, which is not tried again until it has a meter."""
    house = fleet.house
    await fleet.set_options()
    shine(house, 30)
    house.show(PRICE, 0.2)
    inputs = {"normal_mode": "surplus"} if rule == "price" else {}
    await RULES[rule](fleet, **inputs)
    asked = async_capture_events(house.hass, "call_service")
    await house.wait(5)
    assert [each.data["domain"] for each in asked].count("select") == 1
    assert fleet.mode == "budget"
    await fleet.set_options(grid_sensor=GRID, positive="export")
    await house.wait(1)
    assert fleet.mode == "surplus"


# By the price


async def test_budget_follows_the_price(fleet: Fleet) -> None:
    """The cheaper it is, the more the miners may draw; their limits follow."""
    house = fleet.house
    house.show(PRICE, 0.1)
    await by_price(fleet)
    await house.wait(1)
    assert fleet.budget == 4000
    house.show(PRICE, 0.2)
    await house.wait(1)
    assert fleet.budget == 2500
    house.show(PRICE, 0.3)
    await house.wait(1)
    assert fleet.budget == 0
    await house.wait(3)
    assert not house.mines()
    house.show(PRICE, -0.05)
    await house.wait(6)
    assert fleet.budget == 4000
    assert house.mines()


async def test_surplus_is_followed_where_it_is_not_cheap(fleet: Fleet) -> None:
    """Outside of the cheap hours, the fleet may take what is left over."""
    house = fleet.house
    house.show(PRICE, 0.2)
    await by_price(fleet, normal_mode="surplus", dear_mode="surplus")
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("surplus", 4000)
    house.show(PRICE, 0.5)
    await house.wait(1)
    assert fleet.mode == "surplus"
    house.show(PRICE, 0.05)
    await house.wait(1)
    assert (fleet.mode, fleet.budget) == ("budget", 4000)


async def test_prices_that_contradict_each_other_are_dear(fleet: Fleet) -> None:
    """Who mixed up the two prices buys nothing dear."""
    fleet.house.show(PRICE, 0.2)
    await by_price(fleet, cheap_price=0.3, dear_price=0.1)
    await fleet.house.wait(1)
    assert fleet.budget == 0


# By the battery


async def test_budget_follows_the_battery(fleet: Fleet) -> None:
    """Between floor and full it is in proportion, and small changes are left out."""
    house = fleet.house
    house.show(BATTERY, 55, "%")
    await by_battery(fleet)
    await house.wait(1)
    assert fleet.budget == 3250
    for level in (56, 54, 58, 52):
        house.show(BATTERY, level, "%")
        await house.wait(1)
        assert fleet.budget == 3250, level
    house.show(BATTERY, 60, "%")
    await house.wait(1)
    assert fleet.budget == 3500
    house.show(BATTERY, 90, "%")
    await house.wait(1)
    assert fleet.budget == 5000
    house.show(BATTERY, 88, "%")
    await house.wait(1)
    assert fleet.budget == 5000


async def test_full_counts_at_once(fleet: Fleet) -> None:
    """The last step to the highest budget may be smaller than others."""
    house = fleet.house
    await fleet.set_budget(4900)
    house.show(BATTERY, 90, "%")
    await by_battery(fleet)
    await house.wait(1)
    assert fleet.budget == 5000


async def test_empty_battery_rests_until_it_is_charged(fleet: Fleet) -> None:
    """The miners stop at the floor, and go on from the resume level."""
    house = fleet.house
    house.show(BATTERY, 20, "%")
    await by_battery(fleet)
    await house.wait(4)
    assert fleet.budget == 0
    assert not house.mines()
    house.show(BATTERY, 39, "%")
    await house.wait(1)
    assert fleet.budget == 0
    house.show(BATTERY, 40, "%")
    await house.wait(1)
    assert fleet.budget == 2500
    house.show(BATTERY, 21, "%")
    await house.wait(1)
    assert fleet.budget == 1550


async def test_battery_leaves_other_modes_alone(fleet: Fleet) -> None:
    """The budget of a fleet that follows the surplus stays as it is."""
    await fleet.choose("surplus")
    fleet.house.show(BATTERY, 5, "%")
    await by_battery(fleet)
    await fleet.house.wait(2)
    assert (fleet.mode, fleet.budget) == ("surplus", 4000)


# What all of them have in common

RULES = {"sun": by_sun, "price": by_price, "battery": by_battery}
WATCHED = {"price": PRICE, "battery": BATTERY}


def let_rest(house: House) -> None:
    """Let sun, price and battery all say that the miners shall rest."""
    shine(house, -10)
    house.show(PRICE, 0.9)
    house.show(BATTERY, 3, "%")


@pytest.mark.parametrize("mode", ["off", "observe"])
@pytest.mark.parametrize("rule", RULES)
async def test_fleet_that_does_not_act_is_left_alone(
    fleet: Fleet, rule: str, mode: str
) -> None:
    """Who decides themselves chooses a mode that the blueprints leave."""
    await fleet.choose(mode)
    let_rest(fleet.house)
    await RULES[rule](fleet)
    await fleet.house.wait(2)
    assert (fleet.mode, fleet.budget) == (mode, 4000)
    assert fleet.house.mines()


@pytest.mark.parametrize("rule", WATCHED)
async def test_silent_sensor_lets_the_miners_rest(fleet: Fleet, rule: str) -> None:
    """Nothing changes for a while, and then the safe side is taken."""
    house = fleet.house
    house.show(WATCHED[rule], "unavailable")
    await RULES[rule](fleet)
    await house.wait(SILENCE - 1)
    assert fleet.budget == 4000
    await house.wait(1)
    assert fleet.budget == 0


@pytest.mark.parametrize("rule", WATCHED)
async def test_silence_may_be_ignored(fleet: Fleet, rule: str) -> None:
    """With 0 minutes, a sensor without a value changes nothing."""
    house = fleet.house
    house.show(WATCHED[rule], "unknown")
    await RULES[rule](fleet, silence=0)
    await house.wait(SILENCE + 2)
    assert fleet.budget == 4000


@pytest.mark.parametrize("rule", RULES)
async def test_other_entities_of_the_device_are_not_meant(
    fleet: Fleet, rule: str
) -> None:
    """What another integration added to the fleet's device is left alone."""
    house, registry = fleet.house, er.async_get(fleet.house.hass)
    strangers: dict[str, dict[str, Any]] = {
        "select.aaa": {"options": ["budget", "surplus"]},
        "number.aaa": {"device_class": "power", "max": 9000},
    }
    for entity_id, attributes in strangers.items():
        platform, name = entity_id.split(".")
        created = registry.async_get_or_create(
            platform,
            "template",
            f"{platform}_{name}",
            suggested_object_id=name,
            device_id=fleet.device_id,
        )
        assert created.entity_id == entity_id
        house.hass.states.async_set(entity_id, "budget", attributes)
    registry.async_update_entity(
        fleet.entity_id("select", "mode"), new_entity_id="select.zzz"
    )
    registry.async_update_entity(
        fleet.entity_id("number", "power_budget"), new_entity_id="number.zzz"
    )
    await house.settle()
    let_rest(house)
    await RULES[rule](fleet)
    await house.wait(1)
    assert fleet.budget == 0


@pytest.mark.parametrize("rule", RULES)
async def test_fleet_that_is_gone_is_told_nothing(fleet: Fleet, rule: str) -> None:
    """Entities that are unavailable are no reason for an error."""
    house = fleet.house
    let_rest(house)
    await RULES[rule](fleet)
    calls: list[str] = []
    house.hass.bus.async_listen(
        "call_service", lambda event: calls.append(event.data["domain"])
    )
    await fleet.unload()
    await house.wait(2)
    assert not {"number", "select"} & set(calls)
    await fleet.load()


@pytest.mark.parametrize("rule", RULES)
async def test_restart_is_no_obstacle(fleet: Fleet, rule: str) -> None:
    """What came to be while Home Assistant was down is done as soon as it is up."""
    house = fleet.house
    house.hass.set_state(CoreState.not_running)
    let_rest(house)
    await RULES[rule](fleet)
    assert fleet.budget == 4000
    await house.hass.async_start()
    await house.settle()
    assert fleet.budget == 0


@pytest.mark.parametrize(
    "name", [SURPLUS_BLUEPRINT, TARIFF_BLUEPRINT, BATTERY_BLUEPRINT]
)
async def test_form_offers_only_fleets(fleet: Fleet, name: str) -> None:
    """The fleet's device can be chosen, and neither a miner nor a controller."""
    content = yaml_util.load_yaml_dict(FOLDER / name)
    (wanted,) = content["blueprint"]["input"]["fleet"]["selector"]["device"]["filter"]
    assert wanted.pop("integration") == DOMAIN
    offered = [
        device.id
        for entry in fleet.house.hass.config_entries.async_entries(DOMAIN)
        for device in dr.async_entries_for_config_entry(
            dr.async_get(fleet.house.hass), entry.entry_id
        )
        if all(getattr(device, key) == value for key, value in wanted.items())
    ]
    assert offered == [fleet.device_id]
