"""Bitaxes and their kin, asked as their own web pages ask them."""

import asyncio
import json
import time
from typing import Any

from aiohttp import ClientError, ClientSession, WSMsgType
import pytest

from emulation import EmulatedMiner
from emulation.axeos import (
    BITAXES,
    EmulatedAxe,
    EmulatedBitaxe,
    EmulatedBitaxeHex,
    EmulatedBitaxeTurbo,
    EmulatedLuckyLV07,
    EmulatedLuckyLV08,
    EmulatedNerdOctaxe,
    EmulatedNerdQaxe,
    EmulatedNerdQaxeWithOtp,
    EmulatedNMAxe,
)
from emulation.axeos.otp import code_at
from emulation.faults import Fault

from .conftest import Runner
from .support import until

KIN: tuple[type[EmulatedMiner], ...] = (
    EmulatedNerdQaxe,
    EmulatedNerdOctaxe,
    EmulatedNMAxe,
    EmulatedLuckyLV07,
    EmulatedLuckyLV08,
)
_SECRET = EmulatedNerdQaxeWithOtp.secret
# What later releases tell that an older one does not.
NEWER = {
    "2.4": ("wifiRSSI", "overclockEnabled", "temptarget", "expectedHashrate"),
    "2.6": ("temptarget", "expectedHashrate", "axeOSVersion", "temp2"),
    "2.9": ("minFanSpeed", "temp2", "fan2rpm", "asicCount", "hashrateMonitor"),
    "2.12": ("miningPaused", "actualFrequency", "poolConnectionInfo", "pools"),
    "2.14": ("pools", "useFallbackStratum", "totalHashes", "asicCount"),
    "2.15": ("asicCount", "flipscreen", "poolAddrFamily"),
}


