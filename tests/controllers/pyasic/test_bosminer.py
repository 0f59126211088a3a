"""An S9 with Braiins OS 22.08.

The form of its answers is that of Braiins' documents (BOSminer+, 2020), and most of
the figures those that asic-rs recorded of one.
"""

from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import (
    Dialect,
    dialect_for,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    Power,
    Temperature,
    Voltage,
)
from emulation.network import Json

EVERYTHING = frozenset(MinerFeatureType)
CHAINS = (6, 7, 8)
HEAT = ((71, 81.625), (75.375, 89.25), (66.125, 80))
BOARD = Hashboard(
    chip_temperature=Temperature(81.625),
    board_temperature=Temperature(71),
    voltage=Voltage(9.0974),
    frequency=Frequency(420.170944),
    hashrate=HashRate(2.386),
    nominal_hashrate=HashRate(2.414134),
    chips=63,
)

type Change = Callable[[str, Json], object]


def answers(chains: tuple[int, ...] = CHAINS) -> dict[str, list[Json]]:
    """Return what is told under each question's name."""
    ids = [{"ID": chain} for chain in chains]
    return {
        "summary": [
            {"Elapsed": 1189, "MHS 5s": 7160208.9, "MHS 1m": 7e6, "MHS av": 5e6}
        ],
        "devs": [
            row | {"MHS 5s": 2386e3, "MHS 1m": 2300e3, "Nominal MHS": 2414134.0}
            for row in ids
        ],
        "temps": [
            row | {"Board": board, "Chip": chip}
            for row, (board, chip) in zip(ids, HEAT, strict=True)
        ],
        "devdetails": [
            row | {"Chips": 63, "Frequency": 420170944, "Voltage": 9.0974}
            for row in ids
        ],
        "fans": [{"RPM": rpm, "Speed": 100} for rpm in (4080, 5580, 0, 0)],
        "tunerstatus": [
            {
                "ApproximateMinerPowerConsumption": 735,
                "ApproximateChainPowerConsumption": 660,
                "PowerLimit": 900,
                "TunerChainStatus": [
                    {"HashchainIndex": chain, "Status": "Stable"} for chain in chains
                ],
            }
        ],
    }


def device(told: dict[str, list[Json]]) -> Dialect:
    """Return a device that tells what is given; nothing is contacted."""
    address = NetworkAddress(host="192.0.2.1")
    dialect = dialect_for(
        PyasicDevice.rebuild("192.0.2.1", "BOSMinerS9", None, address)
    )
    for name, rows in told.items():
        answer = AsyncMock(return_value={name.upper(): rows})
        setattr(dialect.miner.rpc, name, answer)
    return dialect


async def read(told: dict[str, list[Json]]) -> Snapshot:
    """Read everything from what is told."""
    return await device(told).read_extras(EVERYTHING)


async def test_everything() -> None:
    """The hash rate is that of now, and everything is told that the port tells."""
    seen = await read(answers())
    assert seen.hashrate == HashRate(7.1602089)
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.value == pytest.approx(7.242402)
    assert (seen.power, seen.status) == (Power(735), MinerStatus.ON)
    assert seen.chip_temperature == Temperature(89.25)
    assert seen.board_temperature == Temperature(75.375)
    assert seen.frequency is not None
    assert seen.frequency.megahertz == pytest.approx(420.170944)
    assert seen.voltage is not None
    assert seen.voltage.volts == pytest.approx(9.0974)
    assert seen.internal_fan_speeds == (FanSpeed(4080), FanSpeed(5580))
    assert seen.hashboards is not None
    assert seen.hashboards[0] == BOARD


@pytest.mark.parametrize("chains", [CHAINS, (1, 2, 3), (0, 1, 2)])
async def test_numbers_of_chains(chains: tuple[int, ...]) -> None:
    """Boards stand in their order, wherever their numbers begin."""
    boards = (await read(answers(chains))).hashboards or ()
    chips = [board.chip_temperature for board in boards]
    assert chips == [Temperature(chip) for _, chip in HEAT]


async def test_part_that_fails() -> None:
    """A board without a sensor hashes, and one that is missing leaves its place."""
    told = answers()
    told["temps"] = []
    for name in ("devs", "devdetails"):
        told[name] = told[name][1:]
    seen = await read(told)
    assert [board.hashrate for board in seen.hashboards or ()] == [
        None,
        *[HashRate(2.386)] * 2,
    ]
    assert seen.chip_temperature is None


async def test_board_that_is_off() -> None:
    """The others are to make what they were, and all of them nothing if none works."""
    told = answers()
    told["devs"][0]["Nominal MHS"] = 0.0
    seen = await read(told)
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.value == pytest.approx(2 * 2.414134)
    assert seen.hashboards is not None
    assert seen.hashboards[0].nominal_hashrate is None
    for row in told["devs"]:
        row["Nominal MHS"] = 0.0
    assert (await read(told)).expected_hashrate is None


def stopped(told: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Return what a device tells that hashes nothing; the mean of a minute is left."""
    for row in (*told["summary"], *told["devs"]):
        row["MHS 5s"] = 0.0
    return told


@pytest.mark.parametrize(
    ("watts", "word", "status"),
    [
        (735, "Stable", None),
        (0, "Stable", MinerStatus.IDLE),
        (735, "Paused", MinerStatus.IDLE),
        (735, "Resuming", MinerStatus.STARTING),
    ],
)
async def test_status_without_a_hash_rate(
    watts: int, word: str, status: MinerStatus | None
) -> None:
    """A pause shows within seconds; at full power, none is guessed."""
    told = stopped(answers())
    tuner = told["tunerstatus"][0]
    tuner["ApproximateMinerPowerConsumption"] = watts
    tuner["ApproximateChainPowerConsumption"] = max(0, watts - 75)
    for row in tuner["TunerChainStatus"]:
        row["Status"] = word
    seen = await read(told)
    assert seen.hashrate == HashRate(0)
    assert seen.status is status


@pytest.mark.parametrize(
    ("word", "errors"),
    [
        ("Stable", ()),
        ("Tuning individual chips", ()),
        ("Paused", ()),
        ("Failed { reason: 3 }", ("Failed (board 1)",)),
    ],
)
async def test_words_of_the_tuner(
    word: str, errors: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does is no error, and what it fails at is."""
    told = answers()
    told["tunerstatus"][0]["TunerChainStatus"][1]["Status"] = word
    dialect = device(told)
    nothing: Any = AsyncMock(return_value=Snapshot())
    monkeypatch.setattr(Dialect, "read_facts", nothing)
    facts = await dialect.read_facts(EVERYTHING)
    assert facts.operation is not None
    assert facts.operation.errors == errors


@pytest.mark.parametrize("rows", [[], [{}], [{"ID": "x"}]])
async def test_nothing_told(rows: list[Json]) -> None:
    """Nothing is made up."""
    told = dict.fromkeys(answers(), rows)
    seen = await read(told)
    assert (seen.hashrate, seen.power, seen.hashboards, seen.status) == (None,) * 4
