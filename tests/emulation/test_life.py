"""The life of a device: power, boot, warm-up, pause, reboot, energy."""

import asyncio
import time

import pytest

from emulation import EmulatedAntminer, EmulatedWhatsminer, SmartPlug
from emulation.machine import AMBIENT, PSU_EFFICIENCY

from .conftest import Runner
from .support import ask, until

FULL = 3472.0
IDLE = 25.0


async def test_is_found_running_and_warm(whatsminer: EmulatedWhatsminer) -> None:
    """A started device has been running for an hour."""
    assert whatsminer.powered
    assert whatsminer.ready
    assert whatsminer.mining
    assert whatsminer.hashrate == pytest.approx(112.0)
    assert whatsminer.own_watts == pytest.approx(FULL)
    assert whatsminer.uptime >= 3600


async def test_wall_watts_are_above_its_own(whatsminer: EmulatedWhatsminer) -> None:
    """The supply takes its share."""
    share = whatsminer.watts / whatsminer.own_watts
    assert share == pytest.approx(1 / PSU_EFFICIENCY)
    assert 1.06 <= share <= 1.08


async def test_power_cut_makes_it_dark(whatsminer: EmulatedWhatsminer) -> None:
    """Nothing hashes, draws or answers."""
    await whatsminer.cut_power()
    assert not whatsminer.powered
    assert not whatsminer.mining
    assert (whatsminer.watts, whatsminer.hashrate, whatsminer.uptime) == (0, 0, 0)
    with pytest.raises(ConnectionRefusedError):
        await ask(whatsminer.address, "summary")


async def test_boots_then_answers_then_warms_up(run: Runner) -> None:
    """Power brings the device back in three steps."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, boot=0.2, warm_up=0.4)
    await device.cut_power()
    await device.restore_power()
    assert device.own_watts == pytest.approx(12.0)
    with pytest.raises(ConnectionRefusedError):
        await ask(device.address, "summary")
    await device.wait_ready()
    first = (await ask(device.address, "summary"))["SUMMARY"][0]
    assert first["MHS 1m"] < 60e6
    assert first["Elapsed"] == 0
    await until(lambda: device.hashrate == 112.0)
    assert device.own_watts == pytest.approx(FULL)


async def test_warm_up_rises_steadily(run: Runner) -> None:
    """Hash rate and watts only rise."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, warm_up=0.4)
    await device.cut_power()
    await device.restore_power()
    await device.wait_ready()
    samples = []
    while device.hashrate < 112.0:
        samples.append((device.hashrate, device.watts))
        await asyncio.sleep(0.02)
    assert len(samples) > 8
    assert samples == sorted(samples)


async def test_without_power_it_waits_for_it(run: Runner) -> None:
    """A device may start without power."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, powered=False)
    assert device.watts == 0
    with pytest.raises(ConnectionRefusedError):
        await ask(device.address, "summary")
    await device.restore_power()
    await device.wait_ready()
    assert (await ask(device.address, "status"))["STATUS"] == "S"


async def test_power_cut_during_boot(run: Runner) -> None:
    """A boot that was cut short does not go on."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, boot=0.05)
    await device.cut_power()
    await device.restore_power()
    await device.cut_power()
    await asyncio.sleep(0.1)
    assert not device.ready
    assert device.watts == 0


