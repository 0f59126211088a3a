"""Events: one for each fact, and none for what is no news."""

from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.miner_control.controllers.errors import CommandRefusedError
from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import ENTRY_ID, Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
    simulation,
)

NAMES = ("failover", "take_back", "mining_started", "mining_stopped", "start_failed")


class Heard:
    """The events that were fired since they were read last."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen to all kinds."""
        self._events: list[Event] = []
        for name in NAMES:
            hass.bus.async_listen(f"miner_control_{name}", self._hear)

    @callback
    def _hear(self, event: Event) -> None:
        """Remember an event."""
        self._events.append(event)

    def new(self) -> list[tuple[str, dict[str, Any]]]:
        """Return names and data of the new events, less what all have in common."""
        events, self._events = self._events, []
        common = {"device_id", "config_entry_id"}
        assert all(event.data["config_entry_id"] == ENTRY_ID for event in events)
        return [
            (
                str(event.event_type).removeprefix("miner_control_"),
                {k: event.data[k] for k in event.data if k not in common},
            )
            for event in events
        ]

    def names(self) -> list[str]:
        """Return the names of the new events."""
        return [name for name, _ in self.new()]


@pytest.fixture
def heard(hass: HomeAssistant) -> Heard:
    """Return what is heard of the integration."""
    return Heard(hass)


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with a device, a smart plug and a simulation as last resort."""
    return await set_up(network(), entities(), simulation())


async def test_set_up_is_no_news(miner: Bench, heard: Heard, clock: Clock) -> None:
    """Neither who serves first nor that it mines."""
    await clock.advance(120)
    assert heard.new() == []


async def test_meter_that_fails_and_recovers(
    miner: Bench, plug: Plug, clock: Clock, heard: Heard
) -> None:
    """One failover and, when it is trusted again, one take-back."""
    await plug.measure("unavailable")
    features = [F.POWER_MONITORING.value]
    names = {"from": "Smart plug", "to": "S19"}
    assert heard.new() == [("failover", {"features": features, **names})]
    await plug.measure(3100)
    assert heard.new() == []
    await clock.advance(31)
    back = {"from": "S19", "to": "Smart plug"}
    assert heard.new() == [("take_back", {"features": features, **back})]


async def test_event_belongs_to_the_miners_device(
    hass: HomeAssistant, miner: Bench, plug: Plug
) -> None:
    """By it the logbook of the device finds it."""
    found = async_capture_events(hass, "miner_control_failover")
    await plug.measure("unavailable")
    device = miner.device(ENTRY_ID)
    assert device
    assert [event.data["device_id"] for event in found] == [device.id]


async def test_controller_that_goes_away_is_one_event(
    miner: Bench, devices: Network, clock: Clock, heard: Heard
) -> None:
    """It lists all that the controller served."""
    bound = await miner.get_features()
    served = [name for name in bound if bound[name]["provider"] == "S19"]
    devices[HOST].answer = GONE
    await clock.advance(40)
    ((name, data),) = heard.new()
    assert (name, data["from"], data["to"]) == ("failover", "S19", "Simulation")
    assert data["features"] == served
    assert len(served) > 10
    devices[HOST].answer = HASHING
    await clock.advance(120)
    ((name, back),) = heard.new()
    assert (name, back["to"]) == ("take_back", "S19")
    assert back["features"] == data["features"]


async def test_nobody_to_take_over_is_no_failover(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """That the features are lost is told by their entities."""
    await set_up(network(), entities())
    devices[HOST].answer = GONE
    await clock.advance(40)
    assert "failover" not in heard.names()


async def test_what_follows_from_the_power_is_no_failover(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """A dark device does not serve, and takes nothing back when it is up again."""
    await plug.switch(on=False)
    await plug.measure(0)
    devices[HOST].answer = GONE
    await clock.advance(60)
    assert heard.names() == ["mining_stopped"]
    await plug.switch(on=True)
    await plug.measure(60)
    await clock.advance(40)
    devices[HOST].answer = HASHING
    await clock.advance(60)
    assert heard.names() == ["mining_started"]


async def test_device_that_vanishes_before_the_plug_says_off(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """Who cuts the power expects that, and tells of no failover."""
    with miner.coordinator.cutting_power():
        devices[HOST].answer = GONE
        await clock.advance(40)
    assert "failover" not in heard.names()


async def test_change_of_priorities_is_no_news(
    miner: Bench, plug: Plug, heard: Heard
) -> None:
    """Whoever made it knows."""
    await miner.set_feature("S19", F.POWER_MONITORING, priority=90)
    await miner.set_feature("S19", F.POWER_MONITORING, priority=10)
    await miner.set_feature("Smart plug", F.POWER_MONITORING, enabled=False)
    assert heard.new() == []


async def test_late_plug_is_no_take_back(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock, heard: Heard
) -> None:
    """At start-up devices come up in any order."""
    miner = await set_up(network(), entities())
    assert miner.served("power")[1] == "S19"
    late = Plug(hass)
    await late.measure(3200)
    await clock.advance(60)
    assert miner.served("power")[1] == "Smart plug"
    assert heard.new() == []


async def test_stop_and_start_by_command(
    miner: Bench, clock: Clock, heard: Heard
) -> None:
    """They are told when the miner has done it, and once."""
    await clock.until_done(miner.turn("mining", on=False))
    await clock.advance(60)
    assert heard.names() == ["mining_stopped"]
    await clock.until_done(miner.turn("mining", on=True))
    await clock.advance(60)
    assert heard.names() == ["mining_started"]


async def test_stop_and_start_by_somebody_else(
    set_up: SetUp, devices: Network, clock: Clock, heard: Heard
) -> None:
    """What counts is what the miner does."""
    await set_up(network())
    devices[HOST].answer = STOPPED
    await clock.advance(40)
    assert heard.names() == ["mining_stopped"]
    devices[HOST].answer = WARMING_UP
    await clock.advance(40)
    assert heard.names() == []
    devices[HOST].answer = HASHING
    await clock.advance(40)
    assert heard.names() == ["mining_started"]


async def test_silence_is_no_stop(
    set_up: SetUp, devices: Network, clock: Clock, heard: Heard
) -> None:
    """Nobody knows whether a miner mines that does not answer."""
    await set_up(network())
    devices[HOST].answer = GONE
    await clock.advance(120)
    devices[HOST].answer = HASHING
    await clock.advance(120)
    assert heard.new() == []


async def test_refused_start(
    set_up: SetUp, devices: Network, clock: Clock, heard: Heard
) -> None:
    """It is told with the reason, and only once although the status shows an error."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    devices[HOST].refuses = CommandRefusedError("not today")
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("mining", on=True))
    ((name, data),) = heard.new()
    assert name == "start_failed"
    assert "refused the command" in data["reason"]


