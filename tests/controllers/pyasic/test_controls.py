"""Limits, presets, restarts and lights: what they do, and what they leave alone."""

import asyncio
from collections.abc import Callable
import json
from typing import Any, override

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerError,
    UnsupportedError,
)
from custom_components.miner_control.controllers.pyasic.dialects import axeos
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import PowerLimit
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
from emulation.transport import HttpRequest, Reply
from tests.emulation.support import until

from .bench import (
    KINDS,
    Bench,
    F,
    changing,
    link,
    make_controller,
    settings_of,
    short_limits,
)
from .conftest import Runner
from .test_commands import personalise

# Presets of each device, by what it then truly is set to.
PRESETS: dict[type[EmulatedMiner], dict[str, str]] = {
    EmulatedAntminer: {"low": "low power", "normal": "normal", "sleep": "sleep"},
    EmulatedWhatsminer: {"low": "Low", "high": "High", "normal": "Normal"},
    EmulatedAvalonNano3: {"low": "low", "medium": "middle", "high": "high"},
    EmulatedVnish: {"1500": "1500", "3350": "3350", "2950": "2950"},
    EmulatedLuxOs: {"290MHz": "290MHz", "790MHz": "790MHz", "default": "default"},
    EmulatedWhatsminerV3: {"low": "low", "high": "high", "normal": "normal"},
}
LIMITED = (EmulatedWhatsminer, EmulatedVnish, EmulatedWhatsminerV3, EmulatedBraiins)
# It has levels of power, none of which is at a round number.
BY_LEVELS = (EmulatedLuxOs,)
# What stores the choice of a preset; some restart for it.
CHOICE = frozenset(
    {
        "preset",
        "work_mode",
        "work_level",
        "power_mode",
        "power_limit",
        "target",
        "reboots",
    }
)

MINING_RESTARTED = [kind for kind in KINDS if kind is not EmulatedBitaxe]

# Where each kind of device takes a command of a kind.
REBOOT: dict[str, str] = {
    "antminer": "GET /cgi-bin/reboot.cgi",
    "whatsminer": "rpc:reboot",
    "bitaxe": "POST /api/system/restart",
    "avalon": "rpc:ascset",
    "vnish": "POST /api/v1/system/reboot",
    "luxos": "rpc:rebootdevice",
    "braiins": "grpc:Reboot",
    "whatsminer_v3": "rpc:set.system.reboot",
}
RESTART: dict[str, str] = {
    "antminer": "POST /cgi-bin/set_miner_conf.cgi",
    "whatsminer": "rpc:restart_btminer",
    "avalon": "rpc:restart",
    "vnish": "POST /api/v1/mining/restart",
    "luxos": "rpc:resetminer",
    "braiins": "grpc:Restart",
    "whatsminer_v3": "rpc:set.miner.service",
}
LIGHT: dict[str, str] = {
    "antminer": "POST /cgi-bin/blink.cgi",
    "whatsminer": "rpc:set_led",
    "bitaxe": "POST /api/system/identify",
    "avalon": "rpc:ascset",
    "vnish": "POST /api/v1/find-miner",
    "luxos": "rpc:ledset",
    "braiins": "grpc:SetLocateDeviceStatus",
    "whatsminer_v3": "rpc:set.system.led",
}
LOST = [Fault.HTTP_500, Fault.RESET, Fault.HANG]


@pytest.fixture
def mine(bench: Bench) -> Bench:
    """Return a device with settings of its own, and no light on."""
    personalise(bench.device)
    bench.device.locating = False
    return bench


