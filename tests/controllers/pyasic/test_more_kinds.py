"""Avalon Q, Nano 3S, Antminer S21 and Elphapex: what every kind has to do, and more.

What is imported here runs again, with the kinds of this module.
"""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    IdentityMismatchError,
    UnsupportedError,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSetting,
    FanSpeed,
    Frequency,
    HashRateUnit,
    Power,
    Presets,
    Temperature,
    Voltage,
)
from emulation import (
    EmulatedAntminerS21,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedElphapex,
    EmulatedMiner,
    Fault,
)
from tests.emulation.support import until

from .bench import ENDLESS, Bench, F, changing, link, settings_of
from .conftest import Runner
from .test_faults import (  # noqa: F401
    test_cancelled_refresh_leaves_nothing_behind,
    test_device_that_says_nothing,
    test_device_without_power,
)
from .test_identification import test_features_are_those_of_the_device  # noqa: F401
from .test_identity import (  # noqa: F401
    replace,
    test_identity_is_checked_after_every_outage,
    test_linked_device_is_known_again,
    test_values_of_a_stranger_are_not_shown,
)
from .test_readings import (  # noqa: F401
    test_device_info,
    test_fans,
    test_ports_know_nothing_before_the_first_read,
    test_ports_read_the_snapshot,
    test_unwanted_values_are_not_read,
)

S21, NANO, Q, DG1 = KINDS = (
    EmulatedAntminerS21,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedElphapex,
)
AVALONS = (NANO, Q)
STOPPABLE = (S21, Q)
UNITS: dict[type[EmulatedMiner], HashRateUnit] = {DG1: HashRateUnit.GH}

TRUTH: dict[type[EmulatedMiner], Callable[[Any], dict[str, object]]] = {
    S21: lambda device: {
        "power": Power(round(device.own_watts)),
        # Where the air leaves, which is 3 degrees above the mean.
        "chip_temperature": Temperature(round(device.chip_temperature) + 3),
        "board_temperature": Temperature(round(device.board_temperature) + 3),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(None, automatic=True),
    },
    NANO: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(round(device.chip_temperature) + 4),
        "outlet_temperature": Temperature(round(device.board_temperature)),
        "voltage": Voltage(27.541),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(80, automatic=True),
    },
    Q: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(round(device.chip_temperature) + 4),
        "inlet_temperature": Temperature(26),
        "outlet_temperature": Temperature(round(device.board_temperature)),
        "voltage": Voltage(24.21),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(80, automatic=True),
    },
    DG1: lambda device: {"chip_temperature": Temperature(device.chip_temperature)},
}
MEASURED = (
    "power",
    "chip_temperature",
    "board_temperature",
    "inlet_temperature",
    "outlet_temperature",
    "voltage",
    "frequency",
    "internal_fan",
)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def kind(request: pytest.FixtureRequest) -> type[EmulatedMiner]:
    """Return each kind of device of this module."""
    found: type[EmulatedMiner] = request.param
    return found


def rate_of(seen: Snapshot, unit: HashRateUnit) -> float:
    """Return a hash rate in TH/s, which has to be there in its unit."""
    assert seen.hashrate is not None
    assert seen.hashrate.unit is unit
    return seen.hashrate.to(HashRateUnit.TH)


async def test_running_device(kind: type[EmulatedMiner], bench: Bench) -> None:
    """Every value is the true one, and in its place."""
    device, seen = bench.device, await bench.refresh()
    unit = UNITS.get(kind, HashRateUnit.TH)
    assert seen.status is MinerStatus.ON
    assert rate_of(seen, unit) == pytest.approx(device.hashrate, rel=1e-3)
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.to(HashRateUnit.TH) == pytest.approx(
        device.expected_hashrate, rel=1e-3
    )
    truth = TRUTH[kind](device)
    assert {name: getattr(seen, name) for name in MEASURED} == {
        name: truth.get(name) for name in MEASURED
    }
    assert bench.capabilities.hashrate_unit is unit


async def test_every_board(bench: Bench) -> None:
    """Boards add up to the whole, by what they do now."""
    device, boards = bench.device, (await bench.refresh()).hashboards
    assert boards is not None
    assert len(boards) == device.rating.boards == bench.capabilities.boards
    assert sum(
        board.hashrate.to(HashRateUnit.TH) for board in boards if board.hashrate
    ) == pytest.approx(device.hashrate, rel=1e-3)
    assert {board.chips for board in boards} == {device.rating.chips}
    assert all(board.chip_temperature for board in boards)


