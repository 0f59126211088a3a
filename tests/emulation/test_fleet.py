"""Fleets of devices, and the interface that steers them."""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
import socket
from typing import Any

import aiohttp
import pytest

from emulation import EmulatedBitaxe, EmulatedWhatsminer, Fault, fleet as fleets
from emulation.control import FleetControl
from emulation.fleet import (
    Fleet,
    Spec,
    all_specs,
    demo_specs,
    household_specs,
    may_bind,
    read_specs,
)

from .support import ask, free_port, new_address, occupied, skip_unless_ports_free
from .test_plug import call


def whatsminer(name: str = "one", **more: Any) -> Spec:
    """Describe a device that needs no privilege."""
    return Spec(name, "whatsminer", new_address(), new_address(), **more)


@pytest.fixture
def port() -> int:
    """Return a free port."""
    return free_port()


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    """Return a running fleet of one."""
    async with Fleet([whatsminer()], warm_up=0.1, boot=0.05) as running:
        yield running


@pytest.fixture
async def control(fleet: Fleet, port: int) -> AsyncIterator[str]:
    """Return the address of a running fleet's control."""
    async with FleetControl(fleet, port) as running:
        yield running.url


async def test_options_go_to_every_device_and_may_be_overridden() -> None:
    """A device's own options win."""
    specs = [whatsminer("a"), whatsminer("b", options={"boot": 9.0})]
    async with Fleet(specs, boot=3.0, warm_up=1.0) as fleet:
        boots = {name: device.miner.boot for name, device in fleet.devices.items()}
    assert boots == {"a": 3.0, "b": 9.0}


@pytest.mark.parametrize("taken", ["address", "plug"])
async def test_leaves_out_what_cannot_listen(taken: str) -> None:
    """A device or plug without its port is left out and reported."""
    spec = whatsminer()
    plug = str(spec.plug)
    address, number = {"address": (spec.address, 4028), "plug": (plug, 8080)}[taken]
    with occupied(address, number):
        async with Fleet([spec, whatsminer("two")]) as fleet:
            assert set(fleet.devices) == {"two"}
            (left_out,) = fleet.left_out
    assert left_out["name"] == "one"
    assert left_out["kind"] == "whatsminer"
    assert "in use" in left_out["reason"]
    # The half that could listen was taken back.
    assert may_bind(spec.address, 4028)


HOUSEHOLD = ["luxos", "avalon", "luxos"]


def test_demo_has_three_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo shows three kinds and a household, each with a plug."""
    monkeypatch.setattr(fleets, "may_bind", lambda *_: True)
    specs = demo_specs("127.0.77")
    kinds = ["antminer", "whatsminer", "bitaxe", *HOUSEHOLD]
    assert [spec.kind for spec in specs] == kinds
    assert all(spec.plug and spec.plug.startswith("127.0.77.") for spec in specs)


def test_demo_without_port_80_has_three_that_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others take the places of those left out."""
    monkeypatch.setattr(fleets, "may_bind", lambda *_: False)
    specs = demo_specs("127.0.77")
    free = [spec.kind for spec in specs if 80 not in fleets.KINDS[spec.kind].ports]
    assert free == ["whatsminer", "avalon", "whatsminer", *HOUSEHOLD]
    assert len({spec.address for spec in specs}) == len(specs)


def test_household_has_a_fleet_of_two_kinds_and_a_heater() -> None:
    """One of the miners heats a room, and it is none of the fleet."""
    *fleet, heater = household_specs("127.0.77")
    assert [spec.name for spec in fleet] == ["solar-asic", "solar-nano"]
    assert len({spec.kind for spec in fleet}) == len(fleet)
    assert (heater.name, heater.heats) == ("heater", True)
    assert not any(spec.heats for spec in fleet)


def test_fleet_of_all_kinds() -> None:
    """One of each and a household, each with a plug of its own."""
    specs = all_specs("127.0.77")
    assert [spec.kind for spec in specs] == [*fleets.KINDS, *HOUSEHOLD]
    assert (
        len({*(s.address for s in specs), *(s.plug for s in specs)}) == len(specs) * 2
    )


def test_fleet_file(tmp_path: Path) -> None:
    """A file describes devices with plug and options."""
    path = tmp_path / "fleet.json"
    entry = {
        "name": "one",
        "kind": "avalon",
        "address": "127.1.1.1",
        "plug": "127.1.1.2",
        "options": {"password": "secret"},
    }
    path.write_text(json.dumps({"devices": [entry]}))
    (spec,) = read_specs(path)
    assert spec == Spec(
        "one", "avalon", "127.1.1.1", "127.1.1.2", {"password": "secret"}
    )