class TestPreset:
    """Modes and presets."""

    @pytest.mark.parametrize("kind", PRESETS, ids=lambda kind: kind.kind)
    async def test_every_preset(self, kind: type[EmulatedMiner], mine: Bench) -> None:
        """The device is set to it, shows it, and keeps everything else."""
        device = mine.device
        before = settings_of(device, but=CHOICE)
        for preset, truth in PRESETS[kind].items():
            await mine.controller.select_preset(preset)
            await until(lambda: device.ready)
            assert device.preset == truth
            presets = (await mine.refresh()).presets
            assert presets is not None
            assert presets.current == preset
        assert settings_of(device, but=CHOICE) == before

    @pytest.mark.parametrize("kind", PRESETS, ids=lambda kind: kind.kind)
    async def test_preset_moves_the_hash_rate(
        self, kind: type[EmulatedMiner], mine: Bench
    ) -> None:
        """It is not only a name."""
        device = mine.device
        await mine.controller.select_preset(next(iter(PRESETS[kind])))
        device.machine.settle()
        expected = (await mine.refresh()).expected_hashrate
        assert expected is not None
        assert device.hashrate < device.rating.hashrate * 0.9
        if kind is EmulatedWhatsminerV3:
            # It tells what it was made for, whatever it is set to.
            assert expected.value == device.rating.hashrate
        else:
            assert device.hashrate == pytest.approx(expected.value, rel=1e-3)

    async def test_unknown_preset(self, bench: Bench) -> None:
        """What the device does not have is not asked of it."""
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.select_preset("turbo")
        assert told() == []

    async def test_sleep_ends_in_the_mode_from_before(self, run: Runner) -> None:
        """A start after a sleep, whichever way it began, restores the mode."""
        bench = await link(await run(EmulatedAntminer))
        await bench.controller.select_preset("low")
        await bench.controller.select_preset("sleep")
        assert (await bench.refresh()).status is MinerStatus.IDLE
        assert not bench.device.mining
        await bench.controller.start_mining()
        assert bench.device.preset == "low power"

    async def test_untuned_preset_of_vnish(self, run: Runner) -> None:
        """What would send the machine into hours of tuning is not on offer."""
        bench = await link(await run(EmulatedVnish))
        with pytest.raises(UnsupportedError):
            await bench.controller.select_preset("4260")
        assert bench.device.preset == "2950"

    async def test_vnish_that_ignores_a_preset(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The firmware says the same whether or not it takes a setting."""
        bench = await link(await run(EmulatedVnish))
        answer = bench.device._writes["settings"]
        monkeypatch.setitem(
            bench.device._writes,
            "settings",
            lambda request: type(answer(request))({"restart_required": False}),
        )
        monkeypatch.setattr(type(bench.device), "preset", "2950")
        with pytest.raises(CommandRefusedError):
            await bench.controller.select_preset("1500")

    async def test_vnish_without_settings(self, run: Runner) -> None:
        """Tuning that was not read is not written."""
        bench = await link(await run(EmulatedVnish))
        told = changing(bench.device)
        bench.device.inject(Fault.HTTP_500, on="GET /api/v1/settings")
        with pytest.raises(CommandRefusedError):
            await bench.controller.select_preset("1500")
        assert told() == []

    async def test_refusal_of_an_avalon(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An answer other than success is none."""
        bench = await link(await run(EmulatedAvalonNano3))
        monkeypatch.setattr(
            bench.device, "_done", lambda: bench.device._failed("not now")
        )
        with pytest.raises(CommandRefusedError, match="not now"):
            await bench.controller.select_preset("low")


# What the tuned presets of the emulated VNish draw.
LEVELS = (1100.0, 1500.0, 1900.0, 2350.0, 2620.0, 2950.0, 3200.0, 3350.0)


class TestPowerLimit:
    """The power that a device may draw."""

    @pytest.mark.parametrize("kind", LIMITED, ids=lambda kind: kind.kind)
    @pytest.mark.parametrize("watts", [1100, 1900, 3350])
    async def test_limit_holds(self, mine: Bench, watts: int) -> None:
        """The device is set to it, draws no more, and keeps everything else."""
        device = mine.device
        before = settings_of(device, but=CHOICE)
        await mine.controller.set_power_limit(watts)
        await _settled(device)
        assert device.power_limit == watts
        assert device.own_watts <= watts * (1 + 1e-9)
        assert settings_of(device, but=CHOICE) == before
        limit = (await mine.refresh()).power_limit
        assert limit is not None
        assert limit.watts == watts

    @pytest.mark.parametrize("kind", LIMITED, ids=lambda kind: kind.kind)
    @pytest.mark.parametrize("watts", [0, 5001])
    async def test_limit_out_of_range(self, bench: Bench, watts: int) -> None:
        """A device is not asked for what it does not take."""
        await bench.refresh()
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.set_power_limit(watts)
        assert told() == []

    @pytest.mark.parametrize("kind", BY_LEVELS, ids=lambda kind: kind.kind)
    @pytest.mark.parametrize(
        ("watts", "reached"), [(784, 784), (1900, 1785), (4195, 4195)]
    )
    async def test_limit_between_levels(
        self, mine: Bench, watts: int, reached: int
    ) -> None:
        """The highest level within it is set, and that is shown."""
        device = mine.device
        before = settings_of(device, but=CHOICE)
        await mine.controller.set_power_limit(watts)
        await _settled(device)
        assert device.own_watts <= watts
        assert settings_of(device, but=CHOICE) == before
        limit = (await mine.refresh()).power_limit
        assert limit is not None
        assert limit.watts == reached == limit.reached_by(watts)

    @pytest.mark.parametrize("kind", BY_LEVELS, ids=lambda kind: kind.kind)
    @pytest.mark.parametrize("watts", [0, 783, 4196])
    async def test_limit_beyond_levels(self, bench: Bench, watts: int) -> None:
        """A device is not asked for what none of its levels allows."""
        await bench.refresh()
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.set_power_limit(watts)
        assert told() == []

    async def test_limit_between_presets(self, run: Runner) -> None:
        """The best preset within it serves, and shows as what it is."""
        bench = await link(await run(EmulatedVnish))
        await bench.controller.set_power_limit(2000)
        assert bench.device.preset == "1900"
        limit = (await bench.refresh()).power_limit
        assert limit == PowerLimit(1900, 1100, 3350, 10, LEVELS)
        assert limit.reached_by(2000) == 1900
        # Somebody else chooses another preset.
        bench.device.chosen = "2620"
        bench.controller.forget_connection()
        limit = (await bench.refresh()).power_limit
        assert limit == PowerLimit(2620, 1100, 3350, 10, LEVELS)

    async def test_limit_below_all_presets(self, run: Runner) -> None:
        """Where the range is not known yet, the device's presets tell."""
        bench = await link(await run(EmulatedVnish))
        with pytest.raises(UnsupportedError):
            await bench.controller.set_power_limit(900)

    async def test_refused_limit(self, run: Runner) -> None:
        """What a Whatsminer does not take is told."""
        bench = await link(await run(EmulatedWhatsminer))
        with pytest.raises(CommandRefusedError):
            await bench.controller.set_power_limit(5000)
        assert bench.device.power_limit == 3600

    @pytest.mark.parametrize(
        "kind",
        [kind for kind in KINDS if kind not in (*LIMITED, *BY_LEVELS)],
        ids=lambda k: k.kind,
    )
    async def test_device_without_a_limit(self, bench: Bench) -> None:
        """Where nothing can be set, nothing is said to be."""
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.set_power_limit(1000)
        assert told() == []


class TestSettingsThatWantMore:
    """VNish says what a setting needs to come into force (tntvlad/hass-miner#7)."""

    @pytest.mark.parametrize(
        ("wants", "restarts", "reboots"),
        [
            ({"restart_required": False, "reboot_required": False}, 0, 0),
            ({"restart_required": True, "reboot_required": False}, 1, 0),
            ({"restart_required": True, "reboot_required": True}, 0, 1),
            ({}, 0, 0),
        ],
    )
    async def test_what_is_wanted_is_done(
        self, run: Runner, wants: dict[str, bool], restarts: int, reboots: int
    ) -> None:
        """Mining is restarted, or the device, and nothing without need."""
        bench = await link(await run(WantingVnish, wants=wants))
        await bench.controller.select_preset("1500")
        await until(lambda: bench.device.reboots == reboots)
        assert bench.device.restarts == restarts
        await until(lambda: bench.device.ready)
        seen = await bench.refresh()
        assert seen.presets is not None
        came = restarts or reboots
        assert seen.presets.current == ("1500" if came else "2950")
        assert seen.power_limit is not None
        assert seen.power_limit.watts == (1500 if came else 2950)

    async def test_miner_that_rests_goes_on_resting(self, run: Runner) -> None:
        """A preset is no reason to mine."""
        device = await run(WantingVnish, wants={"restart_required": True})
        bench = await link(device)
        await bench.controller.stop_mining()
        await bench.controller.select_preset("1500")
        assert device.restarts == 0
        assert not device.mining


class WantingVnish(EmulatedVnish):
    """A machine whose presets come into force by a restart."""

    def __init__(self, address: str, *, wants: dict[str, bool], **options: Any) -> None:
        """Say what a setting needs."""
        self.wants = wants
        self.pending: str | None = None
        super().__init__(address, **options)

    @override
    def settings(self) -> dict[str, Any]:
        found = super().settings()
        if self.pending:
            found["miner"]["overclock"]["preset"] = self.pending
        return found

    @override
    def _write_settings(self, request: HttpRequest) -> Reply:
        self.record(request.name, request.json())
        self.pending = request.json()["miner"]["overclock"]["preset"]
        return Reply(self.wants)

    @override
    def _begin_work(self, age: float = 0.0) -> None:
        if getattr(self, "pending", None):
            self.chosen = str(self.pending)
        super()._begin_work(age)


class TestRestart:
    """Restarts of the device, and of its mining."""

    async def test_reboot(self, mine: Bench) -> None:
        """The device restarts, mines again, and is set as before."""
        device, before = mine.device, settings_of(mine.device, but={"reboots"})
        assert mine.controller.can_reboot
        await mine.controller.reboot()
        await until(lambda: device.reboots == 1 and device.ready)
        device.machine.settle()
        assert (await mine.refresh()).status is MinerStatus.ON
        assert device.restarts == 0
        assert settings_of(device, but={"reboots"}) == before

    @pytest.mark.parametrize("kind", MINING_RESTARTED, ids=lambda kind: kind.kind)
    async def test_restart_mining(self, mine: Bench) -> None:
        """Mining restarts, the device stays up, and is set as before."""
        device, before = mine.device, settings_of(mine.device)
        assert mine.controller.can_restart_mining
        await mine.controller.restart_mining()
        assert (device.restarts, device.reboots) == (1, 0)
        device.machine.settle()
        assert (await mine.refresh()).status is MinerStatus.ON
        assert settings_of(device) == before

    async def test_axeos_cannot_restart_mining(self, run: Runner) -> None:
        """It has no such command, and nothing else is passed off as it."""
        bench = await link(await run(EmulatedBitaxe))
        told = changing(bench.device)
        assert not bench.controller.can_restart_mining
        with pytest.raises(UnsupportedError):
            await bench.controller.restart_mining()
        assert told() == []

    async def test_device_that_cannot_reboot(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What linking did not find is not tried."""
        monkeypatch.setattr(type(bench.controller), "can_reboot", False)
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.reboot()
        assert told() == []

    @pytest.mark.parametrize("version", ["v2.10.0", "v2.14.1"])
    async def test_axeos_answers_in_two_ways(self, run: Runner, version: str) -> None:
        """Plain text is an answer, too."""
        bench = await link(await run(EmulatedBitaxe, version=version))
        await bench.controller.reboot()
        await until(lambda: bench.device.reboots == 1)

    @pytest.mark.parametrize("fault", LOST)
    async def test_lost_reboot_is_told(self, bench: Bench, fault: Fault) -> None:
        """A device that did not take the command runs on, and that is told."""
        bench.device.inject(fault, on=REBOOT[bench.device.kind])
        with short_limits(), pytest.raises(ControllerError):
            await bench.controller.reboot()
        await asyncio.sleep(0.25)
        assert bench.device.reboots == 0

    @pytest.mark.parametrize("kind", MINING_RESTARTED, ids=lambda kind: kind.kind)
    @pytest.mark.parametrize("fault", LOST)
    async def test_lost_restart_is_told(self, bench: Bench, fault: Fault) -> None:
        """A restart that the device did not take is none."""
        bench.device.inject(fault, on=RESTART[bench.device.kind])
        with short_limits(), pytest.raises(ControllerError):
            await bench.controller.restart_mining()
        assert bench.device.restarts == 0


class TestLight:
    """The light by which a device is found."""

    async def test_on_and_off(self, mine: Bench) -> None:
        """It goes on and off as told, however often, and nothing else changes."""
        device = mine.device
        before = settings_of(device, but={"locating"})
        await mine.refresh()
        for locating in (True, False, False, True, True, False):
            await mine.controller.set_locating(locating=locating)
            assert device.locating is locating
            assert (await mine.refresh()).is_locating is locating
        assert device.mining
        assert settings_of(device, but={"locating"}) == before

    @pytest.mark.parametrize("fault", LOST)
    async def test_lost_command_is_told(self, bench: Bench, fault: Fault) -> None:
        """A light that did not go on is not said to be on."""
        bench.device.inject(fault, on=LIGHT[bench.device.kind])
        with short_limits(), pytest.raises(ControllerError):
            await bench.controller.set_locating(locating=True)
        assert bench.device.locating is False

    async def test_bitaxe_shows_itself_for_a_while(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The hello ends by itself."""
        bench = await link(await run(EmulatedBitaxe, time_scale=1000.0))
        monkeypatch.setattr(axeos, "IDENTIFY_SECONDS", 0.03)
        await bench.controller.set_locating(locating=True)
        await until(lambda: not bench.device.locating)
        assert (await bench.refresh()).is_locating is False

    async def test_bitaxe_that_somebody_else_found(self, run: Runner) -> None:
        """A device that shows itself already goes on with it."""
        bench = await link(await run(EmulatedBitaxe))
        bench.device.locating = True
        await bench.controller.set_locating(locating=True)
        assert bench.device.locating

    @pytest.mark.parametrize(
        ("kind", "route", "answer"),
        [
            (EmulatedVnish, "find-miner", {"on": None}),
            (EmulatedBitaxe, "POST /api/system/identify", {"message": "what?"}),
        ],
    )
    async def test_light_that_does_not_obey(
        self,
        bench: Bench,
        monkeypatch: pytest.MonkeyPatch,
        route: str,
        answer: dict[str, Any],
    ) -> None:
        """A device that never says that it did it is not believed."""
        table = bench.device._writes if "POST" not in route else bench.device._routes
        reply = type(bench.device._answer(_Request()))
        monkeypatch.setitem(table, route, lambda _: reply(answer))
        with pytest.raises(CommandRefusedError):
            await bench.controller.set_locating(locating=True)


class TestHarmless:
    """What is never written along."""

    async def test_antminer_restart_writes_what_was_read(self, run: Runner) -> None:
        """The configuration is the same, pools and passwords included."""
        bench = await link(await run(EmulatedAntminer))
        personalise(bench.device)
        told = changing(bench.device)
        await bench.controller.restart_mining()
        (line,) = told()
        written = json.loads(line.partition(" {")[1] + line.partition(" {")[2])
        assert written["pools"][0]["pass"] == "s3cret"
        assert written["miner-mode"] == 0

    @pytest.mark.parametrize(
        "command",
        [
            lambda controller: controller.restart_mining(),
            lambda controller: controller.select_preset("low"),
        ],
    )
    async def test_antminer_writes_nothing_that_it_did_not_read(
        self, run: Runner, command: Callable[[Any], Any]
    ) -> None:
        """A configuration that cannot be read is not overwritten."""
        bench = await link(await run(EmulatedAntminer))
        told = changing(bench.device)
        bench.device.inject(Fault.HTTP_500, on="GET /cgi-bin/get_miner_conf.cgi")
        with pytest.raises(CommandRefusedError):
            await command(bench.controller)
        assert told() == []

    async def test_vnish_writes_only_the_tuning(self, run: Runner) -> None:
        """Neither pools nor cooling go along with a preset."""
        bench = await link(await run(EmulatedVnish))
        told = changing(bench.device)
        await bench.controller.select_preset("1500")
        (line,) = told()
        written = json.loads(line.partition(" {")[1] + line.partition(" {")[2])
        assert set(written) == {"miner"}
        assert set(written["miner"]) == {"overclock"}
        assert written["miner"]["overclock"]["globals"] == {"volt": 1380, "freq": 675}


def test_every_kind_has_its_commands() -> None:
    """The tables above leave no device out."""
    kinds = {kind.kind for kind in KINDS}
    assert set(REBOOT) == set(LIGHT) == kinds == {*RESTART, "bitaxe"}
    assert {F.LOCATE_CONTROL, F.RESTART_CONTROL} <= set(F)


class _Request:
    """A request for nothing in particular."""

    name = "GET /"
    method = "GET"
    path = "/"


async def _settled(device: Any) -> None:
    """Wait until a device has restarted, if it does, and is warm."""
    if isinstance(device, EmulatedWhatsminer):
        await until(lambda: device.reboots == 1)
    await until(lambda: device.ready)
    device.machine.settle()


@pytest.mark.parametrize("shows", [True, False])
async def test_hello_that_nobody_remembers(run: Runner, *, shows: bool) -> None:
    """A Bitaxe may still say hello when Home Assistant is back, and is told to stop."""
    device = await run(EmulatedBitaxe)
    bench = await link(device)
    await bench.refresh()
    if shows:
        await bench.controller.set_locating(locating=True)
    again = make_controller(bench.capabilities, host=device.address)
    await again.async_refresh(bench.features)
    await again.set_locating(locating=False)
    assert device.locating is False
