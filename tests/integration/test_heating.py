"""A miner heats a room: what is set, what happens, and what is kept."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.miner_control.domain.authority import Origin

from .bench import Bench, Clock
from .heating import (
    heating_miner,
    inside,
    set_mode,
    set_preset,
    set_temperature,
    show,
    stay,
    thermostat,
    why,
)


async def test_nothing_is_added_before_it_is_wished(hass: HomeAssistant) -> None:
    """A miner that is not set up to heat has no thermostat."""
    bench = heating_miner(hass, enabled=False)
    await bench.set_up()
    assert bench.runtime.thermostat is None
    assert not hass.states.async_all("climate")


async def test_it_begins_off(hass: HomeAssistant) -> None:
    """A new thermostat leaves the miner as it is, and shows the room."""
    bench = heating_miner(hass, room=19.5)
    await bench.set_up()
    state = thermostat(bench)
    assert state.state == "off"
    assert state.attributes["current_temperature"] == 19.5
    assert state.attributes["temperature"] == 21.0
    assert state.attributes["hvac_action"] == "off"
    assert state.attributes["preset_mode"] == "comfort"
    assert state.attributes["hvac_modes"] == ["off", "heat", "auto"]
    assert (state.attributes["min_temp"], state.attributes["max_temp"]) == (7, 28)
    assert why(bench) == "off"
    assert bench.status == "on"


async def test_a_cold_room_gets_all_power(hass: HomeAssistant, clock: Clock) -> None:
    """The watts that are asked of the miner follow from how cold it is."""
    bench = heating_miner(hass, room=16.0)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(60)
    target = bench.coordinator.power_target
    assert (target.watts, target.origin) == (3250, Origin.THERMOSTAT)
    state = thermostat(bench)
    assert state.attributes["hvac_action"] == "heating"
    assert why(bench) == "at_maximum"
    assert state.attributes["heat_need"] == 3250
    assert float(bench.sensor("heat_output").state) > 1000


async def test_a_room_that_is_nearly_warm_gets_less(
    hass: HomeAssistant, clock: Clock
) -> None:
    """Near the target, power falls, and nothing is told before it has settled."""
    bench = heating_miner(hass, room=20.9)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(60)
    watts = bench.coordinator.power_target.watts
    assert watts is not None
    assert 1200 <= watts < 2000


async def test_a_warm_room_ends_mining(hass: HomeAssistant, clock: Clock) -> None:
    """A miner that is slow enough already is stopped, and started when it is cold."""
    bench = heating_miner(hass, room=23.0, min_on=5, min_off=5)
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 23.0, 900)
    assert bench.status == "idle"
    assert why(bench) == "warm_enough"
    assert thermostat(bench).attributes["hvac_action"] == "idle"
    await stay(bench, clock, 19.0, 900)
    assert bench.status == "on"
    assert thermostat(bench).attributes["starts_in_24_hours"] == 1


async def test_power_is_bounded_as_the_user_says(
    hass: HomeAssistant, clock: Clock
) -> None:
    """No more than the highest power is asked for."""
    bench = heating_miner(hass, room=10.0, max_power=2000, min_power=1500)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(60)
    assert bench.coordinator.power_target.watts == 2000


async def test_observing_tells_nothing(hass: HomeAssistant, clock: Clock) -> None:
    """What it would do is shown, and not done."""
    bench = heating_miner(hass, room=16.0, observe=True)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(120)
    assert bench.coordinator.power_target.watts is None
    assert thermostat(bench).attributes["heat_need"] == 3250
    assert thermostat(bench).attributes["observing"] is True


async def test_a_target_above_the_limit_is_refused(hass: HomeAssistant) -> None:
    """Home Assistant says so, and nothing changes."""
    bench = heating_miner(hass, max_temperature=25)
    await bench.set_up()
    with pytest.raises(ServiceValidationError):
        await set_temperature(bench, 26)
    assert thermostat(bench).attributes["temperature"] == 21


async def test_presets(hass: HomeAssistant) -> None:
    """Each aims at its temperature, until one is set by hand."""
    bench = heating_miner(hass, away_temperature=12, boost_temperature=24)
    await bench.set_up()
    await set_mode(bench, "heat")
    for preset, celsius in (("away", 12), ("sleep", 18), ("boost", 24)):
        await set_preset(bench, preset)
        assert thermostat(bench).attributes["temperature"] == celsius
    await set_preset(bench, "none")
    assert thermostat(bench).attributes["temperature"] == 24
    await set_temperature(bench, 20.5)
    state = thermostat(bench)
    assert (state.attributes["temperature"], state.attributes["preset_mode"]) == (
        20.5,
        "none",
    )
    await set_preset(bench, "comfort")
    assert thermostat(bench).attributes["temperature"] == 21


async def test_a_schedule_is_followed(hass: HomeAssistant) -> None:
    """On is comfort, off is sleep; by hand holds until it changes; away goes before."""
    hass.states.async_set("schedule.heating", "on")
    bench = heating_miner(hass, schedule="schedule.heating")
    await bench.set_up()
    await set_mode(bench, "auto")
    assert thermostat(bench).attributes["temperature"] == 21
    hass.states.async_set("schedule.heating", "off")
    await bench.settle()
    assert thermostat(bench).attributes["temperature"] == 18
    await set_temperature(bench, 20)
    assert thermostat(bench).attributes["temperature"] == 20
    hass.states.async_set("schedule.heating", "on", {"temperature": 22.5})
    await bench.settle()
    assert thermostat(bench).attributes["temperature"] == 22.5
    hass.states.async_set("schedule.heating", "on", {"preset": "boost"})
    await bench.settle()
    assert thermostat(bench).attributes["temperature"] == 23
    await set_preset(bench, "away")
    assert thermostat(bench).attributes["temperature"] == 14


@pytest.mark.parametrize("mode", ["off", "heat", "auto"])
async def test_a_restart_goes_on_with_what_was_so(
    hass: HomeAssistant, clock: Clock, mode: str
) -> None:
    """Mode, temperature, what was learned and counted outlast it; nothing leaps."""
    bench = heating_miner(hass, room=20.5)
    await bench.set_up()
    await set_mode(bench, mode)
    await set_temperature(bench, 20.5)
    await stay(bench, clock, 20.5, 600)
    before = thermostat(bench)
    watts = bench.coordinator.power_target.watts
    heat = inside(bench).heat
    assert (heat > 0) is (mode != "off")
    await bench.unload()
    assert await hass.config_entries.async_setup(bench.entry.entry_id)
    await bench.settle()
    await clock.advance(60)
    after = thermostat(bench)
    assert after.state == before.state == mode
    for name in ("temperature", "preset_mode"):
        assert after.attributes[name] == before.attributes[name]
    assert inside(bench).heat >= heat
    assert bench.coordinator.power_target.watts == watts
    assert bench.status == "on"


async def test_own_commands_hold(hass: HomeAssistant, clock: Clock) -> None:
    """A person who stops the miner has their way for a while, or until they set it."""
    bench = heating_miner(hass, room=16.0, hold=30, min_off=5)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(60)
    await bench.turn("mining", on=False)
    await stay(bench, clock, 16.0, 1200)
    assert bench.status == "idle"
    assert why(bench) == "person"
    assert thermostat(bench).attributes["authority"] == "person"
    await stay(bench, clock, 16.0, 900)
    assert bench.status == "on"
    await bench.turn("mining", on=False)
    await stay(bench, clock, 16.0, 400)
    assert bench.status == "idle"
    await set_temperature(bench, 21.5)
    await stay(bench, clock, 16.0, 120)
    assert bench.status == "on"


@pytest.mark.parametrize(
    ("how", "status", "watts"),
    [("stay", "on", 2400), ("floor", "on", 1200), ("stop", "idle", 2400)],
)
async def test_letting_go(
    hass: HomeAssistant, clock: Clock, how: str, status: str, watts: float
) -> None:
    """A thermostat that is switched off leaves the miner as the user chose."""
    bench = heating_miner(hass, room=16.0, letting_go=how)
    await bench.set_up()
    await set_mode(bench, "heat")
    await clock.advance(300)
    await clock.until_done(set_mode(bench, "off"))
    await clock.advance(120)
    assert bench.status == status
    asked = bench.coordinator.power_target.watts
    assert asked is not None
    assert (asked >= 2400) is (watts == 2400)
    assert why(bench) == "off"


async def test_heat_is_counted_and_the_room_forgotten(
    hass: HomeAssistant, clock: Clock
) -> None:
    """The heat of an hour is an hour's watts; the button forgets the room."""
    bench = heating_miner(hass, room=20.5)
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 20.5, 3600)
    shown = float(bench.sensor("heat_energy").state)
    assert 1.0 < shown < 3.3
    reach = bench.coordinator.power_target.reach
    assert reach is not None
    first = pytest.approx(reach.ceiling / 40, rel=0.005)
    assert inside(bench).gain != first
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": bench.entity_id("button", "forget_room")},
        blocking=True,
    )
    assert inside(bench).gain == first
    assert float(bench.sensor("heat_energy").state) >= shown


async def test_outdoor_temperature_counts(hass: HomeAssistant, clock: Clock) -> None:
    """The colder it is outdoors, the more is asked for."""
    needs = []
    bench: Bench | None = None
    for celsius in (15, -10):
        hass.states.async_set(
            "weather.home", "sunny", {"temperature": celsius, "temperature_unit": "°C"}
        )
        if bench is None:
            bench = heating_miner(hass, room=20.9, outdoor_sensor="weather.home")
            await bench.set_up()
            await set_mode(bench, "heat")
        show(hass, 20.9)
        await clock.advance(60)
        needs.append(thermostat(bench).attributes["heat_need"])
    assert needs[1] > needs[0] + 500


async def test_starts_that_nobody_asked_for_count(
    hass: HomeAssistant, clock: Clock
) -> None:
    """A power target that corrects itself may cost a start."""
    bench = heating_miner(hass, room=20.0)
    await bench.set_up()
    await set_mode(bench, "heat")
    await stay(bench, clock, 20.9, 60)
    before = inside(bench).starts
    bench.runtime.coordinator.power_target.own_starts += 2
    for _ in range(2):
        await stay(bench, clock, 20.9, 60)
        assert thermostat(bench).attributes["starts_in_24_hours"] == before + 2
