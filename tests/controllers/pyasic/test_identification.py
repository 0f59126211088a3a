"""What a device is found to be, and to be capable of, when it is linked."""

import asyncio
import socket
from typing import Any, override

from aiohttp import web
import pytest

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    NotAMinerError,
)
from custom_components.miner_control.controllers.network import hosts
from custom_components.miner_control.controllers.network.hosts import (
    HostNotFoundError,
    resolve,
)
from custom_components.miner_control.controllers.pyasic import library
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from tests.controllers.support import capabilities_at
from tests.emulation.support import skip_unless_ports_free
from tests.features import DEVICES

from .bench import Bench, F, OldBitaxe, link, short_limits
from .conftest import Runner

# Class in the library, make, model, firmware and its version, boards, chips, fans.
FACTS: dict[type[EmulatedMiner], tuple[object, ...]] = {
    EmulatedAntminer: (
        "BMMinerS19Pro",
        "AntMiner",
        "S19 Pro",
        "Stock",
        "Tue Dec  6 16:12:30 CST 2022",
        *(3, 342, 4),
    ),
    EmulatedWhatsminer: (
        "BTMinerM30SPlusPlusVH30",
        "WhatsMiner",
        "M30S++ VH30",
        "Stock",
        "20220915.14.REL",
        *(3, 333, 2),
    ),
    EmulatedBitaxe: (
        "BitAxeGamma",
        "BitAxe",
        "Gamma",
        "Stock",
        "v2.14.1",
        *(1, 1, 1),
    ),
    EmulatedAvalonNano3: (
        "CGMinerAvalonNano3",
        "AvalonMiner",
        "Avalon Nano 3",
        "Stock",
        "25103101_0736b2e",
        *(1, 10, 1),
    ),
    EmulatedVnish: ("VNishS19", "AntMiner", "S19", "VNish", "1.2.6", *(3, 228, 4)),
    EmulatedLuxOs: (
        "LUXMinerS19kPro",
        "AntMiner",
        "S19k Pro",
        "LuxOS",
        "2025.4.8.220305",
        *(3, 231, 4),
    ),
    EmulatedBraiins: (
        "BOSMinerS21Pro",
        "AntMiner",
        "S21 Pro",
        "BOS+",
        "26.04",
        *(3, 195, 4),
    ),
    EmulatedWhatsminerV3: (
        "BTMinerM60SVK40",
        "WhatsMiner",
        "M60S VK40",
        "Stock",
        "20251209.16.Rel2",
        *(3, 675, 2),
    ),
}


def facts(found: Capabilities) -> tuple[object, ...]:
    """Return what identification found of a device."""
    return (
        found.library_class,
        found.make,
        found.model,
        found.firmware,
        found.firmware_version,
        found.boards,
        found.chips,
        found.fans,
    )


async def test_device_is_known(kind: type[EmulatedMiner], bench: Bench) -> None:
    """Model, firmware, counts and the class in the library are right."""
    found = bench.capabilities
    assert facts(found) == FACTS[kind]
    assert found.library_version == "0.79.0"
    assert (found.algorithm, found.hashrate_unit) == ("SHA256", "TH/s")


async def test_features_are_those_of_the_device(
    kind: type[EmulatedMiner], bench: Bench
) -> None:
    """A device is linked for what it has, and for nothing else."""
    assert bench.features == DEVICES[kind]


async def test_device_is_told_from_others(
    kind: type[EmulatedMiner], bench: Bench
) -> None:
    """It has its MAC address, or where it tells none, a number of its own."""
    found, device = bench.capabilities, bench.device
    if kind is EmulatedAvalonNano3:
        number = device.mac.replace(":", "")
        assert (found.mac, found.serial) == (None, f"0201{number}")
    else:
        assert found.mac == device.mac


async def test_stored_capabilities_make_the_same_controller(bench: Bench) -> None:
    """What a subentry stores is all that is needed."""
    restored = Capabilities.from_dict(bench.capabilities.as_dict())
    assert restored == bench.capabilities
    assert bench.controller.features == bench.features


