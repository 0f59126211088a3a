"""Antminer S21, Avalon Nano 3S and Q, Elphapex: the oddities they are there for."""

import re
from typing import Any

import aiohttp
import pytest

from emulation import (
    EmulatedAntminerS21,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedElphapex,
    EmulatedMiner,
)
from emulation.fleet import KINDS

from .conftest import Runner
from .support import ask, identify, until

CLASSES = [
    (EmulatedAntminerS21, "BMMinerS21"),
    (EmulatedAvalonNano3S, "CGMinerAvalonNano3s"),
    (EmulatedAvalonQ, "CGMinerAvalonQHome"),
    (EmulatedElphapex, "ElphapexDG1Plus"),
]
AVALONS = [EmulatedAvalonNano3S, EmulatedAvalonQ]


@pytest.mark.parametrize(("kind", "name"), CLASSES)
async def test_class(kind: type[EmulatedMiner], name: str, run: Runner) -> None:
    """The library finds make and model, and a fleet may name the kind."""
    device = await run(kind)
    assert type(await identify(device.address)).__name__ == name
    assert KINDS[kind.kind] is kind


def figures(answer: dict[str, Any]) -> dict[str, float]:
    """Return the numbers that a module tells."""
    text = next(
        value for name, value in answer["STATS"][0].items() if name.startswith("MM ID0")
    )
    return {
        name: float(value) for name, value in re.findall(r"(\w+)\[([\d.]+)\]", text)
    }


@pytest.mark.parametrize("kind", AVALONS)
async def test_means_outlast_the_hashing(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """`GHSavg` and `MGHS` are means since the start; `GHSspd` is not."""
    device = await run(kind)
    told = figures(await ask(device.address, "estats"))
    assert told["GHSspd"] == pytest.approx(device.hashrate * 1000, rel=1e-3)
    assert told["GHSavg"] == told["MGHS"] == pytest.approx(told["GHSspd"], rel=0.1)
    assert told["GHSavg"] != told["GHSspd"]
    device.pause()
    told = figures(await ask(device.address, "estats"))
    assert told["GHSspd"] == 0
    assert told["GHSavg"] > 0
    assert told["SoftOFF"] > 0


async def said(device: EmulatedMiner, parameter: str) -> str:
    """Return what an Avalon says to an option."""
    answer = await ask(device.address, "ascset", parameter=parameter)
    text: str = answer["STATUS"][0]["Msg"]
    return text


async def test_options_of_an_avalon(run: Runner) -> None:
    """A Nano 3S takes no soft-off; each lists what it takes."""
    nano, home = [await run(kind) for kind in AVALONS]
    assert "softoff" not in await said(nano, "0,help")
    assert "|softoff|" in await said(home, "0,help")
    assert "Unknown option: softoff" in await said(nano, "0,softoff,1:5")
    assert nano.mining
    for device in (nano, home):
        assert "Unknown option: led" in await said(device, "0,led,1-1")
        assert "invalid fan value" in await said(device, "0,fan-spd,14")
        assert await said(device, "0,fan-spd,15") == "ASC 0 set OK"
        assert (device.fan_percent, device.fan_automatic) == (15, False)
        assert "max_mode[2]" in await said(device, "0,workmode,set,3")
        assert await said(device, "0,workmode,set,0") == "ASC 0 set OK"
        assert await said(device, "0,workmode,get") == "ASC 0 set info: workmode 0"
        assert "parameter error" in await said(device, "0,workmode,set")
        assert "unknown argument" in await said(device, "0,worklevel,set,9")
        assert "0~300" in await said(device, "0,reboot,301")


async def test_watts_by_the_new_api(run: Runner) -> None:
    """An S21 tells them there alone, and temperatures by newer names."""
    device = await run(EmulatedAntminerS21)
    old = (await ask(device.address, "stats"))["STATS"]
    new = (await ask(device.address, "stats", new_api=True))["STATS"][0]
    assert new["watt"] == round(device.own_watts)
    assert not any("watt" in row for row in old)
    assert "temp_out_pcb_1" in old[1]
    assert not any(name.startswith("temp_pcb1") for name in old[1])
    assert isinstance(old[1]["chain_rate1"], float)
    assert "temp_pcb" not in new["chain"][0]


async def post(device: EmulatedMiner, body: dict[str, object]) -> None:
    """Post a configuration as the web page does."""
    login = aiohttp.DigestAuthMiddleware("root", device.password)
    url = f"http://{device.address}/cgi-bin/set_miner_conf.cgi"
    async with (
        aiohttp.ClientSession(middlewares=(login,)) as session,
        session.post(url, json=body) as response,
    ):
        assert (await response.json())["code"] == "M000"


async def test_name_of_the_mode_that_an_s21_heeds(run: Runner) -> None:
    """It says the same to the other one, and does nothing."""
    device = await run(EmulatedAntminerS21)
    await post(device, {"miner-mode": 1})
    assert device.mining
    await post(device, {"bitmain-work-mode": 1})
    assert not device.mining


async def test_sleep_of_elphapex_outlasts_a_reboot(run: Runner) -> None:
    """It is a setting."""
    device = await run(EmulatedElphapex)
    await post(device, {"miner-mode": 1})
    assert device.configuration()["fc-work-mode"] == 1
    await device.cut_power()
    await device.restore_power()
    await until(lambda: device.ready)
    assert not device.mining
    await post(device, {"miner-mode": 0})
    assert device.mining
