"""Commands over real sockets: what devices are told, and what they then do."""

from copy import deepcopy
from functools import partial
from time import monotonic
from typing import Any

from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.miner_control.controllers.axeos import device as axe
from custom_components.miner_control.controllers.axeos.device import AxeosDevice
from custom_components.miner_control.controllers.axeos.families import NERDOS
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerError,
    DeviceBusyError,
    DeviceLockedError,
    ForbiddenNetworkError,
    OneTimePasswordError,
    OneTimePasswordRefusedError,
    OutOfRangeError,
    UnsupportedError,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import FanSetting
from emulation import Fault
from emulation.axeos import EmulatedNerdQaxe, EmulatedNerdQaxeWithOtp
from tests.emulation.support import until

from .bench import STOPPABLE, Bench, link
from .conftest import Linker

_AUTOMATIC = FanSetting(None, automatic=True)
_WRONG = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"


@pytest.mark.parametrize("name", sorted(STOPPABLE))
async def test_stop_and_start(name: str, linked: Linker) -> None:
    """Each in its own way, proved by its own word."""
    bench = await linked(name)
    await bench.controller.stop_mining()
    await until(lambda: not bench.device.mining)
    assert (await bench.refresh()).status is MinerStatus.IDLE
    await bench.controller.start_mining()
    await until(lambda: bench.device.mining)
    assert (await bench.refresh()).status in (MinerStatus.ON, MinerStatus.STARTING)


async def test_nerdos_that_mines_is_not_restarted(linked: Linker) -> None:
    """Only a restart ends a shutdown, and only a shutdown needs one."""
    bench = await linked("nerdqaxe")
    await bench.controller.start_mining()
    assert bench.device.commands == []


@pytest.mark.parametrize("name", ["axeos-2.4", "axeos-2.12", "lv07"])
async def test_what_cannot_be_stopped(name: str, linked: Linker) -> None:
    """It is told nothing."""
    bench = await linked(name)
    with pytest.raises(UnsupportedError):
        await bench.controller.stop_mining()
    assert bench.device.commands == []


@pytest.mark.parametrize("name", ["nerdqaxe-old", "nerdqaxe"])
async def test_pool_of_nerdos_by_either_name(name: str, linked: Linker) -> None:
    """The pool that is worked for, wherever the release tells which it is."""
    bench = await linked(name)
    for fallback in (True, False):
        bench.device.uses_fallback = fallback
        found = (await bench.refresh()).operation
        assert found is not None
        assert found.is_on_fallback_pool is fallback
        assert found.active_pool == bench.device.pools[int(fallback)].url


async def test_old_nerdos_is_told_what_it_heeds(linked: Linker) -> None:
    """The fan by its older name and mode, and no update that it cannot fetch."""
    bench = await linked("nerdqaxe-old")
    assert NERDOS.commands(bench.device.info()).update is None
    await bench.controller.set_internal_fan(FanSetting(40))
    await bench.controller.set_internal_fan(_AUTOMATIC)
    written = [command.partition("{")[2] for command in bench.device.commands]
    assert written == ['"autofanspeed": 0, "fanspeed": 40}', '"autofanspeed": 1}']


async def test_fan(bench: Bench) -> None:
    """To a speed, and to automatic again, as each firmware calls it."""
    await bench.controller.set_internal_fan(FanSetting(40))
    assert bench.device.fan_percent == 40
    assert (await bench.refresh()).internal_fan == FanSetting(40)
    await bench.controller.set_internal_fan(_AUTOMATIC)
    assert bench.device.fan_automatic
    found = (await bench.refresh()).internal_fan
    assert found is not None
    assert found.automatic


# What fans that rule themselves can be told: the range, and where it is set.
_TARGETS = {
    **dict.fromkeys(
        ("axeos-2.9", "axeos-2.15", "axeos-2.15-hex"), (35, 66, "temptarget")
    ),
    # It shuts down at 70 °C.
    "nerdqaxe": (30, 65, "pidTargetTemp"),
    "nerdqaxe-otp": (30, 65, "pidTargetTemp"),
    "nerdqx": (30, 65, "pidTargetTemp"),
    "nmaxe": (30, 75, "target"),
}


