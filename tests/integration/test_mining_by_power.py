"""A miner that nobody can tell to mine: its power stands in, where that is allowed."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    NETWORK_FEATURES,
    PLUG_SWITCH,
    WARMING_UP,
    Network,
    entities,
    network,
)

ALLOWED = {"power_stands_in": True}
MUTE = NETWORK_FEATURES - {F.MINING_CONTROL}
BY_PLUG = {"provider": "Smart plug", "fallback": False}


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug) -> Bench:
    """Return a miner of which there is only a plug."""
    return await set_up(entities(), options=ALLOWED)


@pytest.fixture
async def mute(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner whose device tells much, but cannot be told to mine."""
    return await set_up(network(features=MUTE), entities(), options=ALLOWED)


def has_switch(bench: Bench) -> bool:
    """Tell whether the miner has a mining switch."""
    unique_id = f"{bench.entry.entry_id}_mining"
    registry = er.async_get(bench.hass)
    return bool(registry.async_get_entity_id("switch", "miner_control", unique_id))


def served(bench: Bench) -> dict[str, object]:
    """Return who serves the mining switch."""
    attributes = bench.switch("mining").attributes
    return {name: attributes[name] for name in BY_PLUG}


@pytest.mark.normal
async def test_plug_alone_starts_and_stops_a_miner(
    miner: Bench, plug: Plug, clock: Clock
) -> None:
    """Mining is drawing power, as far as anybody can tell."""
    assert miner.switch("mining").state == "on"
    assert served(miner) == BY_PLUG
    stop = asyncio.create_task(miner.turn("mining", on=False))
    await clock.until_done(stop)
    assert not plug.is_on()
    await plug.measure(0)
    assert miner.status == "off"
    assert miner.switch("mining").state == "off"
    await clock.until_done(miner.turn("mining", on=True))
    assert plug.is_on()
    await plug.measure(3100)
    assert miner.status == "on"
    assert miner.switch("mining").state == "on"


@pytest.mark.normal
async def test_plug_without_a_meter(set_up: SetUp, plug: Plug, clock: Clock) -> None:
    """Who only switches knows whether there is power, and nothing of mining."""
    plain = entities(chosen={F.POWER_CONTROL: PLUG_SWITCH})
    miner = await set_up(plain, options=ALLOWED)
    assert miner.switch("mining").state == "on"
    await clock.until_done(miner.turn("mining", on=False))
    assert miner.switch("mining").state == "off"


@pytest.mark.normal
async def test_device_that_cannot_be_told_starts_with_its_power(
    mute: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Nobody waits for a control that never comes; it is starting until it hashes."""
    await clock.until_done(mute.turn("mining", on=False))
    assert not plug.is_on()
    assert devices[HOST].commands == []
    devices[HOST].answer = GONE
    await clock.until_done(mute.turn("mining", on=True), limit=25)
    assert plug.is_on()
    assert mute.status == "starting"
    assert mute.switch("mining").state == "on"
    devices[HOST].answer = WARMING_UP
    await clock.advance(30)
    devices[HOST].answer = HASHING
    await clock.advance(30)
    assert mute.status == "on"
    assert devices[HOST].commands == []


@pytest.mark.normal
async def test_start_of_a_powered_miner_changes_nothing(
    mute: Bench, plug: Plug, clock: Clock
) -> None:
    """It mines already, or does not because of something else."""
    await clock.until_done(mute.turn("mining", on=True), limit=25)
    assert plug.is_on()
    assert mute.status == "on"


async def test_stop_is_proved(
    hass: HomeAssistant, miner: Bench, plug: Plug, clock: Clock
) -> None:
    """A plug that takes the command and stays on has not stopped the miner."""
    hass.services.async_remove("input_boolean", "turn_off")
    hass.services.async_register("input_boolean", "turn_off", lambda _: None)
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("mining", on=False))
    assert plug.is_on()
    assert miner.switch("mining").state == "on"


async def test_power_stays_off_for_as_long_as_the_user_wants(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """A start right after a stop would be hard on the device."""
    options = ALLOWED | {"power_cut_interval": 60}
    miner = await set_up(entities(), options=options)
    await clock.until_done(miner.turn("mining", on=False))
    await plug.measure(0)
    with pytest.raises(ServiceValidationError) as caught:
        await clock.until_done(miner.turn("mining", on=True))
    assert caught.value.translation_key == "power_cut_recently"
    assert not plug.is_on()
    await clock.advance(60)
    await clock.until_done(miner.turn("mining", on=True))
    assert plug.is_on()


@pytest.mark.normal
async def test_switch_is_not_available_without_the_plug(
    miner: Bench, plug: Plug
) -> None:
    """There is nobody else."""
    await plug.lose_switch()
    assert miner.switch("mining").state == "unavailable"
    await plug.switch_now(on=True)
    assert miner.switch("mining").state == "on"


@pytest.mark.normal
async def test_switch_comes_and_goes_with_the_option(
    hass: HomeAssistant, set_up: SetUp, plug: Plug
) -> None:
    """Without it, a miner that cannot be told has no switch for that."""
    miner = await set_up(entities())
    assert not has_switch(miner)
    hass.config_entries.async_update_entry(miner.entry, options=ALLOWED)
    await miner.settle()
    assert has_switch(miner)
    assert miner.switch("mining").state == "on"
    hass.config_entries.async_update_entry(miner.entry, options={})
    await miner.settle()
    assert not has_switch(miner)


@pytest.mark.normal
async def test_meter_alone_is_no_switch(set_up: SetUp, plug: Plug) -> None:
    """What measures cannot stand in for what controls."""
    meter = entities(chosen={F.POWER_MONITORING: "sensor.plug_power"})
    assert not has_switch(await set_up(meter, options=ALLOWED))


@pytest.mark.parametrize("allowed", [True, False])
async def test_power_stands_in_while_all_others_are_away(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, *, allowed: bool
) -> None:
    """The switch can be turned as long as anybody may do it."""
    miner = await set_up(network(), entities(), options={"power_stands_in": allowed})
    assert served(miner) == {"provider": "S19", "fallback": False}
    devices[HOST].answer = GONE
    await clock.advance(35)
    if not allowed:
        assert miner.switch("mining").state == "unavailable"
        return
    assert miner.switch("mining").state == "on"
    assert served(miner) == {"provider": "Smart plug", "fallback": True}
    await clock.until_done(miner.turn("mining", on=False))
    assert not plug.is_on()
    await plug.measure(0)
    assert miner.switch("mining").state == "off"
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(20)
    assert plug.is_on()
    devices[HOST].answer = HASHING
    await clock.until_done(start)
    assert served(miner) == {"provider": "S19", "fallback": False}
    assert devices[HOST].commands == []


async def test_control_that_is_not_enabled_is_none(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """The user took the device's own control away, so that the power stands in."""
    disabled = {F.MINING_CONTROL: {"enabled": False}}
    miner = await set_up(network(bindings=disabled), entities(), options=ALLOWED)
    assert served(miner) == BY_PLUG
    await clock.until_done(miner.turn("mining", on=False))
    assert not plug.is_on()
    assert devices[HOST].commands == []
