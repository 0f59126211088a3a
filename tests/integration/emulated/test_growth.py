"""A device that is linked while it is stopped ends up with all its entities."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.values import HashRate, HashRateUnit
from emulation import EmulatedMiner, EmulatedWhatsminer
from tests.features import joined
from tests.integration.bench import Bench

from .kinds import ALWAYS, EXPECTED, keys_of
from .rig import link

pytestmark = pytest.mark.normal
every_kind = pytest.mark.parametrize(
    "device", EXPECTED, indirect=True, ids=lambda kind: str(kind.kind)
)


async def _read(miner: Bench) -> None:
    """Read the device until nothing more is added."""
    for _ in range(3):
        for coordinator in list(miner.coordinator.controllers.values()):
            await coordinator.async_refresh()
        await miner.hass.async_block_till_done(wait_background_tasks=True)


@every_kind
async def test_linked_while_stopped(hass: HomeAssistant, device: EmulatedMiner) -> None:
    """What it cannot tell then is added when it does."""
    device.pause()
    miner = Bench(hass, await link(device, scan_interval=3600))
    await miner.set_up()
    device.resume()
    device.machine.settle()
    await _read(miner)
    assert keys_of(miner) == joined(ALWAYS, EXPECTED[type(device)])
    shown = miner.sensor("hashrate")
    unit = HashRateUnit(shown.attributes["unit_of_measurement"])
    rate = HashRate(float(shown.state), unit).to(HashRateUnit.TH)
    assert rate == pytest.approx(device.hashrate, rel=0.01)
    await miner.unload()


@pytest.mark.parametrize("device", [EmulatedWhatsminer], indirect=True)
async def test_model_that_was_not_told(
    hass: HomeAssistant, device: EmulatedWhatsminer
) -> None:
    """Old firmware tells its model by the process that mines, and was stopped."""
    device.legacy = True
    device.pause()
    miner = Bench(hass, await link(device, scan_interval=3600))
    await miner.set_up()
    found = miner.device(miner.entry.entry_id)
    assert found
    assert found.model is None
    device.resume()
    device.machine.settle()
    await _read(miner)
    found = miner.device(miner.entry.entry_id)
    assert found
    assert found.model == "M30S++ VH30"
    assert keys_of(miner) == joined(ALWAYS, EXPECTED[type(device)])
    await miner.unload()
