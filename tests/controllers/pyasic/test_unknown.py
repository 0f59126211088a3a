"""Models that pyasic has no class for are read by their make."""

from typing import Any, ClassVar

from pyasic.miners.factory import MinerTypes
import pytest

from custom_components.miner_control.controllers.pyasic import library
from custom_components.miner_control.controllers.pyasic.factory import MinerFactory
from custom_components.miner_control.domain.values import HashRateUnit
from emulation import EmulatedWhatsminer
from emulation.machine import Rating

from .bench import F, link, make_controller
from .conftest import Runner


class NewWhatsminer(EmulatedWhatsminer):
    """An M64S+, which pyasic does not list, with a fourth board."""

    model: ClassVar[str] = "M64S+_VL40"
    rating: ClassVar[Rating] = Rating(
        hashrate=204.0,
        watts=3500.0,
        idle_watts=25.0,
        boot_watts=12.0,
        frequency=640.0,
        boards=4,
        chips=99,
        fans=2,
    )


async def test_whatsminer(run: Runner) -> None:
    """It has the unit of its make, and every board, fan and temperature it tells."""
    device = await run(NewWhatsminer)
    bench = await link(device)
    found = bench.capabilities
    assert (found.make, found.model) == ("WhatsMiner", "M64S+ VL40")
    assert (found.algorithm, found.hashrate_unit) == ("SHA256", HashRateUnit.TH)
    assert (found.boards, found.fans) == (4, 2)
    shown = await bench.refresh()
    assert shown.hashrate
    assert shown.hashrate.value == pytest.approx(device.hashrate, rel=0.01)
    assert shown.hashrate.unit is HashRateUnit.TH
    assert shown.chip_temperature
    assert shown.board_temperature
    assert shown.hashboards
    assert len(shown.hashboards) == 4
    assert all(board.chip_temperature for board in shown.hashboards)
    assert shown.internal_fan_speeds
    assert len(shown.internal_fan_speeds) == 2


async def test_whatsminer_after_a_restart(run: Runner) -> None:
    """What linking stored of it is enough to read it in the same way."""
    device = await run(NewWhatsminer)
    capabilities = (await link(device)).capabilities
    controller = make_controller(capabilities, host=device.address)
    shown = await controller.async_refresh(capabilities.features)
    assert shown.hashrate
    assert shown.hashrate.unit is HashRateUnit.TH
    assert shown.device_info
    assert shown.device_info.model == "M64S+ VL40"
    assert shown.hashboards
    assert len(shown.hashboards) == 4


async def test_stopped_whatsminer(run: Runner) -> None:
    """It has the features of its make, although it shows little now."""
    device = await run(NewWhatsminer, legacy=True)
    device.pause()
    features = (await link(device)).features
    assert {F.HASHRATE_MONITORING, F.MINING_CONTROL, F.HASHBOARD_MONITORING} <= features


@pytest.mark.parametrize(
    ("library_class", "model", "algorithm", "unit", "name"),
    [
        ("LUXMiner", "Antminer S99 Pro", "SHA256", "TH/s", "S99 Pro"),
        ("BOSMiner", "Bitmain Antminer S99", "SHA256", "TH/s", "S99"),
        ("WhatsminerUnknown", "M99S++VL40", "SHA256", "TH/s", "M99S++ VL40"),
        ("AvalonUnknown", "AVALONMINER 99", "SHA256", "TH/s", "AVALONMINER 99"),
        ("AntminerUnknown", "Antminer S23 Hyd.", "SHA256", "TH/s", "S23 Hyd."),
        ("AntminerUnknown", "Antminer L99", "Scrypt", "GH/s", "L99"),
        ("AntminerUnknown", "Antminer D99", "X11", "GH/s", "D99"),
        # By the name that is stored, after a restart.
        ("MSKMiner", "L3+", "Scrypt", "GH/s", "L3+"),
        ("MSKMiner", "S19-88", "SHA256", "TH/s", "S19-88"),
        ("VNish", "L99", "Scrypt", "GH/s", "L99"),
        ("LuckyMiner", "LV99", "SHA256", "TH/s", "LV99"),
        ("ElphapexUnknown", "DG9", "Scrypt", "GH/s", "DG9"),
        ("IceRiverUnknown", "KS99", "KHeavyHash", "TH/s", "KS99"),
        ("GoldshellUnknown", "Goldshell SC5ProII", "Blake2b", "TH/s", "SC5ProII"),
        ("GoldshellUnknown", "Goldshell LTLITE", "Scrypt", "GH/s", "LTLITE"),
        ("GoldshellUnknown", "Goldshell E KA1M", "KHeavyHash", "TH/s", "E KA1M"),
        ("GoldshellUnknown", "MiniDOGEPro", "Scrypt", "GH/s", "MiniDOGEPro"),
    ],
)
def test_algorithm(
    library_class: str, model: str, algorithm: str, unit: str, name: str
) -> None:
    """The algorithm is what the make builds for, or what the name stands for."""
    miner = library.make_miner("127.0.0.1", library_class, None, model)
    assert str(miner.algo) == algorithm
    assert str(miner.algo.unit.default) == unit
    assert str(miner.raw_model) == name


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("Goldshell KDBox\N{ROMAN NUMERAL TWO}", ("GoldshellKDBoxII", "KD Box II")),
        ("Goldshell SC5Pro\N{ROMAN NUMERAL TWO}", ("GoldshellUnknown", "SC5ProII")),
    ],
)
def test_roman_numeral(told: str, found: tuple[str, str]) -> None:
    """A KD-Box II and an SC5 Pro II (2.2.0) write it as one letter (pyasic#107)."""
    miner = MinerFactory._select_miner_from_classes(
        "127.0.0.1", told, MinerTypes.GOLDSHELL
    )
    assert (type(miner).__name__, str(miner.raw_model)) == found


def test_no_name() -> None:
    """A device that does not tell its model has the algorithm of its make."""
    miner: Any = library.make_miner("127.0.0.1", "WhatsminerUnknown", None, None)
    assert str(miner.algo) == "SHA256"
    assert miner.raw_model is None


def test_model_that_is_known() -> None:
    """A model that pyasic lists is left as it is, whatever it is called."""
    miner = library.make_miner("127.0.0.1", "BMMinerS19Pro", None, "S99")
    assert str(miner.raw_model) == "S19 Pro"
    assert miner.expected_hashboards == 3
