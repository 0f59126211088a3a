"""When what goes wrong: drawn from a seed, and the same for the same seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import override

from .libraries import PACKAGES

# The name, the shortest and the longest time in seconds.
FAULTS: dict[str, tuple[float, float]] = {
    "refuse": (3.0, 25.0),
    "blackhole": (3.0, 25.0),
    "hang": (3.0, 25.0),
    "slow": (8.0, 25.0),
    "reset": (3.0, 25.0),
    "http_500": (3.0, 25.0),
    "empty": (3.0, 25.0),
    "garbage": (3.0, 25.0),
    "truncate": (3.0, 25.0),
    "nulls": (3.0, 25.0),
    "missing": (3.0, 25.0),
    "reject_login": (8.0, 25.0),
    "question hangs": (8.0, 25.0),
    "session ended": (1.0, 1.0),
    "push dropped": (5.0, 25.0),
    "push stalled": (8.0, 25.0),
    "push garbled": (5.0, 25.0),
    "foreign network": (8.0, 25.0),
    "stranger": (8.0, 25.0),
    "plug unavailable": (3.0, 25.0),
    "plug frozen": (5.0, 25.0),
    "plug in kW": (8.0, 20.0),
    "plug renamed": (5.0, 20.0),
    "plug switched": (8.0, 25.0),
    "power cut": (5.0, 25.0),
    "reboot": (1.0, 1.0),
    "paused": (8.0, 20.0),
    "unlinked": (5.0, 15.0),
    "plug unlinked": (5.0, 15.0),
    "priorities": (8.0, 20.0),
    "reloaded": (1.0, 1.0),
}
PLUG_REMOVED = "plug removed"

# What is told, and how long until it is told to undo it; 0 for no need.
ORDERS: dict[str, tuple[str, float]] = {
    "stop": ("start", 22.0),
    "power off": ("power on", 24.0),
    "locate": ("stop locating", 18.0),
    "reboot": ("", 0.0),
    "fan": ("", 0.0),
    "preset": ("former preset", 25.0),
    "limit": ("former limit", 25.0),
}

# Quiet times in which the truth must show.
FIRST_QUIET = (1.0, 15.0)
QUIET = (35.0, 60.0)
BEFORE_RESTART = 9.0
# For how long two restarts have to do, and when the only two of a short run come.
PAIR = 180.0
SHARES = ((0.08, 0.15), (0.85, 0.95))
# How long before the end nothing may go wrong any more.
LAST_QUIET = 45.0
ORDERS_QUIET = (12.0, 45.0)

# For how long a fleet acts, and rests; how often its budget and the sun change while it
# does, as shares of what its members draw; and how its meter fails, for how long.
ACTS = (20.0, 40.0)
RESTS = (15.0, 25.0)
BUDGET_EVERY = (6.0, 14.0)
SUN_EVERY = (4.0, 12.0)
MOST_SUN = 1.5
METER_FAILS = (12.0, 30.0)
METER_QUIET = (10.0, 40.0)
# After every so many times, an emergency stop ends it, if there is time to hold it.
STOP_AFTER = 2
STOP_HOLDS = (75.0, 90.0)
# The last stop comes so long before the last restart, which it has to outlast. It ends
# so long after all faults are over that nothing can excuse a miner that mines; then the
# fleet has so long to keep within its circuit's limit what all others were let mine.
BEFORE_LAST_RESTART = (1.0, 25.0)
LAST_STOP_HOLDS = 50.0
LAST_ACT = 65.0
# What the last reset waits for, however long that takes.
PROVED = "proved"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that goes wrong, or is told, from a time on."""

    begin: float
    miner: str
    kind: str
    end: float


@dataclass(frozen=True, slots=True)
class Restart:
    """One end of Home Assistant, and how it comes."""

    at: float
    is_killed: bool
    # The package that cannot be imported from then on, until the next one.
    breaks: str = ""


