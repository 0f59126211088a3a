"""Cuts of the power: not too often, not half-way, as gentle as the user wants."""

import asyncio
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from .conftest import Plug, SetUp
from .controllers import PLUG_SWITCH, entities, simulation
from .controlling import Ticker, ignore


@pytest.fixture
def ticker(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Ticker:
    """Return what lets time pass."""
    return Ticker(hass, freezer)


@pytest.mark.normal
@pytest.mark.parametrize("reloaded", [False, True])
async def test_power_stays_off_for_as_long_as_was_set(
    set_up: SetUp, plug: Plug, ticker: Ticker, *, reloaded: bool
) -> None:
    """A reload does not shorten that."""
    miner = await set_up(entities(), options={"power_cut_interval": 60})
    await ticker.until_done(miner.turn("power", on=False))
    await ticker.tick(10)
    if reloaded:
        await miner.hass.config_entries.async_reload(miner.entry.entry_id)
        await ticker.settle()
    with pytest.raises(ServiceValidationError) as caught:
        await ticker.until_done(miner.turn("power", on=True))
    assert caught.value.translation_key == "power_cut_recently"
    assert caught.value.translation_placeholders
    assert 40 <= int(caught.value.translation_placeholders["seconds"]) <= 50
    assert not plug.is_on()
    await ticker.tick(50)
    await ticker.until_done(miner.turn("power", on=True))
    assert plug.is_on()


@pytest.mark.normal
async def test_cut_itself_is_never_refused(
    set_up: SetUp, plug: Plug, ticker: Ticker
) -> None:
    """It may be urgent, whoever gave the power back in between."""
    miner = await set_up(entities(), options={"power_cut_interval": 600})
    await ticker.until_done(miner.turn("power", on=False))
    await plug.switch_now(on=True)
    await ticker.until_done(miner.turn("power", on=False))
    assert not plug.is_on()


@pytest.mark.normal
@pytest.mark.parametrize("graceful", [True, False])
async def test_mining_is_stopped_before_the_cut_if_that_is_wanted(
    set_up: SetUp,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
    *,
    graceful: bool,
) -> None:
    """Some miners do not need it, and some users cannot wait."""
    miner = await set_up(simulation(), options={"graceful_power_off": graceful})
    await ticker.until_done(miner.turn("power", on=False))
    simulated: Any = miner.controller("Simulation")
    assert simulated.model.mining is not graceful
    assert miner.switch("power").state == "off"


def slow_plug(hass: HomeAssistant, *, works: bool = True) -> asyncio.Event:
    """Let the plug wait until an event is set before it turns off, if it does."""
    free = asyncio.Event()

    async def turn_off(_: Any) -> None:
        await free.wait()
        if works:
            hass.states.async_set(PLUG_SWITCH, "off")

    hass.services.async_register("input_boolean", "turn_off", turn_off)
    return free


@pytest.mark.normal
async def test_cut_that_has_begun_ends_before_the_miner_is_unloaded(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    ticker: Ticker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is proved and logged, and whoever gave the command learns of it."""
    caplog.set_level(logging.INFO)
    miner = await set_up(entities())
    free = slow_plug(hass)
    cut = asyncio.create_task(miner.runtime.operations.turn_power_off())
    await ticker.tick()
    unload = asyncio.create_task(hass.config_entries.async_unload(miner.entry.entry_id))
    await ticker.tick(3)
    assert not unload.done()
    free.set()
    assert await ticker.until_done(unload)
    await ticker.until_done(cut)
    assert not plug.is_on()
    assert "Smart plug carried out power_control" in caplog.text


async def test_cut_that_has_begun_and_fails_is_told_although_all_ends(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, ticker: Ticker
) -> None:
    """The power is on, which nobody should have to find out by himself."""
    miner = await set_up(entities())
    slow_plug(hass, works=False).set()
    cut = asyncio.create_task(miner.runtime.operations.turn_power_off())
    await ticker.tick()
    stop = asyncio.create_task(miner.runtime.operations.async_stop())
    with pytest.raises(HomeAssistantError, match="but nothing changed"):
        await ticker.until_done(cut)
    await ticker.until_done(stop)
    assert plug.is_on()


@pytest.mark.normal
async def test_cut_that_has_begun_ends_although_its_caller_is_gone(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, ticker: Ticker
) -> None:
    """The caller is cancelled all the same, when the cut is proved."""
    miner = await set_up(entities())
    free = slow_plug(hass)
    cut = asyncio.create_task(miner.runtime.operations.turn_power_off())
    await ticker.tick()
    cut.cancel()
    await ticker.tick(3)
    assert not cut.done()
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await ticker.until_done(cut)
    assert not plug.is_on()
    assert miner.switch("power").state == "off"


async def test_shutdown_ends_what_waits_and_leaves_nothing_behind(
    hass: HomeAssistant,
    set_up: SetUp,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the command that waits for its proof nor the one that waits for it."""
    miner = await set_up(simulation())
    operations = miner.runtime.operations
    ignore(monkeypatch, miner, "Simulation", "stop_mining")
    stop = asyncio.create_task(operations.stop_mining())
    start = asyncio.create_task(operations.start_mining())
    await ticker.tick(3)
    assert miner.status == "stopping"
    await hass.async_stop(force=True)
    for task in (stop, start):
        with pytest.raises(HomeAssistantError) as caught:
            await task
        assert caught.value.translation_key == "command_failed"


async def test_nothing_is_left_of_commands_after_an_unload(
    set_up: SetUp, ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one finds its turn."""
    miner = await set_up(simulation())
    ignore(monkeypatch, miner, "Simulation", "stop_mining")
    stop = asyncio.create_task(miner.runtime.operations.stop_mining())
    await ticker.tick(3)
    await miner.unload()
    with pytest.raises(HomeAssistantError):
        await stop
    assert await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await ticker.until_done(miner.turn("mining", on=False))
    assert miner.status == "idle"
