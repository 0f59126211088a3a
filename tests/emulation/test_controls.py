"""What pyasic's controls do to each device, and what they say of it."""

import asyncio

from pyasic import APIError
from pyasic.config import FanModeManual, FanModeNormal, MiningModeLPM
import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)

from .conftest import Runner
from .support import identify, read, until

EMPTY_ANSWER = "JSON decode error.*empty response"


async def test_antminer_stop_and_resume(antminer: EmulatedAntminer) -> None:
    """Both write the whole configuration and keep the pools."""
    library = await identify(antminer.address)
    pools = list(antminer.pools)
    assert await library.stop_mining() is True
    assert antminer.paused
    assert antminer.pools == pools
    assert await library.resume_mining() is True
    await until(lambda: antminer.hashrate == 110.0)
    assert [command.split()[1] for command in antminer.commands] == [
        "/cgi-bin/set_miner_conf.cgi"
    ] * 2


async def test_antminer_stop_wipes_pools_that_it_could_not_read(
    antminer: EmulatedAntminer,
) -> None:
    """The library writes an empty configuration when it could read none."""
    library = await identify(antminer.address)
    antminer.inject(Fault.HTTP_500, on="*get_miner_conf*")
    assert await library.stop_mining() is True
    assert antminer.pools == []


async def test_antminer_stop_claims_success_though_refused(
    antminer: EmulatedAntminer,
) -> None:
    """The library says yes though nothing was sent."""
    library = await identify(antminer.address)
    antminer.fault = Fault.REFUSE
    assert await library.stop_mining() is True
    assert antminer.mining
    assert antminer.commands == []


async def test_antminer_careful_write_keeps_the_rest(
    antminer: EmulatedAntminer,
) -> None:
    """Posting what was read with one change changes only that."""
    library = await identify(antminer.address)
    pools = list(antminer.pools)
    settings = await library.web.get_miner_conf()
    assert settings["bitmain-work-mode"] == "0"
    answer = await library.web.set_miner_conf(settings | {"miner-mode": 1})
    assert answer["code"] == "M000"
    assert antminer.pools == pools
    assert (await library.web.get_miner_conf())["bitmain-work-mode"] == "1"


async def test_antminer_low_power_and_fan(antminer: EmulatedAntminer) -> None:
    """Mode and fan speed are part of the configuration."""
    library = await identify(antminer.address)
    settings = await library.get_config()
    settings.mining_mode = MiningModeLPM()
    settings.fan_mode = FanModeManual(speed=42)
    await library.send_config(settings)
    assert antminer.work_mode == 3
    assert antminer.expected_hashrate == pytest.approx(79.2)
    assert antminer.fan_percent == 42
    assert not antminer.fan_automatic
    data = await read(library, "fans")
    assert {fan.speed for fan in data.fans} == {2520}


async def test_antminer_light(antminer: EmulatedAntminer) -> None:
    """The light obeys; switching it off is reported as a failure."""
    library = await identify(antminer.address)
    assert await library.fault_light_on() is True
    assert antminer.locating
    assert await library.fault_light_off() is False
    await until(lambda: not antminer.locating)


async def test_antminer_reboot(antminer: EmulatedAntminer) -> None:
    """The device goes down after its answer."""
    library = await identify(antminer.address)
    assert await library.reboot() is True
    await until(lambda: antminer.reboots == 1)
    await antminer.wait_ready()


async def test_antminer_refuses_a_wrong_password(antminer: EmulatedAntminer) -> None:
    """Nothing happens without the password."""
    library = await identify(antminer.address)
    library.web.pwd = "wrong"
    await library.stop_mining()
    await library.fault_light_on()
    await library.reboot()
    assert antminer.commands == []
    assert antminer.mining


async def test_whatsminer_stop_and_resume(whatsminer: EmulatedWhatsminer) -> None:
    """Both are encrypted commands that tell the truth."""
    library = await identify(whatsminer.address)
    assert await library.stop_mining() is True
    assert whatsminer.paused
    assert await library.resume_mining() is True
    assert whatsminer.mining
    assert whatsminer.commands == [
        'rpc:power_off {"respbefore": "true"}',
        "rpc:power_on",
    ]


async def test_whatsminer_wrong_password(whatsminer: EmulatedWhatsminer) -> None:
    """A command in a wrong key is not understood."""
    library = await identify(whatsminer.address)
    library.rpc.pwd = "wrong"
    assert await library.stop_mining() is False
    assert whatsminer.mining
    library.rpc.pwd, library.rpc.token = "admin", None
    assert await library.stop_mining() is True


