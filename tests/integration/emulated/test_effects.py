"""What commands truly do to a device, and in which order."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.commands.operations import HARMLESS_WATTS
from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import (
    EmulatedAntminer,
    EmulatedBitaxe,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    SmartPlug,
)
from tests.emulation.support import until
from tests.integration.bench import Bench
from tests.integration.controllers import entities

from .rig import Cuts, link, only, set_up

_STOPS = {
    "bitaxe": "POST /api/system/pause",
    "antminer": "/cgi-bin/set_miner_conf.cgi",
}


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner, plug: SmartPlug) -> Bench:
    """Return a miner whose device hashes."""
    return await set_up(hass, device)


@pytest.mark.normal
async def test_values_are_the_devices_and_the_plugs_own(
    miner: Bench, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """Watts are measured at the wall, all else by the device."""
    assert miner.status == "on"
    hashrate, provider, fallback = miner.served("hashrate")
    assert float(hashrate) == pytest.approx(device.hashrate, rel=0.01)
    assert (provider, fallback) == ("ASIC", False)
    power, provider, fallback = miner.served("power")
    assert float(power) == pytest.approx(plug.power, rel=0.01)
    assert float(power) > device.own_watts * 1.05
    assert (provider, fallback) == ("Smart plug", False)
    assert miner.degraded.state == "off"


@pytest.mark.normal
async def test_stop_and_start_reach_the_device(
    miner: Bench, device: EmulatedMiner
) -> None:
    """It stops hashing with its power on, and hashes again; nothing else changes."""
    pools = list(device.pools)
    await miner.turn("mining", on=False)
    assert not device.mining
    assert device.powered
    assert any(_STOPS[device.kind] in command for command in device.commands)
    assert miner.status == "idle"
    await until(lambda: float(miner.sensor("hashrate").state) == 0)
    await miner.turn("mining", on=True)
    await until(lambda: device.mining)
    await until(lambda: miner.status == "on", seconds=8)
    assert float(miner.sensor("hashrate").state) > 0
    assert device.pools == pools
    assert len(device.commands) == 2


@pytest.mark.normal
async def test_power_off_cuts_a_device_that_has_stopped_and_rests(
    miner: Bench, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """First the stop, then the fall of the watts, then the cut, and only once."""
    cuts = Cuts(device)
    before = plug.power
    await miner.turn("power", on=False)
    assert len(cuts.seen) == 1
    assert not cuts.seen[0]["mining"]
    # What draws next to nothing may be cut as soon as it has stopped.
    assert cuts.seen[0]["watts"] <= max(before / 2, HARMLESS_WATTS)
    assert len(cuts.seen[0]["commands"]) == 1
    assert not device.powered
    assert not plug.on
    await until(lambda: miner.status == "off")
    assert miner.served("hashrate") == ("0", "Smart plug", False)
    await until(lambda: float(miner.sensor("power").state) == 0)


@pytest.mark.normal
async def test_start_from_the_dark_brings_the_device_to_hash(
    miner: Bench, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """Power, boot, and a word to one that kept its stop."""
    await miner.turn("power", on=False)
    await until(lambda: miner.status == "off")
    await miner.turn("mining", on=True)
    assert plug.on
    assert device.powered
    assert device.mining
    assert miner.status in ("starting", "on")
    await until(lambda: miner.status == "on", seconds=8)
    assert device.hashrate > 0


@pytest.mark.normal
async def test_power_on_lets_a_device_boot(
    miner: Bench, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """Nobody tells it anything."""
    device.power_off()
    plug.on = False
    miner.hass.states.async_set("input_boolean.plug", "off")
    await until(lambda: miner.status == "off")
    commands = list(device.commands)
    await miner.turn("power", on=True)
    assert device.powered
    assert miner.status == "starting"
    await until(lambda: miner.status == "on", seconds=8)
    assert device.commands == commands


@pytest.mark.normal
async def test_power_starts_and_stops_a_device_that_is_not_told(
    hass: HomeAssistant, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """Nobody is bound to control its mining, and the user allowed that."""
    told = only(await link(device), F.HASHRATE_MONITORING, F.STATUS_MONITORING)
    miner = Bench(hass, told, entities(), options={"power_stands_in": True})
    await miner.set_up()
    pools = list(device.pools)
    await miner.turn("mining", on=False)
    assert (device.powered, plug.on) == (False, False)
    await until(lambda: miner.status == "off")
    assert miner.switch("mining").state == "off"
    await miner.turn("mining", on=True)
    assert (device.powered, plug.on) == (True, True)
    assert miner.switch("mining").state == "on"
    await until(lambda: device.hashrate > 0, seconds=5)
    await until(lambda: miner.status == "on", seconds=8)
    assert device.commands == []
    assert device.pools == pools


@pytest.mark.parametrize(
    "device",
    [EmulatedAntminer, EmulatedBitaxe, EmulatedVnish, EmulatedLuxOs],
    indirect=True,
)
@pytest.mark.parametrize("stopped_before", [False, True])
async def test_power_off_and_on_leaves_the_device_as_it_was(
    miner: Bench, device: EmulatedMiner, *, stopped_before: bool
) -> None:
    """What it was told for the cut lasts with some until it is told otherwise."""
    pools = list(device.pools)
    if stopped_before:
        await miner.turn("mining", on=False)
    seen = Cuts(device).seen
    await miner.turn("power", on=False)
    powered = [device.powered]
    assert not seen[0]["mining"]
    await miner.turn("power", on=True)
    powered.append(device.powered)
    assert powered == [False, True]
    if stopped_before and device.paused_after_boot():
        await until(lambda: miner.status == "idle", seconds=8)
        assert not device.mining
    elif not stopped_before:
        await until(lambda: device.mining, seconds=8)
        await until(lambda: miner.status == "on", seconds=8)
    assert device.pools == pools


@pytest.mark.parametrize("device", [EmulatedBitaxe, EmulatedAntminer], indirect=True)
async def test_command_never_reaches_a_strangers_miner(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner
) -> None:
    """The address was given to another device of the same kind."""
    await device.stop()
    async with type(device)(device.address, mac="02:00:00:00:00:99") as stranger:
        with pytest.raises(HomeAssistantError):
            await miner.turn("mining", on=False)
        assert stranger.commands == []
        assert stranger.mining
        await miner.coordinator.async_refresh_all()
        assert miner.connectivity("ASIC").state == "off"
        assert miner.sensor("hashrate").state == "unavailable"
