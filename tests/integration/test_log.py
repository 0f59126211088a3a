"""What is in the log: a fault once at its begin and once at its end, nothing else."""

import asyncio
import logging

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest

from .bench import Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG_SWITCH,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
)

NAME = "custom_components.miner_control"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """Return what the integration logs for people."""
    return Lines(caplog)


class Lines:
    """What the integration has logged since it was read last."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        """Read from the beginning."""
        self._caplog = caplog
        self._read = 0

    def new(self) -> list[tuple[int, str]]:
        """Return levels and messages above debug, but who carried out a command."""
        records = self._caplog.records[self._read :]
        self._read = len(self._caplog.records)
        return [
            (record.levelno, record.getMessage())
            for record in records
            if record.levelno > logging.DEBUG
            and record.name.startswith(NAME)
            and " carried out " not in record.getMessage()
        ]


@pytest.mark.normal
async def test_normal_life_is_silent(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, lines: Lines
) -> None:
    """A day with a stop, a start, and a night without power."""
    miner = await set_up(network(), entities())
    await clock.advance(3600, step=30)
    await clock.until_done(miner.turn("mining", on=False))
    await clock.advance(3600, step=30)
    await clock.until_done(miner.turn("mining", on=True))
    await clock.advance(60)
    await clock.until_done(miner.turn("power", on=False))
    devices[HOST].answer = GONE
    await plug.measure(0)
    await clock.advance(3600, step=30)
    devices[HOST].answer = WARMING_UP
    await clock.until_done(miner.turn("mining", on=True))
    devices[HOST].answer = HASHING
    await clock.advance(60)
    assert miner.status == "on"
    assert lines.new() == []


async def test_device_that_is_lost_and_found_is_logged_twice(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, lines: Lines
) -> None:
    """Once when it goes, once when it is back, however long that takes."""
    await set_up(network(), entities())
    devices[HOST].answer = GONE
    await clock.advance(30)
    assert lines.new() == [
        (logging.ERROR, "Error fetching S19 data: it does not answer")
    ]
    await clock.advance(3600, step=30)
    assert lines.new() == []
    devices[HOST].answer = HASHING
    await clock.advance(600)
    assert lines.new() == [(logging.INFO, "Fetching S19 data recovered")]


async def test_device_that_never_comes_up_is_logged_once_its_time_is_over(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, lines: Lines
) -> None:
    """Booting is no fault; not to have booted is one."""
    await plug.switch(on=False)
    await set_up(network(), entities())
    devices[HOST].answer = GONE
    await plug.switch(on=True)
    await clock.advance(290)
    assert lines.new() == []
    await clock.advance(20)
    assert lines.new() == [(logging.ERROR, "S19 does not answer: it does not answer")]
    await clock.advance(3600, step=30)
    assert lines.new() == []
    devices[HOST].answer = HASHING
    await clock.advance(600)
    assert lines.new() == [(logging.INFO, "Fetching S19 data recovered")]


async def test_fault_ends_without_a_word_when_the_power_goes(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, lines: Lines
) -> None:
    """In the dark nobody expects an answer, and the next start is a new one."""
    miner = await set_up(network(), entities())
    devices[HOST].answer = GONE
    await clock.advance(30)
    lines.new()
    await plug.switch(on=False)
    await clock.advance(600)
    await plug.switch(on=True)
    devices[HOST].answer = HASHING
    await clock.advance(10)
    assert miner.status == "on"
    assert lines.new() == []


async def test_plug_that_is_lost_and_found_is_logged_twice(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, lines: Lines
) -> None:
    """It is a controller like any other."""
    await set_up(network(), entities())
    await plug.fall_silent()
    await clock.advance(600)
    assert [level for level, _ in lines.new()] == [logging.ERROR]
    await plug.measure(3000)
    await clock.advance(60)
    assert lines.new() == [(logging.INFO, "Fetching Smart plug data recovered")]


async def test_device_that_is_away_when_home_assistant_starts_is_logged_once(
    set_up: SetUp, devices: Network, clock: Clock, lines: Lines
) -> None:
    """Without a plug nobody can know that it is meant to be off."""
    devices[HOST].answer = GONE
    await set_up(network())
    await clock.advance(3600, step=30)
    assert [level for level, _ in lines.new()] == [logging.ERROR]


@pytest.mark.normal
async def test_controllers_that_come_late_are_not_logged(
    set_up: SetUp, devices: Network, clock: Clock, lines: Lines
) -> None:
    """Home Assistant starts, and the plug's own integration is slower."""
    miner = await set_up(network(), entities())
    assert miner.connectivity("Smart plug").state == "off"
    await clock.advance(60)
    assert lines.new() == []


@pytest.mark.normal
async def test_poll_that_our_own_cut_breaks_is_not_logged(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    clock: Clock,
    lines: Lines,
) -> None:
    """The device is gone before the plug has said that it is off."""

    async def cut(_: ServiceCall) -> None:
        devices[HOST].vanish()
        await asyncio.sleep(1)
        hass.states.async_set(PLUG_SWITCH, "off")

    hass.services.async_register("input_boolean", "turn_off", cut)
    devices[HOST].answer = STOPPED
    miner = await set_up(network(), entities())
    await clock.advance(27, step=1)
    devices[HOST].hang()
    await clock.advance(4, step=1)
    await clock.until_done(miner.turn("power", on=False))
    await clock.advance(60)
    assert miner.status == "off"
    assert lines.new() == []


async def test_device_that_fails_when_its_power_could_not_be_cut_is_logged(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    clock: Clock,
    lines: Lines,
) -> None:
    """It has power as far as anybody knows, and does not answer."""
    hass.services.async_register("input_boolean", "turn_off", lambda _: None)
    devices[HOST].answer = STOPPED
    miner = await set_up(network(), entities())
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("power", on=False))
    lines.new()
    devices[HOST].answer = GONE
    await clock.advance(600)
    assert [level for level, _ in lines.new()] == [logging.ERROR]