async def test_whatsminer_password_change(whatsminer: EmulatedWhatsminer) -> None:
    """The new password is needed for the next command."""
    library = await identify(whatsminer.address)
    await library.rpc.update_pwd("admin", "Secret_1")
    assert whatsminer.password == "Secret_1"
    library.rpc.token = None
    assert await library.stop_mining() is True


async def test_whatsminer_rejects_every_login(whatsminer: EmulatedWhatsminer) -> None:
    """Even the right password is refused under the fault."""
    library = await identify(whatsminer.address)
    whatsminer.fault = Fault.REJECT_LOGIN
    assert await library.stop_mining() is False
    assert whatsminer.mining


async def test_whatsminer_with_its_api_closed(run: Runner) -> None:
    """Commands are denied where the owner did not allow them."""
    device = await run(EmulatedWhatsminer, api_open=False)
    library = await identify(device.address)
    with pytest.raises(APIError, match="can't access write cmd"):
        await library.rpc.power_off()
    assert device.mining


async def test_whatsminer_unencrypted_command_has_no_effect(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """A command in clear text is denied."""
    library = await identify(whatsminer.address)
    with pytest.raises(APIError, match="can't access write cmd"):
        await library.rpc.send_command("power_off")
    assert whatsminer.mining


@pytest.mark.parametrize(("watts", "kept"), [(2500, 2500), (9999, 3600), (0, 3600)])
async def test_whatsminer_power_limit(
    watts: int, kept: int, whatsminer: EmulatedWhatsminer
) -> None:
    """A limit up to the factory's is taken, and costs a reboot."""
    library = await identify(whatsminer.address)
    assert await library.set_power_limit(watts) is (kept == watts)
    assert whatsminer.power_limit == kept
    await asyncio.sleep(0.25)
    assert whatsminer.reboots == int(kept == watts)


async def test_whatsminer_keeps_its_power_limit(whatsminer: EmulatedWhatsminer) -> None:
    """The limit outlasts the reboot, and watts and hash rate follow."""
    library = await identify(whatsminer.address)
    await library.set_power_limit(2500)
    await until(lambda: whatsminer.reboots == 1)
    await whatsminer.wait_ready()
    await until(lambda: whatsminer.own_watts == pytest.approx(2500))
    data = await read(library, "wattage", "wattage_limit", "hashrate")
    assert (data.wattage, data.wattage_limit) == (2500, 2500)
    assert float(data.hashrate) == pytest.approx(whatsminer.hashrate)


async def test_whatsminer_modes(whatsminer: EmulatedWhatsminer) -> None:
    """The three modes change the hash rate to reach."""
    library = await identify(whatsminer.address)
    await library.rpc.set_low_power()
    assert whatsminer.expected_hashrate == pytest.approx(112 * 0.74)
    await library.rpc.set_high_power()
    assert whatsminer.power_mode == "High"
    assert whatsminer.expected_hashrate > 112
    await library.rpc.set_normal_power()
    assert whatsminer.expected_hashrate == pytest.approx(112)


async def test_whatsminer_light_and_restarts(whatsminer: EmulatedWhatsminer) -> None:
    """Light, restart and reboot obey and tell the truth."""
    library = await identify(whatsminer.address)
    assert await library.fault_light_on() is True
    assert whatsminer.locating
    assert await library.get_fault_light() is True
    assert await library.fault_light_off() is True
    await until(lambda: not whatsminer.locating)
    assert await library.restart_backend() is True
    assert whatsminer.restarts == 1
    assert await library.reboot() is True
    await until(lambda: whatsminer.reboots == 1)


async def test_whatsminer_offline_raises(whatsminer: EmulatedWhatsminer) -> None:
    """The library stumbles over an answer that is not there."""
    library = await identify(whatsminer.address)
    whatsminer.fault = Fault.REFUSE
    with pytest.raises(KeyError):
        await library.stop_mining()


async def test_bitaxe_pause_and_resume(bitaxe: EmulatedBitaxe) -> None:
    """Both take effect through the library's own web client."""
    library = await identify(bitaxe.address)
    await library.web.send_command("system/pause", post=True)
    assert bitaxe.paused
    await library.web.send_command("system/resume", post=True)
    assert bitaxe.mining


async def test_bitaxe_of_before_pause(run: Runner) -> None:
    """Firmware before 2.14 knows no pause."""
    device = await run(EmulatedBitaxe, version="v2.12.0")
    library = await identify(device.address)
    with pytest.raises(APIError, match="Failed to send command"):
        await library.web.send_command("system/pause", post=True)
    assert device.mining


async def test_bitaxe_settings_are_taken_though_it_raises(
    bitaxe: EmulatedBitaxe,
) -> None:
    """An empty success is an error to the library."""
    library = await identify(bitaxe.address)
    with pytest.raises(APIError, match=EMPTY_ANSWER):
        await library.web.update_settings(
            autofanspeed=0, manualFanSpeed=42, frequency=420
        )
    assert bitaxe.fan_percent == 42
    assert not bitaxe.fan_automatic
    assert bitaxe.expected_hashrate == pytest.approx(1.071 * 420 / 525)
    await until(lambda: bitaxe.hashrate == pytest.approx(bitaxe.expected_hashrate))


@pytest.mark.parametrize("value", [0, 70_000, "fast", None])
async def test_bitaxe_refuses_a_bad_frequency(
    value: object, bitaxe: EmulatedBitaxe
) -> None:
    """A value out of range changes nothing."""
    library = await identify(bitaxe.address)
    with pytest.raises(APIError, match="Failed to send command"):
        await library.web.update_settings(frequency=value)
    assert bitaxe.settings["frequency"] == 525
    assert bitaxe.commands == []


async def test_bitaxe_send_config_spoils_the_pool(bitaxe: EmulatedBitaxe) -> None:
    """The library writes the scheme into the host name."""
    library = await identify(bitaxe.address)
    with pytest.raises(APIError, match=EMPTY_ANSWER):
        await library.send_config(await library.get_config())
    assert bitaxe.pools[0].url == (
        "stratum+tcp://stratum+tcp://pool.example.com:3333:3333"
    )


@pytest.mark.parametrize(
    ("version", "manual"), [("v2.14.1", 100), ("v2.10.0", 42)], ids=["new", "old"]
)
async def test_bitaxe_fan_by_send_config(
    version: str, manual: int, run: Runner
) -> None:
    """The library's name of the fan speed is that of old firmware."""
    device = await run(EmulatedBitaxe, version=version)
    library = await identify(device.address)
    settings = await library.get_config()
    settings.fan_mode = FanModeManual(speed=42)
    with pytest.raises(APIError, match=EMPTY_ANSWER):
        await library.send_config(settings)
    assert device.fan_percent == manual


async def test_bitaxe_reboot_and_identify(bitaxe: EmulatedBitaxe) -> None:
    """Identifying is a toggle, a reboot a reboot."""
    library = await identify(bitaxe.address)
    await library.web.send_command("system/identify", post=True)
    assert bitaxe.locating
    await library.web.send_command("system/identify", post=True)
    await until(lambda: not bitaxe.locating)
    assert await library.reboot() is True
    await until(lambda: bitaxe.reboots == 1)


async def test_bitaxe_stops_identifying_by_itself(run: Runner) -> None:
    """Identifying ends after half a minute."""
    device = await run(EmulatedBitaxe, time_scale=300)
    library = await identify(device.address)
    await library.web.send_command("system/identify", post=True)
    assert device.locating
    await until(lambda: not device.locating)


async def test_old_bitaxe_reboots_though_it_raises(run: Runner) -> None:
    """An answer in plain text is an error to the library."""
    device = await run(EmulatedBitaxe, version="v2.12.0")
    library = await identify(device.address)
    with pytest.raises(APIError, match="System will restart shortly"):
        await library.reboot()
    await until(lambda: device.reboots == 1)


async def test_avalon_stops_after_five_seconds_of_its_clock(
    avalon: EmulatedAvalonNano3,
) -> None:
    """Stop and start are planned for a moment to come."""
    library = await identify(avalon.address)
    assert await library.stop_mining() is True
    assert avalon.mining
    await until(lambda: not avalon.mining)
    assert (await read(library, "is_mining")).is_mining is True
    assert await library.resume_mining() is True
    assert avalon.paused
    await until(lambda: avalon.mining)


@pytest.mark.parametrize(("watts", "level"), [(140, 2), (90, 1), (1, 1)])
async def test_avalon_work_level(
    watts: int, level: int, avalon: EmulatedAvalonNano3
) -> None:
    """The library turns watts into one of two levels."""
    library = await identify(avalon.address)
    assert await library.set_power_limit(watts) is True
    assert avalon.work_level == level
    data = await read(library, "wattage_limit")
    assert data.wattage_limit == avalon.power_limit


async def test_avalon_lowest_level_is_lost_on_the_way(
    avalon: EmulatedAvalonNano3,
) -> None:
    """The library drops the value zero; the device knows it."""
    library = await identify(avalon.address)
    assert await library.set_power_limit(60) is False
    assert avalon.work_level == 2
    await library.rpc.send_command("ascset", parameters="0,worklevel,set,0")
    assert avalon.work_level == 0


async def test_avalon_light_and_restart(avalon: EmulatedAvalonNano3) -> None:
    """The library's reboot restarts the software only."""
    library = await identify(avalon.address)
    assert await library.fault_light_on() is True
    assert avalon.locating
    assert await library.fault_light_off() is True
    await until(lambda: not avalon.locating)
    assert await library.reboot() is True
    assert avalon.restarts == 1
    await library.rpc.send_command("ascset", parameters="0,reboot,0")
    await until(lambda: avalon.reboots == 1)


@pytest.mark.parametrize(
    "parameters", ["0,softoff", "0,frequency,400", "0,worklevel,set,7", "0,led,9", ""]
)
async def test_avalon_refuses_what_it_does_not_know(
    parameters: str, avalon: EmulatedAvalonNano3
) -> None:
    """Options and values out of the ordinary change nothing."""
    library = await identify(avalon.address)
    with pytest.raises(APIError, match="ASC 0 set failed"):
        await library.rpc.send_command("ascset", parameters=parameters)
    assert avalon.work_level == 2
    await until(lambda: not avalon.locating)


async def test_avalon_offline_raises(avalon: EmulatedAvalonNano3) -> None:
    """The library stumbles over an answer that is not there."""
    library = await identify(avalon.address)
    avalon.fault = Fault.REFUSE
    with pytest.raises(KeyError):
        await library.stop_mining()


async def test_vnish_stop_and_resume_though_they_raise(vnish: EmulatedVnish) -> None:
    """An empty success is an error to the library."""
    library = await identify(vnish.address)
    with pytest.raises(APIError, match=EMPTY_ANSWER):
        await library.stop_mining()
    assert vnish.paused
    with pytest.raises(APIError, match=EMPTY_ANSWER):
        await library.resume_mining()
    assert vnish.mining


async def test_vnish_that_answers_in_words(run: Runner) -> None:
    """With a word of success, all controls tell the truth."""
    device = await run(EmulatedVnish, socket_delay=0.1, quiet=False)
    library = await identify(device.address)
    assert await library.stop_mining() is True
    assert device.paused
    assert (await read(library, "is_mining")).is_mining is False
    assert await library.resume_mining() is True
    assert await library.restart_backend() is True
    assert device.restarts == 1


async def test_vnish_power_limit_works_only_by_hand(vnish: EmulatedVnish) -> None:
    """The library's control gives up; its web client does it."""
    library = await identify(vnish.address)
    assert await library.set_power_limit(2000) is False
    assert vnish.preset == "2950"
    await library.web.set_power_limit(1900)
    assert vnish.preset == "1900"
    await until(lambda: vnish.hashrate == pytest.approx(73.0))
    assert vnish.own_watts == pytest.approx(1900)
    await library.web.set_power_limit(1234)
    assert vnish.preset == "1900"


async def test_vnish_fan(vnish: EmulatedVnish) -> None:
    """The fan can be set by hand and given back."""
    library = await identify(vnish.address)
    settings = await library.get_config()
    pools = list(vnish.pools)
    settings.fan_mode = FanModeManual(speed=42)
    await library.send_config(settings)
    assert vnish.fan_percent == 42
    assert not vnish.fan_automatic
    assert vnish.pools == pools
    settings.fan_mode = FanModeNormal()
    await library.send_config(settings)
    assert vnish.fan_percent == 80
    assert vnish.fan_automatic


async def test_vnish_light_is_a_toggle(vnish: EmulatedVnish) -> None:
    """Both calls switch the light over."""
    library = await identify(vnish.address)
    assert await library.fault_light_on() is True
    assert vnish.locating
    assert await library.fault_light_off() is True
    await until(lambda: not vnish.locating)


async def test_vnish_reboots_though_it_says_no(vnish: EmulatedVnish) -> None:
    """The library does not understand the answer to a reboot."""
    library = await identify(vnish.address)
    assert await library.reboot() is False
    await until(lambda: vnish.reboots == 1)


async def test_vnish_wrong_password(vnish: EmulatedVnish) -> None:
    """Without a login there is no control."""
    library = await identify(vnish.address)
    library.web.pwd = "wrong"
    with pytest.raises(APIError, match="Could not authenticate"):
        await library.stop_mining()
    assert vnish.mining