@pytest.mark.parametrize("change", [{"kind": "toaster"}, {"colour": "red"}])
def test_fleet_file_with_nonsense(change: dict[str, str], tmp_path: Path) -> None:
    """Unknown kinds and keys are refused."""
    path = tmp_path / "fleet.json"
    entry = {"name": "one", "kind": "avalon", "address": "127.1.1.1"} | change
    path.write_text(json.dumps({"devices": [entry]}))
    with pytest.raises(ValueError, match="unknown"):
        read_specs(path)


async def test_control_lists_devices(fleet: Fleet, control: str) -> None:
    """The list tells address, plug, fault and true state."""
    status, devices = await call("GET", f"{control}/devices")
    assert status == 200
    (device,) = devices
    miner, plug = fleet.devices["one"].miner, fleet.devices["one"].plug
    assert plug is not None
    assert device["name"] == "one"
    assert device["kind"] == "whatsminer"
    assert device["address"] == miner.address
    assert device["ports"] == [4028]
    assert device["plug"] == plug.url
    assert device["fault"] is None
    assert device["pools"][0] == {
        "url": miner.pools[0].url,
        "user": "worker.1",
        "password": "x",
    }
    assert len(device["pools"]) == len(miner.pools)
    assert device["state"]["mining"] is True
    assert device["state"]["fan_automatic"] is True
    assert device["state"]["watts"] == pytest.approx(miner.watts, abs=0.1)
    assert (await call("GET", f"{control}/devices/one"))[1]["name"] == "one"


async def test_control_sets_faults(fleet: Fleet, control: str) -> None:
    """Faults are set with their limits and ended."""
    url = f"{control}/devices/one/fault"
    _, device = await call("POST", url, json={"fault": "refuse"})
    assert device["fault"] == "refuse"
    late = {"fault": "slow", "delay": 600, "on": "rpc:summary"}
    _, device = await call("POST", url, json=late)
    assert device["fault"] == Fault.SLOW
    await ask(device["address"], "status")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask(device["address"], "summary")
    await call("POST", url, json={"fault": None})
    assert fleet.devices["one"].miner.fault is None


async def test_control_cuts_power_through_the_plug(fleet: Fleet, control: str) -> None:
    """Switching the power switches the plug."""
    device = fleet.devices["one"]
    assert device.plug is not None
    await call("POST", f"{control}/devices/one/power", json={"on": False})
    assert not device.miner.powered
    assert not device.plug.on
    _, shown = await call("POST", f"{control}/devices/one/power", json={"on": True})
    assert shown["state"]["powered"] is True
    assert shown["state"]["ready"] is False
    await device.miner.wait_ready()


async def test_control_cuts_the_power_of_the_plug_too(
    fleet: Fleet, control: str
) -> None:
    """A fuse takes both; the plug's contact stays as it was."""
    device = fleet.devices["one"]
    assert device.plug is not None
    url = f"{control}/devices/one/power"
    await call("POST", url, json={"on": False, "at_wall": True})
    assert not device.miner.powered
    assert (device.plug.on, device.plug.has_supply) == (True, False)
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("GET", device.plug.url)
    _, shown = await call("POST", url, json={"on": True, "at_wall": True})
    assert shown["plug_available"] is shown["plug_on"] is True
    await device.miner.wait_ready()
    await call("POST", url, json={"on": False})
    await call("POST", url, json={"on": True, "at_wall": True})
    assert not device.miner.powered


async def test_control_tells_what_was_asked(fleet: Fleet, control: str) -> None:
    """A fault can be limited to each of the names."""
    await ask(fleet.devices["one"].miner.address, "summary")
    _, shown = await call("GET", f"{control}/devices/one")
    assert shown["questions"] == ["rpc:summary"]


async def test_control_ends_sessions(fleet: Fleet, control: str) -> None:
    """Who was let in is not any more."""
    ended = []
    fleet.devices["one"].miner.end_sessions = (  # type: ignore[method-assign]
        lambda: ended.append("now")
    )
    status, _ = await call("POST", f"{control}/devices/one/sessions", json={})
    assert (status, ended) == (200, ["now"])


