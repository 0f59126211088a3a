"""What protects a miner stands above all that its fleet would give it."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.values import FanSpeed, Temperature
from tests.integration.bench import Bench, Clock
from tests.integration.controllers import HASHING, HOST, STOPPED, Network, network

from .yard import Yard

STILL = (FanSpeed(0), FanSpeed(0))
MINUTE = 60.0


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
    assert (share["key"], share["cause"]) == ("capped", "fan_failure")
    assert "fan failure" in share["reason"]
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
