"""What commands do to a device, and what they leave as it was."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from typing import Any

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    UnsupportedError,
)
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import FanSetting
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
    Pool,
)
from tests.emulation.support import until

from .bench import Bench, changing, link, settings_of, short_limits, state_of
from .conftest import Runner

type Command = Callable[[PyasicController], Awaitable[None]]

LOW_POWER = 3
SLEEP = 1

STOP = "stop"
START = "start"
FAN = "fan"
COMMANDS: dict[str, Command] = {
    STOP: lambda controller: controller.stop_mining(),
    START: lambda controller: controller.start_mining(),
    FAN: lambda controller: controller.set_internal_fan(FanSetting(40)),
}
# Requests that tell a stock Antminer its configuration, and change it.
GET_CONF = "GET /cgi-bin/get_miner_conf.cgi"
SET_CONF = "POST /cgi-bin/set_miner_conf.cgi"

# The one command that each device gets to stop and to start.
TOLD: dict[type[EmulatedMiner], tuple[str, str]] = {
    EmulatedWhatsminer: ('rpc:power_off {"respbefore": "true"}', "rpc:power_on"),
    EmulatedBitaxe: ("POST /api/system/pause", "POST /api/system/resume"),
    EmulatedVnish: ("POST /api/v1/mining/stop", "POST /api/v1/mining/start"),
    EmulatedBraiins: ("grpc:PauseMining", "grpc:ResumeMining"),
    EmulatedLuxOs: ('rpc:curtail "sleep"', 'rpc:curtail "wakeup"'),
    EmulatedWhatsminerV3: (
        'rpc:set.miner.service "stop"',
        'rpc:set.miner.service "start"',
    ),
}


def personalise(device: Any) -> None:
    """Set a device to what no default is, to see whether it stays."""
    device.pools = [
        Pool("stratum+tcp://mine.example.org:3333", "me.one", "s3cret"),
        Pool("stratum+tcp://other.example.org:443", "me.two", "else"),
    ]
    device.locating = True
    high = "high" if isinstance(device, EmulatedWhatsminerV3) else "High"
    for name, value in {"fan_pwm": 70, "work_level": 1, "power_mode": high}.items():
        if hasattr(device, name):
            setattr(device, name, value)
    if hasattr(device, "settings") and isinstance(device.settings, dict):
        device.settings |= {"manualFanSpeed": 66, "temptarget": 55}
    device.apply()


@pytest.fixture
def mine(bench: Bench) -> Bench:
    """Return a device with settings of its own."""
    personalise(bench.device)
    return bench


async def test_stop_stops(mine: Bench) -> None:
    """The device stops hashing, and is seen to have stopped."""
    await mine.controller.stop_mining()
    await until(lambda: not mine.device.mining)
    assert mine.device.hashrate == 0
    assert (await mine.refresh()).status in (MinerStatus.IDLE, MinerStatus.IDLE)


async def test_start_starts(mine: Bench) -> None:
    """The device hashes again, and is seen to do so."""
    mine.device.pause()
    await mine.refresh()
    await mine.controller.start_mining()
    await until(lambda: mine.device.mining)
    mine.device.machine.settle()
    assert mine.device.hashrate > 0
    assert (await mine.refresh()).status is MinerStatus.ON


async def test_stop_and_start_change_nothing_else(mine: Bench) -> None:
    """Pools, passwords, presets and fans stay as they were."""
    before, state = settings_of(mine.device), state_of(mine.device)
    await mine.controller.stop_mining()
    await until(lambda: not mine.device.mining)
    assert settings_of(mine.device, but=state) == {
        name: value for name, value in before.items() if name not in state
    }
    await mine.controller.start_mining()
    await until(lambda: mine.device.mining)
    assert settings_of(mine.device) == before


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.kind)
async def test_device_is_told_one_thing(kind: type[EmulatedMiner], mine: Bench) -> None:
    """Nothing but the command itself changes anything."""
    told = changing(mine.device)
    await mine.controller.stop_mining()
    await mine.controller.start_mining()
    assert told() == list(TOLD[kind])


async def test_avalon_is_told_one_thing(run: Runner) -> None:
    """It is told when to do what it shall do."""
    bench = await link(await run(EmulatedAvalonNano3))
    told = changing(bench.device)
    await bench.controller.stop_mining()
    await until(lambda: not bench.device.mining)
    await bench.controller.start_mining()
    assert [json.loads(line.partition(" ")[2])[1] for line in told()] == [
        "softoff",
        "softon",
    ]


async def test_repeated_commands_do_no_harm(bench: Bench) -> None:
    """A miner that is stopped can be stopped, and one that runs be started."""
    await bench.controller.start_mining()
    assert bench.device.mining
    await bench.controller.stop_mining()
    await until(lambda: not bench.device.mining)
    await bench.controller.stop_mining()
    assert not bench.device.mining


class TestAntminer:
    """Bitmain's firmware, which writes all of its configuration or nothing."""

    @pytest.fixture
    def kind(self) -> type[EmulatedMiner]:
        """Return the kind of device."""
        return EmulatedAntminer

    async def test_writes_only_the_mode(self, mine: Bench) -> None:
        """What is written is what was read, but for the mode."""
        told = changing(mine.device)
        await mine.controller.stop_mining()
        (line,) = told()
        assert json.loads(line.removeprefix(f"{SET_CONF} ")) == {
            "bitmain-fan-ctrl": False,
            "bitmain-fan-pwm": "70",
            "freq-level": "100",
            "miner-mode": SLEEP,
            "bitmain-work-mode": SLEEP,
            "pools": [
                {"url": pool.url, "user": pool.user, "pass": pool.password}
                for pool in [*mine.device.pools, Pool("", "", "")]
            ],
        }

    async def test_returns_to_the_mode_from_before(self, bench: Bench) -> None:
        """A machine in low power mode is not back at full power after a stop."""
        bench.device._set_mode(LOW_POWER)
        await bench.controller.stop_mining()
        await bench.controller.start_mining()
        assert bench.device.work_mode == LOW_POWER

    async def test_is_not_restarted_for_what_it_does_already(
        self, bench: Bench
    ) -> None:
        """Nothing is written where nothing changes, for every write restarts it."""
        told = changing(bench.device)
        await bench.controller.start_mining()
        await bench.controller.set_internal_fan(FanSetting(100, automatic=True))
        assert told() == []

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize(
        "fault",
        [
            Fault.HTTP_500,
            Fault.EMPTY,
            Fault.GARBAGE,
            Fault.TRUNCATE,
            Fault.RESET,
            Fault.HANG,
        ],
    )
    async def test_unread_configuration_is_not_written(
        self, mine: Bench, command: str, fault: Fault
    ) -> None:
        """What could not be read is not overwritten with nothing."""
        if command == START:
            mine.device.pause()
        before, told = settings_of(mine.device), changing(mine.device)
        mine.device.inject(fault, on=GET_CONF)
        with short_limits(), pytest.raises(ControllerError):
            await COMMANDS[command](mine.controller)
        assert told() == []
        assert settings_of(mine.device) == before

    @pytest.mark.parametrize(
        "missing", ["pools", "bitmain-work-mode", "bitmain-fan-ctrl", "bitmain-fan-pwm"]
    )
    @pytest.mark.parametrize("command", COMMANDS)
    async def test_incomplete_configuration_is_not_written(
        self,
        bench: Bench,
        monkeypatch: pytest.MonkeyPatch,
        command: str,
        missing: str,
    ) -> None:
        """What has to be written again must have been read."""
        tell, told = bench.device.configuration, changing(bench.device)
        monkeypatch.setattr(
            bench.device,
            "configuration",
            lambda: {key: item for key, item in tell().items() if key != missing},
        )
        with pytest.raises(CommandRefusedError):
            await COMMANDS[command](bench.controller)
        assert told() == []

    @pytest.mark.parametrize(
        "pools",
        [
            [],
            None,
            ["pool"],
            [{"url": "stratum+tcp://a:1", "user": "me"}],
            [{"url": "stratum+tcp://a:1", "user": "me", "pass": None}],
            [{"url": 7, "user": "me", "pass": "x"}],
            [{}, {}, {}],
            [{"url": "", "user": ""}],
            [{"url": "stratum+tcp://a:1", "user": "me", "pass": "x"}, {"url": None}],
        ],
    )
    async def test_pools_without_passwords_are_not_written(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, pools: object
    ) -> None:
        """A firmware that keeps passwords to itself would lose them."""
        tell, told = bench.device.configuration, changing(bench.device)
        monkeypatch.setattr(
            bench.device, "configuration", lambda: tell() | {"pools": pools}
        )
        with pytest.raises(CommandRefusedError):
            await bench.controller.stop_mining()
        assert told() == []

    @pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.RESET, Fault.REJECT_LOGIN])
    async def test_write_that_is_not_taken_is_told(
        self, mine: Bench, fault: Fault
    ) -> None:
        """A device that runs on did not do what it was told."""
        before = settings_of(mine.device)
        mine.device.inject(fault, on=SET_CONF)
        if fault is Fault.REJECT_LOGIN:
            mine.device.fault = fault
        with pytest.raises(ControllerError):
            await mine.controller.stop_mining()
        assert mine.device.mining
        assert settings_of(mine.device) == before

    @pytest.mark.parametrize("answers", [True, False])
    async def test_device_that_is_busy_after_the_write(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, *, answers: bool
    ) -> None:
        """Where it cannot be read back, what the device said has to do."""
        write = bench.device._pages["/cgi-bin/set_miner_conf.cgi"]

        def write_and_be_busy(request: Any) -> Any:
            answer = write(request)
            bench.device.inject(Fault.HTTP_500, on=GET_CONF)
            return answer if answers else type(answer)("busy", 503)

        monkeypatch.setitem(
            bench.device._pages, "/cgi-bin/set_miner_conf.cgi", write_and_be_busy
        )
        if answers:
            await bench.controller.stop_mining()
        else:
            with pytest.raises(CommandRefusedError):
                await bench.controller.stop_mining()

    async def test_two_commands_at_once_lose_nothing(self, mine: Bench) -> None:
        """Each writes all there is, so one must not write what the other outdated."""
        await asyncio.gather(
            mine.controller.set_internal_fan(FanSetting(35)),
            mine.controller.stop_mining(),
            mine.controller.set_internal_fan(FanSetting(45)),
        )
        assert mine.device.work_mode == SLEEP
        assert mine.device.manual_fan
        assert mine.device.fan_pwm == 45