async def test_stopped_device_has_the_same_features(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """Linking a device that happens to be stopped loses none of its features."""
    device = await run(kind)
    device.pause()
    bench = await link(device)
    # Nobody knows of these but from a reading.
    unseen = bench.features ^ DEVICES[kind]
    assert unseen <= {F.INLET_TEMPERATURE_MONITORING, F.OUTLET_TEMPERATURE_MONITORING}


@pytest.mark.parametrize("socket_delay", [0.0, 0.15])
async def test_vnish_is_never_taken_for_the_original_firmware(
    run: Runner, socket_delay: float
) -> None:
    """Whichever of its interfaces answers first."""
    bench = await link(await run(EmulatedVnish, socket_delay=socket_delay))
    assert bench.capabilities.library_class == "VNishS19"


async def test_axeos_without_pause_has_no_mining_control(run: Runner) -> None:
    """Where the firmware knows no pause, there is nothing to switch."""
    bench = await link(await run(OldBitaxe, version="v2.9.0"))
    assert F.MINING_CONTROL not in bench.features
    assert bench.features == DEVICES[EmulatedBitaxe] - {
        F.MINING_CONTROL,
        F.LOCATE_CONTROL,
    }


async def test_antminer_without_a_work_mode_has_no_mining_control(run: Runner) -> None:
    """Where the configuration has no setting, there is nothing to set."""

    class PlainAntminer(EmulatedAntminer):
        """A machine that knows neither modes nor fans."""

        @override
        def configuration(self) -> dict[str, Any]:
            told = super().configuration()
            return {key: told[key] for key in ("pools", "bitmain-freq-level")}

    bench = await link(await run(PlainAntminer))
    assert not {F.MINING_CONTROL, F.INTERNAL_FAN_CONTROL} & bench.features


@pytest.mark.parametrize("kind", [EmulatedAntminer, EmulatedVnish])
async def test_wrong_password_is_told(kind: type[EmulatedMiner], run: Runner) -> None:
    """A login that is refused is not mistaken for a device that is out of order."""
    device = await run(kind, password="secret")
    with pytest.raises(ControllerAuthError) as refused:
        await link(device, password="wrong")
    assert "wrong" not in str(refused.value)
    assert (await link(device, password="secret")).capabilities.mac == device.mac


async def test_given_user_name_is_used(run: Runner) -> None:
    """A user that the device does not know is not let in."""
    device = await run(EmulatedAntminer)
    with pytest.raises(ControllerAuthError):
        await link(device, username="admin", password=device.password)


async def test_nothing_there(address: str) -> None:
    """An address at which nothing answers is unreachable."""
    with pytest.raises(ControllerUnreachableError):
        await capabilities_at(address)


async def test_web_server_is_no_miner(address: str) -> None:
    """Something that answers, but does not mine, is told apart."""
    skip_unless_ports_free(EmulatedBitaxe)
    server = web.Server(_say_hello)
    runner = web.ServerRunner(server)
    await runner.setup()
    await web.TCPSite(runner, address, 80).start()
    try:
        with pytest.raises(NotAMinerError):
            await capabilities_at(address)
    finally:
        await runner.cleanup()


async def _say_hello(_: web.BaseRequest) -> web.Response:
    return web.Response(text="<title>NAS</title>", content_type="text/html")


@pytest.mark.parametrize("fault", Fault)
async def test_fault_while_linking(
    kind: type[EmulatedMiner], run: Runner, fault: Fault
) -> None:
    """A fault ends in an error in time, and linking succeeds as soon as it is over."""
    device = await run(kind)
    device.inject(fault, delay=600.0)
    error: ControllerError | None = None
    with short_limits():
        try:
            async with asyncio.timeout(60):
                await link(device)
        except ControllerError as err:
            error = err
    # What no login was refused for is not blamed on the password.
    assert fault is Fault.REJECT_LOGIN or not isinstance(error, ControllerAuthError)
    device.fault = None
    assert facts((await link(device)).capabilities) == FACTS[kind]


class TestResolve:
    """Host names."""

    @pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
    async def test_address(self, host: str) -> None:
        """An address is an address."""
        assert await resolve(host) == host

    async def test_name(self) -> None:
        """A name is looked up."""
        assert await resolve("localhost") == "127.0.0.1"

    @pytest.mark.parametrize("failure", [socket.gaierror(-2, "no"), UnicodeError("x")])
    async def test_unknown_name(
        self, monkeypatch: pytest.MonkeyPatch, failure: Exception
    ) -> None:
        """A name that nobody knows is told as such."""

        async def fail(*_: object, **__: object) -> None:
            raise failure

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
        with pytest.raises(HostNotFoundError):
            await resolve("nowhere.invalid")

    async def test_name_server_is_silent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A look-up takes no longer than its limit."""

        async def wait(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(hosts, "RESOLVE_TIMEOUT", 0.01)
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", wait)
        with pytest.raises(HostNotFoundError):
            await resolve("slow.invalid")


async def test_device_that_falls_silent_while_it_is_looked_at(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library reads nothing then, and says nothing of it."""
    device = await run(EmulatedWhatsminer)
    find = library.find_miner

    async def find_and_lose(host: str) -> Any:
        found = await find(host)
        device.fault = Fault.REFUSE
        return found

    monkeypatch.setattr(library, "find_miner", find_and_lose)
    with pytest.raises(ControllerUnreachableError):
        await link(device)


async def test_busy_device_is_found(run: Runner) -> None:
    """The library gives this kind less time than others, which is too little."""
    device = await run(EmulatedWhatsminerV3)
    device.inject(Fault.SLOW, on="rpc:get.device.info", delay=1.1)
    assert (await link(device)).capabilities.mac == device.mac
