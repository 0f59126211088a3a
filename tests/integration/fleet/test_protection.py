"""What protects a miner stands above all that its fleet would give it."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import FanSpeed, Temperature
from tests.integration.bench import Bench, Clock
from tests.integration.controllers import (
    HASHING,
    HOST,
    STOPPED,
    Network,
    entities,
    network,
)
from tests.integration.heating import MINUTE, ROOM, set_mode, show, stay, why

from .yard import Yard

STILL = (FanSpeed(0), FanSpeed(0))


async def mining(hass: HomeAssistant, clock: Clock) -> tuple[Yard, Bench]:
    """Return a fleet with one miner on the network, which mines."""
    yard = Yard(hass, clock)
    bench = await yard.add_miner(network())
    await yard.set_up(budget=9000)
    await clock.advance(2 * MINUTE)
    return yard, bench


async def test_hot_chips(hass: HomeAssistant, clock: Clock, devices: Network) -> None:
    """They stop a miner that cannot be slowed down, until they have cooled."""
    device = devices[HOST]
    device.after_stop = replace(STOPPED, chip_temperature=Temperature(97.0))
    yard, bench = await mining(hass, clock)
    device.answer = replace(HASHING, chip_temperature=Temperature(105.0))
    await clock.advance(MINUTE)
    assert device.commands == ["stop"]
    share = yard.share(bench)
    assert (share["key"], share["cause"]) == ("capped", "chip_temperature")
    device.answer = replace(STOPPED, chip_temperature=Temperature(94.0))
    await clock.advance(2 * MINUTE)
    assert device.commands == ["stop", "start"]


async def test_hot_chips_that_nobody_measures_any_more(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """A miner that tells no temperature while it rests has half an hour to cool."""
    device = devices[HOST]
    await mining(hass, clock)
    device.answer = replace(HASHING, chip_temperature=Temperature(105.0))
    await clock.advance(25 * MINUTE)
    assert device.commands == ["stop"]
    await clock.advance(10 * MINUTE)
    assert device.commands == ["stop", "start"]


async def test_dead_fans(hass: HomeAssistant, clock: Clock, devices: Network) -> None:
    """They stop the miner, which says why and may try again after half an hour."""
    device = devices[HOST]
    yard, bench = await mining(hass, clock)
    device.answer = replace(HASHING, internal_fan_speeds=STILL)
    await clock.advance(90)
    assert device.commands == []
    await clock.advance(2 * MINUTE)
    assert device.commands == ["stop"]
    share = yard.share(bench)
    assert (share["key"], share["cause"]) == ("capped", "fan_failed")
    assert "Fan failed" in share["reason"]
    device.after_start = replace(HASHING, internal_fan_speeds=STILL)
    await clock.advance(40 * MINUTE)
    # They still do not turn.
    assert device.commands == ["stop", "start", "stop"]


async def test_fans_that_turn_again(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """The fleet gives the miner back as soon as they do."""
    device = devices[HOST]
    device.after_stop = replace(STOPPED, internal_fan_speeds=STILL)
    await mining(hass, clock)
    device.answer = replace(HASHING, internal_fan_speeds=STILL)
    await clock.advance(10 * MINUTE)
    assert device.commands == ["stop"]
    device.answer = replace(STOPPED, internal_fan_speeds=HASHING.internal_fan_speeds)
    await clock.advance(2 * MINUTE)
    assert device.commands == ["stop", "start"]


@pytest.mark.parametrize("fans", [STILL, (), None])
async def test_miner_without_fans(
    hass: HomeAssistant,
    clock: Clock,
    devices: Network,
    fans: tuple[FanSpeed, ...] | None,
) -> None:
    """One in oil or cooled with water has none, or none that ever turned."""
    device = devices[HOST]
    device.answer = replace(HASHING, internal_fan_speeds=fans)
    yard, bench = await mining(hass, clock)
    await clock.advance(20 * MINUTE)
    assert device.commands == []
    assert yard.share(bench)["key"] == "ceiling"


async def test_fans_are_known_after_a_restart(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """Those that turned before it and stand still after it have failed."""
    device = devices[HOST]
    _, bench = await mining(hass, clock)
    device.answer = replace(HASHING, internal_fan_speeds=STILL)
    assert await hass.config_entries.async_reload(bench.entry.entry_id)
    await clock.advance(4 * MINUTE)
    assert device.commands == ["stop"]


# Members with a thermostat of their own


async def heating(
    hass: HomeAssistant, clock: Clock, *, budget: float = 9000, **described: Any
) -> tuple[Yard, Bench]:
    """Return a fleet with one miner on the network, which heats a room of 16 °C."""
    yard = Yard(hass, clock)
    show(hass, 16.0)
    sensor = entities("Room", {F.ROOM_TEMPERATURE_MONITORING: ROOM})
    settings = {"enabled": True, "chip_limit": 90}
    bench = await yard.add_miner(network(), sensor, options={"heating": settings})
    await yard.set_up(budget=budget, **described)
    await set_mode(bench, "heat")
    await stay(bench, clock, 16.0, 5 * MINUTE)
    return yard, bench


async def test_chips_too_hot_for_the_thermostat(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """The fleet lets the miner rest for as long as its thermostat does."""
    device = devices[HOST]
    yard, bench = await heating(hass, clock)
    device.answer = replace(HASHING, chip_temperature=Temperature(93.0))
    await stay(bench, clock, 16.0, 25 * MINUTE)
    assert device.commands == ["stop"]
    assert why(bench) == "miner_too_hot"
    share = yard.share(bench)
    assert (share["key"], share["cause"]) == ("capped", "miner_too_hot")
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert why(bench) == "fleet"


async def test_frost_is_above_the_budget(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """A room does not freeze because its fleet has no watts to share."""
    device = devices[HOST]
    yard, bench = await heating(hass, clock, budget=0)
    assert device.commands == ["stop"]
    await stay(bench, clock, 4.0, 20 * MINUTE)
    assert device.commands == ["stop", "start"]
    assert why(bench) == "frost"
    share = yard.share(bench)
    assert (share["key"], share["cause"]) == ("room", "frost")
    assert "Frost protection" in share["reason"]
    await stay(bench, clock, 8.0, 20 * MINUTE)
    assert device.commands == ["stop", "start", "stop"]


async def test_circuit_is_above_frost(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """A breaker that trips would let the room freeze as well."""
    circuits = {"cellar": {"limit": 1000, "unit": "W", "members": ["01MINER1"]}}
    yard, bench = await heating(hass, clock, circuits=circuits)
    assert devices[HOST].commands == ["stop"]
    await stay(bench, clock, 4.0, 20 * MINUTE)
    assert devices[HOST].commands == ["stop"]
    assert yard.share(bench)["key"] == "circuit_limit"


async def test_lost_room_sensor_is_above_the_budget(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """Nobody knows how warm it is: the miner stops, and starts with the next report."""
    device = devices[HOST]
    yard, bench = await heating(hass, clock)
    hass.states.async_set(ROOM, "unavailable")
    await clock.advance(30 * MINUTE, step=15)
    assert device.commands == ["stop"]
    share = yard.share(bench)
    assert (share["key"], share["cause"]) == ("room", "sensor_lost")
    await stay(bench, clock, 16.0, 10 * MINUTE)
    assert device.commands == ["stop", "start"]


async def test_fleet_that_only_observes_leaves_it_to_the_thermostat(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """Somebody has to protect the miner."""
    device = devices[HOST]
    _, bench = await heating(hass, clock, mode="observe")
    device.answer = replace(HASHING, chip_temperature=Temperature(93.0))
    await stay(bench, clock, 16.0, 5 * MINUTE)
    assert device.commands == ["stop"]


async def test_thermostat_that_is_taken_away(
    hass: HomeAssistant, clock: Clock, devices: Network
) -> None:
    """What it asked for does not outlive it."""
    device = devices[HOST]
    yard, bench = await heating(hass, clock)
    hass.states.async_set(ROOM, "unavailable")
    await clock.advance(10 * MINUTE, step=15)
    assert yard.share(bench)["key"] == "room"
    hass.config_entries.async_update_entry(bench.entry, options={})
    await clock.advance(2 * MINUTE)
    assert device.commands == ["stop", "start"]
