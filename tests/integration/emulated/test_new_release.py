"""A device whose firmware was updated has more to tell, and can be told more."""

from collections.abc import AsyncIterator

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.coordinator import ControllerCoordinator
from emulation.axeos import EmulatedBitaxe
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import subentry

from .kinds import keys_of


@pytest.fixture
async def device() -> AsyncIterator[EmulatedBitaxe]:
    """Return a Bitaxe with a release that cannot be paused."""
    skip_unless_ports_free(EmulatedBitaxe)
    async with EmulatedBitaxe(
        new_address(), version="v2.6.0", warm_up=0.0, boot=0.05
    ) as running:
        yield running


async def test_new_release(hass: HomeAssistant, device: EmulatedBitaxe) -> None:
    """It is looked at again, once; what it was called before is updated."""
    found = await identify(hass, NetworkAddress(host=device.address))
    linked = subentry(
        "network",
        "Axe",
        found.capabilities,
        host=device.address,
        protocol="axeos",
        scan_interval=15,
        push=False,
    )
    miner = Bench(hass, linked)
    await miner.set_up()
    before = keys_of(miner)
    assert "mining" not in before.get(Platform.SWITCH, set())
    assert coordinator_of(miner).controller.shortest_interval.total_seconds() == 10

    newer = EmulatedBitaxe(device.address, version="v2.15.0", mac=device.mac)
    await device.stop()
    async with newer:
        for _ in range(3):
            await coordinator_of(miner).async_refresh()
            await hass.async_block_till_done(wait_background_tasks=True)
        after = keys_of(miner)
        assert {"mining", "locate", "prefer_fallback_pool"} <= after[Platform.SWITCH]
        assert {"fan_target", "fan_minimum"} <= after[Platform.NUMBER]
        assert all(before[platform] <= after[platform] for platform in before)
        controller = coordinator_of(miner).controller
        assert controller.capabilities.firmware_version == "v2.15.0"
        assert controller.shortest_interval.total_seconds() == 0
        found_device = miner.device(miner.entry.entry_id)
        assert found_device
        assert found_device.sw_version
        assert "2.15.0" in found_device.sw_version
        newer.requests.clear()
        await coordinator_of(miner).async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
        assert newer.requests.total() == 1
        await miner.unload()


def coordinator_of(miner: Bench) -> ControllerCoordinator:
    """Return what keeps the one controller fresh."""
    (coordinator,) = miner.coordinator.controllers.values()
    return coordinator