class Mode(StrEnum):
    """How a fleet finds out what its miners may draw, as Home Assistant calls it."""

    OFF = "off"
    OBSERVE = "observe"
    BUDGET = "budget"
    SURPLUS = "surplus"

    @property
    def acts(self) -> bool:
        """Tell whether miners are told anything."""
        return self in (Mode.BUDGET, Mode.SURPLUS)


class Deed(StrEnum):
    """What is done to a fleet that shares power, and to its meter."""

    MODE = "mode"
    BUDGET = "budget"
    STOP = "emergency stop"
    RESET = "reset"
    # The members are let mine by their own pages, all of them.
    WAKE = "wake"
    SUN = "sun"
    METER = "meter"


class MeterState(StrEnum):
    """What becomes of the meter at the grid."""

    WELL = "well"
    FROZEN = "frozen"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, order=True)
class FleetEvent:
    """Something that is done to the fleet: to what, or as which share of its power."""

    at: float
    deed: Deed
    to: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """All that happens in one run."""

    faults: Sequence[Event]
    orders: Sequence[Event]
    restarts: Sequence[Restart]
    fleet: Sequence[FleetEvent]

    @override
    def __str__(self) -> str:
        """Return how much happens."""
        kinds = len({event.kind for event in self.faults})
        broken = sum(bool(restart.breaks) for restart in self.restarts)
        return (
            f"{len(self.faults)} faults of {kinds} kinds, "
            f"{len(self.orders)} commands, {len(self.restarts)} restarts, after "
            f"{broken} of which a library is broken, and "
            f"{len(self.fleet)} changes around a fleet"
        )


def draw(seed: int, miners: Sequence[str], seconds: float) -> Schedule:
    """Draw what happens to some miners in a time."""
    random = Random(seed)  # noqa: S311 - it has to be drawn again
    last = max(0.0, seconds - LAST_QUIET)
    restarts = [*_draw_restarts(random, last)]
    removed = [*_draw_removals(random, miners, restarts)]
    deck = _deck(random)
    dealt = [*removed, *_deal(random, deck, miners, last, removed)]
    orders = [*_draw_orders(random, miners, last)]
    # Its own, so that what happens to single miners is the same with and without it.
    apart = Random(f"{seed} in a fleet")  # noqa: S311 - it has to be drawn again
    fleet = [*_draw_fleet(apart, restarts, seconds), *_draw_meter(apart, seconds)]
    return Schedule(sorted(dealt), sorted(orders), restarts, sorted(fleet))