@pytest.mark.parametrize("name", _TARGETS)
async def test_fan_target(name: str, linked: Linker) -> None:
    """Within what the firmware takes, and nothing else is touched."""
    low, high, key = _TARGETS[name]
    bench = await linked(name)
    before = dict(bench.device.settings)
    found = (await bench.refresh()).fan_target
    assert found is not None
    assert (found.value, found.minimum, found.maximum) == (before[key], low, high)
    await bench.controller.set_fan_rule(target=float(high))
    assert bench.device.settings == before | {key: high}
    after = (await bench.refresh()).fan_target
    assert after is not None
    assert after.value == high
    for wrong in (low - 1, high + 1):
        with pytest.raises(OutOfRangeError):
            await bench.controller.set_fan_rule(target=wrong)
    assert bench.device.settings == before | {key: high}


@pytest.mark.parametrize("name", ["axeos-2.12", "axeos-2.14", "axeos-2.15"])
async def test_fan_minimum(name: str, linked: Linker) -> None:
    """The least that an automatic fan may run at."""
    bench = await linked(name)
    await bench.controller.set_fan_rule(minimum=40)
    found = (await bench.refresh()).fan_minimum
    assert found is not None
    assert (found.value, found.minimum, found.maximum) == (40, 0, 99)
    with pytest.raises(OutOfRangeError):
        await bench.controller.set_fan_rule(minimum=100)
    assert bench.device.settings["minFanSpeed"] == 40


@pytest.mark.parametrize("name", ["axeos-2.4", "axeos-2.6", "lv07", "lv08"])
async def test_fans_that_have_no_rules(name: str, linked: Linker) -> None:
    """They are told nothing."""
    bench = await linked(name)
    found = await bench.refresh()
    assert (found.fan_target, found.fan_minimum) == (None, None)
    assert not {"fan_target", "fan_minimum"} & {*bench.capabilities.readings}
    with pytest.raises(UnsupportedError):
        await bench.controller.set_fan_rule(target=60)
    assert bench.device.commands == []


def _has_restarted(device: Any, before: int) -> bool:
    """Tell whether a device is up again after one more restart."""
    return bool(device.reboots > before and device.ready)


@pytest.mark.parametrize("name", ["axeos-2.15", "axeos-2.15-hex"])
async def test_fallback_pool(name: str, linked: Linker) -> None:
    """The device heeds it at its next start, which it is given; pools stay."""
    bench = await linked(name)
    device = bench.device
    pools = deepcopy(device.pools)
    for fallback in (True, False):
        reboots = device.reboots
        await bench.controller.prefer_fallback_pool(fallback=fallback)
        await until(partial(_has_restarted, device, reboots))
        found = await bench.refresh()
        assert found.operation is not None
        assert found.operation.prefers_fallback_pool is fallback
        assert found.operation.is_on_fallback_pool is fallback
        assert found.operation.active_pool == device.pools[int(fallback)].url
        await bench.controller.prefer_fallback_pool(fallback=fallback)
        assert device.reboots == reboots + 1
    assert device.pools == pools


@pytest.mark.parametrize("name", ["axeos-2.14", "nerdqaxe", "nmaxe", "lv08"])
async def test_fallback_pool_of_those_that_do_not_tell(
    name: str, linked: Linker
) -> None:
    """What could not be read back is not offered."""
    bench = await linked(name)
    await bench.refresh()
    assert bench.controller.prefers_fallback_pool is None
    with pytest.raises(UnsupportedError):
        await bench.controller.prefer_fallback_pool(fallback=True)
    assert bench.device.commands == []


async def test_restart(bench: Bench) -> None:
    """Every one can be restarted."""
    await bench.controller.reboot()
    await until(lambda: bench.device.reboots == 1)


