"""Devices that go dark, refuse, hang or lie, and come back."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.miner_control.controllers import simulated
from emulation import EmulatedMiner, Fault, SmartPlug
from tests.emulation.support import until
from tests.integration.bench import Bench

from .rig import fallback, set_up


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner, plug: SmartPlug) -> Bench:
    """Return a miner with a simulation as its last fallback, which takes back soon."""
    bench = await set_up(hass, device, fallback())
    for selector in bench.coordinator._serving._selectors.values():
        selector._take_back_after = 0.0
    return bench


async def let_hours_pass(hass: HomeAssistant) -> None:
    """Fire everything that is due within the next hours."""
    for hours in range(1, 6):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=hours))
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.normal
async def test_dark_device_is_left_alone(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """Not one connection is tried, not one line is logged."""
    await miner.turn("power", on=False)
    await until(lambda: miner.status == "off")
    before = device.connections, device.requests.total()
    device.power_on()  # It would answer, if only it was asked.
    await device.wait_ready()
    await let_hours_pass(hass)
    assert (device.connections, device.requests.total()) == before
    assert miner.status == "off"


@pytest.mark.normal
async def test_device_is_asked_in_the_light(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner
) -> None:
    """The counters of the test before count."""
    before = device.requests.total()
    await let_hours_pass(hass)
    assert device.requests.total() > before


@pytest.mark.parametrize(
    "fault",
    [
        Fault.REFUSE,
        Fault.HANG,
        Fault.RESET,
        Fault.GARBAGE,
        Fault.TRUNCATE,
        Fault.EMPTY,
        Fault.HTTP_500,
        Fault.NULLS,
    ],
)
async def test_fallback_serves_a_device_that_fails_in_any_way(
    hass: HomeAssistant,
    miner: Bench,
    device: EmulatedMiner,
    plug: SmartPlug,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hash rate falls back, power goes on being measured, and all comes back."""
    # Of a larger miner's hash rate, nobody would believe that it is this one's.
    monkeypatch.setattr(simulated, "RATED_HASHRATE", device.hashrate)
    device.fault = fault
    await miner.coordinator.async_refresh_all()
    assert miner.served("hashrate")[1:] == ("Simulation", True)
    assert miner.served("power")[1:] == ("Smart plug", False)
    assert float(miner.sensor("power").state) == pytest.approx(plug.power, rel=0.05)
    assert miner.degraded.state == "on"
    assert miner.degraded.attributes["features"]["hashrate_monitoring"] == "Simulation"
    device.fault = None
    await miner.coordinator.async_refresh_all()
    assert miner.connectivity("ASIC").state == "on"
    assert miner.served("hashrate")[1:] == ("ASIC", False)
    assert float(miner.sensor("hashrate").state) == pytest.approx(
        device.hashrate, rel=0.01
    )
