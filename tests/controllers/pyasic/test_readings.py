"""What a device is read to do, against what it truly does."""

from collections.abc import Callable, Mapping
from typing import Any

from pyasic.device.algorithm import MinerAlgo
import pytest

from custom_components.miner_control.controllers.network.parsing import real_mac
from custom_components.miner_control.controllers.pyasic.readings import hashrate_of
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.status import BOOT_GRACE
from custom_components.miner_control.domain.values import (
    FanSetting,
    FanSpeed,
    Frequency,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
    Voltage,
)
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
)

from .bench import ENDLESS, Bench, F, OldBitaxe, link
from .conftest import Runner

type Truth = Callable[[Any], Mapping[str, object]]

# What is read of each running device, from its true state. What is not named is
# None: the device does not tell it.
TRUTH: dict[type[EmulatedMiner], Truth] = {
    EmulatedAntminer: lambda device: {
        "chip_temperature": Temperature(device.chip_temperature),
        "board_temperature": Temperature(device.board_temperature),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(None, automatic=True),
    },
    EmulatedWhatsminer: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(
            device.chip_temperature + device.machine.chip_spread
        ),
        "board_temperature": Temperature(device.board_temperature),
        "inlet_temperature": Temperature(24.0),
        "voltage": Voltage(230.0),
        "frequency": Frequency(device.frequency),
    },
    EmulatedBitaxe: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(device.chip_temperature),
        "board_temperature": Temperature(device.board_temperature),
        "voltage": Voltage(5.09375),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(percent=100, automatic=True),
    },
    EmulatedAvalonNano3: lambda device: {
        "power": Power(device.own_watts),
        # The hottest chip, which is somewhat above their mean.
        "chip_temperature": Temperature(device.chip_temperature + 4),
        "board_temperature": Temperature(device.board_temperature),
        "outlet_temperature": Temperature(device.board_temperature - 8),
        "voltage": Voltage(27.56),
        "frequency": Frequency(device.frequency),
    },
    EmulatedVnish: lambda device: {
        "power": Power(device.own_watts),
        # The hottest of four sensors, which are up to 3 degrees off their mean.
        "chip_temperature": Temperature(device.chip_temperature + 3),
        "board_temperature": Temperature(device.board_temperature + 3),
        "voltage": Voltage(13.6),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(percent=device.fan_percent, automatic=True),
    },
    EmulatedLuxOs: lambda device: {
        "power": Power(device.own_watts),
        # The exhaust's side of the boards.
        "board_temperature": Temperature(device.board_temperature + 4),
        "frequency": Frequency(device.frequency),
        "internal_fan": FanSetting(percent=device.fan_percent, automatic=True),
    },
    EmulatedBraiins: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(device.chip_temperature),
        "board_temperature": Temperature(device.board_temperature),
        "inlet_temperature": Temperature(device.board_temperature - 15),
        "outlet_temperature": Temperature(device.board_temperature + 1),
        "voltage": Voltage(13.75),
        "frequency": Frequency(device.frequency),
    },
    EmulatedWhatsminerV3: lambda device: {
        "power": Power(device.own_watts),
        "chip_temperature": Temperature(
            device.chip_temperature + device.machine.chip_spread
        ),
        "board_temperature": Temperature(device.board_temperature),
        "inlet_temperature": Temperature(24.0),
        "frequency": Frequency(device.frequency),
    },
}
STOPPED = (MinerStatus.IDLE, MinerStatus.IDLE)
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


def terahashes(rate: HashRate | None) -> float:
    """Return a hash rate in TH/s, which has to be there."""
    assert rate is not None
    assert rate.unit is HashRateUnit.TH
    return rate.value


async def test_running_device(kind: type[EmulatedMiner], bench: Bench) -> None:
    """Every value is the true one, and in its place."""
    device = bench.device
    seen = await bench.refresh()
    assert seen.status is MinerStatus.ON
    assert terahashes(seen.hashrate) == pytest.approx(device.hashrate, rel=1e-4)
    assert terahashes(seen.expected_hashrate) == pytest.approx(
        device.expected_hashrate, rel=1e-3
    )
    truth = TRUTH[kind](device)
    assert {name: getattr(seen, name) for name in MEASURED} == {
        name: truth.get(name) for name in MEASURED
    }


async def test_fans(bench: Bench) -> None:
    """Each fan has its speed."""
    fans = [FanSpeed(bench.device.fan_rpm)] * bench.device.rating.fans
    assert (await bench.refresh()).internal_fan_speeds == tuple(fans)


async def test_device_info(bench: Bench) -> None:
    """What linking found out is known without asking again."""
    known, found = bench.capabilities, (await bench.refresh()).device_info
    assert found is not None
    assert (found.model, found.mac, found.serial) == (
        known.model,
        known.mac,
        known.serial,
    )
    assert (found.boards, found.chips, found.fans) == (
        known.boards,
        known.chips,
        known.fans,
    )


