"""The smart plug's own interface."""

from typing import Any

import aiohttp
import pytest

from emulation import EmulatedWhatsminer, SmartPlug

from .conftest import Runner
from .support import until


async def call(method: str, url: str, **options: Any) -> tuple[int, Any]:
    """Send a request and return status and JSON."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as reply,
    ):
        return reply.status, await reply.json()


async def test_shows_the_true_watts(
    whatsminer: EmulatedWhatsminer, address: str
) -> None:
    """The plug measures at the wall."""
    async with SmartPlug(address, whatsminer) as plug:
        status, state = await call("GET", plug.url)
        assert status == 200
        assert state["on"] is True
        assert state["power"] == pytest.approx(whatsminer.watts, abs=0.1)
        assert state["power"] > 1.06 * whatsminer.own_watts
        assert plug.requests["GET /state"] == 1


async def test_switches_off_and_on(
    whatsminer: EmulatedWhatsminer, address: str
) -> None:
    """The plug cuts and restores the miner's power."""
    async with SmartPlug(address, whatsminer) as plug:
        _, state = await call("POST", plug.url, json={"on": False})
        assert state["on"] is False
        assert state["power"] == 0
        assert not whatsminer.powered
        _, state = await call("POST", plug.url, json={"on": True})
        assert state["on"] is True
        assert state["power"] > 0
        assert not whatsminer.ready
        await until(lambda: whatsminer.ready)


async def test_meter_that_froze(whatsminer: EmulatedWhatsminer, address: str) -> None:
    """It shows what it last saw, while its contact still tells and does the truth."""
    async with SmartPlug(address, whatsminer) as plug:
        plug.frozen = True
        _, before = await call("GET", plug.url)
        _, state = await call("POST", plug.url, json={"on": False})
        assert not whatsminer.powered
        assert state == before | {"on": False}
        plug.frozen = False
        _, state = await call("GET", plug.url)
        assert state["power"] == 0


async def test_counts_energy(run: Runner, address: str) -> None:
    """The counter rises with the watts only."""
    device = await run(EmulatedWhatsminer, time_scale=5000)
    async with SmartPlug(address, device) as plug:
        _, first = await call("GET", plug.url)
        _, second = await call("GET", plug.url)
        assert second["energy"] > first["energy"]
        await plug.turn_off()
        _, third = await call("GET", plug.url)
        _, fourth = await call("GET", plug.url)
        assert fourth["energy"] == third["energy"] >= second["energy"]


async def test_answers_503_while_unavailable(
    whatsminer: EmulatedWhatsminer, address: str
) -> None:
    """An unavailable plug neither tells nor switches."""
    async with SmartPlug(address, whatsminer) as plug:
        plug.available = False
        assert (await call("GET", plug.url))[0] == 503
        assert (await call("POST", plug.url, json={"on": False}))[0] == 503
        assert whatsminer.powered
        plug.available = True
        assert (await call("GET", plug.url))[0] == 200


@pytest.mark.parametrize("body", [{}, {"on": 1}, {"on": "false"}, {"off": True}])
async def test_refuses_nonsense(
    body: dict[str, object], whatsminer: EmulatedWhatsminer, address: str
) -> None:
    """Only true and false switch."""
    async with SmartPlug(address, whatsminer) as plug:
        assert (await call("POST", plug.url, json=body))[0] == 400
        assert whatsminer.powered


async def test_other_paths_and_ports(address: str) -> None:
    """The port can be chosen; a plug may have nothing to switch."""
    async with SmartPlug(address, port=8099) as plug:
        assert plug.url == f"http://{address}:8099/state"
        assert (await call("GET", plug.url))[1] == {
            "on": True,
            "power": 0.0,
            "energy": 0.0,
        }
        assert (await call("GET", plug.url.replace("state", "other")))[0] == 404


async def test_finds_a_miner_without_power_switched_off(
    run: Runner, address: str
) -> None:
    """The plug starts as its miner is."""
    device = await run(EmulatedWhatsminer, powered=False)
    async with SmartPlug(address, device) as plug:
        assert not plug.on
        await plug.turn_on()
        await until(lambda: device.ready)
