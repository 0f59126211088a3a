"""What happens is drawn from a seed, and leaves time for the truth."""

from itertools import pairwise

import pytest

from chaos.deeds import _ACTIONS
from chaos.faults import KINDS_OF_FAULTS
from chaos.fleet import KINDS, describe
from chaos.schedule import (
    FAULTS,
    LAST_QUIET,
    PLUG_REMOVED,
    QUIET,
    Deed,
    Event,
    MeterState,
    Mode,
    draw,
)
from emulation.axeos import EmulatedBitaxeHex, EmulatedBitaxeTurbo

MINERS = [f"m{number:02}" for number in range(1, 41)]
SEEDS = range(20)


def test_seed_repeats_the_schedule() -> None:
    """The same seed draws the same, another one does not."""
    assert draw(1, MINERS, 600) == draw(1, MINERS, 600)
    assert draw(1, MINERS, 600) != draw(2, MINERS, 600)


@pytest.mark.parametrize("seconds", [120, 600])
@pytest.mark.parametrize("seed", SEEDS)
def test_both_restarts_and_an_end(seed: int, seconds: float) -> None:
    """Home Assistant ends both ways, and all is over some time before the end."""
    schedule = draw(seed, MINERS, seconds)
    assert {restart.is_killed for restart in schedule.restarts} == {True, False}
    last = max(event.end for event in schedule.faults)
    assert last <= seconds - LAST_QUIET
    assert max(restart.at for restart in schedule.restarts) <= seconds - LAST_QUIET


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_fault(seed: int) -> None:
    """Forty miners meet all of them, even in two minutes."""
    met = {event.kind for event in draw(seed, MINERS, 120).faults}
    assert met == {*FAULTS, PLUG_REMOVED}


@pytest.mark.parametrize("seed", SEEDS)
def test_quiet_times(seed: int) -> None:
    """Between two faults of a miner the truth has time to show."""
    by_miner: dict[str, list[Event]] = {}
    for event in draw(seed, MINERS, 600).faults:
        by_miner.setdefault(event.miner, []).append(event)
    for events in by_miner.values():
        for one, other in pairwise(sorted(events)):
            assert other.begin - one.end >= QUIET[0] - 1e-6


@pytest.mark.parametrize(("seconds", "broken"), [(120, 1), (600, 2)])
@pytest.mark.parametrize("seed", SEEDS)
def test_libraries_break_and_are_mended(seed: int, seconds: float, broken: int) -> None:
    """One after the other, each until the next restart, and none in the end."""
    breaks = [restart.breaks for restart in draw(seed, MINERS, seconds).restarts]
    assert len({*filter(None, breaks)}) == broken
    assert all(not (one and other) for one, other in pairwise([*breaks, "end"]))


@pytest.mark.parametrize("seconds", [120, 600])
@pytest.mark.parametrize("seed", SEEDS)
def test_fleet_has_its_turns(seed: int, seconds: float) -> None:
    """It acts in its modes, and a stop outlasts the last restart."""
    schedule = draw(seed, MINERS, seconds)
    told = {deed: [e for e in schedule.fleet if e.deed is deed] for deed in Deed}
    assert all(told.values())
    modes = [event.to for event in told[Deed.MODE]]
    assert modes[-1] == Mode.OFF
    assert {*modes} <= {*Mode}
    assert {event.to for event in told[Deed.METER]} <= {*MeterState}
    stop, reset = told[Deed.STOP][-1].at, told[Deed.RESET][-1].at
    assert len(told[Deed.STOP]) == len(told[Deed.RESET])
    assert stop < schedule.restarts[-1].at < seconds < reset
    assert told[Deed.WAKE][-1].at > reset
    if seconds > 300:
        assert {*modes} == {*Mode}


def test_fleet_can_be_told_everything() -> None:
    """Each deed has its action."""
    assert _ACTIONS.keys() == {*Deed}


def test_every_fault_can_be_brought_about() -> None:
    """Each name has its action."""
    assert KINDS_OF_FAULTS.keys() == {*FAULTS, PLUG_REMOVED}


def test_fleet_has_all_kinds() -> None:
    """Miners of all kinds, each behind a plug of its own."""
    fleet = describe(40, "127.1.2")
    assert {one["kind"] for one in fleet} == set(KINDS)
    telling = {EmulatedBitaxeTurbo, EmulatedBitaxeHex}
    assert {kind.kind for kind in telling} <= set(KINDS)
    assert all(kind("127.1.2.3").is_at_least(2, 15) for kind in telling)
    some = describe(6, "127.1.2", KINDS[-2:])
    assert [one["kind"] for one in some] == [*KINDS[-2:]] * 3
    assert len({one["address"] for one in fleet} | {one["plug"] for one in fleet}) == 80
