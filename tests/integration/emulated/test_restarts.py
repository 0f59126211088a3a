"""A device that restarts because of what it was told."""

import asyncio
from collections.abc import AsyncIterator
import logging
from time import monotonic

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.coordinator import miner as coordinator
from custom_components.miner_control.storage.options import MinerOptions
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
    miner.coordinator.options = MinerOptions(boot_grace=0.2)
    await limited(miner, device)
    await asyncio.sleep(0.3)
    await miner.coordinator.async_refresh_all()

    assert miner.status == "error"
    told = (f"{TITLE} does not answer", f"Error fetching {TITLE} data")
    assert any(text in caplog.text for text in told)


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


async def test_device_that_restarts_again_and_again_is_an_error(
    miner: Bench, device: EmulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time to start is not given anew by what nobody ordered."""
    monkeypatch.setattr(type(device), "target_load", property(lambda _: 0.0))
    passed = 0.0
    monkeypatch.setattr(
        f"{coordinator.__name__}.monotonic", lambda: monotonic() + passed
    )
    seen = []
    for minute in range(8):
        passed = 60.0 * minute
        device.reboot()
        await device.wait_ready()
        await miner.coordinator.async_refresh_all()
        seen.append(miner.status)
    assert seen == ["starting"] * 5 + ["error"] * 3