async def test_tuning(bench: Bench) -> None:
    """Clock and voltage, alone and together, typed as the firmware wants them."""
    await bench.controller.set_tuning(frequency=500.0)
    assert bench.device.settings["frequency"] == 500
    voltage = bench.device.board.voltages[1]
    await bench.controller.set_tuning(voltage=float(voltage))
    assert bench.device.settings["coreVoltage"] == voltage
    usual = bench.device.board
    await bench.controller.set_tuning(frequency=525, voltage=usual.voltage)
    found = (await bench.refresh()).tuning
    assert found is not None
    assert found.frequency is not None
    assert found.voltage is not None
    assert (found.frequency.value, found.voltage.value) == (525, usual.voltage)


@pytest.mark.parametrize(
    ("frequency", "voltage"), [(399, None), (None, 1251), (2000, 1150), (525, 5000)]
)
async def test_tuning_beyond_what_is_offered(
    frequency: float | None, voltage: float | None, linked: Linker
) -> None:
    """The firmware would take it; we do not, and nothing is half done."""
    bench = await linked("axeos-2.15")
    with pytest.raises(OutOfRangeError):
        await bench.controller.set_tuning(frequency=frequency, voltage=voltage)
    assert bench.device.commands == []


@pytest.mark.parametrize(
    ("name", "clock", "volts"),
    [
        ("axeos-2.15", 1000, 1400),
        ("axeos-2.4", 1000, 1400),
        ("nerdqaxe", 800, 1400),
        ("lv08", 700, 1400),
    ],
)
async def test_overclocking(name: str, clock: int, volts: int, linked: Linker) -> None:
    """Only where the user allowed it, and only to the limits of the chip."""
    bench = await linked(name)
    with pytest.raises(OutOfRangeError):
        await bench.controller.set_tuning(frequency=clock, voltage=volts)
    assert bench.device.commands == []
    daring = await link(bench.hass, bench.device, allow_overclocking=True)
    await daring.controller.set_tuning(frequency=clock, voltage=volts)
    settings = bench.device.settings
    assert (settings["frequency"], settings["coreVoltage"]) == (clock, volts)
    found = (await daring.refresh()).tuning
    assert found is not None
    assert found.frequency is not None
    assert (found.frequency.value, found.frequency.maximum) == (clock, clock)
    for beyond in ({"frequency": clock + 1}, {"voltage": volts + 1}):
        with pytest.raises(OutOfRangeError):
            await daring.controller.set_tuning(**beyond)
    assert (settings["frequency"], settings["coreVoltage"]) == (clock, volts)


async def test_tuning_that_is_not_taken(linked: Linker) -> None:
    """What reads back as something else is an error."""
    bench = await linked("axeos-2.15")
    bench.device._change = lambda _: None
    with pytest.raises(CommandRefusedError):
        await bench.controller.set_tuning(frequency=490)


async def test_presets(bench: Bench) -> None:
    """There and back: the user's own setting is remembered."""
    device = bench.device
    own = (500, device.board.voltages[1])
    await bench.controller.set_tuning(frequency=own[0], voltage=own[1])
    for preset in ("eco", "default", "custom"):
        await bench.controller.select_preset(preset)
        found = (await bench.refresh()).presets
        assert found is not None
        assert found.current == preset
    assert (device.settings["frequency"], device.settings["coreVoltage"]) == own


async def test_no_setting_of_ones_own(linked: Linker) -> None:
    """There is nothing to go back to yet."""
    bench = await linked("axeos-2.15")
    with pytest.raises(UnsupportedError):
        await bench.controller.select_preset("custom")


