"""Entities under other names, gone, restored, and silent for too long."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
)
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import Power
from tests.integration.bench import Bench, Clock
from tests.integration.controllers import entities as linked_entities

from .conftest import Link

NOTHING: frozenset[F] = frozenset()
METER = "sensor.plug_power"
WATTS = {"unit_of_measurement": "W", "device_class": "power"}


@pytest.fixture
def meter(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> str:
    """Return the registry id of a power meter."""
    entry = entity_registry.async_get_or_create(
        "sensor", "plug_maker", "power", suggested_object_id="plug_power"
    )
    measure(hass, "50")
    return entry.id


@pytest.fixture
def changes() -> list[None]:
    """Return a list that grows with every change that is announced."""
    return []


def measure(hass: HomeAssistant, watts: str, entity_id: str = METER) -> None:
    """Let the meter show something."""
    hass.states.async_set(entity_id, watts, WATTS)


def subscribed(
    controller: EntitiesController, changes: list[None]
) -> Iterator[EntitiesController]:
    """Yield a controller while it announces changes."""
    stop = controller.async_subscribe(lambda: changes.append(None))
    yield controller
    stop()


@pytest.fixture
def controller(
    link: Link, meter: str, changes: list[None]
) -> Iterator[EntitiesController]:
    """Return a controller of the meter that announces changes."""
    yield from subscribed(link({F.POWER_MONITORING: meter}), changes)


@pytest.fixture
def ageing(
    link: Link, meter: str, changes: list[None], freezer: FrozenDateTimeFactory
) -> Iterator[EntitiesController]:
    """Return the like, which believes the meter for no more than a minute."""
    controller = link({F.POWER_MONITORING: meter}, max_age=60)
    yield from subscribed(controller, changes)


async def power(controller: EntitiesController) -> Power | None:
    """Return what the meter measures now."""
    await controller.async_refresh(NOTHING)
    return controller.power


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_new_state(
    hass: HomeAssistant, controller: EntitiesController, changes: list[None]
) -> None:
    """A new state is announced."""
    measure(hass, "60")
    await hass.async_block_till_done()
    assert len(changes) == 1
    assert await power(controller) == Power(60)


async def test_same_state_again(
    hass: HomeAssistant, controller: EntitiesController, changes: list[None]
) -> None:
    """A state that is only reported again is no news."""
    measure(hass, "50")
    await hass.async_block_till_done()
    assert changes == []


async def test_rename(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    controller: EntitiesController,
    changes: list[None],
) -> None:
    """An entity is followed to its new name."""
    entity_registry.async_update_entity(METER, new_entity_id="sensor.garage_power")
    hass.states.async_remove(METER)
    measure(hass, "70", "sensor.garage_power")
    await hass.async_block_till_done()
    assert await power(controller) == Power(70)
    changes.clear()
    measure(hass, "80", "sensor.garage_power")
    await hass.async_block_till_done()
    assert len(changes) == 1
    assert await power(controller) == Power(80)


async def test_removal_and_return(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    controller: EntitiesController,
    changes: list[None],
) -> None:
    """An entity that is removed serves no more, until it is back."""
    entity_registry.async_remove(METER)
    hass.states.async_remove(METER)
    await hass.async_block_till_done()
    assert changes
    assert not controller.can_serve(F.POWER_MONITORING)
    with pytest.raises(ControllerUnreachableError):
        await controller.async_refresh(NOTHING)
    changes.clear()
    entity_registry.async_get_or_create(
        "sensor", "plug_maker", "power", suggested_object_id="plug_power"
    )
    measure(hass, "90")
    await hass.async_block_till_done()
    assert changes
    assert controller.can_serve(F.POWER_MONITORING)
    assert await power(controller) == Power(90)


async def test_silence_without_limit(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    controller: EntitiesController,
    changes: list[None],
) -> None:
    """A plug need not speak while nothing changes."""
    await wait(hass, freezer, timedelta(days=30).total_seconds())
    assert changes == []
    assert controller.can_serve(F.POWER_MONITORING)
    assert await power(controller) == Power(50)


async def test_silence(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    ageing: EntitiesController,
    changes: list[None],
) -> None:
    """After too long a silence the entity serves no more, which is announced."""
    await wait(hass, freezer, 58)
    assert changes == []
    assert ageing.can_serve(F.POWER_MONITORING)
    await wait(hass, freezer, 3)
    assert len(changes) == 1
    assert not ageing.can_serve(F.POWER_MONITORING)
    assert not ageing.can_serve(F.STATUS_MONITORING)
    assert await power(ageing) is None
    assert ageing.status is None


async def test_report_keeps_state_young(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    ageing: EntitiesController,
    changes: list[None],
) -> None:
    """Who repeats what it said is believed, without being asked anew each time."""
    for _ in range(5):
        await wait(hass, freezer, 40)
        measure(hass, "50")
        assert ageing.can_serve(F.POWER_MONITORING)
    await wait(hass, freezer, 30)
    assert ageing.can_serve(F.POWER_MONITORING)
    await wait(hass, freezer, 31)
    assert not ageing.can_serve(F.POWER_MONITORING)
    assert changes


@pytest.mark.parametrize("watts", ["50", "60"])
async def test_end_of_silence(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    ageing: EntitiesController,
    changes: list[None],
    watts: str,
) -> None:
    """Who speaks again is believed again, be it news or not."""
    await wait(hass, freezer, 61)
    changes.clear()
    measure(hass, watts)
    await hass.async_block_till_done()
    assert len(changes) == 1
    assert await power(ageing) == Power(float(watts))
    await wait(hass, freezer, 61)
    assert len(changes) == 2
    assert not ageing.can_serve(F.POWER_MONITORING)


async def test_nothing_is_left(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    link: Link,
    meter: str,
    changes: list[None],
) -> None:
    """Who has stopped listening is told nothing."""
    controller = link({F.POWER_MONITORING: meter}, max_age=60)
    controller.async_subscribe(lambda: changes.append(None))()
    measure(hass, "60")
    await wait(hass, freezer, 120)
    measure(hass, "60")
    await hass.async_block_till_done()
    assert changes == []


@pytest.mark.parametrize(
    ("data", "serves"),
    [
        ({}, {"power": True, "energy": True, "switch": True}),
        ({"max_age": 60}, {"power": False, "energy": False, "switch": True}),
        (
            {"max_age": 60, "adjustments": {F.ENERGY_MONITORING: {"max_age": 900}}},
            {"power": False, "energy": True, "switch": True},
        ),
        (
            {"adjustments": {F.ENERGY_MONITORING: {"max_age": 60.0}}},
            {"power": True, "energy": False, "switch": True},
        ),
        (
            {"max_age": 60, "adjustments": {F.POWER_MONITORING: {"scale": 2.0}}},
            {"power": False, "energy": False, "switch": True},
        ),
    ],
)
async def test_limits(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    link: Link,
    data: dict[str, Any],
    serves: dict[str, bool],
) -> None:
    """A limit holds for all that is measured, one of its own goes before it."""
    hass.states.async_set("sensor.power", "50", WATTS)
    hass.states.async_set("sensor.energy", "5", {"unit_of_measurement": "kWh"})
    hass.states.async_set("switch.plug", "on")
    controller = link(
        {
            F.POWER_MONITORING: "sensor.power",
            F.ENERGY_MONITORING: "sensor.energy",
            F.POWER_CONTROL: "switch.plug",
        },
        **data,
    )
    freezer.tick(61)
    assert {
        "power": controller.can_serve(F.POWER_MONITORING),
        "energy": controller.can_serve(F.ENERGY_MONITORING),
        "switch": controller.can_serve(F.POWER_CONTROL),
    } == serves
    # The switch goes on to tell what it knows of the status.
    await controller.async_refresh(NOTHING)
    assert controller.status is not None


async def test_one_entity_twice(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    link: Link,
    changes: list[None],
) -> None:
    """An entity that serves two features may have two limits."""
    hass.states.async_set("sensor.power", "50", WATTS)
    names = (F.POWER_MONITORING, F.MAX_POWER_DETECTION)
    limits = {name: {"max_age": 60 * n} for n, name in enumerate(names, 1)}
    entities = dict.fromkeys(names, "sensor.power")
    for controller in subscribed(link(entities, adjustments=limits), changes):
        for announced, serves in ((1, [False, True]), (2, [False, False])):
            await wait(hass, freezer, 61)
            assert len(changes) == announced
            assert list(map(controller.can_serve, names)) == serves


async def test_one_of_two_speaks_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    link: Link,
    changes: list[None],
) -> None:
    """The silence of an entity says nothing about another one."""
    hass.states.async_set("sensor.power", "50", WATTS)
    hass.states.async_set("sensor.energy", "5", {"unit_of_measurement": "kWh"})
    names = {F.POWER_MONITORING: "sensor.power", F.ENERGY_MONITORING: "sensor.energy"}
    for controller in subscribed(link(names, max_age=60), changes):
        await wait(hass, freezer, 61)
        changes.clear()
        hass.states.async_set("sensor.energy", "5", {"unit_of_measurement": "kWh"})
        await hass.async_block_till_done()
        assert len(changes) == 1
        assert list(map(controller.can_serve, names)) == [False, True]


async def test_failover_after_silence(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The next meter takes over from one that fell silent, and gives back."""
    wall, other = "sensor.wall", "sensor.other"
    measure(hass, "3000", wall)
    measure(hass, "2900", other)
    first = linked_entities("Wall", {F.POWER_MONITORING: wall})
    first["data"] = {**first["data"], "max_age": 60}
    second = linked_entities(
        "Other",
        {F.POWER_MONITORING: other},
        {F.POWER_MONITORING: {"priority": 50}},
    )
    bench, clock = Bench(hass, first, second), Clock(hass, freezer)
    await bench.set_up()
    assert bench.served("power") == ("3000.0", "Wall", False)
    await clock.advance(65)
    assert bench.served("power") == ("2900.0", "Other", True)
    for _ in range(8):
        measure(hass, "3000", wall)
        await clock.advance(5)
    assert bench.served("power") == ("3000.0", "Wall", False)
