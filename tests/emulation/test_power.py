"""Devices that draw other watts than they are told, and some that cannot hold them."""

import pytest

from emulation import EmulatedBraiins, EmulatedMiner, EmulatedWhatsminer

from .conftest import Runner
from .support import until


async def _running(run: Runner, kind: type[EmulatedMiner]) -> EmulatedMiner:
    """Return a running device of a kind that is quick."""
    found: EmulatedMiner = await run(kind, warm_up=0.02, boot=0.02)
    return found


async def test_other_watts_than_told(run: Runner) -> None:
    """They differ by a factor and by so many watts, and follow later."""
    device = await _running(run, EmulatedWhatsminer)
    told = device.target_watts
    device.draw(factor=1.1, offset=30.0, lag=600.0)
    assert device.own_watts == pytest.approx(told, rel=0.01)
    device.machine.settle()
    assert device.own_watts == pytest.approx(told * 1.1 + 30)
    device.draw()
    device.machine.settle()
    assert device.own_watts == pytest.approx(told)


async def test_boards_that_cannot_hold_so_little(run: Runner) -> None:
    """Their mining begins anew again and again, until they are told more."""
    device = await _running(run, EmulatedBraiins)
    device.cannot_hold(device.target_watts + 1, crash_after=0.05)
    await until(lambda: device.crashes >= 3)
    assert device.reboots == 0
    assert device.elapsed <= 1
    device.cannot_hold(device.target_watts)
    crashes = device.crashes
    await until(lambda: not device._is_crashing)
    assert device.holds
    assert device.crashes == crashes


async def test_what_rests_does_not_crash(run: Runner) -> None:
    """Boards without work hold whatever they are told."""
    device = await _running(run, EmulatedBraiins)
    device.pause()
    device.cannot_hold(device.target_watts + 1, crash_after=0.01)
    assert device.holds
    assert device.crashes == 0
