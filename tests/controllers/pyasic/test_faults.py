"""Devices that are out of order, off, or slow: never an unknown error, never a lie."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
import gc
import logging
import warnings

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.network import facts
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import is_plausible
from emulation import (
    EmulatedAntminer,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)
from tests.emulation.support import until

from .bench import Bench, F, link, short_limits
from .conftest import Runner

# What takes a device off the network, or everything from its answers.
SILENT = (
    Fault.REFUSE,
    Fault.BLACKHOLE,
    Fault.HANG,
    Fault.RESET,
    Fault.SLOW,
    Fault.HTTP_500,
    Fault.EMPTY,
    Fault.GARBAGE,
)


def steady(seen: Snapshot) -> Snapshot:
    """Return what does not change by itself from one moment to the next."""
    return replace(seen, operation=None)


async def attempt(bench: Bench) -> Snapshot | ControllerError:
    """Read a device that is out of order; fail if it takes too long."""
    with short_limits():
        async with asyncio.timeout(30):
            try:
                return await bench.refresh()
            except ControllerError as err:
                return err


@pytest.mark.parametrize("fault", Fault)
async def test_fault(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """A fault ends in an error or in values that are missing, and then it is over."""
    monkeypatch.setattr(facts, "RETRY_INTERVAL", 0.0)
    await bench.refresh()
    truth = bench.device.hashrate
    bench.device.inject(fault, delay=600.0)
    for _ in range(2):
        seen = await attempt(bench)
        if isinstance(seen, Snapshot):
            # What is read in spite of a fault is true.
            assert seen.hashrate is None or seen.hashrate.value == pytest.approx(
                truth, rel=0.01
            )
    bench.device.fault = None
    recovered = await bench.refresh()
    assert recovered.status is MinerStatus.ON
    assert {feature for feature in bench.features if feature in MONITORED} == {
        feature
        for feature, field in MONITORED.items()
        if is_plausible(getattr(recovered, field)) and feature in bench.features
    }


MONITORED = {
    F.HASHRATE_MONITORING: "hashrate",
    F.POWER_MONITORING: "power",
    F.STATUS_MONITORING: "status",
    F.CHIP_TEMPERATURE_MONITORING: "chip_temperature",
    F.BOARD_TEMPERATURE_MONITORING: "board_temperature",
    F.INLET_TEMPERATURE_MONITORING: "inlet_temperature",
    F.OUTLET_TEMPERATURE_MONITORING: "outlet_temperature",
    F.FAN_SPEED_INTERNAL_MONITORING: "internal_fan_speeds",
    F.VOLTAGE_MONITORING: "voltage",
    F.FREQUENCY_MONITORING: "frequency",
    F.INTERNAL_FAN_CONTROL: "internal_fan",
    F.HASHBOARD_MONITORING: "hashboards",
    F.OPERATIONAL_MONITORING: "operation",
    F.POWER_LIMIT_CONTROL: "power_limit",
    F.PRESET_CONTROL: "presets",
    F.LOCATE_CONTROL: "is_locating",
    F.MAX_POWER_DETECTION: "max_power",
    F.MAX_HASHRATE_DETECTION: "max_hashrate",
    F.MODEL_DETECTION: "device_info",
}


@pytest.mark.parametrize("fault", SILENT)
async def test_device_that_says_nothing(bench: Bench, fault: Fault) -> None:
    """It is unreachable: not stopped, not mining, not asked for a password."""
    await bench.refresh()
    bench.device.inject(fault, delay=600.0)
    failure = await attempt(bench)
    assert isinstance(failure, ControllerUnreachableError)
    assert bench.controller.is_mining is None
    assert bench.controller.snapshot == Snapshot()


async def test_device_without_power(bench: Bench) -> None:
    """It is unreachable, and known again as soon as it is back."""
    await bench.refresh()
    await bench.device.cut_power()
    for _ in range(2):
        assert isinstance(await attempt(bench), ControllerUnreachableError)
    await bench.device.restore_power()
    await bench.device.wait_ready()
    bench.device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON


@pytest.mark.parametrize(
    "kind", [EmulatedAntminer, EmulatedVnish], ids=lambda k: k.kind
)
async def test_refused_login(bench: Bench) -> None:
    """A device that lets nobody in any more is told from one that is gone."""
    await bench.refresh()
    bench.controller.forget_connection()
    dialect = bench.controller._device
    assert dialect is not None
    dialect.miner.web.token = None
    bench.device.fault = Fault.REJECT_LOGIN
    with pytest.raises(ControllerAuthError):
        await bench.refresh()


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (EmulatedAntminer, "GET /cgi-bin/get_miner_conf.cgi"),
        (EmulatedWhatsminer, "rpc:status"),
    ],
)
async def test_status_that_is_withheld_is_not_guessed(
    run: Runner, kind: type[EmulatedMiner], asked: str
) -> None:
    """A miner that was just stopped does not look like one that starts."""
    bench = await link(await run(kind))
    bench.device.pause()
    assert (await bench.refresh()).status in (MinerStatus.IDLE, MinerStatus.IDLE)
    bench.device.inject(Fault.HTTP_500, on=asked)
    assert (await bench.refresh()).status is MinerStatus.UNKNOWN
    assert bench.controller.is_mining is None


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (EmulatedAntminer, "GET /cgi-bin/get_miner_conf.cgi"),
        (EmulatedAntminer, "GET /cgi-bin/stats.cgi"),
        (EmulatedWhatsminer, "rpc:get_psu"),
        (EmulatedWhatsminer, "rpc:devs"),
        (EmulatedWhatsminer, "rpc:status"),
        (EmulatedBitaxe, "GET /api/system/asic"),
    ],
)
@pytest.mark.parametrize(
    "fault",
    [Fault.HTTP_500, Fault.RESET, Fault.GARBAGE, Fault.NULLS, Fault.MISSING],
)
async def test_part_of_the_answers(
    kind: type[EmulatedMiner], run: Runner, asked: str, fault: Fault
) -> None:
    """Where some questions are answered, what they tell is shown."""
    bench = await link(await run(kind))
    whole = await bench.refresh()
    bench.device.inject(fault, on=asked)
    part = await bench.refresh()
    assert part.hashrate is not None
    assert part.hashrate.value == pytest.approx(bench.device.hashrate, rel=1e-4)
    # One that usually tells it and did not this time says just that.
    assert part.status in (MinerStatus.ON, MinerStatus.UNKNOWN)
    assert bench.controller.is_mining is True
    bench.device.fault = None
    assert steady(await bench.refresh()) == steady(whole)


async def test_one_odd_value_takes_no_other_with_it(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the odd value is missing, for as long as it is odd."""
    bench = await link(await run(EmulatedBitaxe))
    whole = await bench.refresh()
    tell = bench.device.info
    monkeypatch.setattr(bench.device, "info", lambda: tell() | {"fanrpm": "fast"})
    for _ in range(3):
        part = await bench.refresh()
        assert part.internal_fan_speeds is None
        assert (part.hashrate, part.power) == (whole.hashrate, whole.power)
    monkeypatch.setattr(bench.device, "info", tell)
    assert steady(await bench.refresh()) == steady(whole)


