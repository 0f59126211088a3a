"""Commands never reach a stranger's miner, and its values are never shown."""

from typing import Any

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
    LibraryMissingError,
)
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.controllers.pyasic.dialects.avalon import (
    AvalonDialect,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import FanSetting
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)

from .bench import KINDS, Bench, F, changing, link, make_controller
from .conftest import Runner

STRANGER = "02:00:00:00:00:01"


async def replace(bench: Bench, run: Runner) -> EmulatedMiner:
    """Put another device of the same kind at the address of the linked one."""
    await bench.device.stop()
    stranger: EmulatedMiner = await run(
        type(bench.device), address=bench.device.address, mac=STRANGER
    )
    return stranger


async def test_values_of_a_stranger_are_not_shown(bench: Bench, run: Runner) -> None:
    """Another device at the address is not the linked one."""
    await bench.refresh()
    bench.controller.forget_connection()
    await replace(bench, run)
    for _ in range(2):
        with pytest.raises(IdentityMismatchError):
            await bench.refresh()
    assert bench.controller.snapshot == Snapshot()
    assert bench.controller.is_mining is None


async def test_commands_do_not_reach_a_stranger(bench: Bench, run: Runner) -> None:
    """Even where the change went unnoticed until the command."""
    await bench.refresh()
    stranger = await replace(bench, run)
    told = changing(stranger)
    controller = bench.controller
    with pytest.raises(IdentityMismatchError):
        await controller.stop_mining()
    with pytest.raises(IdentityMismatchError):
        await controller.start_mining()
    with pytest.raises(IdentityMismatchError):
        await controller.set_internal_fan(FanSetting(10))
    assert told() == []
    assert stranger.mining
    # Nor are its values shown from now on.
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()


@pytest.mark.parametrize("outage", [Fault.REFUSE, Fault.RESET, Fault.HTTP_500], ids=str)
async def test_identity_is_checked_after_every_outage(
    bench: Bench, run: Runner, outage: Fault
) -> None:
    """Whatever answers after an outage may be something else."""
    await bench.refresh()
    bench.device.fault = outage
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    await replace(bench, run)
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()


async def test_stranger_of_another_kind(run: Runner) -> None:
    """It answers some questions alike, and not the one that tells who it is."""
    bench = await link(await run(EmulatedLuxOs))
    for since in ("_up_since", "_at_work_since"):
        setattr(bench.device, since, getattr(bench.device, since) - 3600)
    await bench.refresh()
    await bench.device.stop()
    await run(EmulatedAntminer, address=bench.device.address, mac=STRANGER)
    for _ in range(2):
        with pytest.raises(ControllerError):
            await bench.refresh()
        assert bench.controller.snapshot == Snapshot()


# Firmware whose every reading shows which device it is.
ALWAYS_KNOWN = (
    EmulatedAvalonNano3,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedWhatsminerV3,
)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ALWAYS_KNOWN], ids=str
)
async def test_identity_is_checked_from_time_to_time(
    bench: Bench, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is read that shows which device it is."""
    await bench.refresh()
    await replace(bench, run)
    await bench.refresh(F.MODEL_DETECTION)
    monkeypatch.setattr(network_controller, "IDENTITY_CHECK_INTERVAL", 0)
    with pytest.raises(IdentityMismatchError):
        await bench.refresh(F.MODEL_DETECTION)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
async def test_identity_that_comes_with_the_readings(
    run: Runner, kind: type[EmulatedMiner]
) -> None:
    """They tell who they are all the time, so that no read is of a stranger."""
    bench = await link(await run(kind))
    await bench.refresh()
    stranger = await replace(bench, run)
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()
    assert bench.controller.snapshot == Snapshot()
    await stranger.stop()
    await run(kind, address=bench.device.address, mac=bench.device.mac)
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_identity_that_is_left_out_of_the_readings(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was known a moment ago is not lost for one field."""
    bench = await link(await run(EmulatedBitaxe))
    await bench.refresh()
    tell = bench.device.info
    monkeypatch.setattr(bench.device, "info", lambda: tell() | {"macAddr": None})
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_linked_device_is_known_again(bench: Bench, run: Runner) -> None:
    """When the stranger is gone, all is as before."""
    mac = bench.device.mac
    await bench.refresh()
    bench.controller.forget_connection()
    stranger = await replace(bench, run)
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()
    await stranger.stop()
    await run(type(bench.device), address=bench.device.address, mac=mac)
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_another_kind_of_device(run: Runner) -> None:
    """A device that speaks another language is not mistaken for the linked one."""
    bench = await link(await run(EmulatedWhatsminer))
    await bench.device.stop()
    await run(EmulatedAvalonNano3, address=bench.device.address)
    with pytest.raises(ControllerError):
        await bench.refresh()


async def test_device_that_does_not_tell_who_it_is(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that could be anybody is not taken for the linked one."""
    bench = await link(await run(EmulatedBitaxe))
    tell, told = bench.device.info, changing(bench.device)
    monkeypatch.setattr(bench.device, "info", lambda: tell() | {"macAddr": ""})
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    with pytest.raises(ControllerUnreachableError):
        await bench.controller.stop_mining()
    assert told() == []


async def test_device_that_never_told_who_it_is(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is nothing to compare, nothing is asked."""

    async def nothing(_: AvalonDialect) -> None:
        return None

    monkeypatch.setattr(AvalonDialect, "read_serial", nothing)
    bench = await link(await run(EmulatedAvalonNano3))
    assert (bench.capabilities.mac, bench.capabilities.serial) == (None, None)
    assert (await bench.refresh()).status is MinerStatus.ON
    await bench.controller.stop_mining()


async def test_device_that_tells_who_it_is_only_later(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was linked without a name of its own is no stranger when it has one."""

    async def nothing(_: AvalonDialect) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(AvalonDialect, "read_serial", nothing)
        bench = await link(await run(EmulatedAvalonNano3))
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_user_name_that_cannot_be_one(run: Runner) -> None:
    """It is told like any other failure, and leaves nothing broken."""
    bench = await link(await run(EmulatedAntminer))
    controller = make_controller(
        bench.capabilities,
        host=bench.device.address,
        username="ro:ot",
        password="root",
    )
    with pytest.raises(ControllerError):
        await controller.async_refresh(bench.features)


async def test_device_follows_its_host_name(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may lead to a new address after an outage."""
    bench = await link(await run(EmulatedBitaxe))
    names: dict[str, str] = {"miner.local": bench.device.address}

    async def look_up(host: str) -> str:
        return names[host]

    monkeypatch.setattr(network_controller, "resolve", look_up)
    controller = make_controller(bench.capabilities, host="miner.local")
    await controller.async_refresh(bench.features)
    await bench.device.stop()
    with pytest.raises(ControllerUnreachableError):
        await controller.async_refresh(bench.features)
    moved = await run(EmulatedBitaxe, mac=bench.device.mac)
    names["miner.local"] = moved.address
    assert (await controller.async_refresh(bench.features)).status is MinerStatus.ON


async def test_class_that_the_library_does_not_have(run: Runner) -> None:
    """Another version of the library may have lost a device."""
    bench = await link(await run(EmulatedBitaxe))
    stored: dict[str, Any] = bench.capabilities.as_dict() | {"library_class": "Gone"}
    controller = make_controller(
        type(bench.capabilities).from_dict(stored), host=bench.device.address
    )
    with pytest.raises(LibraryMissingError, match="Gone"):
        await controller.async_refresh(bench.features)