async def ask(
    device: EmulatedMiner,
    path: str,
    method: str = "GET",
    *,
    headers: dict[str, str] | None = None,
    **body: Any,
) -> tuple[int, Any]:
    """Return the status and the content of an answer."""
    async with ClientSession() as session:
        url = f"http://{device.address}{path}"
        sent = body or None
        async with session.request(
            method, url, json=sent, headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json"
            return answer.status, json.loads(text) if is_json else text


async def info(device: EmulatedMiner) -> dict[str, Any]:
    """Return what a device tells of its system."""
    status, told = await ask(device, "/api/system/info")
    assert status == 200
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("name", BITAXES)
async def test_each_release_tells_its_own_fields(name: str, run: Runner) -> None:
    """What a later release brought is not told, what it dropped neither."""
    kind, version = BITAXES[name]
    device = await run(kind, version=version)
    told = await info(device)
    assert told["version"] == version
    assert told["hashRate"] == pytest.approx(device.hashrate * 1000, abs=0.01)
    assert not told.keys() & set(NEWER.get(name, ()))


@pytest.mark.parametrize(
    ("version", "shown"), [("v2.9.0", "4.31G"), ("v2.12.2", 4_312_775_861)]
)
async def test_difficulties_became_numbers(
    version: str, shown: object, run: Runner
) -> None:
    """Releases before 2.11 write them in short."""
    assert (await info(await run(EmulatedBitaxe, version=version)))["bestDiff"] == shown


async def test_absent_routes_of_before_and_after_2_9(run: Runner) -> None:
    """An older release redirects to its page, a newer one says what is wrong."""
    old = await run(EmulatedBitaxe, version="v2.6.0")
    assert (await ask(old, "/api/system/asic"))[0] == 302
    new = await run(EmulatedBitaxe, version="v2.12.2")
    answer = await ask(new, "/api/system/pause", "POST")
    assert answer == (404, {"error": "unknown route"})
    assert new.mining


async def test_one_bad_field_refuses_all_of_a_patch(run: Runner) -> None:
    """Nothing is half done, and unknown keys are ignored."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    status, said = await ask(
        device, "/api/system", "PATCH", frequency=600, temptarget=90
    )
    assert (status, said) == (400, "Wrong API input")
    assert device.settings["frequency"] == 525
    status, _ = await ask(device, "/api/system", "PATCH", frequency=600, nonsense=1)
    assert (status, device.settings["frequency"]) == (200, 600)


async def test_pools_of_2_15_ignore_the_old_keys(run: Runner) -> None:
    """They are written as objects, and a password that is left out is lost."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    before = device.pools[0].url
    status, _ = await ask(device, "/api/system", "PATCH", stratumURL="elsewhere")
    assert (status, device.pools[0].url) == (200, before)


async def test_pause_is_forgotten_with_the_power(run: Runner) -> None:
    """It mines after a cut, whatever it was told before."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    await ask(device, "/api/system/pause", "POST")
    told = await info(device)
    assert (told["miningPaused"], told["hashRate"], told["temp"]) == (True, 0, -1)
    assert told["hashRate_1h"] >= 0
    await device.cut_power()
    await device.restore_power()
    await device.wait_ready()
    assert (await info(device))["miningPaused"] is False


@pytest.mark.parametrize(
    ("version", "left"), [("v2.9.0", (50, 1000)), ("v2.15.0", (425, 1050))]
)
async def test_heat_lowers_the_settings_for_good(
    version: str, left: tuple[int, int], run: Runner
) -> None:
    """Older releases leave next to nothing, newer ones 100 MHz and mV less."""
    device = await run(EmulatedBitaxe, version=version, time_scale=100)
    device.overheat()
    await until(lambda: device.settings["frequency"] == left[0] and device.mining)
    told = await info(device)
    assert (told["frequency"], told["coreVoltage"]) == left
    assert (told["autofanspeed"], told["fanspeed"]) == (0, 100)


async def test_faults_are_told_while_they_last(run: Runner) -> None:
    """A fault of the hardware stops it, one of the power is only told."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    device.break_down("ASIC not detected")
    told = await info(device)
    assert (told["hardware_fault"], told["miningPaused"]) == (
        "ASIC not detected",
        False,
    )
    assert not device.mining
    device.break_down(None)
    assert "hardware_fault" not in await info(device)


@pytest.mark.parametrize("how", ["address", "origin"])
async def test_other_networks_are_refused(how: str, run: Runner) -> None:
    """By address, or by the page that a browser is on."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    device.is_foreign = how == "address"
    headers = {"Origin": "http://example.com"} if how == "origin" else None
    answer = await ask(device, "/api/system/info", headers=headers)
    assert answer == (401, "Unauthorized")


@pytest.mark.parametrize(
    "kind", [EmulatedBitaxe, EmulatedBitaxeTurbo, EmulatedBitaxeHex]
)
async def test_chips_and_sensors(kind: type[EmulatedBitaxe], run: Runner) -> None:
    """One entry for each chip; the second sensor only where there is one."""
    device = await run(kind, version="v2.15.0")
    told = await info(device)
    assert len(told["hashrateMonitor"]["asics"]) == kind.board.chips
    assert (told["temp2"] > 0) is kind.board.second_sensor
    assert (told["fan2rpm"] > 0) is (kind.board.fans > 1)


async def test_live_tells_all_and_then_what_changes(run: Runner) -> None:
    """A key that is gone is never told of."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    device.live.interval = 0.02
    device.power_fault = "VIN under voltage"
    url = f"http://{device.address}/api/ws/live"
    async with ClientSession() as session, session.ws_connect(url) as socket:
        first = (await socket.receive_json())["data"]
        assert first["power_fault"] == "VIN under voltage"
        assert "fullHostname" not in first
        device.power_fault = None
        device.wifi = -71
        while "wifiRSSI" not in (later := (await socket.receive_json())["data"]):
            pass
        assert later["wifiRSSI"] == -71
        assert "power_fault" not in later
        assert device.live.clients == 1
    await until(lambda: device.live.clients == 0)


async def test_live_takes_ten(run: Runner) -> None:
    """One more is refused, and one that left makes room."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    url = f"http://{device.address}/api/ws/live"
    async with ClientSession() as session:
        sockets = [await session.ws_connect(url) for _ in range(10)]
        with pytest.raises(ClientError, match="429"):
            await session.ws_connect(url)
        await sockets[0].close()
        await until(lambda: device.live.clients == 9)
        await (await session.ws_connect(url)).close()


async def test_live_ends_with_the_power_and_hangs_with_a_fault(run: Runner) -> None:
    """Faults reach frames that are pushed."""
    device = await run(EmulatedBitaxe, version="v2.15.0")
    device.live.interval = 0.02
    url = f"http://{device.address}/api/ws/live"
    async with ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        device.fault = Fault.HANG
        await asyncio.sleep(0.1)
        sent = device.live.frames
        await asyncio.sleep(0.1)
        assert device.live.frames == sent
        device.fault = None
        await device.cut_power()
        async for message in socket:
            assert message.type is WSMsgType.TEXT
    assert device.live.clients == 0


async def test_more_connections_than_sockets(run: Runner) -> None:
    """The one that was quiet for longest is ended."""
    device = await run(EmulatedNerdQaxe)
    streams = [await asyncio.open_connection(device.address, 80) for _ in range(11)]
    await until(lambda: device.open_connections == 10)
    with pytest.raises(ConnectionError):
        await streams[0][0].readexactly(1)
    for _, writer in streams:
        writer.close()


async def test_nerdos_heeds_types(run: Runner) -> None:
    """A fraction where a whole number belongs is ignored without a word."""
    device = await run(EmulatedNerdQaxe)
    for value in (525.0, "525"):
        status, _ = await ask(device, "/api/system", "PATCH", frequency=value)
        assert (status, device.settings["frequency"]) == (200, 600)
    await ask(device, "/api/system", "PATCH", frequency=525)
    assert device.settings["frequency"] == 525


async def test_nerdos_stops_until_it_restarts(run: Runner) -> None:
    """Nothing else ends a shutdown; the answer comes before it."""
    device = await run(EmulatedNerdQaxe, time_scale=50)
    assert (await ask(device, "/api/system/shutdown", "POST"))[0] == 200
    await until(lambda: device.is_shut_down)
    told = await info(device)
    assert (told["shutdown"], told["hashRate"], told["hashRate_1h"]) == (True, 0, 0)
    await ask(device, "/api/system/restart", "POST")
    await until(lambda: device.mining)


async def test_nerdos_that_was_too_hot(run: Runner) -> None:
    """Only the newer page tells why it does nothing."""
    device = await run(EmulatedNerdOctaxe)
    device.overheat()
    told = await info(device)
    assert (told["shutdown"], told["hashRate"]) == (False, 0)
    _, page = await ask(device, "/api/v2/dashboard")
    assert page["system"]["boardError"] == 1


async def test_nerdos_with_one_time_passwords(run: Runner) -> None:
    """Each is good once; a session is good for all; commands need none."""
    device = await run(EmulatedNerdQaxeWithOtp)
    step = _step()
    answer = await ask(device, "/api/system", "PATCH", frequency=525)
    assert answer == (401, "OTP/Session required")
    headers = {"X-TOTP": code_at(_SECRET, step)}
    status, session = await ask(device, "/api/v2/otp/session", "POST", headers=headers)
    assert status == 200
    assert (await ask(device, "/api/v2/otp/session", "POST", headers=headers))[0] == 401
    headers = {"X-OTP-Session": session["token"]}
    await ask(device, "/api/system", "PATCH", headers=headers, frequency=525)
    assert device.settings["frequency"] == 525
    assert (await ask(device, "/api/system/restart", "POST"))[0] == 200


async def test_nerdos_locks_itself(run: Runner) -> None:
    """Five wrong tries block even the right one, for five minutes."""
    device = await run(EmulatedNerdQaxeWithOtp, time_scale=5)
    for _ in range(5):
        await ask(device, "/api/system", "PATCH", headers={"X-TOTP": "1"}, frequency=1)
    headers = {"X-TOTP": code_at(_SECRET, _step())}
    answer = await ask(device, "/api/v2/otp/session", "POST", headers=headers)
    assert answer == (401, "blocked for 5 minutes")


async def test_nerdos_fetches_an_update(run: Runner) -> None:
    """From its maker alone, one at a time."""
    device = await run(EmulatedNerdQaxe, time_scale=200)
    path = "/api/system/OTA/github"
    assert (await ask(device, path, "POST", url="https://example.com/x"))[0] == 400
    url = "https://github.com/shufps/ESP-Miner-NerdQAxePlus/releases/download/v1.1.2/f"
    assert (await ask(device, path, "POST", url=url))[0] == 202
    assert (await ask(device, path, "POST", url=url))[0] == 409
    await until(lambda: device.version == "v1.1.2" and device.ready)


async def test_nmaxe_pauses_and_resumes(run: Runner) -> None:
    """It says what it is about to do; JSON has to be called so."""
    device = await run(EmulatedNMAxe, time_scale=10)
    path = "/api/mining/state"
    status, said = await ask(device, path, "PATCH", paused=True)
    assert (status, said["state"]) == (200, "pausing")
    await until(lambda: device.state == "paused" and not device.mining)
    await ask(device, path, "PATCH", paused=False)
    await until(lambda: device.mining)
    device.is_busy = True
    assert (await ask(device, path, "PATCH", paused=True))[0] == 409


@pytest.mark.parametrize("kind", KIN, ids=lambda kind: kind.kind)
async def test_kin_are_told_and_obey(kind: type[EmulatedAxe], run: Runner) -> None:
    """Each mines at what it is set to."""
    device = await run(kind)
    path, key = "/api/system", "frequency"
    if kind is EmulatedNMAxe:
        path, key = "/api/setting/mining", "asicFreqReq"
    assert await info(device)
    slower = kind.board.frequencies[0]
    wanted: dict[str, Any] = {key: slower}
    assert (await ask(device, path, "PATCH", **wanted))[0] == 200
    expected = kind.board.gigahashes * slower / 1000
    await until(lambda: device.hashrate == pytest.approx(expected, rel=0.01))
    assert device.pools[0].password == "x"


async def test_lv07_keeps_to_itself_who_it_is(run: Runner) -> None:
    """It tells no address, and writes the voltage its own way."""
    told = await info(await run(EmulatedLuckyLV07))
    assert not told.keys() & {"macAddr", "hostname", "voltage", "fanrpm"}
    assert told["voltagei"] == pytest.approx(12015.6, abs=1)


def _step() -> int:
    """Return the present step of one-time passwords."""
    return int(time.time()) // 30
