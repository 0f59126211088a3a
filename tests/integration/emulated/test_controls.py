"""Every control of every kind of device does what it says, and nothing else."""

from homeassistant.core import HomeAssistant
import pytest

from emulation import EmulatedMiner
from tests.controllers.pyasic.test_commands import personalise
from tests.emulation.support import until
from tests.integration.bench import Bench

from .effects import APART, EFFECTS, LEFT_OVER, PRESETS, kept
from .kinds import CONTROLS, EXPECTED
from .rig import link

pytestmark = pytest.mark.normal

# Which control of which kind; one that nobody knows the effect of fails its test.
ALL = [
    pytest.param(kind, key, id=f"{kind.kind}-{key}")
    for kind, keys in EXPECTED.items()
    for platform in CONTROLS
    for key in sorted(keys.get(platform, set()) - APART)
]


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return a miner whose device hashes, with pools and settings of its own."""
    personalise(device)
    device.locating = False
    if hasattr(device, "power_mode"):
        device.power_mode = next(reversed(PRESETS[type(device)].values()))
    if hasattr(device, "work_level"):
        device.work_level = 2
    device.apply()
    device.machine.settle()
    bench = Bench(hass, await link(device, scan_interval=3600))
    await bench.set_up()
    assert bench.status == "on"
    return bench


@pytest.mark.parametrize(("device", "key"), ALL, indirect=["device"])
async def test_control_does_what_it_says(
    miner: Bench, device: EmulatedMiner, key: str
) -> None:
    """The device itself shows it; its settings are the same afterwards."""
    with kept(device, *LEFT_OVER.get(key, ())):
        await EFFECTS[key](miner, device)
    await miner.coordinator.async_refresh_all()
    await until(lambda: miner.status == "on", seconds=5)
    assert device.mining
    assert miner.degraded.state == "off"


def test_every_effect_is_of_a_control() -> None:
    """No device is left that has one of them."""
    assert {param.values[1] for param in ALL} == set(EFFECTS)