async def test_mean_is_not_taken_for_now(
    kind: type[EmulatedMiner], bench: Bench
) -> None:
    """What was hashed before does not count for what is hashed now."""
    device = bench.device
    device.machine.halt()
    seen = await bench.refresh()
    assert rate_of(seen, UNITS.get(kind, HashRateUnit.TH)) == 0
    for board in seen.hashboards or ():
        assert board.hashrate is None or board.hashrate.value == 0


async def test_stopped_by_somebody(bench: Bench) -> None:
    """A device that was told to rest is idle, and hashes nothing."""
    bench.device.pause()
    seen = await bench.refresh()
    assert seen.status is MinerStatus.IDLE
    assert seen.hashrate is not None
    assert seen.hashrate.value == 0


async def test_warming_up(kind: type[EmulatedMiner], run: Runner) -> None:
    """A device that has just booted is on its way, and not in error."""
    device = await run(kind)
    bench = await link(device)
    await device.cut_power()
    device.machine.warm_up = ENDLESS
    await device.restore_power()
    await device.wait_ready()
    seen = await bench.refresh()
    assert seen.status in (MinerStatus.STARTING, MinerStatus.ON)
    assert seen.hashrate is not None
    assert seen.hashrate.value == 0
    device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON


@pytest.mark.parametrize("kind", STOPPABLE, ids=lambda kind: kind.kind)
async def test_stop_and_start(bench: Bench) -> None:
    """A stop is seen at once; everything else stays, pools above all."""
    device = bench.device
    before = settings_of(device)
    await bench.controller.stop_mining()
    await until(lambda: not device.mining)
    assert (await bench.refresh()).status is MinerStatus.IDLE
    await bench.controller.start_mining()
    await until(lambda: device.mining)
    device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON
    assert settings_of(device) == before


