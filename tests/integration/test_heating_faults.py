"""A miner that heats, and what fails around it: nothing overheats, nothing freezes."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.controllers.errors import CommandRefusedError
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.values import (
    FanSpeed,
    HashRate,
    Temperature,
)

from .bench import Clock
from .controllers import GONE, HASHING, HOST, STOPPED, WARMING_UP, Network, entities
from .heating import (
    FAN,
    MINUTE,
    SPARE,
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

FAN_SPEED = "sensor.fan_speed"


# Whether Home Assistant is restarted in the middle of the story.
restarts_or_not = pytest.mark.parametrize("restarts", [False, True])


@restarts_or_not
async def test_lost_sensor(
    hass: HomeAssistant, devices: Network, clock: Clock, *, restarts: bool
) -> None:
    """The miner stops, an issue tells it, and both end with the next report."""
    device = devices[HOST]
    bench = heating_miner(hass, simulated=False, sensor_timeout=10, min_on=5, min_off=5)
    await heat(bench, clock)
    assert bench.status == "on"
    await clock.advance(12 * MINUTE, step=15)
    assert device.commands == ["stop"]
    if restarts:
        await restart(bench, clock)
    assert why(bench) == "sensor_lost"
    assert bench.status == "idle"
    assert issues(hass) == {"room_sensor_lost"}
    assert device.commands == ["stop"]
    await stay(bench, clock, 16.0, 8 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert not issues(hass)


async def test_unavailable_sensor_holds_the_share(
    hass: HomeAssistant, clock: Clock
) -> None:
    """A sensor that is gone is lost within minutes; the chosen share is held."""
    bench = heating_miner(hass, lost_share=50)
    await heat(bench, clock)
    hass.states.async_set("sensor.room", "unavailable")
    await clock.advance(4 * MINUTE, step=15)
    assert why(bench) == "at_maximum"
    await clock.advance(4 * MINUTE, step=15)
    assert why(bench) == "sensor_lost"
    assert bench.status == "on"
    watts = bench.coordinator.power_target.watts
    assert watts is not None
    assert 1200 <= watts <= 1700


async def test_stuck_sensor(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A room that hours of full power do not warm has a sensor that is stuck."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, min_off=5)
    await heat(bench, clock)
    for _ in range(19):
        show(hass, 16.0)
        await clock.advance(10 * MINUTE, step=60)
    assert why(bench) == "sensor_stuck"
    assert thermostat(bench).attributes["authority"] == "lost_sensor"
    assert issues(hass) == {"room_sensor_stuck"}
    assert device.commands == ["stop"]
    await stay(bench, clock, 16.3, 8 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert not issues(hass)


async def test_sensor_that_leaps(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A leap stops no miner, unless it lasts for a quarter of an hour."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, min_on=5)
    await heat(bench, clock)
    for celsius in (45.0, 16.0, 28.5, 16.0):
        await stay(bench, clock, celsius, 5 * MINUTE)
    assert why(bench) == "heating"
    await stay(bench, clock, 26.0, 12 * MINUTE)
    assert device.commands == []
    await stay(bench, clock, 26.0, 6 * MINUTE)
    assert device.commands == ["stop"]


async def test_miner_that_reboots(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """It is given the time to come back, and told nothing meanwhile."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, min_off=5)
    await heat(bench, clock)
    device.answer = GONE
    await stay(bench, clock, 16.0, 3 * MINUTE)
    device.answer = replace(WARMING_UP, status=MinerStatus.STARTING)
    await stay(bench, clock, 16.0, 3 * MINUTE)
    assert thermostat(bench).attributes["hvac_action"] == "preheating"
    assert not issues(hass)
    device.answer = HASHING
    await stay(bench, clock, 16.0, 3 * MINUTE)
    assert thermostat(bench).attributes["hvac_action"] == "heating"
    assert device.commands == []


async def test_second_sensor_takes_over(hass: HomeAssistant, clock: Clock) -> None:
    """While one of them reports, the room is known."""
    show(hass, 15.0, SPARE)
    spare = entities(
        "Spare",
        {F.ROOM_TEMPERATURE_MONITORING: SPARE},
        {F.ROOM_TEMPERATURE_MONITORING: {"priority": 30}},
    )
    bench = heating_miner(hass, sensor_timeout=10, more=(spare,))
    await heat(bench, clock)
    assert thermostat(bench).attributes["sensor"] == "Room"
    for minute in range(12):
        show(hass, 15.0 + minute % 2 / 50, SPARE)
        await clock.advance(MINUTE, step=15)
    assert why(bench) == "at_maximum"
    state = thermostat(bench)
    assert state.attributes["sensor"] == "Spare"
    assert state.attributes["current_temperature"] == pytest.approx(15.0, abs=0.1)


