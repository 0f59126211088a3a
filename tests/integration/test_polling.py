"""How often a device is asked: often while it changes, seldom while it is away."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers.errors import ControllerAuthError
from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG_SWITCH,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
)

any_phase = pytest.mark.parametrize("poll_phase", [0.0, 0.03, 0.5, 0.97], indirect=True)


def roughly(number: int) -> object:
    """Compare with a number: Home Assistant rounds times down to whole seconds."""
    return pytest.approx(number, rel=0.26, abs=1)


async def count(
    clock: Clock, devices: Network, seconds: float, step: float = 1.0
) -> int:
    """Return how often the device is asked while time passes."""
    before = devices[HOST].reads
    await clock.advance(seconds, step)
    return devices[HOST].reads - before


async def times(
    clock: Clock, devices: Network, seconds: float, step: float = 1.0
) -> list[float]:
    """Return when the device is asked while time passes, counted from now."""
    steps = int(seconds / step)
    asked = [await count(clock, devices, step, step) for _ in range(steps)]
    return [step * (i + 1) for i, reads in enumerate(asked) for _ in range(reads)]


def gaps(polls: list[float]) -> list[float]:
    """Return the seconds between one poll and the next."""
    return [after - before for before, after in pairwise(polls)]


@pytest.mark.normal
@pytest.mark.parametrize(
    ("interval", "polls"),
    [({}, 20), ({"scan_interval": 5}, 120), ({"scan_interval": 300}, 2)],
)
async def test_device_is_asked_at_its_own_interval(
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    interval: dict[str, Any],
    polls: int,
) -> None:
    """Every 30 s, or as often as the user wants."""
    await set_up(network(**interval))
    assert await count(clock, devices, 600) == roughly(polls)


@pytest.mark.normal
async def test_device_is_asked_more_often_while_it_starts(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Every 5 s until it hashes, and then as usual."""
    devices[HOST].answer = WARMING_UP
    await set_up(network())
    assert await count(clock, devices, 60) == roughly(12)
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert await count(clock, devices, 60) == roughly(2)


