"""Elphapex and MSKMINER as they were recorded (UpstreamData/pyasic, tests and #428)."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    TellsNothingError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import dialect_for
from custom_components.miner_control.controllers.pyasic.dialects.elphapex import (
    _readings,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)
from emulation import EmulatedElphapex, EmulatedMiner

from .bench import link
from .conftest import Runner

WITHOUT_COUNTERS = frozenset(MinerFeatureType) - {
    MinerFeatureType.OPERATIONAL_MONITORING
}
PLACEHOLDER = [47, 46, 67, 66]


def chain(index: int, **told: Any) -> dict[str, Any]:
    """Return an empty slot of an Elphapex, with what is told of a board."""
    return {
        "index": index,
        "asic_num": 0,
        "hashrate": 0,
        "rate_real": 0,
        "rate_ideal": 0,
        "sn": "",
        "temp_chip": ["", "", "", ""],
        "temp_pcb": PLACEHOLDER,
    } | told


def test_slots_without_boards() -> None:
    """A DG-Home1 has one board in four slots, and chips without a temperature."""
    board = chain(
        3,
        asic_num=120,
        hashrate=1340.5,
        rate_real=2000.0,
        rate_ideal=2160,
        temp_chip=["25687", "25562", "25437", "25500"],
    )
    stats = {
        "rate_5s": 1340.5,
        "rate_ideal": 2160,
        "rate_avg": 2000.0,
        "chain": [*(chain(index) for index in range(3)), board],
        "fan": ["420", "420", "", "1020"],
    }
    found = _readings(stats, HashRateUnit.MH)
    assert found.hashrate == HashRate(1.3405, HashRateUnit.GH)
    assert found.expected_hashrate == HashRate(2.16, HashRateUnit.GH)
    assert found.hashboards is not None
    assert len(found.hashboards) == 4
    assert found.hashboards[0].chip_temperature is None
    last = found.hashboards[3]
    assert last.hashrate == found.hashrate
    assert (last.chips, last.board_temperature) == (120, None)
    assert found.chip_temperature == Temperature(25.687)
    fans = (FanSpeed(420), FanSpeed(420), None, FanSpeed(1020))
    assert found.internal_fan_speeds == fans


@pytest.mark.parametrize(
    ("sample", "mean", "expected"),
    [
        (14900.0, 14400, 14.9),
        # More than there can be, and what is left of it.
        (48728.6, 14381, 14.381),
        (48728.6, 0, 48.7286),
        (0, 14381, 0),
        ("", 14381, None),
    ],
)
def test_sample_that_cannot_be(
    sample: object, mean: float, expected: float | None
) -> None:
    """A DG1+ tells several times what it makes, now and then."""
    stats = {"rate_5s": sample, "rate_15m": mean, "rate_ideal": 14229}
    found = _readings(stats, HashRateUnit.MH).hashrate
    told = None if found is None else found.to(HashRateUnit.GH)
    assert told == pytest.approx(expected)


@pytest.mark.parametrize(
    ("boards", "expected"),
    [
        # They tell what the page shows (AgentScanner's notes on a DG1+).
        ((3600.0, 3550.5, 0, 3700.25), 10.85075),
        # A sum that cannot be either, and a board that tells nothing.
        ((48000.0, 3550.5, 3600.0, 3700.25), 14.381),
        (("", 3550.5, 3600.0, 3700.25), 14.381),
        ((), 14.381),
    ],
)
def test_boards_in_place_of_a_sample(
    boards: tuple[object, ...], expected: float
) -> None:
    """What the boards make is of now, and a mean is not."""
    stats = {
        "rate_5s": 122552.17,
        "rate_15m": 14381,
        "rate_ideal": 14229,
        "chain": [
            chain(index, asic_num=204, hashrate=rate)
            for index, rate in enumerate(boards)
        ],
    }
    found = _readings(stats, HashRateUnit.MH).hashrate
    assert found is not None
    assert found.to(HashRateUnit.GH) == pytest.approx(expected)


@pytest.mark.parametrize("told", [{}, {"chain": None, "fan": None}, {"chain": [None]}])
def test_elphapex_that_tells_nothing(told: Mapping[str, Any]) -> None:
    """Nothing is made up."""
    found = _readings(told, HashRateUnit.MH)
    assert (found.hashrate, found.hashboards, found.internal_fan_speeds) == (None,) * 3


@pytest.mark.parametrize("model", ["DG-Home1", "DG1", "DG1+", "DG2"])
async def test_elphapex_is_linked_by_any_name(run: Runner, model: str) -> None:
    """Also where the library knows the model by another name, or not at all."""
    device: EmulatedMiner = await run(EmulatedElphapex)

    def tamper(name: str, answer: Any) -> Any:
        if name.endswith("get_system_info.cgi") and isinstance(answer, dict):
            answer["minertype"] = model
        return answer

    device.tamper = tamper
    bench = await link(device)
    assert (bench.capabilities.make, bench.capabilities.model) == ("Elphapex", model)
    assert bench.capabilities.boards == 4
    assert bench.capabilities.hashrate_unit is HashRateUnit.GH
    seen = await bench.refresh()
    assert seen.hashrate is not None
    assert seen.hashrate.to(HashRateUnit.TH) == pytest.approx(device.hashrate, rel=1e-3)


async def test_what_answers_is_named_when_it_is_refused(run: Runner) -> None:
    """A device that answers is never told to be silent."""
    device: EmulatedMiner = await run(EmulatedElphapex)

    def tamper(name: str, answer: Any) -> Any:
        return answer if name.endswith("get_system_info.cgi") else {}

    device.tamper = tamper
    with pytest.raises(TellsNothingError) as caught:
        await link(device)
    assert "DG1+" in caught.value.found


STATS = {
    "Elapsed": 1926,
    "GHS 5s": 99989.59,
    "GHS av": 99761.40,
    "total_rateideal": 99674.88,
    "total_rate": 99989.59,
    "total_power": 3358,
    "fan1": 5010,
    **{f"chain_acn{n}": 88 for n in (1, 2, 3)},
    "chain_acn4": 0,
    **dict(
        zip(
            ("chain_rate1", "chain_rate2", "chain_rate3"),
            (34084.86, 32303.65, 33601.08),
            strict=True,
        )
    ),
    **{f"freq{n}": clock for n, clock in ((1, 744), (2, 724), (3, 734), (4, 0))},
    **{f"temp_pcb{n}": "45-42-45-42" for n in (1, 2, 3)},
    **{f"temp_chip{n}": "59-59-59-59" for n in (1, 2, 3)},
    **{f"chain_voltage{n}": 15.70 for n in range(1, 17)},
}


async def test_mskminer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Total, watts, boards and model stand where the library does not look."""
    address = NetworkAddress(host="192.0.2.1")
    dialect = dialect_for(PyasicDevice.rebuild("192.0.2.1", "MSKMiner", None, address))

    async def stats() -> dict[str, Any]:
        return {"STATS": [{"Type": "S19-88 v.2.6.0.39 "}, STATS]}

    async def version() -> dict[str, Any]:
        return {"VERSION": [{"BMMiner": "4.11.1 rwglr", "Type": "S19-88 v.2.6.0.39 "}]}

    async def info() -> dict[str, Any]:
        return {"network_info": {"result": {"macaddr": "12:34:56:78:90:12"}}}

    monkeypatch.setattr(dialect.miner.rpc, "stats", stats)
    monkeypatch.setattr(dialect.miner.rpc, "version", version)
    monkeypatch.setattr(dialect.miner.web, "info_v1", info)
    seen = await dialect.read_extras(WITHOUT_COUNTERS)
    assert seen.hashrate is not None
    assert seen.hashrate.value == pytest.approx(99.98959)
    assert seen.power == Power(3358)
    assert seen.voltage is not None
    assert seen.voltage.volts == pytest.approx(15.7)
    assert seen.frequency == Frequency(734)
    assert seen.chip_temperature == Temperature(59)
    assert seen.hashboards is not None
    assert [board.chips for board in seen.hashboards] == [88, 88, 88]
    assert await dialect.read_model() == "S19-88"
    assert await dialect.read_firmware_version() == "2.6.0.39"
    assert await dialect.read_mac() == "12:34:56:78:90:12"