def _draw_restarts(random: Random, last: float) -> Iterator[Restart]:
    """Yield an orderly restart, a sudden one, and more where there is time.

    After every fourth one a library is broken until the next, one after the other.
    """
    packages = random.sample([*PACKAGES.values()], len(PACKAGES))
    for number in range(max(1, int(last // PAIR)) * 2):
        share = (number + random.uniform(0.35, 0.65)) / max(2, last // PAIR * 2)
        if last < PAIR:
            # So far apart that what is broken in between has time to show.
            share = random.uniform(*SHARES[number])
        breaks = packages[number // 4 % len(packages)] if number % 4 == 0 else ""
        yield Restart(share * last, is_killed=bool(number % 2), breaks=breaks)


def _draw_removals(
    random: Random, miners: Sequence[str], restarts: Sequence[Restart]
) -> Iterator[Event]:
    """Yield plugs that are removed, and come back with the next start."""
    for restart in restarts:
        for miner in random.sample(miners, max(1, len(miners) // 12)):
            begin = max(0.0, restart.at - random.uniform(BEFORE_RESTART, 15.0))
            yield Event(begin, miner, PLUG_REMOVED, restart.at)


def _deck(random: Random) -> Iterator[str]:
    """Yield all kinds of faults in any order, again and again."""
    while True:
        yield from random.sample([*FAULTS], len(FAULTS))


def _deal(
    random: Random,
    deck: Iterator[str],
    miners: Sequence[str],
    last: float,
    taken: Sequence[Event],
) -> Iterator[Event]:
    """Yield faults, one after the other for each miner, with quiet times between."""
    free_at = {miner: random.uniform(*FIRST_QUIET) for miner in miners}
    kind = next(deck)
    while free_at:
        miner = min(free_at, key=lambda name: free_at[name])
        begin = free_at[miner]
        end = begin + random.uniform(*FAULTS[kind])
        hindrances = [e for e in taken if e.miner == miner and _meet(e, begin, end)]
        if end >= last:
            del free_at[miner]
        elif hindrances:
            free_at[miner] = hindrances[0].end + random.uniform(*QUIET)
        else:
            yield Event(begin, miner, kind, end)
            free_at[miner] = end + random.uniform(*QUIET)
            kind = next(deck)


def _meet(event: Event, begin: float, end: float) -> bool:
    """Tell whether a time comes too near to what happens already."""
    return event.begin - QUIET[0] < end and begin < event.end + QUIET[0]


def _draw_orders(random: Random, miners: Sequence[str], last: float) -> Iterator[Event]:
    """Yield commands, each with what undoes it."""
    for miner in miners:
        at = random.uniform(*ORDERS_QUIET)
        while at < last - 30.0:
            kind = random.choice([*ORDERS])
            undo, wait = ORDERS[kind]
            yield Event(at, miner, kind, at)
            if undo:
                yield Event(at + wait, miner, undo, at + wait)
            at += wait + random.uniform(*ORDERS_QUIET)


def _draw_fleet(
    random: Random, restarts: Sequence[Restart], seconds: float
) -> Iterator[FleetEvent]:
    """Yield modes, budgets and emergency stops, and what has to come out right.

    The last stop outlasts a restart. When all is quiet again, it ends, and the fleet
    has to bring members within the limit that were let mine.
    """
    last = max(restart.at for restart in restarts)
    stop = max(0.0, last - random.uniform(*BEFORE_LAST_RESTART))
    yield from _draw_rounds(random, stop)
    yield FleetEvent(stop, Deed.STOP)
    reset = seconds + LAST_STOP_HOLDS
    yield FleetEvent(reset - 2.0, Deed.MODE, Mode.BUDGET)
    yield FleetEvent(reset - 1.0, Deed.BUDGET, share=1.0)
    yield FleetEvent(reset, Deed.RESET, PROVED)
    yield FleetEvent(reset + 1.0, Deed.WAKE)
    yield FleetEvent(reset + LAST_ACT, Deed.MODE, Mode.OFF)


def _draw_rounds(random: Random, last: float) -> Iterator[FleetEvent]:
    """Yield times in which the fleet acts, with others between in which it does not."""
    at, number = random.uniform(*FIRST_QUIET) / 5, 0
    acting = random.sample((Mode.BUDGET, Mode.SURPLUS), 2)
    resting = random.sample((Mode.OFF, Mode.OBSERVE), 2)
    while at < last:
        yield FleetEvent(at, Deed.MODE, acting[number % 2])
        end = min(last, at + random.uniform(*ACTS))
        while at < end:
            yield FleetEvent(at, Deed.BUDGET, share=random.random())
            at += random.uniform(*BUDGET_EVERY)
        held = random.uniform(*STOP_HOLDS)
        number += 1
        if number % STOP_AFTER == 0 and end + held < last:
            yield FleetEvent(end, Deed.STOP)
            end += held
            yield FleetEvent(end, Deed.RESET)
        if end < last:
            yield FleetEvent(end, Deed.MODE, resting[number % 2])
        at = end + random.uniform(*RESTS)


def _draw_meter(random: Random, seconds: float) -> Iterator[FleetEvent]:
    """Yield what the sun does, and when the meter at the grid fails."""
    at = 0.0
    while at < seconds:
        yield FleetEvent(at, Deed.SUN, share=random.uniform(0.0, MOST_SUN))
        at += random.uniform(*SUN_EVERY)
    at = random.uniform(*METER_QUIET)
    failures = (MeterState.FROZEN, MeterState.UNAVAILABLE)
    while at < seconds:
        yield FleetEvent(at, Deed.METER, random.choice(failures))
        at += random.uniform(*METER_FAILS)
        yield FleetEvent(at, Deed.METER, MeterState.WELL)
        at += random.uniform(*METER_QUIET)
