"""A stop that was meant to last outlives the power; what power off stopped does not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.miner_control.commands import kept_stop
from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network.address import NetworkAddress
from emulation import EmulatedMiner, Fault, SmartPlug
from emulation.axeos import EmulatedBitaxe, EmulatedNerdQaxe, EmulatedNMAxe
from tests.emulation.support import new_address, skip_unless_ports_free, until
from tests.integration.bench import Bench
from tests.integration.controllers import entities, subentry
from tests.integration.controlling import call

KINDS = [EmulatedBitaxe, EmulatedNerdQaxe, EmulatedNMAxe]
_ONLY_BITAXE = pytest.mark.parametrize("device", [EmulatedBitaxe], indirect=True)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Return a device that forgets a stop when it begins anew."""
    kind: type[EmulatedMiner] = request.param
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0.0, boot=0.1) as running:
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: Any, plug: SmartPlug) -> Bench:
    """Return a miner that is linked to the device and its plug."""
    found = await identify(hass, NetworkAddress(host=device.address))
    linked = subentry(
        "network",
        "Axe",
        found.capabilities,
        unique_id=found.capabilities.mac,
        host=device.address,
        protocol="axeos",
        push=False,
    )
    bench = Bench(hass, linked, entities())
    await bench.set_up()
    assert device.mining
    return bench


async def read(miner: Bench) -> None:
    """Read the device now, and let be done what follows."""
    await miner.coordinator.controllers["axe"].async_refresh()
    await miner.settle()


async def lose_power(miner: Bench, device: Any) -> None:
    """Have the device lose its power without anybody's doing, and get it back."""
    await device.cut_power()
    await read(miner)
    await device.restore_power()
    await device.wait_ready()
    assert device.mining


def age(device: Any, seconds: float) -> None:
    """Let a device be up for longer."""
    device._up_since -= seconds
    device._at_work_since -= seconds


async def rests(miner: Bench, device: Any) -> None:
    """Wait until the device was stopped, and is shown so."""
    await until(lambda: not device.mining, seconds=5)
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    await read(miner)
    assert miner.status == "idle"
    assert miner.switch("mining").state == "off"


async def test_stop_outlives_the_power(miner: Bench, device: Any) -> None:
    """However often that is lost."""
    await miner.turn("mining", on=False)
    await rests(miner, device)
    for _ in range(2):
        age(device, 60)
        await read(miner)
        await lose_power(miner, device)
        await read(miner)
        await rests(miner, device)


async def test_while_home_assistant_is_away(
    hass: HomeAssistant, miner: Bench, device: Any
) -> None:
    """What it was told is known again."""
    await miner.turn("mining", on=False)
    await rests(miner, device)
    await miner.unload()
    await device.cut_power()
    await device.restore_power()
    await device.wait_ready()
    assert device.mining
    assert await hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    await rests(miner, device)


async def test_power_off_is_undone(miner: Bench, device: Any) -> None:
    """A miner that mined before its power was cut mines afterwards."""
    await miner.turn("power", on=False)
    assert not device.powered
    await miner.turn("power", on=True)
    await device.wait_ready()
    await read(miner)
    await until(lambda: device.mining)
    await read(miner)
    assert device.mining
    assert miner.switch("mining").state == "on"


async def test_power_off_of_a_miner_that_rests(miner: Bench, device: Any) -> None:
    """It rested before, and does afterwards."""
    await miner.turn("mining", on=False)
    await rests(miner, device)
    await miner.turn("power", on=False)
    await miner.turn("power", on=True)
    await device.wait_ready()
    await read(miner)
    await rests(miner, device)


@pytest.mark.parametrize("way", ["switch", "button", "page"])
async def test_whoever_lets_it_mine_undoes_it(
    miner: Bench, device: Any, way: str
) -> None:
    """By the switch, by a restart of ours, or on its own page."""
    await miner.turn("mining", on=False)
    await rests(miner, device)
    if way == "switch":
        await miner.turn("mining", on=True)
    elif way == "button":
        await call(miner, "reboot", "button.press")
    else:
        device.resume()
    await until(lambda: device.ready and device.mining, seconds=5)
    await read(miner)
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    assert device.mining
    await lose_power(miner, device)
    await read(miner)
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    assert device.mining


async def test_clock_that_is_behind(
    miner: Bench, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device tells whole seconds of some while ago: that is no restart."""
    await lose_power(miner, device)
    await read(miner)
    await miner.turn("mining", on=False)
    await rests(miner, device)
    await miner.unload()
    later = dt_util.utcnow() + timedelta(seconds=100)
    monkeypatch.setattr(dt_util, "utcnow", lambda: later)
    age(device, 98.9 - device.uptime)
    device.inject(Fault.HTTP_500)
    assert await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    device.inject(None)
    await read(miner)
    device.resume()
    await until(lambda: device.ready and device.mining, seconds=5)
    await read(miner)
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    assert device.mining
    assert miner.switch("mining").state == "on"


@_ONLY_BITAXE
async def test_fallback_pool_of_a_miner_that_rests(miner: Bench, device: Any) -> None:
    """The restart that it takes does not make it mine."""
    reboots = device.reboots
    await miner.turn("mining", on=False)
    await rests(miner, device)
    device.version = "v2.15.0"
    await read(miner)
    await miner.coordinator.controllers["axe"].controller.prefer_fallback_pool(  # type: ignore[attr-defined]
        fallback=True
    )
    await until(lambda: device.reboots > reboots and device.ready, seconds=5)
    await read(miner)
    await rests(miner, device)
    assert device.prefers_fallback


@_ONLY_BITAXE
async def test_device_that_refuses(
    miner: Bench, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried some times, and then given up."""
    monkeypatch.setattr(kept_stop, "RETRY_SECONDS", 0.0)
    await miner.turn("mining", on=False)
    await rests(miner, device)
    await lose_power(miner, device)
    device.inject(Fault.HTTP_500, on="POST *")
    for _ in range(kept_stop.MOST_TRIES):
        await read(miner)
        await miner.hass.async_block_till_done(wait_background_tasks=True)
    device.fault = None
    await read(miner)
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    assert device.mining