@pytest.mark.normal
async def test_device_is_asked_more_often_while_it_stops(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """While a command waits for watts to fall, what it measures is news."""
    miner = await set_up(network(), entities(chosen={F.POWER_CONTROL: PLUG_SWITCH}))
    devices[HOST].after_stop = replace(STOPPED, power=HASHING.power)
    stop = asyncio.create_task(miner.turn("power", on=False))
    assert await count(clock, devices, 30) >= 6
    devices[HOST].answer = STOPPED
    await clock.until_done(stop)
    assert not plug.is_on()


@pytest.mark.normal
async def test_device_with_a_short_interval_is_not_slowed_down(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Five seconds are the most while it starts, not the least."""
    devices[HOST].answer = WARMING_UP
    miner = await set_up(network(scan_interval=2))
    coordinator = miner.coordinator.controllers["s19"]
    assert coordinator.update_interval == timedelta(seconds=2)


@pytest.mark.normal
@pytest.mark.parametrize("poll_phase", [0.1, 0.5, 0.9], indirect=True)
async def test_miners_are_not_all_asked_at_the_same_time(
    set_up: SetUp, devices: Network, clock: Clock, poll_phase: float
) -> None:
    """The first poll comes at any time within the interval."""
    await set_up(network())
    polls = await times(clock, devices, 90)
    assert polls[0] == pytest.approx(30 * poll_phase, abs=2)
    assert gaps(polls)[:2] == pytest.approx([30, 30], abs=2)


@any_phase
async def test_device_that_stays_away_is_asked_less_and_less(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """After 30, 60, 120 and 240 s, and then every five minutes."""
    await set_up(network())
    devices[HOST].answer = GONE
    polls = await times(clock, devices, 1100, step=3)
    assert gaps(polls) == pytest.approx([30, 60, 120, 240, 300, 300], abs=4)


@any_phase
async def test_device_that_is_asked_seldom_is_not_asked_more_often_when_away(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """The longest wait is the usual one where that is longer."""
    await set_up(network(scan_interval=1800))
    devices[HOST].answer = GONE
    polls = await times(clock, devices, 4.5 * 1800, step=60)
    assert gaps(polls)[:3] == pytest.approx([1800] * 3, abs=61)


@pytest.mark.parametrize("interval", [5, 10, 30, 300])
@pytest.mark.parametrize("away", [40, 1200])
async def test_device_that_is_back_is_shown_within_an_interval(
    set_up: SetUp, devices: Network, clock: Clock, interval: int, away: int
) -> None:
    """However long it was away, it is looked for at little cost."""
    miner = await set_up(network(scan_interval=interval))
    devices[HOST].answer = GONE
    await clock.advance(away + 4 * interval, step=2)
    assert miner.status == "unavailable"
    reads, probes = devices[HOST].reads, devices[HOST].probes
    await clock.advance(600)
    reads, probes = devices[HOST].reads - reads, devices[HOST].probes - probes
    assert reads <= 6
    assert reads + probes == roughly(600 // interval)
    devices[HOST].answer = HASHING
    await clock.advance(interval + 5, step=1)
    assert miner.status == "on"
    probes = devices[HOST].probes
    await clock.advance(3 * interval, step=2)
    assert devices[HOST].probes == probes


async def test_device_is_not_looked_for_that_needs_none(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """A login that is refused needs the user, and a dark device its power."""
    miner = await set_up(network(), entities())
    devices[HOST].answer = ControllerAuthError("no")
    await clock.advance(600)
    assert devices[HOST].probes == 0
    devices[HOST].answer = GONE
    await clock.advance(600)
    assert devices[HOST].probes > 0
    await plug.switch(on=False)
    probes = devices[HOST].probes
    await clock.advance(600)
    assert devices[HOST].probes == probes
    await plug.switch(on=True)
    await clock.advance(60)
    await miner.unload()
    probes = devices[HOST].probes
    await clock.advance(600)
    assert devices[HOST].probes == probes


@pytest.mark.normal
async def test_slow_device_with_a_short_interval_does_not_flap(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """It cannot tell anything more often than it takes to read it."""
    device = devices[HOST]
    miner = await set_up(network(scan_interval=5))
    seconds = [3, 8, 14, 14, 2, 14, 14, 1, 14, 14]
    for takes in seconds:
        device.hang()
        asked = device.reads
        while device.reads == asked:
            await clock.advance(1)
        for _ in range(takes):
            await clock.advance(1)
            assert miner.status == "on"
        device.answer_again()
        await clock.advance(0.1)


async def test_device_that_came_back_is_asked_as_usual(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Its absence has no memory."""
    await set_up(network())
    devices[HOST].answer = GONE
    await clock.advance(600)
    devices[HOST].answer = HASHING
    await clock.advance(300)
    assert await count(clock, devices, 300, step=2) == roughly(10)


async def test_device_that_does_not_come_up_after_power_on_is_asked_seldom(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Every 5 s while it may be booting, and then less and less."""
    await plug.switch(on=False)
    await set_up(network(), entities())
    devices[HOST].answer = GONE
    await plug.switch(on=True)
    assert await count(clock, devices, 60) == roughly(12)
    await clock.advance(300)
    assert await count(clock, devices, 3000, step=10) <= 15


@pytest.mark.normal
async def test_only_what_is_wanted_is_asked_for(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A feature that is disabled needs not be read."""
    miner = await set_up(network(bindings={F.FREQUENCY_MONITORING: {"enabled": False}}))
    assert F.FREQUENCY_MONITORING not in devices[HOST].wanted
    assert F.VOLTAGE_MONITORING in devices[HOST].wanted
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=False)
    await miner.set_feature("S19", F.FREQUENCY_MONITORING, enabled=True)
    await clock.advance(30)
    assert F.FREQUENCY_MONITORING in devices[HOST].wanted
    assert F.VOLTAGE_MONITORING not in devices[HOST].wanted


@pytest.mark.normal
async def test_entities_are_not_polled(set_up: SetUp, plug: Plug, clock: Clock) -> None:
    """They announce what is new."""
    miner = await set_up(entities())
    coordinator = miner.coordinator.controllers["smart_plug"]
    assert coordinator.update_interval is None
    await plug.measure(3111)
    assert miner.sensor("power").state == "3111.0"
    assert miner.status == "on"
    assert coordinator.update_interval is None


@pytest.mark.normal
async def test_polling_may_be_left_to_an_automation(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """The switch in Home Assistant's own settings of the entry works."""
    miner = await set_up(network())
    hass.config_entries.async_update_entry(miner.entry, pref_disable_polling=True)
    assert await hass.config_entries.async_reload(miner.entry.entry_id)
    assert await count(clock, devices, 600, step=10) == 0
    assert miner.sensor("hashrate").state == "100.0"