async def test_odd_value_is_not_read_with_the_others(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes the library drop everything spoils nothing else, and costs nothing."""
    bench = await link(await run(EmulatedBitaxe))
    tell, device = bench.device.info, bench.device
    monkeypatch.setattr(
        device, "info", lambda: tell() | {"hostname": []} | {"power": "x"}
    )
    await bench.refresh(F.POWER_MONITORING)
    first = device.requests["GET /api/system/info"]
    found = await bench.refresh(F.POWER_MONITORING)
    # The rest, the odd value, and what pyasic leaves out rest on one answer.
    assert device.requests["GET /api/system/info"] - first == 1
    assert found.power is None
    assert found.hashrate is not None


async def test_answer_that_makes_no_sense(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not even of the right kind is an error of the device, not of ours."""
    bench = await link(await run(EmulatedBitaxe))
    monkeypatch.setattr(bench.device, "info", lambda: ["not", "an", "object"])
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    with pytest.raises(ControllerError):
        await bench.controller.start_mining()


async def test_cancelled_refresh_leaves_nothing_behind(bench: Bench) -> None:
    """Neither tasks nor connections outlive a refresh that is given up."""
    await bench.refresh()
    before = asyncio.all_tasks()
    bench.device.fault = Fault.HANG
    task = asyncio.create_task(bench.refresh())
    await until(lambda: bench.device.open_connections > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: bench.device.open_connections == 0)
    own = {task for task in asyncio.all_tasks() - before if _is_pyasics(task)}
    assert own == set()
    bench.device.fault = None
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_refresh_that_took_too_long_holds_no_connection(bench: Bench) -> None:
    """A device that hangs is not held on to until it is asked again."""
    await bench.refresh()
    bench.device.fault = Fault.HANG
    failure = await attempt(bench)
    assert isinstance(failure, ControllerUnreachableError)
    await until(lambda: bench.device.open_connections == 0)


async def test_cancelled_command_is_cancelled(bench: Bench) -> None:
    """Parts of the library take a cancellation for the device's answer."""
    await bench.refresh()
    asked = {
        "whatsminer": "rpc:power_off",
        "avalon": "rpc:ascset",
        "luxos": "rpc:curtail",
        "braiins": "grpc:PauseMining",
        "whatsminer_v3": "rpc:set.miner.service",
    }
    bench.device.inject(Fault.HANG, on=asked.get(bench.device.kind, "POST *"))
    task = asyncio.create_task(bench.controller.stop_mining())
    told = list(asked.values())
    await until(
        lambda: any(
            name in told or name.startswith("POST")
            for name in bench.device.requests - bench.device.requests.__class__()
        )
    )
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.device.mining


def _is_pyasics(task: asyncio.Task[object]) -> bool:
    """Tell whether a task runs the library's code."""
    frames = task.get_stack(limit=1)
    return any("pyasic/" in frame.f_code.co_filename for frame in frames)


async def test_calls_take_turns(run: Runner) -> None:
    """Small devices have few connections to give: one is asked at a time."""
    bench = await link(await run(EmulatedBitaxe))
    await asyncio.gather(
        *(bench.refresh() for _ in range(4)),
        bench.controller.stop_mining(),
        *(bench.refresh() for _ in range(4)),
    )
    assert bench.device.peak_connections == 1


async def test_devices_do_not_wait_for_each_other(run: Runner) -> None:
    """A device that hangs holds up nobody else."""
    bad = await link(await run(EmulatedBitaxe))
    good = await link(await run(EmulatedBitaxe))
    bad.device.fault = Fault.HANG
    waiting = asyncio.create_task(bad.refresh())
    await until(lambda: bad.device.open_connections > 0)
    assert (await good.refresh()).status is MinerStatus.ON
    waiting.cancel()


class TestLog:
    """What is logged, and by whom."""

    @pytest.fixture(autouse=True)
    def _heard(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Fail where somebody else than the integration says something."""
        caplog.set_level(logging.INFO)
        # Home Assistant keeps the client of the library quiet in the same way.
        for client in ("httpx", "httpx2"):
            caplog.set_level(logging.WARNING, client)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            # The library leaves it to Python to close what was cancelled.
            warnings.filterwarnings("ignore", category=ResourceWarning)
            warnings.filterwarnings("ignore", module=r"pyasic\b")
            yield
        assert [str(warning.message) for warning in warned] == []

    async def test_normal_operation(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A device that works is worth no word."""
        for _ in range(2):
            await bench.refresh()
        await bench.controller.stop_mining()
        assert caplog.records == []

    @pytest.mark.parametrize("fault", Fault)
    async def test_fault(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, fault: Fault
    ) -> None:
        """The coordinator tells of a fault; nobody else repeats it at every read."""
        bench.device.inject(fault, delay=600.0)
        for _ in range(2):
            await attempt(bench)
        gc.collect()
        assert caplog.records == []

    async def test_details_are_there_for_who_asks(
        self, run: Runner, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The library's own words appear under its name, if its log is turned on."""
        bench = await link(await run(EmulatedWhatsminer))
        caplog.set_level(logging.DEBUG, "pyasic")
        await bench.refresh()
        spoken = {record.name for record in caplog.records}
        assert "pyasic.rpc.base" in spoken
        assert "root" not in spoken