class TestWhatsminer:
    """MicroBT's firmware, which takes commands in cipher."""

    @pytest.fixture
    def kind(self) -> type[EmulatedMiner]:
        """Return the kind of device."""
        return EmulatedWhatsminer

    async def test_password_is_used(self, run: Runner) -> None:
        """A changed password opens the interface."""
        bench = await link(await run(EmulatedWhatsminer, password="s3cret"))
        with pytest.raises(ControllerAuthError):
            await link(bench.device, password="wrong")
        with pytest.raises(ControllerAuthError):
            await bench.controller.stop_mining()
        assert bench.device.mining
        right = await link(bench.device, password="s3cret")
        await right.controller.stop_mining()
        assert not bench.device.mining

    async def test_closed_interface_refuses(self, run: Runner) -> None:
        """A device whose owner did not open it says so."""
        bench = await link(await run(EmulatedWhatsminer, api_open=False))
        with pytest.raises(CommandRefusedError, match="does not let its API write"):
            await bench.controller.stop_mining()
        assert bench.device.mining

    async def test_reboot_forgets_tokens(self, bench: Bench) -> None:
        """A token from before a reboot opens nothing, and is not used."""
        await bench.controller.stop_mining()
        bench.device._rpc._tokens.clear()
        await bench.controller.start_mining()
        assert bench.device.mining

    @pytest.mark.parametrize("answer", ["API command ERROR", "try later"])
    async def test_refusal_is_told(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: str
    ) -> None:
        """An answer other than success is none."""

        async def refuse(*_: object) -> dict[str, str]:
            return {"Msg": answer}

        await bench.refresh()
        dialect = bench.controller._device
        assert dialect is not None
        monkeypatch.setattr(dialect.miner.rpc, "power_off", refuse)
        with pytest.raises(CommandRefusedError, match=answer):
            await bench.controller.stop_mining()

    async def test_failed_command_is_told(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A command that the device cannot carry out fails."""
        monkeypatch.setattr(bench.device, "pause", lambda: None)
        monkeypatch.setitem(bench.device._rpc._writes, "power_off", lambda _: False)
        with pytest.raises(CommandRefusedError):
            await bench.controller.stop_mining()


class TestVnish:
    """VNish, whose tokens expire."""

    @pytest.fixture
    def kind(self) -> type[EmulatedMiner]:
        """Return the kind of device."""
        return EmulatedVnish

    async def test_expired_token_is_renewed(self, bench: Bench) -> None:
        """Neither a read nor a command fails for a token that expired."""
        await bench.refresh()
        bench.device.end_sessions()
        assert (await bench.refresh()).status is MinerStatus.ON
        bench.device.end_sessions()
        await bench.controller.stop_mining()
        assert not bench.device.mining

    @pytest.mark.parametrize("quiet", [True, False])
    async def test_answer_does_not_matter(self, run: Runner, *, quiet: bool) -> None:
        """Firmware that answers a command with nothing has done it."""
        bench = await link(await run(EmulatedVnish, quiet=quiet))
        await bench.controller.stop_mining()
        assert not bench.device.mining

    async def test_paused_machine_is_resumed(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was paused by others needs another word than what was stopped."""
        bench.device.pause()
        monkeypatch.setattr(type(bench.device), "_state", "paused")
        told = changing(bench.device)
        await bench.controller.start_mining()
        assert told() == ["POST /api/v1/mining/resume"]

    async def test_refusal_is_told(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error that comes as a success is an error."""
        stop = bench.device._writes["mining/stop"]
        monkeypatch.setitem(
            bench.device._writes,
            "mining/stop",
            lambda request: type(stop(request))({"err": "not now"}),
        )
        with pytest.raises(CommandRefusedError, match="not now"):
            await bench.controller.stop_mining()


class TestFan:
    """The device's own fans."""

    @pytest.mark.parametrize(
        "kind", [EmulatedAntminer, EmulatedBitaxe, EmulatedVnish], ids=lambda k: k.kind
    )
    async def test_percentage_and_back(self, mine: Bench) -> None:
        """The fans turn as told, and by themselves again; nothing else changes."""
        device = mine.device
        automatic = device.fan_percent
        fans = frozenset({"fan_pwm", "manual_fan", "settings"})
        before = settings_of(device, but=fans)

        await mine.controller.set_internal_fan(FanSetting(35))
        assert device.fan_percent == 35
        assert (await mine.refresh()).internal_fan == FanSetting(35, automatic=False)

        await mine.controller.set_internal_fan(FanSetting(None, automatic=True))
        device.machine.settle()
        assert device.fan_percent == automatic
        fan = (await mine.refresh()).internal_fan
        assert fan is not None
        assert fan.automatic
        assert device.mining
        assert settings_of(device, but=fans) == before

    @pytest.mark.parametrize("kind", [EmulatedWhatsminer], ids=lambda k: k.kind)
    async def test_firmware_without_fan_control(self, bench: Bench) -> None:
        """Where nothing can be set, nothing is said to be."""
        told = changing(bench.device)
        with pytest.raises(UnsupportedError):
            await bench.controller.set_internal_fan(FanSetting(35))
        assert told() == []

    @pytest.mark.parametrize("version", ["v2.10.0", "v2.14.1"])
    async def test_axeos_calls_the_speed_differently(
        self, run: Runner, version: str
    ) -> None:
        """Releases before 2.11 have another name for the setting."""
        bench = await link(await run(EmulatedBitaxe, version=version))
        await bench.controller.set_internal_fan(FanSetting(30))
        assert bench.device.fan_percent == 30

    async def test_axeos_before_the_new_name(self, run: Runner) -> None:
        """A release that does not tell the new name is told the old one."""
        bench = await link(await run(EmulatedBitaxe, version="v2.10.0"))
        device = bench.device
        await bench.controller.set_internal_fan(FanSetting(30))
        assert device.commands[-1] == (
            'PATCH /api/system {"autofanspeed": 0, "fanspeed": 30}'
        )
        assert device.fan_percent == 30

    @pytest.mark.parametrize(
        "kind", [EmulatedAntminer, EmulatedBitaxe, EmulatedVnish], ids=lambda k: k.kind
    )
    async def test_setting_that_is_not_taken_is_told(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A device that says yes and does nothing did not do it."""
        device = bench.device
        for name in ("_change", "_write_cooling", "_set_configuration"):
            if hasattr(device, name):
                monkeypatch.setattr(device, name, lambda _: None)
        if isinstance(device, EmulatedAntminer):
            page = "/cgi-bin/set_miner_conf.cgi"
            monkeypatch.setitem(device._pages, page, device._pages["/"])
        with pytest.raises(CommandRefusedError):
            await bench.controller.set_internal_fan(FanSetting(35))

    async def test_vnish_keeps_its_target(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The temperature that fans aim at by themselves survives a fixed speed."""
        bench = await link(await run(EmulatedVnish))
        monkeypatch.setattr(
            bench.device,
            "_cooling_mode",
            lambda: (
                {"name": "manual", "param": bench.device.fan_pwm}
                if bench.device.manual_fan
                else {"name": "auto", "param": 63}
            ),
        )
        await bench.controller.set_internal_fan(FanSetting(35))
        await bench.controller.set_internal_fan(FanSetting(None, automatic=True))
        mode = json.loads(
            bench.device.commands[-1].partition("{")[1]
            + bench.device.commands[-1].partition("{")[2]
        )["miner"]["cooling"]["mode"]
        assert mode == {"name": "auto", "param": 63}

    async def test_vnish_without_settings(self, run: Runner) -> None:
        """Cooling that was not read is not written."""
        bench = await link(await run(EmulatedVnish))
        told = changing(bench.device)
        bench.device.inject(Fault.HTTP_500, on="GET /api/v1/settings")
        with pytest.raises(CommandRefusedError):
            await bench.controller.set_internal_fan(FanSetting(35))
        assert told() == []


@pytest.mark.parametrize("command", [STOP, START])
async def test_command_to_a_dead_device(bench: Bench, command: str) -> None:
    """A device without power does nothing, and that is told."""
    await bench.device.cut_power()
    with pytest.raises(ControllerUnreachableError):
        await COMMANDS[command](bench.controller)


@pytest.mark.parametrize("fault", Fault)
async def test_fault_while_stopping(bench: Bench, fault: Fault) -> None:
    """A fault ends in an error in time, and the next command does what it should."""
    before = settings_of(bench.device, but=state_of(bench.device))
    bench.device.inject(fault, delay=600.0)
    outcome: ControllerError | None = None
    with short_limits():
        async with asyncio.timeout(30):
            try:
                await bench.controller.stop_mining()
            except ControllerError as err:
                outcome = err
    if fault in {Fault.REFUSE, Fault.BLACKHOLE, Fault.HANG, Fault.RESET}:
        assert outcome is not None
        assert bench.device.mining
    bench.device.fault = None
    await bench.controller.stop_mining()
    await until(lambda: not bench.device.mining)
    assert settings_of(bench.device, but=state_of(bench.device)) == before


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.RESET, Fault.HANG])
async def test_command_that_has_no_effect_is_told(bench: Bench, fault: Fault) -> None:
    """A device that identifies itself, but does not take the command."""
    asked = {
        "antminer": "POST *",
        "whatsminer": "rpc:power_off",
        "bitaxe": "POST *",
        "avalon": "rpc:ascset",
        "vnish": "POST */mining/*",
        "luxos": "rpc:curtail",
        "braiins": "grpc:PauseMining",
        "whatsminer_v3": "rpc:set.miner.service",
    }
    bench.device.inject(fault, on=asked[bench.device.kind])
    with short_limits(), pytest.raises(ControllerError):
        await bench.controller.stop_mining()
    assert bench.device.mining