async def test_hammer_d10(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its fans, of which pyasic takes it to have two, and its clock."""
    address = NetworkAddress(host="192.0.2.1")
    dialect = dialect_for(PyasicDevice.rebuild("192.0.2.1", "HammerD10", None, address))
    speeds = [4650, 4500, 3870, 3930]
    row: dict[str, Any] = {f"fan{n}": rpm for n, rpm in enumerate(speeds, 1)}
    row |= {"fan_num": 4, "frequency": "810"}
    told = AsyncMock(return_value={"STATS": [{"Type": "Hammer D10"}, row]})
    monkeypatch.setattr(dialect.miner.rpc, "stats", told)
    wanted = frozenset({MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING})
    seen = await dialect.read_extras(wanted)
    assert seen.internal_fan_speeds == tuple(map(FanSpeed, speeds))
    assert seen.frequency == Frequency(810)


async def test_luxos_on_an_s9(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its boards have numbers from 6 on, and `devs` tells the heat of the chips."""
    address = NetworkAddress(host="192.0.2.1")
    rebuilt = PyasicDevice.rebuild("192.0.2.1", "LUXMinerS9", None, address)
    dialect = dialect_for(rebuilt)
    row: dict[str, Any] = {f"chain_acn{n}": 0 for n in range(1, 17)}
    for n, (board, chips) in enumerate(((61, 76), (58, 77), (62, 82)), 6):
        row |= {f"chain_acn{n}": 63, f"temp{n}": board, f"temp2_{n}": chips}
        row[f"freq_avg{n}"] = 637.5
    boards = [
        {"ASC": n, "MHS 5s": 4.4e6, "Temperature": chips}
        for n, chips in enumerate((76.0, 77.0, 82.0))
    ]
    answers = {
        "config": {"CONFIG": [{"CurtailMode": "None", "SystemStatus": "Normal"}]},
        "summary": {"SUMMARY": [{"GHS 5s": 13200}]},
        "stats": {"STATS": [{"Type": "Antminer S9i"}, row]},
        "devs": {"DEVS": boards},
    }
    for name, answer in answers.items():
        told = AsyncMock(return_value=answer)
        monkeypatch.setattr(dialect.miner.rpc, name, told)
    seen = await dialect.read_extras(frozenset({MinerFeatureType.HASHBOARD_MONITORING}))
    assert seen.chip_temperature == Temperature(82)
    assert seen.board_temperature == Temperature(62)
    assert seen.frequency == Frequency(637.5)
    assert seen.hashboards is not None
    assert [board.chips for board in seen.hashboards] == [63, 63, 63]


async def test_elphapex_with_a_password_of_its_own(run: Runner) -> None:
    """The library asks for the model with the first password alone."""
    device: EmulatedMiner = await run(EmulatedElphapex, password="mine")
    with pytest.raises(ControllerAuthError):
        await link(device)
    found = (await link(device, password="mine")).capabilities
    assert (found.model, found.boards, found.mac) == ("DG1+", 4, device.mac)