async def test_stop_by_the_clock_of_the_device(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device whose clock was never set is stopped all the same."""
    device = await run(Q)
    bench = await link(device)
    clock = 1000
    monkeypatch.setattr("emulation.cgminer.time.time", lambda: clock)
    monkeypatch.setattr("emulation.avalon.api.time.time", lambda: clock)
    await bench.controller.stop_mining()
    assert '"softoff", "1:1005"' in device.commands[-1]
    await until(lambda: not device.mining)


async def test_device_that_wakes_up_without_an_answer(run: Runner) -> None:
    """Some close the connection when they are switched on (asic-rs)."""
    device = await run(Q)
    bench = await link(device)
    device.pause()
    device.tamper = lambda name, answer: b"" if name == "rpc:ascset" else answer
    await bench.controller.start_mining()
    await until(lambda: device.mining)


async def test_controls_are_those_that_the_device_lists(run: Runner) -> None:
    """A Nano 3S takes no soft-off, and has another light than other Avalons."""
    nano, home = [await link(await run(kind)) for kind in AVALONS]
    assert {F.PRESET_CONTROL, F.INTERNAL_FAN_CONTROL} <= nano.features & home.features
    assert F.MINING_CONTROL not in nano.features
    assert F.MINING_CONTROL in home.features
    assert F.LOCATE_CONTROL not in nano.features | home.features


@pytest.mark.parametrize(
    ("kind", "presets"),
    [
        (NANO, ("low", "medium", "high")),
        (Q, ("eco", "standard", "super")),
        (S21, ("normal", "low", "sleep")),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
async def test_presets(bench: Bench, presets: tuple[str, ...]) -> None:
    """Modes have the words of the device, and are taken."""
    device = bench.device
    choice = {"work_mode", "preset", "power_limit"}
    before = settings_of(device, but=choice)
    for preset in presets:
        await bench.controller.select_preset(preset)
        assert device.preset.startswith(preset)
        assert (await bench.refresh()).presets == Presets(presets, preset)
    assert settings_of(device, but=choice) == before
    with pytest.raises(UnsupportedError):
        await bench.controller.select_preset("turbo")


async def test_mode_that_is_refused(run: Runner) -> None:
    """While it is tuned, an Avalon takes no other mode; what it says is told."""
    device = await run(NANO)
    bench = await link(device)
    said = "current mode 2 is caling Don't permit switch mode"
    device._settings = {**device._settings, "workmode": lambda _: device._failed(said)}
    with pytest.raises(CommandRefusedError, match="caling"):
        await bench.controller.select_preset("low")


@pytest.mark.parametrize("kind", AVALONS, ids=lambda kind: kind.kind)
async def test_fan_of_an_avalon(bench: Bench) -> None:
    """A speed is kept until it is automatic again; too slow a one is not asked for."""
    device, controller = bench.device, bench.controller
    await controller.set_internal_fan(FanSetting(60))
    assert device.fan_percent == 60
    seen = await bench.refresh()
    assert seen.internal_fan == FanSetting(60)
    fans = device.rating.fans
    assert seen.internal_fan_speeds == (FanSpeed(device.fan_rpm),) * fans
    told = changing(device)
    with pytest.raises(UnsupportedError):
        await controller.set_internal_fan(FanSetting(10))
    assert told() == []
    await controller.set_internal_fan(FanSetting(None, automatic=True))
    assert device.fan_automatic
    seen = await bench.refresh()
    assert seen.internal_fan is not None
    assert seen.internal_fan.automatic


async def test_restart_and_light(kind: type[EmulatedMiner], bench: Bench) -> None:
    """What a device can, it does."""
    device, controller = bench.device, bench.controller
    if F.LOCATE_CONTROL in bench.features:
        await controller.set_locating(locating=True)
        assert (device.locating, (await bench.refresh()).is_locating) == (True, True)
    if controller.can_restart_mining:
        await controller.restart_mining()
        assert device.restarts == 1
    await controller.reboot()
    await until(lambda: device.reboots == 1)
    assert (F.LOCATE_CONTROL in bench.features) is (kind in (S21, DG1))


async def test_linked_while_it_rests(kind: type[EmulatedMiner], run: Runner) -> None:
    """All entities are there that a device has when it is linked at work."""
    working, resting = await run(kind), await run(kind)
    resting.pause()
    found, known = await link(resting), await link(working)
    assert found.features >= known.features
    assert (found.capabilities.fans, found.capabilities.boards) == (
        known.capabilities.fans,
        known.capabilities.boards,
    )


async def test_stranger_is_noticed_with_the_next_reading(
    kind: type[EmulatedMiner], bench: Bench, run: Runner
) -> None:
    """Every reading shows which device it is of; no command reaches another."""
    await bench.refresh()
    stranger = await replace(bench, run)
    told = changing(stranger)
    with pytest.raises(IdentityMismatchError):
        await bench.refresh()
    with pytest.raises(IdentityMismatchError):
        await bench.controller.reboot()
    assert told() == []


@pytest.mark.parametrize(
    ("kind", "version", "model"),
    [
        (S21, "Tue Dec  6 16:12:30 CST 2022", "S21"),
        (NANO, "25021401_56abae7", "Avalon Nano 3s"),
        (Q, "25052801_14a19a2", "Avalon Q Home"),
        (DG1, "1.0.2", "DG1+"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
async def test_names(bench: Bench, version: str, model: str) -> None:
    """Model, firmware, address and number are those of the device."""
    found, device = bench.capabilities, bench.device
    assert (found.firmware_version, found.model) == (version, model)
    assert (found.mac, found.serial) == (device.mac, device.serial_number)


async def test_page_of_an_antminer_that_is_not_told(run: Runner) -> None:
    """Its boards are read from the RPC port, and the watts as well."""
    device = await run(S21)
    bench = await link(device)
    device.inject(Fault.HTTP_500, on="GET /cgi-bin/stats.cgi")
    seen = await bench.refresh()
    assert seen.hashboards is not None
    assert len(seen.hashboards) == 3
    assert seen.power == Power(round(device.own_watts))
    assert seen.board_temperature is not None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ([], ()),
        ([{"status": "", "code": 0, "msg": "", "type": "rate"}], ()),
        ([{"status": "s", "code": 0, "msg": "", "type": "fans"}], ()),
        ([{"status": "e", "code": 1, "msg": "Fan lost"}], ("Fan lost",)),
        ([{"status": "e", "code": 1, "msg": "", "type": "temp"}], ("temp",)),
    ],
)
async def test_checks_of_elphapex(
    run: Runner, status: list[dict[str, Any]], expected: tuple[str, ...]
) -> None:
    """A check that was not made yet is no error."""
    device = await run(DG1)
    bench = await link(device)

    def tamper(name: str, answer: Any) -> Any:
        if name.endswith("summary.cgi"):
            answer["SUMMARY"][0]["status"] = status
        return answer

    device.tamper = tamper
    operation = (await bench.refresh()).operation
    assert operation is not None
    assert operation.errors == expected
    assert operation.uptime is not None
    assert operation.shares_accepted is not None


@pytest.mark.parametrize("mode", [-1000, "-1000", 1, "1"])
async def test_sleep_of_elphapex(run: Runner, mode: object) -> None:
    """Firmware differs in the number of the mode."""
    device = await run(DG1)
    bench = await link(device)

    def tamper(name: str, answer: Any) -> Any:
        if name.endswith("get_miner_conf.cgi"):
            answer["fc-work-mode"] = mode
        return answer

    device.tamper = tamper
    assert (await bench.refresh()).status is MinerStatus.IDLE
