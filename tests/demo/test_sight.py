"""What the check makes of a miner's entities."""

from dataclasses import replace
from typing import Any

import pytest

from demo.sight import Sight
from tools.home.emulators import Settings, Truth
from tools.home.miners import Miner
from tools.home.states import EntityState

WELL = {
    "sensor.status": EntityState("on"),
    "sensor.hashrate": EntityState("1.2", {"provider": "BitAxe Gamma"}),
    "sensor.power": EntityState("18", {"provider": "Bitaxe plug"}),
    "binary_sensor.degraded": EntityState("off"),
}
BOARDS = {
    "sensor.board_1_chip_temperature": EntityState("61"),
    "sensor.board_1_hashrate": EntityState("0.5"),
    "sensor.board_2_chip_temperature": EntityState("59"),
    "sensor.board_2_hashrate": EntityState("0.7"),
}
STOOD_IN = {"provider": "Other API", "fallback": True}
OWN_POWER = EntityState("18", {"provider": "BitAxe Gamma", "fallback": True})


def sight_of(miner: Miner, **changes: EntityState) -> Sight:
    """Return a miner that is well but for some changes, by the key's last part."""
    shown = {
        miner[key]: changes.get(key.partition(".")[2], state)
        for key, state in (WELL | BOARDS).items()
    }
    states: Any = shown
    return Sight(states, miner)


def truth_of(hashrate: float, watts: float) -> Truth:
    """Return what a device that cannot be set does."""
    return Truth(hashrate, watts, Settings(True, None, None, None), True, 0, {})


def test_well(miner: Miner) -> None:
    """A miner that every first provider serves is whole."""
    sight = sight_of(miner)

    assert sight.is_whole
    assert not sight.has_lost_hashrate
    assert not sight.tells_own_power
    assert not sight.is_off


@pytest.mark.parametrize(
    "change",
    [
        {"status": EntityState("starting")},
        {"hashrate": EntityState("0", {"provider": "BitAxe Gamma"})},
        {"hashrate": EntityState("1.2", STOOD_IN)},
        {"hashrate": EntityState("unavailable")},
        {"power": OWN_POWER},
        {"power": EntityState("0", {"provider": "Bitaxe plug"})},
        {"degraded": EntityState("on")},
    ],
)
def test_not_whole(miner: Miner, change: dict[str, EntityState]) -> None:
    """One thing amiss is enough."""
    assert not sight_of(miner, **change).is_whole


def test_lost_hashrate(miner: Miner) -> None:
    """Where nothing stands in, the hash rate is unavailable."""
    assert sight_of(miner, hashrate=EntityState("unavailable")).has_lost_hashrate
    assert not sight_of(miner, hashrate=EntityState("unknown")).has_lost_hashrate


def test_own_power(miner: Miner) -> None:
    """Where the plug is lost, the power is what the miner's API tells."""
    assert sight_of(miner, power=OWN_POWER).tells_own_power
    gone = EntityState("unavailable")
    assert not sight_of(miner, power=gone).tells_own_power


def test_off(miner: Miner) -> None:
    """Without power the status is off and the rest is zero."""
    off = {
        "status": EntityState("off"),
        "hashrate": EntityState("0"),
        "power": EntityState("0.0", {"provider": "Bitaxe plug"}),
    }

    assert sight_of(miner, **off).is_off
    assert not sight_of(miner, **off | {"hashrate": EntityState("unknown")}).is_off


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        (truth_of(1.2, 18), True),
        (truth_of(1.25, 17), True),
        (truth_of(2.4, 36), False),
    ],
)
def test_truth(miner: Miner, truth: Truth, *, told: bool) -> None:
    """What is shown is held against what the device does."""
    sight = sight_of(miner)

    assert sight.tells_hashrate(truth) is told
    assert sight.tells_power(truth) is told


def test_boards(miner: Miner) -> None:
    """Boards are told that have all values, and the miner's hash rate together."""
    asked = replace(miner, enabled=[miner["sensor.board_1_chip_temperature"]])
    gone = EntityState("unavailable")

    assert sight_of(asked).tells_boards(truth_of(1.2, 18))
    assert not sight_of(asked).tells_boards(truth_of(2.4, 18))
    assert not sight_of(asked, board_2_chip_temperature=gone).tells_boards(
        truth_of(1.2, 18)
    )
    assert sight_of(asked).boards_text == "board 1: 61, 0.5; board 2: 59, 0.7"


@pytest.mark.parametrize("enabled", [(), ("sensor.of_another_device",)])
def test_boards_without_what_was_enabled(miner: Miner, enabled: tuple[str]) -> None:
    """What was enabled has to be among the sensors of boards."""
    asked = replace(miner, enabled=enabled)

    assert not sight_of(asked).tells_boards(truth_of(1.2, 18))
