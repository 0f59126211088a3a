"""The emergency stop: at once, past everything, and until it is reset."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.miner_control.fleet.emergency import async_load_latches
from custom_components.miner_control.fleet.events import (
    EVENT_EMERGENCY_RESULT,
    EVENT_EMERGENCY_STOP,
)
from tests.integration.conftest import Plug
from tests.integration.controllers import GONE, Network, entities, network

from .yard import FLEET_ID, Yard


async def press(yard: Yard, key: str = "emergency_stop") -> None:
    """Press a button of the fleet, and let time pass until that is done."""
    await yard.clock.until_done(yard.call("button", "press", key))


def outcomes(yard: Yard) -> dict[str, str]:
    """Return what became of each miner."""
    told = yard.state("binary_sensor", "emergency_stop").attributes["miners"]
    return {each["miner"]: each["outcome"] for each in told}


@pytest.mark.parametrize("mode", ["off", "observe"])
async def test_all_stop(yard: Yard, mode: str) -> None:
    """In any mode; it is told of each, and nobody can start one until it is reset."""
    one, two = yard.miners
    results = async_capture_events(yard.hass, EVENT_EMERGENCY_RESULT)
    pressed = async_capture_events(yard.hass, EVENT_EMERGENCY_STOP)
    await yard.set_up(mode=mode)
    await press(yard)
    assert yard.state("binary_sensor", "emergency_stop").state == "on"
    assert outcomes(yard) == {"Miner 1": "stopped", "Miner 2": "stopped"}
    assert {one.status, two.status} == {"idle"}
    assert len(pressed) == 1
    assert {event.data["outcome"] for event in results} == {"stopped"}
    for key in ("mining", "power"):
        with pytest.raises(ServiceValidationError, match="emergency stop of Fleet"):
            await one.turn(key, on=True)
    await press(yard, "reset_emergency_stop")
    assert yard.state("binary_sensor", "emergency_stop").state == "off"
    assert {one.status, two.status} == {"idle"}
    await yard.clock.until_done(one.turn("mining", on=True))


async def test_fleet_goes_on_after_the_reset(yard: Yard) -> None:
    """While it is set nothing is started; then power is shared again."""
    one, two = yard.miners
    await yard.set_up(mode="budget", budget=9000)
    await press(yard)
    await yard.clock.advance(120)
    assert {one.status, two.status} == {"idle"}
    assert yard.sensor("decision") == "emergency"
    assert yard.share(one)["key"] == "latched"
    await press(yard, "reset_emergency_stop")
    await yard.clock.advance_until(
        lambda: (one.status, two.status) == ("on", "on"), 900
    )


async def test_latch_survives_a_restart_at_any_moment(
    yard: Yard, hass: HomeAssistant
) -> None:
    """It is stored at once, and holds before the fleet is set up."""
    one, _ = yard.miners
    await yard.set_up(mode="budget", budget=9000)
    task = asyncio.create_task(yard.call("button", "press", "emergency_stop"))
    for _ in range(20):
        await asyncio.sleep(0)
    await yard.clock.until_done(task)
    assert await hass.config_entries.async_unload(FLEET_ID)
    yard.fleet_latches_forgotten(one)
    await async_load_latches(hass)
    with pytest.raises(ServiceValidationError, match="emergency stop of Fleet"):
        await one.turn("mining", on=True)
    assert await hass.config_entries.async_setup(FLEET_ID)
    await hass.async_block_till_done()
    assert yard.state("binary_sensor", "emergency_stop").state == "on"
    assert outcomes(yard) == {"Miner 1": "stopped", "Miner 2": "stopped"}
    await hass.config_entries.async_remove(FLEET_ID)
    # Nobody could reset it any more.
    await yard.clock.until_done(one.turn("mining", on=True))


@pytest.mark.parametrize("is_gone", [True, False])
async def test_stop_that_a_restart_broke_off_is_told(
    hass: HomeAssistant, clock: Any, devices: Network, *, is_gone: bool
) -> None:
    """It is given again after the restart, also to one that does not answer."""
    yard = Yard(hass, clock)
    await yard.add_miner(network())
    await yard.set_up(mode="off")
    await clock.advance(40)
    await press(yard)
    if is_gone:
        devices["192.0.2.10"].answer = devices["192.0.2.10"].refuses = GONE
        await clock.advance(120)
    # As it is when Home Assistant ends before anything is known.
    yard.fleet.emergency.stops.clear()
    yard.fleet.emergency._memory.known["stops"] = {}
    assert await hass.config_entries.async_reload(FLEET_ID)
    await clock.advance(60)
    assert outcomes(yard) == {"Miner 1": "failed" if is_gone else "stopped"}


async def test_who_mines_nevertheless_is_stopped_again(yard: Yard) -> None:
    """Be it that somebody started it on its own page."""
    one, _ = yard.miners
    await yard.set_up(mode="off")
    await press(yard)
    model = one.controller("Simulation").model  # type: ignore[attr-defined]
    model.mining = True
    await yard.clock.advance(60)
    assert not model.mining


async def test_command_that_goes_on_is_broken_off(
    hass: HomeAssistant, clock: Any, devices: Network, plug: Plug
) -> None:
    """A start that waits for its proof holds up nobody."""
    yard = Yard(hass, clock)
    miner = await yard.add_miner(network())
    device = devices["192.0.2.10"]
    device.answer = device.after_stop
    await yard.set_up(mode="off")
    await clock.advance(40)
    device.obeys = False
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(5)
    assert miner.runtime.operations.going_on
    device.obeys = True
    await press(yard)
    with pytest.raises(Exception, match="interrupted"):
        await start
    assert device.commands == ["start", "stop"]
    assert outcomes(yard) == {"Miner 1": "stopped"}


@pytest.mark.parametrize("may_cut", [True, False])
async def test_miner_that_does_not_prove_its_stop(
    hass: HomeAssistant, clock: Any, devices: Network, plug: Plug, *, may_cut: bool
) -> None:
    """It loses its power where that is allowed, else the user is told."""
    yard = Yard(hass, clock)
    await yard.add_miner(network(), entities())
    devices["192.0.2.10"].obeys = False
    await yard.set_up(mode="off", members={"Miner 1": {"may_cut_power": may_cut}})
    await clock.advance(40)
    await press(yard)
    assert outcomes(yard) == {"Miner 1": "power_cut" if may_cut else "failed"}
    assert plug.is_on() is not may_cut
    await clock.advance(10)
    assert yard.issues() == (set() if may_cut else {"stop_not_proved"})
    await press(yard, "reset_emergency_stop")
    await clock.advance(10)
    assert yard.issues() == set()


async def test_device_that_is_gone_is_named(
    hass: HomeAssistant, clock: Any, devices: Network
) -> None:
    """With the reason, for somebody has to go there."""
    yard = Yard(hass, clock)
    await yard.add_miner(network())
    await yard.set_up(mode="off")
    await clock.advance(40)
    devices["192.0.2.10"].answer = GONE
    devices["192.0.2.10"].refuses = GONE
    await press(yard)
    told = yard.state("binary_sensor", "emergency_stop").attributes["miners"]
    assert [(each["outcome"], bool(each["reason"])) for each in told] == [
        ("failed", True)
    ]


async def test_second_controller_stops_where_the_first_fails(
    hass: HomeAssistant, clock: Any, devices: Network
) -> None:
    """All are tried in the order of rank."""
    yard = Yard(hass, clock)
    second = network("Other", "192.0.2.11", mac="28:e2:97:00:00:11")
    await yard.add_miner(network(), second)
    await yard.set_up(mode="off")
    await clock.advance(40)
    devices["192.0.2.10"].refuses = devices["192.0.2.10"].answer = GONE
    await press(yard)
    assert devices["192.0.2.11"].commands == ["stop"]
    assert outcomes(yard) == {"Miner 1": "stopped"}


async def test_miner_that_is_not_loaded_is_named(
    yard: Yard, hass: HomeAssistant
) -> None:
    """Nobody can tell it anything."""
    one, _ = yard.miners
    await yard.set_up(mode="off")
    assert await hass.config_entries.async_unload(one.entry.entry_id)
    await press(yard)
    assert outcomes(yard) == {"Miner 1": "failed", "Miner 2": "stopped"}


async def test_miner_behind_a_plug_alone(
    hass: HomeAssistant, clock: Any, plug: Plug
) -> None:
    """Its power is all that there is to stop it, where that is how it is stopped."""
    yard = Yard(hass, clock)
    await yard.add_miner(entities(), options={"power_stands_in": True})
    await yard.set_up(mode="off")
    await clock.advance(20)
    await press(yard)
    assert not plug.is_on()
    assert outcomes(yard) == {"Miner 1": "power_cut"}