async def test_miner_that_refuses(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """It is told once more in a while, and the thermostat says why nothing happens."""
    devices[HOST].refuses = CommandRefusedError("it does not want to")
    bench = heating_miner(hass, room=24.0, simulated=False, min_on=5, min_off=5)
    await heat(bench, clock, 24.0)
    await stay(bench, clock, 24.0, 10 * MINUTE)
    assert "failure" in thermostat(bench).attributes
    assert bench.status == "on"
    devices[HOST].refuses = None
    await stay(bench, clock, 24.0, 20 * MINUTE)
    assert bench.status == "idle"
    assert "failure" not in thermostat(bench).attributes
    assert devices[HOST].commands == ["stop"]


async def test_miner_that_is_gone(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """Nothing is told to a miner that is away, and it heats when it is back."""
    bench = heating_miner(hass, room=16.0, simulated=False, min_off=5)
    await heat(bench, clock)
    devices[HOST].answer = GONE
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert why(bench) == "miner_unavailable"
    devices[HOST].answer = HASHING
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert why(bench) in ("heating", "at_maximum")
    assert devices[HOST].commands == []


@restarts_or_not
async def test_hot_chips(
    hass: HomeAssistant, devices: Network, clock: Clock, *, restarts: bool
) -> None:
    """They end heating, an issue tells it, and the miner starts after its rest."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False, chip_limit=90, min_off=5)
    await heat(bench, clock)
    device.answer = replace(HASHING, chip_temperature=Temperature(93.0))
    await stay(bench, clock, 16.0, 3 * MINUTE)
    assert device.commands == ["stop"]
    if restarts:
        await restart(bench, clock)
    await stay(bench, clock, 16.0, 15 * MINUTE)
    assert why(bench) == "miner_too_hot"
    assert thermostat(bench).attributes["authority"] == "hard_cap"
    assert issues(hass) == {"heating_ended"}
    assert device.commands == ["stop"]
    await stay(bench, clock, 16.0, 20 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert not issues(hass)


@restarts_or_not
async def test_dead_fan(
    hass: HomeAssistant, devices: Network, clock: Clock, *, restarts: bool
) -> None:
    """A miner whose fans have turned and stand still is stopped.

    After a restart, they need not be seen to turn again.
    """
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False)
    await heat(bench, clock)
    device.answer = replace(HASHING, internal_fan_speeds=(FanSpeed(0), FanSpeed(0)))
    if restarts:
        await restart(bench, clock)
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert why(bench) == "fan_failed"
    assert device.commands == ["stop"]


async def test_lost_pool(hass: HomeAssistant, devices: Network, clock: Clock) -> None:
    """No work, no heat: an issue says so within minutes, and ends with work."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False)
    await heat(bench, clock)
    await stay(bench, clock, 16.0, 15 * MINUTE)
    device.answer = replace(HASHING, hashrate=HashRate(0.0))
    await stay(bench, clock, 16.0, 12 * MINUTE)
    assert why(bench) == "no_heat"
    assert "no_heat" in issues(hass)
    device.answer = HASHING
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert "no_heat" not in issues(hass)


@restarts_or_not
async def test_frost_while_it_is_off(
    hass: HomeAssistant, devices: Network, clock: Clock, *, restarts: bool
) -> None:
    """A thermostat that is off does not let the room freeze, nor makes it warm."""
    device = devices[HOST]
    bench = heating_miner(hass, room=16.0, simulated=False)
    await heat(bench, clock, mode="off")
    await clock.until_done(bench.turn("mining", on=False))
    await stay(bench, clock, 8.0, 20 * MINUTE)
    assert device.commands == ["stop"]
    await stay(bench, clock, 4.0, 20 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert why(bench) == "frost"
    if restarts:
        await restart(bench, clock)
    await stay(bench, clock, 5.5, 5 * MINUTE)
    assert why(bench) == "frost"
    await stay(bench, clock, 6.5, 5 * MINUTE)
    assert why(bench) == "off"
    assert device.commands == ["stop", "start"]


async def test_plug_that_was_switched_off(hass: HomeAssistant, clock: Clock) -> None:
    """The miner gets no power back behind a person's back."""
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"plug": {"initial": True}}}
    )
    plug = entities("Plug", {F.POWER_CONTROL: "input_boolean.plug"})
    bench = heating_miner(hass, room=16.0, more=(plug,))
    await heat(bench, clock)
    hass.states.async_set("input_boolean.plug", "off")
    await stay(bench, clock, 16.0, 30 * MINUTE)
    assert why(bench) == "miner_unavailable"
    assert hass.states.is_state("input_boolean.plug", "off")