async def test_control_makes_everybody_foreign(port: int) -> None:
    """A kind that answers its own network alone refuses; the others know no such."""
    skip_unless_ports_free(EmulatedBitaxe)
    axe = Spec("axe", "bitaxe", new_address())
    async with (
        Fleet([whatsminer(), axe], warm_up=0.1, boot=0.05) as fleet,
        FleetControl(fleet, port) as running,
    ):
        device: Any = fleet.devices["axe"].miner
        for foreign in (True, False):
            for name in ("one", "axe"):
                url = f"{running.url}/devices/{name}/foreign"
                assert (await call("POST", url, json={"on": foreign}))[0] == 200
            assert device.is_foreign is foreign
        assert not hasattr(fleet.devices["one"].miner, "is_foreign")


async def test_control_freezes_the_plug(fleet: Fleet, control: str) -> None:
    """Its meter, and nothing else of it."""
    plug = fleet.devices["one"].plug
    assert plug is not None
    for frozen in (True, False):
        await call("POST", f"{control}/devices/one/plug", json={"frozen": frozen})
        assert (plug.frozen, plug.available) == (frozen, True)


async def test_control_restarts_a_device(fleet: Fleet, control: str) -> None:
    """Somebody presses its button."""
    _, shown = await call("POST", f"{control}/devices/one/reboot", json={})
    assert shown["state"]["reboots"] == 1
    assert not fleet.devices["one"].miner.ready


async def test_control_puts_a_stranger_at_the_address(
    fleet: Fleet, control: str
) -> None:
    """Another device answers there, until the first one is back."""
    device, url = fleet.devices["one"], f"{control}/devices/one/stranger"
    _, shown = await call("POST", url, json={"kind": "whatsminer"})
    assert shown["stranger"]["told"] == 0
    assert device.miner.mining
    device.miner.requests.clear()
    answer = await ask(device.miner.address, "get_miner_info")
    assert answer["Msg"]["mac"].lower() == fleets.STRANGER_MAC
    assert not device.miner.requests
    _, shown = await call("POST", url, json={"kind": None})
    assert shown["stranger"] is None
    answer = await ask(device.miner.address, "get_miner_info")
    assert answer["Msg"]["mac"].lower() == device.miner.mac


async def test_stranger_ends_with_its_fleet() -> None:
    """It leaves no port behind."""
    spec = whatsminer()
    async with Fleet([spec]) as fleet:
        fleet.set_stranger(fleet.devices["one"], "whatsminer")
    assert may_bind_exclusively(spec.address, 4028)


async def test_control_cuts_power_without_a_plug(port: int) -> None:
    """Without a plug the device itself is switched."""
    spec = Spec("bare", "whatsminer", new_address())
    async with Fleet([spec]) as fleet, FleetControl(fleet, port) as control:
        url = f"{control.url}/devices/bare/power"
        await call("POST", url, json={"on": False})
        assert not fleet.devices["bare"].miner.ready
        await call("POST", url, json={"on": True})
        assert fleet.devices["bare"].miner.powered
        url = f"{control.url}/devices/bare/plug"
        assert (await call("POST", url, json={"available": False}))[0] == 404


async def test_control_pauses_and_takes_the_plug_away(
    fleet: Fleet, control: str
) -> None:
    """Mining and the plug's interface can be stopped."""
    device = fleet.devices["one"]
    assert device.plug is not None
    await call("POST", f"{control}/devices/one/mining", json={"on": False})
    assert device.miner.paused
    await call("POST", f"{control}/devices/one/mining", json={"on": True})
    assert device.miner.mining
    await call("POST", f"{control}/devices/one/plug", json={"available": False})
    assert (await call("GET", device.plug.url))[0] == 503


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/devices/two", None, 404),
        ("GET", "/devices/one/fault", None, 404),
        ("POST", "/devices/one", {}, 404),
        ("POST", "/devices/one/dance", {}, 404),
        ("POST", "/devices/one/fault", {}, 400),
        ("POST", "/devices/one/fault", {"fault": "hiccup"}, 400),
        ("POST", "/devices/one/power", {"on": "yes"}, 400),
    ],
)
async def test_control_refuses_nonsense(
    method: str, path: str, body: dict[str, Any] | None, status: int, control: str
) -> None:
    """Unknown paths and values are refused."""
    assert (await call(method, f"{control}{path}", json=body))[0] == status


async def test_stopped_fleet_leaves_no_port(port: int) -> None:
    """Nobody listens after the end."""
    spec = whatsminer()
    async with Fleet([spec]) as fleet, FleetControl(fleet, port):
        assert isinstance(fleet.devices["one"].miner, EmulatedWhatsminer)
        assert not may_bind_exclusively(spec.address, 4028)
    assert may_bind_exclusively(spec.address, 4028)
    assert may_bind_exclusively("127.0.0.1", port)


def may_bind_exclusively(address: str, number: int) -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex((address, number)) != 0
