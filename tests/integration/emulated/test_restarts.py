"""A device that restarts because of what it was told."""

import asyncio
from collections.abc import AsyncIterator
import logging

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.options import MinerOptions
from emulation import EmulatedMiner, EmulatedWhatsminer, Fault, SmartPlug
from tests.emulation.support import new_address, until
from tests.integration.bench import Bench
from tests.integration.controlling import call

from .rig import TITLE, set_up

LIMIT = 2880


@pytest.fixture
async def device() -> AsyncIterator[EmulatedMiner]:
    """Return a device that reboots to apply a power limit, after it confirmed it."""
    async with EmulatedWhatsminer(new_address(), warm_up=0.2, boot=0.6) as running:
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner, plug: SmartPlug) -> Bench:
    """Return a miner on a plug."""
    return await set_up(hass, device)


async def limited(miner: Bench, device: EmulatedMiner) -> None:
    """Limit the power, and catch the device while it restarts for that."""
    await call(miner, "power_limit", "number.set_value", value=LIMIT)
    assert device.power_limit == LIMIT
    await until(lambda: device.reboots > 0)
    # It stays away until the test has seen that.
    device.fault = Fault.REFUSE
    await miner.coordinator.async_refresh_all()
    assert miner.connectivity(TITLE).state == "off"


async def test_restart_after_a_limit_is_a_start(
    miner: Bench, device: EmulatedMiner, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no error that the device is silent, and nothing to complain about."""
    await limited(miner, device)
    assert miner.status == "starting"

    device.fault = None
    await device.wait_ready()
    await until(lambda: device.hashrate > 0)
    await miner.coordinator.async_refresh_all()

    assert miner.status == "on"
    assert miner.connectivity(TITLE).state == "on"
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_device_that_does_not_come_back_is_an_error(
    miner: Bench, device: EmulatedMiner, caplog: pytest.LogCaptureFixture
) -> None:
    """The start may take no longer than any other."""
    await limited(miner, device)
    miner.coordinator.options = MinerOptions(boot_grace=0.0)
    await miner.coordinator.async_refresh_all()

    assert miner.status == "error"
    assert f"{TITLE} does not answer" in caplog.text


async def test_silence_long_after_a_command_is_an_error(
    miner: Bench, device: EmulatedMiner, caplog: pytest.LogCaptureFixture
) -> None:
    """What was told once does not excuse everything for ever."""
    miner.coordinator.options = MinerOptions(boot_grace=0.2)
    await call(miner, "preset", "select.select_option", option="low")
    await until(lambda: device.hashrate > 0)
    await miner.coordinator.async_refresh_all()
    await asyncio.sleep(0.2)
    device.fault = Fault.REFUSE
    await miner.coordinator.async_refresh_all()

    assert miner.status == "error"
    assert f"Error fetching {TITLE} data" in caplog.text