async def test_external_fan(hass: HomeAssistant, clock: Clock) -> None:
    """It runs while the miner heats, and for a while after."""
    await set_up_fan(hass)
    fan = entities("Fan", {F.EXTERNAL_FAN_CONTROL: FAN})
    bench = heating_miner(
        hass,
        room=20.5,
        more=(fan,),
        external_fan=True,
        fan_speed=60,
        fan_after=5,
        min_on=5,
        min_off=5,
    )
    await heat(bench, clock, 20.5)
    assert hass.states.get(FAN).state == "60.0"  # type: ignore[union-attr]
    await stay(bench, clock, 23.0, 12 * MINUTE)
    assert bench.status == "idle"
    await stay(bench, clock, 23.0, 8 * MINUTE)
    assert hass.states.get(FAN).state == "0.0"  # type: ignore[union-attr]
    await stay(bench, clock, 20.0, 12 * MINUTE)
    assert bench.status == "on"
    assert hass.states.get(FAN).state == "60.0"  # type: ignore[union-attr]


async def test_dead_external_fan(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A fan that was told to run and stands still ends heating."""
    await set_up_fan(hass)
    hass.states.async_set(FAN_SPEED, "900", {"unit_of_measurement": "rpm"})
    fan = entities(
        "Fan",
        {F.EXTERNAL_FAN_CONTROL: FAN, F.FAN_SPEED_EXTERNAL_MONITORING: FAN_SPEED},
    )
    bench = heating_miner(
        hass, room=16.0, simulated=False, more=(fan,), external_fan=True
    )
    await heat(bench, clock)
    assert devices[HOST].commands == []
    hass.states.async_set(FAN_SPEED, "0", {"unit_of_measurement": "rpm"})
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert why(bench) == "fan_failed"
    assert issues(hass) == {"heating_ended"}
    assert devices[HOST].commands == ["stop"]


async def test_external_fan_that_does_not_obey(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """It keeps the miner from being started, and is told again until it runs."""
    await set_up_fan(hass)
    devices[HOST].answer = STOPPED
    fan = entities("Fan", {F.EXTERNAL_FAN_CONTROL: FAN})
    bench = heating_miner(
        hass, room=16.0, simulated=False, more=(fan,), external_fan=True, min_off=5
    )
    limits = hass.states.get(FAN).attributes  # type: ignore[union-attr]
    hass.states.async_set(FAN, "unavailable", limits)
    await heat(bench, clock)
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert devices[HOST].commands == []
    assert "failure" in thermostat(bench).attributes
    hass.states.async_set(FAN, "0", limits)
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert devices[HOST].commands == ["start"]
    assert "failure" not in thermostat(bench).attributes


async def test_external_fan_that_does_not_stop(
    hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """A fan that could not be turned off is told again."""
    await set_up_fan(hass)
    fan = entities("Fan", {F.EXTERNAL_FAN_CONTROL: FAN})
    bench = heating_miner(
        hass,
        room=24.0,
        simulated=False,
        more=(fan,),
        external_fan=True,
        fan_after=10,
        min_on=5,
    )
    await heat(bench, clock, 24.0)
    limits = hass.states.get(FAN).attributes  # type: ignore[union-attr]
    assert hass.states.is_state(FAN, "100.0")
    assert devices[HOST].commands == ["stop"]
    hass.states.async_set(FAN, "unavailable", limits)
    await stay(bench, clock, 24.0, 10 * MINUTE)
    assert "failure" in thermostat(bench).attributes
    hass.states.async_set(FAN, "100", limits)
    await stay(bench, clock, 24.0, 5 * MINUTE)
    assert hass.states.is_state(FAN, "0.0")
    assert "failure" not in thermostat(bench).attributes


async def test_emergency_stop(hass: HomeAssistant, clock: Clock) -> None:
    """Nobody starts a miner that a fleet stopped in an emergency."""
    bench = heating_miner(hass, min_off=5)
    await heat(bench, clock)
    await bench.turn("mining", on=False)
    inside(bench)._held_until = 0.0
    bench.coordinator.authority.latch("fleet", "Fleet")
    await stay(bench, clock, 3.0, 20 * MINUTE)
    assert bench.status == "idle"
    assert why(bench) == "emergency_stop"
    bench.coordinator.authority.release("fleet")
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert bench.status == "on"


async def test_fleet_that_rules(hass: HomeAssistant, clock: Clock) -> None:
    """What a fleet shares out is left alone."""
    bench = heating_miner(hass)
    bench.entry.add_to_hass(hass)
    await hass.config_entries.async_setup(bench.entry.entry_id)
    bench.coordinator.authority.ruled_by = "Fleet"
    await set_mode(bench, "heat")
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert why(bench) == "fleet"
    assert bench.coordinator.power_target.watts is None