async def test_ports_know_nothing_before_the_first_read(bench: Bench) -> None:
    """Nothing is assumed of a device that was not asked yet."""
    controller = bench.controller
    assert (controller.is_mining, controller.hashrate, controller.internal_fan) == (
        None,
        None,
        None,
    )


async def test_ports_read_the_snapshot(bench: Bench) -> None:
    """Ports show what was read last."""
    seen = await bench.refresh()
    controller = bench.controller
    assert controller.is_mining is True
    assert controller.hashrate is seen.hashrate
    assert controller.internal_fan is seen.internal_fan


async def test_stopped_device(bench: Bench) -> None:
    """A device that was told to stop says so and makes nothing."""
    bench.device.pause()
    seen = await bench.refresh()
    assert seen.status in STOPPED
    assert terahashes(seen.hashrate) == 0
    assert bench.controller.is_mining is False


async def test_stop_outweighs_what_is_left_of_a_hash_rate(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Firmware tells means of minutes, which outlast the hashing that they tell of."""
    monkeypatch.setattr(bench.device.machine, "idle", lambda: None)
    bench.device.pause()
    monkeypatch.setattr(type(bench.device), "hashrate", 5.0)
    seen = await bench.refresh()
    assert seen.status in STOPPED
    assert terahashes(seen.hashrate) == 0


async def test_device_that_warms_up(kind: type[EmulatedMiner], run: Runner) -> None:
    """A device that has just booted says that it works, and for how long by now."""
    device = await run(kind)
    bench = await link(device)
    await device.cut_power()
    device.machine.warm_up = ENDLESS
    await device.restore_power()
    await device.wait_ready()
    seen = await bench.refresh()
    assert seen.status in (MinerStatus.ON, MinerStatus.STARTING)
    assert seen.operation is not None
    assert seen.operation.uptime is not None
    assert seen.operation.uptime.total_seconds() < BOOT_GRACE
    assert terahashes(seen.hashrate) == 0
    assert bench.controller.is_mining is True

    device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_device_that_was_just_resumed(bench: Bench) -> None:
    """A device that was let go says so before it hashes."""
    device = bench.device
    device.pause()
    await bench.refresh()
    device.machine.warm_up = ENDLESS
    device.resume()
    seen = await bench.refresh()
    assert seen.status in (MinerStatus.ON, MinerStatus.STARTING)
    assert terahashes(seen.hashrate) == 0
    assert bench.controller.is_mining is True
    device.machine.settle()
    assert (await bench.refresh()).status is MinerStatus.ON


async def test_device_that_fails_to_hash(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that says for long that it mines, but makes nothing, is not starting."""
    await bench.refresh()
    bench.device.machine.halt()
    assert (await bench.refresh()).status in (
        MinerStatus.ON,
        # VNish itself says that it starts, for as long as it does.
        *([MinerStatus.STARTING] if bench.device.kind == "vnish" else []),
    )
    assert bench.controller.is_mining is True
    assert terahashes(bench.controller.hashrate) == 0


async def test_firmware_of_which_only_a_part_answers_while_it_is_stopped(
    run: Runner,
) -> None:
    """Old Whatsminers stop the process that answers most questions."""
    bench = await link(await run(EmulatedWhatsminer, legacy=True))
    assert (await bench.refresh()).status is MinerStatus.ON
    bench.device.pause()
    for _ in range(2):
        seen = await bench.refresh()
        assert seen.status in STOPPED
        assert terahashes(seen.hashrate) == 0
        assert (seen.power, seen.chip_temperature, seen.frequency) == (None,) * 3
        bench.controller.forget_connection()
    await bench.controller.start_mining()
    assert bench.device.mining


async def test_old_axeos_says_nothing_of_a_pause(run: Runner) -> None:
    """Nothing is made up in its place; whoever judges has the rate and the uptime."""
    bench = await link(await run(OldBitaxe))
    assert (await bench.refresh()).status is None
    assert bench.controller.is_mining is True
    bench.device.machine.halt()
    seen = await bench.refresh()
    assert (seen.status, terahashes(seen.hashrate)) == (None, 0)
    assert bench.controller.is_mining is None


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("mining", MinerStatus.ON),
        ("stopped", MinerStatus.IDLE),
        ("paused", MinerStatus.IDLE),
        ("shutting-down", MinerStatus.STOPPING),
        ("failure", MinerStatus.ERROR),
        ("initializing", MinerStatus.STARTING),
        ("auto-tuning", MinerStatus.STARTING),
        ("Auto_Tuning", MinerStatus.STARTING),
        ("something new", MinerStatus.UNKNOWN),
        ("", None),
    ],
)
async def test_states_of_vnish(
    run: Runner, monkeypatch: pytest.MonkeyPatch, state: str, status: MinerStatus
) -> None:
    """Each of the firmware's words has its meaning while nothing is hashed."""
    bench = await link(await run(EmulatedVnish))
    bench.device.machine.halt()
    monkeypatch.setattr(type(bench.device), "_state", state)
    assert (await bench.refresh()).status is status


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [(EmulatedVnish, "_state", "something new"), (EmulatedBraiins, "state", 9)],
)
async def test_unknown_word_is_no_proof(
    run: Runner,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[EmulatedMiner],
    name: str,
    word: object,
) -> None:
    """Neither that it mines nor that it does not: what it does shows that."""
    bench = await link(await run(kind))
    monkeypatch.setattr(type(bench.device), name, word)
    found = await bench.refresh()
    assert found.status is MinerStatus.UNKNOWN
    assert found.hashrate is not None
    assert bench.controller.is_mining is True
    bench.device.machine.halt()
    await bench.refresh()
    assert bench.controller.is_mining is None