async def test_start_that_nobody_answers(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """Power came, the device did not: one failed start."""
    await plug.switch(on=False)
    devices[HOST].answer = GONE
    miner = await set_up(network(), entities())
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("mining", on=True))
    await clock.advance(600)
    assert miner.status == "error"
    assert heard.names() == ["start_failed"]


async def test_power_that_does_not_come_on(
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    clock: Clock,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who switches the power on starts the miner."""
    await plug.switch(on=False)
    miner = await set_up(network(), entities())

    async def refuse() -> None:
        raise CommandRefusedError("stuck")

    monkeypatch.setattr(miner.controller("Smart plug"), "turn_power_on", refuse)
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("power", on=True))
    assert heard.names() == ["start_failed"]


async def test_start_by_hand_that_ends_in_an_error(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """Nobody gave a command, but somebody switched the plug on."""
    await plug.switch(on=False)
    devices[HOST].answer = GONE
    miner = await set_up(network(), entities())
    await plug.switch(on=True)
    await clock.advance(290)
    assert heard.new() == []
    await clock.advance(20)
    assert miner.status == "error"
    assert heard.new() == [("start_failed", {"reason": "The start ended in an error"})]
    await clock.advance(600)
    assert heard.new() == []


async def test_error_after_set_up_is_no_failed_start(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """Home Assistant was started, not the miner."""
    devices[HOST].answer = GONE
    miner = await set_up(network(), entities())
    await clock.advance(400)
    assert miner.status == "error"
    assert heard.new() == []


async def test_start_that_is_cut_short_has_not_failed(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, heard: Heard
) -> None:
    """The integration was unloaded; nobody knows what became of it."""
    await plug.switch(on=False)
    devices[HOST].answer = GONE
    miner = await set_up(network(), entities())
    start = miner.hass.async_create_task(miner.turn("mining", on=True))
    await clock.advance(5)
    assert miner.runtime.operations.going_on == ["mining_control command"]
    await miner.unload()
    with pytest.raises(HomeAssistantError):
        await start
    assert heard.new() == []