async def test_restoring_power_that_is_there_does_nothing(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """A running device does not boot again."""
    await whatsminer.restore_power()
    assert whatsminer.ready
    assert whatsminer.hashrate == pytest.approx(112.0)


async def test_pause_stops_hashing_at_once_and_watts_soon(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """The watts need a moment to fall."""
    whatsminer.pause()
    assert whatsminer.hashrate == 0
    assert whatsminer.own_watts > 2 * IDLE
    await until(lambda: whatsminer.own_watts == IDLE)
    whatsminer.resume()
    await until(lambda: whatsminer.hashrate == 112.0)


async def test_reboot_goes_dark_and_counts_anew(whatsminer: EmulatedWhatsminer) -> None:
    """A reboot is dark and resets the uptime."""
    whatsminer.reboot()
    assert whatsminer.reboots == 1
    with pytest.raises(ConnectionRefusedError):
        await ask(whatsminer.address, "summary")
    await whatsminer.wait_ready()
    assert whatsminer.uptime < 5


@pytest.mark.parametrize("end", ["pause", "reboot", "restart_mining", "power_off"])
async def test_what_a_device_did_when_it_lost_its_work(
    whatsminer: EmulatedWhatsminer, end: str
) -> None:
    """It is known, even if nobody looked at that moment."""
    before = whatsminer.machine.hashrate, whatsminer.machine.wall_watts
    getattr(whatsminer, end)()
    last = whatsminer.machine.last_figures
    assert (last.hashrate, last.watts) == pytest.approx(before)
    assert last.chip_temperature > AMBIENT


async def test_chips_differ_only_while_they_are_hot(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """The hottest chip is hotter than the mean by a share of their heat."""
    hot = (await ask(whatsminer.address, "summary"))["SUMMARY"][0]
    assert hot["Chip Temp Min"] < hot["Chip Temp Avg"] < hot["Chip Temp Max"]
    whatsminer.pause()
    await until(lambda: whatsminer.chip_temperature == AMBIENT)
    cold = (await ask(whatsminer.address, "summary"))["SUMMARY"][0]
    assert cold["Chip Temp Min"] == cold["Chip Temp Max"] == AMBIENT


async def test_pause_is_forgotten_by_a_reboot(whatsminer: EmulatedWhatsminer) -> None:
    """Most devices mine after a reboot."""
    whatsminer.pause()
    whatsminer.reboot()
    await whatsminer.wait_ready()
    assert whatsminer.mining


async def test_sleep_of_an_antminer_outlasts_a_power_cut(
    antminer: EmulatedAntminer,
) -> None:
    """Its mode is kept in its configuration."""
    antminer.pause()
    await antminer.cut_power()
    await antminer.restore_power()
    await antminer.wait_ready()
    assert antminer.paused
    assert antminer.hashrate == 0
    antminer.resume()
    assert antminer.mining


async def test_restart_of_the_software_keeps_the_device_up(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """Only the mining starts over."""
    whatsminer.restart_mining()
    assert whatsminer.ready
    assert whatsminer.restarts == 1
    assert whatsminer.elapsed == 0
    assert whatsminer.uptime >= 3600
    assert whatsminer.hashrate < 56
    await until(lambda: whatsminer.hashrate == 112.0)


async def test_each_start_of_mining_is_counted(whatsminer: EmulatedWhatsminer) -> None:
    """Another load is none, and nor is a restart of one that rests."""
    before = whatsminer.machine.starts
    whatsminer.limit = 2000
    whatsminer.apply()
    assert whatsminer.machine.starts == before
    whatsminer.restart_mining()
    whatsminer.pause()
    whatsminer.restart_mining()
    assert whatsminer.machine.starts == before + 1
    whatsminer.resume()
    assert whatsminer.machine.starts == before + 2


async def test_when_a_command_came_is_noted(whatsminer: EmulatedWhatsminer) -> None:
    """By the clock of the device."""
    whatsminer.record("one")
    whatsminer.record("another")
    first, second = whatsminer.told_at
    assert 0 <= first <= second <= whatsminer.clock.now()


async def test_energy_is_the_integral_of_the_watts(run: Runner) -> None:
    """Energy grows with the watts and stops with them."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, time_scale=1000)
    before, since = device.energy, device.clock.now()
    await asyncio.sleep(0.1)
    hours = (device.clock.now() - since) / 3600
    used = device.energy - before
    assert used == pytest.approx(device.watts / 1000 * hours, rel=0.05)
    await device.cut_power()
    stopped = device.energy
    await asyncio.sleep(0.02)
    assert device.energy == stopped


async def test_ripple_wanders_around_the_truth(run: Runner) -> None:
    """Values vary by no more than the ripple."""
    device: EmulatedWhatsminer = await run(
        EmulatedWhatsminer, time_scale=1000, ripple=0.02
    )
    rates = []
    for _ in range(20):
        rates.append(device.hashrate)
        await asyncio.sleep(0.005)
    assert len(set(rates)) > 10
    assert all(abs(rate / 112.0 - 1) <= 0.0201 for rate in rates)


async def test_time_scale_hastens_boot(run: Runner) -> None:
    """All durations are in emulated seconds."""
    device: EmulatedWhatsminer = await run(
        EmulatedWhatsminer, time_scale=10000, boot=1000.0, warm_up=2000.0
    )
    before = time.monotonic()
    await device.cut_power()
    await device.restore_power()
    async with asyncio.timeout(60):
        await device.wait_ready()
    assert time.monotonic() - before >= 0.1


async def test_shares_grow_with_the_work(run: Runner) -> None:
    """Shares are accepted only for work."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer, time_scale=1000)
    before = device.machine.shares
    await asyncio.sleep(0.05)
    assert device.machine.shares > before
    device.pause()
    stopped = device.machine.shares
    await asyncio.sleep(0.02)
    assert device.machine.shares == stopped


async def test_mac_is_made_of_vendor_and_address() -> None:
    """Every address has a MAC address of its own."""
    device = EmulatedAntminer("127.1.2.3")
    assert device.mac == "28:e2:97:01:02:03"
    assert EmulatedAntminer("127.1.2.3", mac="AA:BB:CC:00:11:22").mac.startswith("aa:")


async def test_plug_switches_and_measures(
    whatsminer: EmulatedWhatsminer, address: str
) -> None:
    """The plug sees what the miner draws."""
    async with SmartPlug(address, whatsminer) as plug:
        assert plug.on
        assert plug.power == pytest.approx(whatsminer.watts)
        await plug.turn_off()
        assert not whatsminer.powered
        assert plug.power == 0
        await plug.turn_on()
        await whatsminer.wait_ready()
        assert plug.power > 0
        assert plug.energy == pytest.approx(whatsminer.energy, rel=1e-3)
