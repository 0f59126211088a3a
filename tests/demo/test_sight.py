"""What the check makes of a miner's entities."""

from dataclasses import replace
from typing import Any

import pytest

from demo.emulators import Truth
from demo.miners import SIMULATION, Miner
from demo.sight import Sight
from demo.states import EntityState

WELL = {
    "sensor.status": EntityState("on"),
    "sensor.hashrate": EntityState("1.2", {"provider": "BitAxe Gamma"}),
    "sensor.power": EntityState("18", {"provider": "Bitaxe plug"}),
    "binary_sensor.degraded": EntityState("off"),
}
SIMULATED = {"provider": SIMULATION, "fallback": True}


def sight_of(miner: Miner, **changes: EntityState) -> Sight:
    """Return a miner that is well but for some changes, by the key's last part."""
    shown = {
        miner[key]: changes.get(key.partition(".")[2], state)
        for key, state in WELL.items()
    }
    states: Any = shown
    return Sight(states, miner)


def test_well(miner: Miner) -> None:
    """A miner that every first provider serves is whole."""
    sight = sight_of(miner)

    assert sight.is_whole
    assert not sight.has_fallen_back
    assert not sight.is_off


@pytest.mark.parametrize(
    "change",
    [
        {"status": EntityState("starting")},
        {"hashrate": EntityState("0", {"provider": "BitAxe Gamma"})},
        {"hashrate": EntityState("1.2", SIMULATED)},
        {"hashrate": EntityState("unavailable")},
        {"power": EntityState("18", {"provider": "BitAxe Gamma", "fallback": True})},
        {"power": EntityState("0", {"provider": "Bitaxe plug"})},
        {"degraded": EntityState("on")},
    ],
)
def test_not_whole(miner: Miner, change: dict[str, EntityState]) -> None:
    """One thing amiss is enough."""
    assert not sight_of(miner, **change).is_whole


def test_fallback_without_simulation(miner: Miner) -> None:
    """Where nothing stands in, the hash rate is unavailable."""
    assert sight_of(miner, hashrate=EntityState("unavailable")).has_fallen_back
    assert not sight_of(miner, hashrate=EntityState("unknown")).has_fallen_back


def test_fallback_with_simulation(miner: Miner) -> None:
    """Where a simulation stands in, the hash rate is its."""
    simulated = replace(miner, has_simulation=True)

    assert sight_of(simulated, hashrate=EntityState("90", SIMULATED)).has_fallen_back
    gone = EntityState("unavailable")
    assert not sight_of(simulated, hashrate=gone).has_fallen_back


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
    [(Truth(1.2, 18), True), (Truth(1.25, 17), True), (Truth(2.4, 36), False)],
)
def test_truth(miner: Miner, truth: Truth, *, told: bool) -> None:
    """What is shown is held against what the device does."""
    sight = sight_of(miner)

    assert sight.tells_hashrate(truth) is told
    assert sight.tells_power(truth) is told
