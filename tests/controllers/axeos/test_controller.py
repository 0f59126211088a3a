"""Linking and reading devices over real sockets."""

from dataclasses import replace
import errno
from typing import Any

import pytest

from custom_components.miner_control.controllers import identify, protocols
from custom_components.miner_control.controllers.axeos import api
from custom_components.miner_control.controllers.axeos.controller import AxeosController
from custom_components.miner_control.controllers.axeos.device import AxeosDevice
from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
    ForbiddenNetworkError,
    IdentityMismatchError,
    NotAMinerError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import FanSpeed, HashRate
from emulation import EmulatedAntminer, EmulatedVnish, Fault
from emulation.axeos import EmulatedBitaxe, EmulatedBitaxeHex, EmulatedNerdQaxe
from tests.emulation.support import new_address, until

from .bench import STOPPABLE, VARIANTS, Bench, F, link
from .conftest import Linker

EVERYWHERE = {
    F.HASHRATE_MONITORING,
    F.POWER_MONITORING,
    F.STATUS_MONITORING,
    F.CHIP_TEMPERATURE_MONITORING,
    F.FAN_SPEED_INTERNAL_MONITORING,
    F.VOLTAGE_MONITORING,
    F.FREQUENCY_MONITORING,
    F.MODEL_DETECTION,
    F.HASHBOARD_MONITORING,
    F.OPERATIONAL_MONITORING,
    F.INTERNAL_FAN_CONTROL,
    F.PRESET_CONTROL,
    F.RESTART_CONTROL,
    F.TUNING_CONTROL,
}
NAMES = {
    "axeos-2.4": ("Bitaxe", "BM1370 602", "AxeOS"),
    "axeos-2.9": ("Bitaxe", "Gamma 602", "AxeOS"),
    "axeos-2.15": ("Bitaxe", "Gamma 602", "AxeOS"),
    "axeos-2.15-turbo": ("Bitaxe", "GammaTurbo 801", "AxeOS"),
    "nerdqaxe": ("Nerd", "NerdQAxe++", "NerdOS"),
    "nmaxe": ("NMMiner", "NMAxeGammaRev2", "NMAxe"),
    "lv07": ("Lucky Miner", "LV07", "Lucky Miner"),
    "lv08": ("Lucky Miner", "LV08", "Lucky Miner"),
}
NO_MAC = ("nmaxe", "lv07")


def test_it_is_asked_first() -> None:
    """A device that two protocols speak to is linked by the better one."""
    assert protocols()[0] is AxeosController


