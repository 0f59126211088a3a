"""While a device restarts that was told so, it is starting, and commands wait."""

import asyncio

from homeassistant.exceptions import HomeAssistantError
import pytest

from .bench import Bench, Clock
from .conftest import SetUp
from .controllers import GONE, HASHING, HOST, STOPPED, Device, Network, network
from .controlling import call


@pytest.fixture
def device(devices: Network) -> Device:
    """Return the device."""
    return devices[HOST]


@pytest.fixture
async def miner(
    set_up: SetUp, device: Device, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """Return a miner that was just told to restart, and fell silent."""
    miner = await set_up(network())

    async def reboot() -> None:
        device.answer = GONE

    monkeypatch.setattr(miner.controller("S19"), "reboot", reboot)
    await clock.until_done(call(miner, "reboot", "button.press"))
    return miner


@pytest.mark.normal
async def test_it_is_starting(miner: Bench, device: Device, clock: Clock) -> None:
    """Its silence was ordered."""
    await clock.advance(60)
    assert miner.status == "starting"
    assert miner.switch("mining").state == "on"
    device.answer = HASHING
    await clock.advance(10)
    assert miner.status == "on"


async def test_it_is_gone_if_it_does_not_come_back(miner: Bench, clock: Clock) -> None:
    """Nobody expects it any longer than a start may take."""
    await clock.advance(400)
    assert miner.status == "unavailable"
    assert miner.switch("mining").state == "unavailable"


@pytest.mark.normal
async def test_call_waits_for_the_device(
    miner: Bench, device: Device, clock: Clock
) -> None:
    """It is not lost, as Home Assistant would lose it without a word."""
    task = asyncio.create_task(miner.turn("mining", on=False))
    await clock.advance(60)
    assert not task.done()
    assert device.commands == []
    device.answer = HASHING
    await clock.until_done(task)
    assert device.commands == ["stop"]
    assert device.answer is STOPPED


@pytest.mark.parametrize(
    ("key", "action", "data"),
    [
        ("mining", "switch.turn_off", {}),
        ("mining", "switch.turn_on", {}),
        ("locate", "switch.turn_on", {}),
        ("internal_fan", "fan.set_percentage", {"percentage": 50}),
        ("power_limit", "number.set_value", {"value": 3000}),
        ("reboot", "button.press", {}),
        ("restart_mining", "button.press", {}),
    ],
)
async def test_call_that_waits_in_vain_fails_aloud(
    miner: Bench, clock: Clock, key: str, action: str, data: dict[str, int]
) -> None:
    """Whoever called is told that nothing was done."""
    with pytest.raises(HomeAssistantError):
        await clock.until_done(call(miner, key, action, **data), 1200)


async def test_cut_of_the_power_ends_it(
    set_up: SetUp,
    device: Device,
    clock: Clock,
) -> None:
    """There is nothing to wait for any more, nor after an answer."""
    miner = await set_up(network())
    controller = next(iter(miner.coordinator.controllers.values()))
    controller.expect_restart(300)
    seen = [controller.is_restarting]
    device.answer = GONE
    await clock.advance(60)
    seen.append(controller.is_restarting)
    controller.set_suspended(suspended=True)
    seen.append(controller.is_restarting)
    controller.set_suspended(suspended=False)
    await clock.advance(10)
    seen.append(controller.is_restarting)
    assert seen == [False, True, False, False]