@pytest.mark.parametrize("states", [("In Idle", 5), ("In Work", 0)])
async def test_avalon_counts_through_the_steps_of_a_start(
    run: Runner, monkeypatch: pytest.MonkeyPatch, states: tuple[str, int]
) -> None:
    """Only a module that is idle, and was switched off, is off."""
    bench = await link(await run(EmulatedAvalonNano3))
    work, switch = states
    tell = bench.device._module

    def told() -> str:
        return (
            str(tell())
            .replace("In Work", work)
            .replace("SoftOFF[0]", f"SoftOFF[{switch}]")
        )

    monkeypatch.setattr(bench.device, "_module", told)
    seen = await bench.refresh()
    assert seen.status is (MinerStatus.ON if work == "In Work" else MinerStatus.IDLE)


async def test_module_with_other_fields_than_known(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a module does not tell, or cannot know, is not made up."""
    bench = await link(await run(EmulatedAvalonNano3))
    told = (
        f"DNA[{bench.capabilities.serial}] PS[0 1] Temp[-273] OTemp[0] TMax[70] Freq[]"
    )
    monkeypatch.setattr(bench.device, "_module", lambda: told)
    seen = await bench.refresh()
    assert (seen.power, seen.voltage, seen.frequency) == (None, None, None)
    assert (seen.board_temperature, seen.outlet_temperature) == (None, None)


async def test_vnish_without_a_way_of_cooling(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firmware that does not tell how its fans are set is not guessed at."""
    bench = await link(await run(EmulatedVnish))
    monkeypatch.setattr(bench.device, "_cooling_mode", dict)
    seen = await bench.refresh()
    assert seen.internal_fan is None
    assert seen.status is MinerStatus.ON


@pytest.mark.parametrize("feature", [F.STATUS_MONITORING, F.MINING_CONTROL])
async def test_who_controls_mining_reads_the_status(bench: Bench, feature: F) -> None:
    """A switch shows its state even where nobody asks for the status."""
    bench.device.pause()
    assert (await bench.refresh(feature)).status in STOPPED


async def test_unwanted_values_are_not_read(bench: Bench) -> None:
    """Values that no enabled feature needs are left alone."""
    seen = await bench.refresh(F.HASHRATE_MONITORING)
    assert seen == Snapshot(
        hashrate=seen.hashrate,
        expected_hashrate=seen.expected_hashrate,
        operation=seen.operation,
        status=seen.status,
        device_info=seen.device_info,
    )


@pytest.mark.parametrize(
    ("algorithm", "rate", "expected"),
    [
        (MinerAlgo.SHA256, 110, HashRate(110, HashRateUnit.TH)),
        (MinerAlgo.SCRYPT, 9.5, HashRate(9.5, HashRateUnit.GH)),
        (MinerAlgo.ETHASH, 2400, HashRate(2400, HashRateUnit.MH)),
        (MinerAlgo.EQUIHASH, 840, HashRate(840, HashRateUnit.KSOL)),
    ],
)
def test_hash_rate_keeps_the_unit_of_its_algorithm(
    algorithm: Any, rate: float, expected: HashRate
) -> None:
    """A scrypt miner is not shown in TH/s."""
    assert hashrate_of(algorithm.hashrate(rate=rate)) == expected


def test_hash_rate_in_a_unit_that_nobody_shows() -> None:
    """Zettahashes are given in hashes."""
    unit = MinerAlgo.SHA256.unit.ZH
    found = hashrate_of(MinerAlgo.SHA256.hashrate(rate=2, unit=unit))
    assert found == HashRate(2e21, HashRateUnit.H)


@pytest.mark.parametrize(
    ("told", "mac"),
    [
        ("28:E2:97:4D:01:01", "28:e2:97:4d:01:01"),
        (" 28-e2-97-4d-01-01 ", "28:e2:97:4d:01:01"),
        ("28e2974d0101", "28:e2:97:4d:01:01"),
        ("00:00:00:00:00:00", None),
        ("ff:ff:ff:ff:ff:ff", None),
        ("", None),
        ("unknown", None),
        (None, None),
    ],
)
def test_mac_address(told: str | None, mac: str | None) -> None:
    """A MAC address has one form, and a made-up one is none."""
    assert real_mac(told) == mac