async def test_without_multicast(
    linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant's own session cannot be had then, and is not needed."""

    def refuse(**_: Any) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr("homeassistant.components.zeroconf.HaZeroconf", refuse)
    bench = await linked("axeos-2.15")
    assert bench.capabilities.model == NAMES["axeos-2.15"][1]
    assert (await bench.refresh()).hashrate


@pytest.mark.parametrize("name", VARIANTS)
async def test_features(name: str, linked: Linker) -> None:
    """What each variant was found to have."""
    found = (await linked(name)).features
    assert found >= EVERYWHERE
    assert (F.MINING_CONTROL in found) is (name in STOPPABLE)
    assert (F.LOCATE_CONTROL in found) is name.startswith(
        ("axeos-2.12", "axeos-2.14", "axeos-2.15")
    )
    assert (F.BOARD_TEMPERATURE_MONITORING in found) is (name != "lv07")


@pytest.mark.parametrize("name", NAMES)
async def test_names(name: str, linked: Linker) -> None:
    """Make, model and firmware as their owners call them."""
    found = (await linked(name)).capabilities
    assert (found.make, found.model, found.firmware) == NAMES[name]
    assert found.firmware_version


async def test_identity(bench: Bench) -> None:
    """Each is known by its MAC address, where it tells one."""
    is_nameless = bench.device.kind in ("nmaxe", "lucky-lv07")
    assert bench.capabilities.mac == (None if is_nameless else bench.device.mac)


async def test_everything_is_read(bench: Bench) -> None:
    """Each figure is that of the device."""
    device, found = bench.device, await bench.refresh()
    assert found.hashrate is not None
    assert found.hashrate.value == pytest.approx(device.hashrate, rel=0.01)
    assert found.expected_hashrate is not None or device.kind == "lucky-lv07"
    assert found.power is not None
    assert found.power.watts == pytest.approx(device.own_watts, abs=0.1)
    assert found.chip_temperature is not None
    assert found.chip_temperature.celsius == pytest.approx(
        device.chip_temperature, abs=2.0
    )
    assert found.frequency is not None
    assert found.frequency.megahertz == device.settings["frequency"]
    assert found.tuning is not None
    assert found.tuning.frequency is not None
    assert found.tuning.frequency.value == device.settings["frequency"]
    assert found.presets is not None
    assert found.presets.current is not None
    assert found.internal_fan is not None
    assert found.internal_fan.automatic
    assert found.operation is not None
    assert found.operation.shares_accepted is not None
    assert 0 <= device.machine.shares - found.operation.shares_accepted <= 1
    assert found.operation.shares_rejected == 3
    assert found.operation.best_difficulty == pytest.approx(4.31e9, rel=0.01)
    assert found.operation.active_pool == device.pools[0].url
    assert found.device_info is not None
    assert found.device_info.model == bench.capabilities.model


async def test_one_request_a_refresh(bench: Bench) -> None:
    """Everything that changes stands in one answer, asked for over one connection."""
    await bench.refresh()
    bench.device.requests.clear()
    before = bench.device.connections
    for _ in range(3):
        await bench.refresh()
    assert bench.device.requests == {"GET /api/system/info": 3}
    assert bench.device.connections == before + 3
    assert bench.device.peak_connections == 1


async def test_stopped_devices_are_linked_whole(linked: Linker) -> None:
    """One that is paused tells no temperature, and has it all the same."""
    bench = await linked("axeos-2.15")
    running = bench.features
    bench.device.pause()
    found = (await link(bench.hass, bench.device)).capabilities
    assert found.features == running


async def test_pause(linked: Linker) -> None:
    """Nothing of before is told as now."""
    bench = await linked("axeos-2.15-turbo")
    bench.device.pause()
    found = await bench.refresh()
    assert found.status is MinerStatus.IDLE
    assert found.hashrate == HashRate(0)
    assert found.chip_temperature is None
    assert found.frequency is None
    assert found.operation is not None
    assert found.operation.hashrate_1m is None
    assert found.operation.chips is not None
    assert {chip.hashrate for chip in found.operation.chips} == {HashRate(0)}


@pytest.mark.parametrize(
    ("change", "status", "errors"),
    [
        (lambda d: d.break_down("VR fault"), MinerStatus.ERROR, ("VR fault",)),
        (lambda d: setattr(d, "power_fault", "VIN"), MinerStatus.ERROR, ("VIN",)),
        (lambda d: d.lose_pools(), MinerStatus.ON, ()),
    ],
    ids=["hardware", "power", "pools"],
)
async def test_faults(
    change: Any, status: MinerStatus, errors: tuple[str, ...], linked: Linker
) -> None:
    """What stops it is told while it lasts; pools that are gone are never told of."""
    bench = await linked("axeos-2.15")
    change(bench.device)
    found = await bench.refresh()
    assert found.status is status
    assert found.operation is not None
    assert found.operation.errors == errors


async def test_nerdos_that_was_too_hot(linked: Linker) -> None:
    """The reason is asked for only while it does not hash."""
    bench = await linked("nerdoctaxe")
    bench.device.overheat()
    found = await bench.refresh()
    assert found.status is MinerStatus.ERROR
    assert found.operation is not None
    assert found.operation.errors == ("MINER OVERHEATED",)
    await bench.controller.start_mining()
    await until(lambda: bench.device.mining)
    assert (await bench.refresh()).status is MinerStatus.ON
    bench.device.requests.clear()
    await bench.refresh()
    assert bench.device.requests == {"GET /api/system/info": 1}


async def test_second_fan_that_stands_still(linked: Linker) -> None:
    """It was seen to turn when it was linked."""
    bench = await linked(EmulatedBitaxeHex, version="v2.15.0")
    assert bench.capabilities.fans == 2
    bench.device.settings |= {"autofanspeed": 0, "manualFanSpeed": 0}
    found = await bench.refresh()
    assert found.internal_fan_speeds is not None
    assert len(found.internal_fan_speeds) == 2
    assert found.internal_fan_speeds[0] == FanSpeed(0)


async def test_other_networks_are_refused(linked: Linker) -> None:
    """That is no wrong password, and no silence."""
    bench = await linked("axeos-2.15")
    bench.device.is_foreign = True
    with pytest.raises(ForbiddenNetworkError):
        await bench.refresh()
    address = NetworkAddress(host=bench.device.address)
    with pytest.raises(ForbiddenNetworkError):
        await identify(bench.hass, address)


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.RESET, Fault.HTTP_500])
async def test_busy_device_is_asked_again(
    fault: Fault, linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another protocol that was answered meanwhile is not settled for."""
    bench = await linked("axeos-2.15")
    monkeypatch.setattr(api, "FIND_TIMEOUT", 0.2)
    find, finds = AxeosDevice.find, 0

    async def find_later(device: AxeosDevice) -> None:
        """Find the device too busy, at first."""
        nonlocal finds
        finds += 1
        bench.device.inject(fault if finds == 1 else None)
        try:
            await find(device)
        finally:
            bench.device.inject(None)

    monkeypatch.setattr(AxeosDevice, "find", find_later)
    found = await identify(bench.hass, NetworkAddress(host=bench.device.address))
    assert found.controller_type is AxeosController
    assert finds == 2


@pytest.mark.parametrize("kind", [EmulatedAntminer, EmulatedVnish])
async def test_others_are_left_to_others(kind: Any, linked: Linker) -> None:
    """A device of another kind is none of these, whatever it answers."""
    bench = await linked("lv07")
    async with kind(new_address()) as device:
        address = NetworkAddress(host=device.address)
        with pytest.raises(NotAMinerError):
            await AxeosController.identify(bench.hass, device.address, address)


@pytest.mark.parametrize("fault", list(Fault))
async def test_faults_of_the_network(fault: Fault, linked: Linker) -> None:
    """Whatever comes is a ControllerError or a reading, and passes."""
    bench = await linked("axeos-2.15")
    bench.device.inject(fault, delay=0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "custom_components.miner_control.controllers.network.controller.READ_TIMEOUT",
            0.5,
        )
        try:
            found = await bench.refresh()
        except ControllerError:
            pass
        else:
            assert found.hashrate is None or found.hashrate.value <= 2
    bench.device.fault = None
    found = await bench.refresh()
    assert found.hashrate is not None
    assert found.hashrate.value == pytest.approx(bench.device.hashrate, rel=0.01)


async def test_the_chips_page_fails_alone(linked: Linker) -> None:
    """What rests on it is missing or as before, and nothing else."""
    bench = await linked("nerdqaxe")
    bench.device.inject(Fault.HTTP_500, on="GET /api/system/asic")
    found = await bench.refresh()
    assert found.status is MinerStatus.ON
    assert found.hashrate is not None


async def test_stranger_at_the_address(linked: Linker) -> None:
    """Another device of the same kind is neither read nor told anything."""
    bench = await linked("axeos-2.15")
    await bench.refresh()
    bench.device.mac = "02:00:00:00:00:99"
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()
    with pytest.raises(IdentityMismatchError):
        await bench.controller.stop_mining()
    assert bench.device.commands == []


async def test_firmware_that_changes(linked: Linker) -> None:
    """A new release is seen in its answers, without a new link."""
    address = new_address()
    bench = await linked(EmulatedBitaxe, address=address, version="v2.12.2")
    assert (await bench.refresh()).status is None
    await bench.device.stop()
    newer = EmulatedBitaxe(address, version="v2.15.0", mac=bench.device.mac)
    async with newer:
        assert (await bench.refresh()).status is MinerStatus.ON
        await bench.controller.stop_mining()
        assert newer.paused


async def test_another_family_takes_over(linked: Linker) -> None:
    """Boards can run the firmware of a relative."""
    address = new_address()
    bench = await linked(EmulatedBitaxe, address=address)
    await bench.device.stop()
    async with EmulatedNerdQaxe(address, mac=bench.device.mac):
        assert (await bench.refresh()).status is MinerStatus.ON


async def test_silence(linked: Linker) -> None:
    """A device without power is unreachable, and shows anew who it is."""
    bench = await linked("axeos-2.15")
    await bench.device.cut_power()
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    await bench.device.restore_power()
    await bench.device.wait_ready()
    assert (await bench.refresh()).hashrate is not None


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("axeos-2.4", 10),
        ("axeos-2.6", 10),
        ("axeos-2.9", 1),
        ("nerdqaxe", 1),
        ("nmaxe", 1),
        ("lv07", 10),
        ("lv08", 10),
    ],
)
async def test_old_releases_are_asked_rarely(
    name: str, seconds: int, linked: Linker
) -> None:
    """They restart when they are asked too often."""
    bench = await linked(name)
    bench.controller._interval = bench.controller._interval.resolution * 1_000_000
    assert bench.controller.update_interval.total_seconds() == seconds


async def test_a_device_that_rules_itself(linked: Linker) -> None:
    """It is read, and told nothing."""
    bench = await linked(EmulatedBitaxe, version="v2.15.0-AxeForge-1.4.9")
    commands = {f for f in bench.features if f.endswith("_control")}
    assert commands == set()
    assert (await bench.refresh()).hashrate is not None
    assert replace(bench.capabilities).firmware == "AxeForge"
