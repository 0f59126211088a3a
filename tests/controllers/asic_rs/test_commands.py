"""What commands do to a device through asic-rs, and what they leave as it was."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from custom_components.miner_control.controllers.asic_rs.firmware import SLEEP
from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    ControllerError,
    IdentityMismatchError,
    UnsupportedError,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import FanSetting
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedAvalonQ,
    EmulatedBraiins,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)
from tests.controllers.pyasic.bench import settings_of, state_of
from tests.controllers.pyasic.conftest import Runner
from tests.controllers.pyasic.test_commands import personalise
from tests.emulation.support import until

from .bench import Bench, F, link, short_limits

LOW_POWER = 3
SET_CONF = "POST /cgi-bin/set_miner_conf.cgi"


async def settled(bench: Bench) -> None:
    """Wait until a device that a setting restarts is up again."""
    await asyncio.sleep(0.3)
    await until(lambda: bool(bench.device.mining))


def require(bench: Bench, feature: F) -> Bench:
    """Skip a test whose device does not have a feature."""
    if feature not in bench.features:
        pytest.skip(f"has no {feature}")
    personalise(bench.device)
    return bench


async def test_stop_and_start(bench: Bench) -> None:
    """A device stops, starts, shows both, and keeps everything else."""
    require(bench, F.MINING_CONTROL)
    device = bench.device
    await bench.refresh()
    before = settings_of(device, but={*state_of(device), "reboots"})
    await bench.controller.stop_mining()
    await until(lambda: not device.mining)
    found = (await bench.refresh()).hashrate
    assert found
    assert found.value == 0
    seen = [bench.controller.is_mining]
    await bench.controller.start_mining()
    await until(lambda: device.mining)
    device.machine.settle()
    assert (await bench.refresh()).status in (MinerStatus.ON, None)
    seen.append(bench.controller.is_mining)
    assert seen in ([False, True], [None, True])
    assert settings_of(device, but={*state_of(device), "reboots"}) == before


async def test_restart(bench: Bench) -> None:
    """A device restarts, or its mining does, as the firmware has it."""
    require(bench, F.RESTART_CONTROL)
    known, device = bench.capabilities, bench.device
    assert known.can_reboot is not known.can_restart_mining
    reboots, restarts = device.reboots, device.restarts
    if known.can_reboot:
        await bench.controller.reboot()
        with pytest.raises(UnsupportedError):
            await bench.controller.restart_mining()
        await until(lambda: device.reboots > reboots)
    else:
        await bench.controller.restart_mining()
        with pytest.raises(UnsupportedError):
            await bench.controller.reboot()
        await until(lambda: device.restarts > restarts)


async def test_light(bench: Bench) -> None:
    """The light goes on and off, and both can be seen."""
    require(bench, F.LOCATE_CONTROL)
    for locating in (False, True, True, False):
        await bench.controller.set_locating(locating=locating)
        assert (await bench.refresh()).is_locating is locating
        assert bench.device.locating is locating


async def test_fan(bench: Bench) -> None:
    """The fans are set to a percentage and back, and the device shows it."""
    require(bench, F.INTERNAL_FAN_CONTROL)
    await bench.controller.set_internal_fan(FanSetting(40))
    assert (await bench.refresh()).internal_fan == FanSetting(40)
    assert bench.device.fan_pwm == 40
    await bench.controller.set_internal_fan(FanSetting(None, automatic=True))
    found = (await bench.refresh()).internal_fan
    assert found
    assert found.automatic


async def test_power_limit(bench: Bench) -> None:
    """A limit is set in whole watts, within the range, and is read back."""
    require(bench, F.POWER_LIMIT_CONTROL)
    before = (await bench.refresh()).power_limit
    assert before
    wish = before.minimum + (before.maximum - before.minimum) * 0.7 + 0.4
    await bench.controller.set_power_limit(wish)
    await settled(bench)
    found = (await bench.refresh()).power_limit
    assert found
    reached = pytest.approx(before.reached_by(wish), abs=1)
    assert bench.device.power_limit == reached
    # A Whatsminer does not tell its limit beside a mode of its own.
    assert found.watts == (None if before.watts is None else reached)
    for outside in (before.minimum - 10, before.maximum + 10, 50.0):
        with pytest.raises(UnsupportedError):
            await bench.controller.set_power_limit(outside)


async def test_highest_limit_is_remembered(run: Runner) -> None:
    """A Whatsminer tells no range: what was seen once may be set again."""
    bench = await link(await run(EmulatedWhatsminer))
    before = (await bench.refresh()).power_limit
    assert before
    await bench.controller.set_power_limit(before.maximum - 600)
    await settled(bench)
    after = (await bench.refresh()).power_limit
    assert after
    assert after.maximum == before.maximum
    assert after.watts == before.maximum - 600


async def test_presets(bench: Bench) -> None:
    """Each preset can be set, and is read back."""
    require(bench, F.PRESET_CONTROL)
    presets = (await bench.refresh()).presets
    assert presets
    for preset in (*presets.options[:3], presets.options[0]):
        await bench.controller.select_preset(preset)
        await asyncio.sleep(0.3)
        await until(lambda: bool(bench.device.ready))
        found = (await bench.refresh()).presets
        assert found
        assert found.current == preset
    if not isinstance(bench.device, EmulatedVnish):
        with pytest.raises(UnsupportedError):
            await bench.controller.select_preset("nonsense")


async def test_mode_outlasts_a_stop(run: Runner) -> None:
    """An Antminer goes on in the mode that it was in, a restart of ours between."""
    bench = await link(await run(EmulatedAntminer))
    await bench.controller.select_preset("low")
    await bench.controller.stop_mining()
    assert bench.device.work_mode == 1
    found = (await bench.refresh()).presets
    assert found
    assert found.current == SLEEP
    bench.controller.forget_connection()
    await bench.controller.stop_mining()
    await bench.controller.start_mining()
    assert bench.device.work_mode == LOW_POWER


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.EMPTY, Fault.TRUNCATE])
async def test_antminer_keeps_its_pools(fault: Fault, run: Runner) -> None:
    """Nothing is written where the settings could not be read before."""
    bench = await link(await run(EmulatedAntminer))
    personalise(bench.device)
    await bench.refresh()
    before = settings_of(bench.device)
    bench.device.inject(fault)
    for command in (
        bench.controller.stop_mining,
        bench.controller.start_mining,
        lambda: bench.controller.set_internal_fan(FanSetting(40)),
        lambda: bench.controller.select_preset("low"),
    ):
        with pytest.raises(ControllerError), short_limits(1.0):
            await command()
    bench.device.fault = None
    assert settings_of(bench.device) == before
    assert SET_CONF not in bench.device.requests


async def test_stranger_gets_no_command(bench: Bench, run: Runner) -> None:
    """Another device at the same address is told nothing."""
    if not bench.capabilities.mac:
        pytest.skip("is not known by anything")
    await bench.refresh()
    address, kind = bench.device.address, type(bench.device)
    await bench.device.stop()
    other: Any = await run(kind, address=address, mac="02:00:00:00:00:99")
    with suppress(ControllerError):
        await bench.refresh()
    with pytest.raises(IdentityMismatchError):
        await bench.controller.stop_mining()
    assert other.commands == []


LOGINS: tuple[type[EmulatedMiner], ...] = (
    EmulatedAntminer,
    EmulatedBraiins,
    EmulatedVnish,
)


@pytest.mark.parametrize("kind", LOGINS, ids=lambda kind: kind.kind)
async def test_password_of_ones_own(kind: type[EmulatedMiner], run: Runner) -> None:
    """A device with another password is found with it, and not without it."""
    device = await run(kind, password="s3cret")
    for login in ({}, {"password": "wrong"}):
        with pytest.raises(ControllerAuthError):
            await link(device, **login)
    bench = await link(device, password="s3cret")
    await bench.controller.stop_mining()
    await until(lambda: not device.mining)
    assert (await bench.refresh()).status is MinerStatus.IDLE


@pytest.mark.parametrize("kind", LOGINS, ids=lambda kind: kind.kind)
async def test_password_that_was_changed(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """A command with a login that is refused by now says so."""
    bench = await link(await run(kind))
    await bench.refresh()
    bench.device.password = "changed"
    if hasattr(bench.device, "tokens"):
        bench.device.tokens.clear()
    bench.controller.forget_connection()
    with pytest.raises(ControllerAuthError):
        await bench.controller.stop_mining()
    assert bench.device.mining


async def test_session_that_ended(run: Runner) -> None:
    """A session that the device ended is renewed before a command fails."""
    for kind in (EmulatedVnish, EmulatedBraiins):
        bench = await link(await run(kind))
        await bench.refresh()
        bench.device.tokens.clear()
        await bench.controller.stop_mining()
        await until(lambda device=bench.device: not device.mining)  # type: ignore[misc]


async def test_whatsminer_refuses_a_password(run: Runner) -> None:
    """What was not done is not proved by a result that says yes."""
    device = await run(EmulatedWhatsminer)
    bench = await link(device, password="wrong")
    await bench.refresh()
    with suppress(ControllerError):
        await bench.controller.stop_mining()
    assert device.mining
    assert (await bench.refresh()).status is None
    assert bench.controller.is_mining


@pytest.mark.parametrize("kind", [EmulatedAvalonNano3, EmulatedAvalonQ])
async def test_avalon_stops_some_seconds_later(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """The library says no, although the device does it when its clock says so."""
    bench = await link(await run(kind, time_scale=20.0))
    await bench.controller.stop_mining()
    assert bench.device.mining
    await until(lambda: not bench.device.mining)
    assert bench.controller.is_mining is not False


async def test_calls_take_turns(bench: Bench) -> None:
    """Two readings at the same time do not meet."""
    await bench.refresh()
    found = await asyncio.gather(bench.refresh(), bench.refresh())
    assert all(each.internal_fan_speeds for each in found)
