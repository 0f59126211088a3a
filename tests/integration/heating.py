"""A miner that heats a room, and what a test does with both."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.heating.thermostat import HeatingThermostat

from .bench import Bench, Clock
from .controllers import entities, network, simulation

MINUTE = 60.0
ROOM = "sensor.room"
SPARE = "sensor.spare_room"
FAN = "input_number.fan"
NO_ROOM = {F.ROOM_TEMPERATURE_MONITORING: {"enabled": False}}


def show(hass: HomeAssistant, celsius: float | str, entity_id: str = ROOM) -> None:
    """Have a sensor show how warm the room is."""
    hass.states.async_set(
        entity_id,
        str(celsius),
        {"unit_of_measurement": "°C", "device_class": "temperature"},
        force_update=True,
    )


def heating_miner(
    hass: HomeAssistant,
    *,
    room: float | str = 18.0,
    simulated: bool = True,
    more: tuple[Any, ...] = (),
    **settings: Any,
) -> Bench:
    """Describe a miner that is set up to heat, with a sensor in its room."""
    show(hass, room)
    miner = simulation(bindings=NO_ROOM) if simulated else network()
    sensor = entities("Room", {F.ROOM_TEMPERATURE_MONITORING: ROOM})
    return Bench(
        hass,
        miner,
        sensor,
        *more,
        options={"heating": {"enabled": True} | settings},
    )


def thermostat(bench: Bench) -> State:
    """Return the state of the thermostat."""
    return bench.state("climate", "thermostat")


def inside(bench: Bench) -> HeatingThermostat:
    """Return the thermostat itself."""
    found = bench.runtime.thermostat
    assert found is not None
    return found


def why(bench: Bench) -> str:
    """Return why the miner heats as it does."""
    reason: str = thermostat(bench).attributes["reason"]
    assert bench.sensor("heating_reason").state == reason
    return reason


async def set_mode(bench: Bench, mode: str) -> None:
    """Have the thermostat follow something."""
    await _call(bench, "set_hvac_mode", hvac_mode=mode)


async def set_temperature(bench: Bench, celsius: float) -> None:
    """Set how warm it shall be."""
    await _call(bench, "set_temperature", temperature=celsius)


async def set_preset(bench: Bench, preset: str) -> None:
    """Choose a preset."""
    await _call(bench, "set_preset_mode", preset_mode=preset)


async def stay(
    bench: Bench, clock: Clock, celsius: float, seconds: float, step: float = 60.0
) -> None:
    """Let the room be so warm for a while, with a sensor that reports it."""
    wavering = (0.0, 0.02)
    while seconds > 0:
        show(bench.hass, celsius + wavering[int(seconds // step) % 2])
        await clock.advance(min(step, seconds), step=30.0)
        seconds -= step


async def heat(
    bench: Bench, clock: Clock, celsius: float = 16.0, *, mode: str = "heat"
) -> None:
    """Set a miner up, have it heat, and let it get to work."""
    await bench.set_up()
    await set_mode(bench, mode)
    await stay(bench, clock, celsius, 5 * MINUTE)


async def restart(bench: Bench, clock: Clock) -> None:
    """Restart Home Assistant, whose sensors come later."""
    hass = bench.hass
    await bench.unload()
    hass.states.async_set(ROOM, "unavailable")
    hass.set_state(CoreState.starting)
    await clock.advance(2 * MINUTE)
    assert await hass.config_entries.async_setup(bench.entry.entry_id)
    await clock.advance(MINUTE)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await clock.advance(MINUTE)


async def set_up_fan(hass: HomeAssistant) -> None:
    """Put an external fan into the room."""
    limits = {"min": 0, "max": 100, "unit_of_measurement": "%"}
    assert await async_setup_component(
        hass, "input_number", {"input_number": {"fan": limits}}
    )


def issues(hass: HomeAssistant) -> set[str]:
    """Return the kinds of the issues that were raised."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


async def _call(bench: Bench, service: str, **data: Any) -> None:
    """Call a service of the thermostat."""
    await bench.hass.services.async_call(
        "climate",
        service,
        {"entity_id": bench.entity_id("climate", "thermostat"), **data},
        blocking=True,
    )
    await bench.settle()