async def test_locate(linked: Linker, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command is both on and off; the switch shows which it is."""
    bench = await linked("axeos-2.15", time_scale=1.0)
    await bench.controller.set_locating(locating=True)
    assert bench.device.locating
    assert (await bench.refresh()).is_locating
    await bench.controller.set_locating(locating=True)
    assert bench.device.locating
    await bench.controller.set_locating(locating=False)
    assert not bench.device.locating
    assert (await bench.refresh()).is_locating is False
    told = len(bench.device.commands)
    await bench.controller.set_locating(locating=False)
    assert len(bench.device.commands) == told
    # It ends by itself as well.
    await bench.controller.set_locating(locating=True)
    now = monotonic()
    monkeypatch.setattr(axe, "monotonic", lambda: now + 31)
    assert (await bench.refresh()).is_locating is False


async def test_one_time_password(linked: Linker) -> None:
    """A session is opened once, and renewed after a restart ended it."""
    bench = await linked("nerdqaxe-otp")
    for frequency in (525, 550):
        await bench.controller.set_tuning(frequency=frequency)
    assert bench.device.requests["POST /api/v2/otp/session"] == 1
    bench.device.lock.end_sessions()
    await bench.controller.set_tuning(frequency=525)
    bench.device.lock.end_sessions()
    with pytest.raises(DeviceLockedError):
        # The next password would be two steps early.
        await bench.controller.set_tuning(frequency=550)
    assert bench.device.settings["frequency"] == 525
    assert bench.device.lock.tries == 2


async def test_no_secret(linked: Linker) -> None:
    """Reading, stopping and restarting need none; a setting does, and says so."""
    bench = await linked(EmulatedNerdQaxeWithOtp)
    bench = await link(bench.hass, bench.device)
    assert (await bench.refresh()).hashrate is not None
    for _ in range(2):
        with pytest.raises(OneTimePasswordError, match="OTP"):
            await bench.controller.set_tuning(frequency=525)
    await bench.controller.stop_mining()
    await until(lambda: not bench.device.mining)


async def test_wrong_secret(linked: Linker) -> None:
    """It is noticed when it is entered, and never tried again and again."""
    bench = await linked(EmulatedNerdQaxeWithOtp)
    tries = bench.device.lock.tries
    with pytest.raises(OneTimePasswordRefusedError):
        await link(bench.hass, bench.device, secret=_WRONG)
    assert bench.device.lock.tries == tries + 1


@pytest.mark.parametrize("secret", ["not base 32!", "1", "  "])
async def test_a_secret_that_is_none(secret: str, linked: Linker) -> None:
    """The device is not even asked."""
    bench = await linked(EmulatedNerdQaxeWithOtp)
    tries = bench.device.lock.tries
    with pytest.raises(OneTimePasswordRefusedError):
        await link(bench.hass, bench.device, secret=secret)
    assert bench.device.lock.tries == tries


async def test_locked(linked: Linker) -> None:
    """After too many wrong ones, nobody is let in for some minutes."""
    bench = await linked(EmulatedNerdQaxeWithOtp)
    bench.device.lock._blocked_until = bench.device.clock.now() + 300
    with pytest.raises(DeviceLockedError):
        await bench.controller.set_tuning(frequency=525)


async def test_busy(linked: Linker) -> None:
    """During a benchmark or an update, NMAxe does not let itself be stopped."""
    bench = await linked("nmaxe")
    bench.device.is_busy = True
    with pytest.raises(DeviceBusyError):
        await bench.controller.stop_mining()
    assert bench.device.mining


async def test_update_that_is_running(linked: Linker) -> None:
    """One at a time."""
    bench = await linked("nerdqaxe", time_scale=1.0)
    device = AxeosDevice(async_get_clientsession(bench.hass), bench.device.address)
    await device.find()
    url = "https://github.com/shufps/ESP-Miner-NerdQAxePlus/releases/download/v1.1.2/f"
    await device.install(url)
    with pytest.raises(DeviceBusyError):
        await device.install(url)


async def test_foreign_network(linked: Linker) -> None:
    """A refusal of the network is no refusal of a login."""
    bench = await linked("axeos-2.15")
    bench.device.is_foreign = True
    with pytest.raises(ForbiddenNetworkError):
        await bench.controller.stop_mining()


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.HTTP_500, Fault.REFUSE])
async def test_commands_that_do_not_arrive(fault: Fault, linked: Linker) -> None:
    """They fail, and change nothing."""
    bench = await linked("axeos-2.15")
    bench.device.inject(fault, on="P*")
    before = dict(bench.device.settings)
    with pytest.raises(ControllerError):
        await bench.controller.set_tuning(frequency=490)
    assert bench.device.settings == before


async def test_a_fan_by_type(linked: Linker) -> None:
    """NerdOS knows 2 for automatic; 1 would be full speed."""
    bench = await linked(EmulatedNerdQaxe)
    await bench.controller.set_internal_fan(_AUTOMATIC)
    assert bench.device.settings["autofanspeed"] == 2
