"""What all blueprints have in common that start and stop a miner by a sensor."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import CoreState
from homeassistant.helpers import entity_registry as er
import pytest

from .house import House

SENSOR = "sensor.watched"
SILENCE = 5


@dataclass(frozen=True)
class Case:
    """A blueprint, what it watches, and what lets it start and stop."""

    blueprint: str
    watched: str
    start: float
    stop: float
    neither: float
    inputs: dict[str, Any] = field(default_factory=dict)

    async def automate(self, house: House, **inputs: Any) -> None:
        """Let the blueprint rule the miner, without delay unless told otherwise."""
        usual = {"min_on": 0, "min_off": 0, "silence": SILENCE}
        chosen = {"miner": house.device_id, self.watched: SENSOR}
        await house.automate(self.blueprint, **(chosen | usual | self.inputs | inputs))


CASES = (
    Case(
        "solar_surplus.yaml",
        "meter",
        start=1600,
        stop=-100,
        neither=700,
        inputs={"start_after": 0, "stop_after": 0},
    ),
    Case(
        "room_thermostat.yaml",
        "room_sensor",
        start=18,
        stop=22,
        neither=20,
        inputs={"target": 20},
    ),
    Case("tariff_window.yaml", "price_sensor", start=0.05, stop=0.3, neither=0.05),
    Case("battery_floor.yaml", "battery_sensor", start=80, stop=10, neither=35),
)


@pytest.fixture(params=CASES, ids=lambda case: case.blueprint.removesuffix(".yaml"))
def case(request: pytest.FixtureRequest) -> Case:
    """Return each of the blueprints."""
    chosen: Case = request.param
    return chosen


async def test_starts_and_stops_the_miner(house: House, case: Case) -> None:
    """The miner stops and starts under the conditions, and keeps its power."""
    house.show(SENSOR, case.neither)
    await case.automate(house)
    await house.wait(2)
    assert house.mines()
    house.show(SENSOR, case.stop)
    await house.wait(1)
    assert not house.mines()
    assert house.has_power()
    house.show(SENSOR, case.start)
    await house.wait(1)
    assert house.mines()


async def test_power_is_switched_where_that_is_chosen(house: House, case: Case) -> None:
    """The miner loses its power, and mines again with it."""
    await case.automate(house, control="power")
    house.show(SENSOR, case.stop)
    await house.wait(1)
    assert not house.has_power()
    house.show(SENSOR, case.start)
    await house.wait(2)
    assert house.has_power()
    assert house.mines()


async def test_names_of_entities_do_not_matter(house: House, case: Case) -> None:
    """Whoever gave the switches other names is served all the same."""
    registry = er.async_get(house.hass)
    for key, name in (("mining", "zzz"), ("power", "aaa"), ("locate", "bbb")):
        registry.async_update_entity(
            house.entity_id("switch", key), new_entity_id=f"switch.{name}"
        )
    await case.automate(house)
    house.show(SENSOR, case.stop)
    await house.wait(1)
    assert not house.mines()
    assert house.has_power()
    assert not house.hass.states.is_state("switch.bbb", "on")


async def test_sensor_without_value_does_nothing(house: House, case: Case) -> None:
    """A miner that mines goes on, and a stopped one stays stopped."""
    await case.automate(house, silence=0)
    await house.wait(1)
    assert house.mines()
    for mines in (True, False):
        if not mines:
            await house.turn_mining(on=False)
        for state in ("unavailable", "unknown", "off", "nan"):
            house.show(SENSOR, state)
            await house.wait(1)
            assert house.mines() is mines, state


async def test_long_silence_stops_the_miner(house: House, case: Case) -> None:
    """It is stopped once nobody has known for long enough whether it may mine."""
    house.show(SENSOR, case.neither)
    await case.automate(house)
    house.show(SENSOR, "unavailable")
    await house.wait(SILENCE - 1)
    assert house.mines()
    await house.wait(1)
    assert not house.mines()
    house.show(SENSOR, case.start)
    await house.wait(1)
    assert house.mines()


async def test_miner_that_is_unavailable_is_left_alone(
    house: House, case: Case
) -> None:
    """Nothing is done while nobody can switch it."""
    switch = house.mining_switch
    house.show(SENSOR, case.start)
    await house.turn_mining(on=False)
    await case.automate(house, min_off=1)
    await house.miner.unload()
    assert house.hass.states.is_state(switch, "unavailable")
    commands = list(house.device.commands)
    await house.wait(2)
    assert house.device.commands == commands


async def test_restart_of_home_assistant_is_no_obstacle(
    house: House, case: Case
) -> None:
    """What came to be while Home Assistant was down is done as soon as it is up."""
    await house.turn_mining(on=False)
    house.hass.set_state(CoreState.not_running)
    house.show(SENSOR, case.start)
    await case.automate(house)
    assert not house.mines()
    await house.hass.async_start()
    await house.settle()
    assert house.mines()


async def test_times_on_and_off_are_kept(house: House, case: Case) -> None:
    """It is not switched again before its time."""
    await house.turn_mining(on=False)
    house.show(SENSOR, case.start)
    await case.automate(house, min_on=7, min_off=4)
    await house.wait(3)
    assert not house.mines()
    await house.wait(1)
    assert house.mines()
    house.show(SENSOR, case.stop)
    await house.wait(6)
    assert house.mines()
    await house.wait(1)
    assert not house.mines()


async def test_user_may_turn_it_off(house: House, case: Case) -> None:
    """An automation that is off decides nothing."""
    house.show(SENSOR, case.stop)
    await case.automate(house)
    await house.close()
    await house.wait(2)
    assert house.mines()
