"""Power off and on again: a miner does afterwards what it did before."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.errors import CommandRefusedError
from custom_components.miner_control.domain.snapshot import Snapshot

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    MUTE,
    PLUG_SWITCH,
    STOPPED,
    Device,
    Network,
    entities,
    network,
)

REFUSED = CommandRefusedError("not today")


class Sleeper:
    """A device on a plug that stays asleep over a loss of power once it was stopped."""

    def __init__(self, hass: HomeAssistant, device: Device) -> None:
        """Follow the plug."""
        self._device = device
        self._kept: Snapshot = HASHING
        self.wakes_by_itself = False
        async_track_state_change_event(hass, PLUG_SWITCH, self._switched)

    @callback
    def _switched(self, event: Event[EventStateChangedData]) -> None:
        """Lose the power, or boot and do what it did before."""
        state = event.data["new_state"]
        if state is None or state.state == "off":
            if isinstance(self._device.answer, Snapshot):
                self._kept = self._device.answer
            self._device.answer = GONE
        elif self._device.answer is GONE:
            self._device.answer = HASHING if self.wakes_by_itself else self._kept


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner that hangs on a smart plug."""
    miner = await set_up(network(), entities())
    assert miner.status == "on"
    return miner


@pytest.fixture
def device(devices: Network) -> Device:
    """Return the device."""
    return devices[HOST]


@pytest.fixture
def sleeper(hass: HomeAssistant, miner: Bench, device: Device) -> Sleeper:
    """Return what rules the device by its power."""
    return Sleeper(hass, device)


@pytest.fixture
def turn(miner: Bench, clock: Clock) -> Callable[..., Any]:
    """Return how to turn a switch of the miner while time passes."""

    async def turn(key: str, *, on: bool) -> None:
        await clock.until_done(miner.turn(key, on=on))

    return turn


@pytest.mark.normal
async def test_power_on_undoes_the_stop_before_the_cut(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """The stop was meant for the time without power only."""
    await turn("power", on=False)
    assert device.commands == ["stop"]
    assert miner.status == "off"
    await clock.advance(3600, step=600)
    await turn("power", on=True)
    await clock.advance(30)
    assert device.commands == ["stop", "start"]
    assert miner.status == "on"
    await clock.advance(600)
    assert device.commands == ["stop", "start"]


async def test_it_does_so_after_a_restart_of_home_assistant(
    hass: HomeAssistant,
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    plug: Plug,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """The power may even come back meanwhile."""
    await turn("power", on=False)
    await miner.unload()
    await plug.switch(on=True)
    await hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    await clock.advance(60)
    assert device.commands == ["stop", "start"]
    assert miner.status == "on"


async def test_it_does_so_when_the_plug_is_turned_on_by_somebody_else(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    plug: Plug,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """Nobody would wake the miner otherwise."""
    await turn("power", on=False)
    await clock.advance(60)
    await plug.switch(on=True)
    await clock.advance(30)
    assert device.commands == ["stop", "start"]
    assert miner.status == "on"


@pytest.mark.normal
async def test_miner_that_wakes_by_itself_is_told_nothing(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """Most do."""
    sleeper.wakes_by_itself = True
    await turn("power", on=False)
    await turn("power", on=True)
    await clock.advance(60)
    assert device.commands == ["stop"]
    assert miner.status == "on"
    device.answer = STOPPED
    await clock.advance(600)
    assert device.commands == ["stop"]


@pytest.mark.normal
async def test_power_on_wakes_a_miner_that_did_not_tell_whether_it_mined(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """Its status before the command says that it should have mined."""
    device.answer = MUTE
    await clock.advance(60)
    assert miner.status == "error"
    await turn("power", on=False)
    await turn("power", on=True)
    await clock.advance(60)
    assert device.commands == ["stop", "start"]
    assert miner.status == "on"


@pytest.mark.normal
async def test_miner_that_was_stopped_before_stays_stopped(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """The user stopped it, and not the cut."""
    await turn("mining", on=False)
    await turn("power", on=False)
    await turn("power", on=True)
    await clock.advance(600)
    assert device.commands == ["stop"]


@pytest.mark.normal
async def test_miner_that_shall_not_mine_is_not_resumed(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """Who stops it while it has no power, wants it to stay so."""
    await turn("power", on=False)
    await turn("mining", on=False)
    await turn("power", on=True)
    await clock.advance(600)
    assert device.commands == ["stop"]


@pytest.mark.normal
async def test_start_of_a_dark_miner_resumes_it_once(
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """The mining switch gives it power as well."""
    await turn("power", on=False)
    await turn("mining", on=True)
    assert device.commands == ["stop", "start"]
    await clock.advance(600)
    assert device.commands == ["stop", "start"]
    assert miner.status == "on"


async def test_miner_that_does_not_obey_is_told_again_and_then_reported(
    hass: HomeAssistant,
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
) -> None:
    """It may be busy with its start; in the end, everybody hears of it."""
    failures = async_capture_events(hass, f"{DOMAIN}_start_failed")
    await turn("power", on=False)
    device.refuses = REFUSED
    await turn("power", on=True)
    await clock.advance(100)
    assert failures == []
    device.refuses = None
    await clock.advance_until(lambda: "start" in device.commands)
    assert device.commands == ["stop", "start"]
    await turn("power", on=False)
    device.refuses = REFUSED
    await turn("power", on=True)
    await clock.advance(420)
    assert len(failures) == 1
    device.refuses = None
    await clock.advance(600)
    assert device.commands == ["stop", "start", "stop"]


async def test_cut_that_failed_leaves_a_miner_that_power_on_resumes(
    hass: HomeAssistant,
    miner: Bench,
    device: Device,
    sleeper: Sleeper,
    turn: Callable[..., Any],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was stopped and still has power: it waits for what the user wants."""
    plug = miner.controller("Smart plug")

    async def refuse() -> None:
        raise REFUSED

    with monkeypatch.context() as patch:
        patch.setattr(plug, "turn_power_off", refuse)
        with pytest.raises(Exception, match="refused the command"):
            await turn("power", on=False)
    await clock.advance(600)
    assert device.commands == ["stop"]
    await turn("power", on=True)
    await clock.advance(60)
    assert device.commands == ["stop", "start"]
