"""A miner that heats, and Home Assistant that is restarted in the middle of it."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)

from .bench import Clock
from .controllers import HASHING, HOST, STOPPED, WARMING_UP, Network, entities
from .heating import (
    FAN,
    MINUTE,
    heat,
    heating_miner,
    inside,
    issues,
    restart,
    set_mode,
    set_up_fan,
    show,
    stay,
    thermostat,
    why,
)

STARTING = replace(WARMING_UP, status=MinerStatus.STARTING)


async def test_end_of_home_assistant(
    hass: HomeAssistant, hass_storage: dict[str, Any], clock: Clock
) -> None:
    """All that counts for the next beginning is stored, though nothing is unloaded."""
    bench = heating_miner(hass, room=16.0)
    await heat(bench, clock, 16.0)
    await stay(bench, clock, 16.0, 3 * MINUTE)
    thermostat_before = inside(bench)
    await thermostat_before._async_end()
    await bench.settle()
    stored = hass_storage[f"{DOMAIN}.{bench.entry.entry_id}.heating"]["data"]
    assert stored["heat"] == thermostat_before.heat > 0
    assert stored["brain"]["mines"] is True
    assert stored["brain"]["warmth"] == pytest.approx(16.0, abs=0.1)


async def test_while_it_rests(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A miner that was stopped since the room is warm stays stopped."""
    bench = heating_miner(hass, room=24.0, simulated=False, min_on=5)
    await heat(bench, clock, 24.0)
    assert devices[HOST].commands == ["stop"]
    await restart(bench, clock)
    await stay(bench, clock, 22.0, 30 * MINUTE)
    assert why(bench) == "warm_enough"
    assert bench.status == "idle"
    assert devices[HOST].commands == ["stop"]


async def test_while_the_miner_starts(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """It is not started a second time, and the start counts once."""
    device = devices[HOST]
    device.answer, device.after_start = STOPPED, STARTING
    bench = heating_miner(hass, room=16.0, simulated=False, min_off=5)
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 16.0, 2 * MINUTE)
    assert bench.status == "starting"
    await restart(bench, clock)
    assert bench.status == "starting"
    assert thermostat(bench).state == "heat"
    device.answer = HASHING
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert bench.status == "on"
    assert why(bench) in ("heating", "at_maximum")
    assert thermostat(bench).attributes["starts_in_24_hours"] == 1
    assert device.commands == ["start"]


async def test_before_the_start_is_proved(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A start that nobody saw the end of counts, and so does its shortest time on."""
    device = devices[HOST]
    device.answer, device.delays = STOPPED, 3600
    bench = heating_miner(hass, room=16.0, simulated=False, min_on=30, min_off=5)
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 16.0, 2 * MINUTE)
    assert device.commands == ["start"]
    assert device.answer == STOPPED
    # It does what it was told, but nobody waits for that any more.
    device.answer = HASHING
    await restart(bench, clock)
    device.delays = 0
    assert bench.status == "on"
    assert thermostat(bench).attributes["starts_in_24_hours"] == 1
    await stay(bench, clock, 24.0, 20 * MINUTE)
    assert why(bench) == "stays_on"
    assert device.commands == ["start"]
    await stay(bench, clock, 24.0, 20 * MINUTE)
    assert device.commands == ["start", "stop"]


async def test_while_a_person_decides(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """What a person told the miner holds for its time, and no longer."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, hold=60, min_off=5)
    await heat(bench, clock, 16.0)
    await clock.until_done(bench.turn("mining", on=False))
    await restart(bench, clock)
    await stay(bench, clock, 16.0, 45 * MINUTE)
    assert why(bench) == "person"
    assert device.commands == ["stop"]
    await stay(bench, clock, 16.0, 20 * MINUTE)
    assert device.commands == ["stop", "start"]


async def test_sensor_that_comes_late(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A miner is not stopped because its sensor is not there yet; without one it is."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, min_off=5)
    await heat(bench, clock, 16.0)
    await restart(bench, clock)
    await clock.advance(2 * MINUTE, step=15)
    assert why(bench) in ("heating", "at_maximum")
    assert not issues(hass)
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert device.commands == []
    await restart(bench, clock)
    await clock.advance(6 * MINUTE, step=15)
    assert why(bench) == "sensor_lost"
    assert device.commands == ["stop"]


async def test_while_the_external_fan_runs_on(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """It is turned off when its time is over."""
    await set_up_fan(hass)
    fan = entities("Fan", {F.EXTERNAL_FAN_CONTROL: FAN})
    bench = heating_miner(
        hass,
        room=24.0,
        simulated=False,
        more=(fan,),
        external_fan=True,
        fan_speed=60,
        fan_after=15,
        min_on=5,
    )
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 24.0, 8 * MINUTE)
    assert devices[HOST].commands == ["stop"]
    await restart(bench, clock)
    show(hass, 24.0)
    assert hass.states.is_state(FAN, "60.0")
    await stay(bench, clock, 24.0, 20 * MINUTE)
    assert hass.states.is_state(FAN, "0.0")
