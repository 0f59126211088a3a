"""What a fleet's allocation is made of, and what comes out of it.

Power is in W. Times are seconds of one clock, since the epoch, so that they mean the
same after a restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import NamedTuple

from .memory import Memory
from .reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A miner of a fleet as its owner set it.

    It mines at `floor` to `ceiling`, at any of `steps` if there are some. A change
    below `step` is not worth it. It runs at least `min_on` and rests at least
    `min_off` seconds. A start may draw `reserve` beyond its share. `settle` seconds
    after a change it draws what it was told. A change that `restarts` mining counts as
    a start. A member with a higher `priority` comes first.
    """

    id: str
    priority: int = 50
    floor: float
    ceiling: float
    steps: tuple[float, ...] = ()
    step: float = 0.0
    min_on: float = 0.0
    min_off: float = 0.0
    may_stop: bool = True
    reserve: float = 0.0
    settle: float = 0.0
    restarts: bool = False
    circuit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a person told a miner, which the fleet respects `until` then.

    `watts` is None where it was only switched on. Where the thermostat of the miner's
    room told it, `cause` is why: it stands above people.
    """

    until: float
    mining: bool = True
    watts: float | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that a miner may draw, for its own protection; 0 stops it."""

    watts: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a member is now.

    `power` is what is measured, `target` what it was told to draw, each None where
    nobody knows. It is `mining` if it mines or starts, and `starting` before it hashes.
    It has `settled` when it was seen to draw the target.
    While it is not `available`, what it did before counts. With `reachable_means`,
    somebody can control it. The times are None where nobody knows.
    """

    power: float | None = None
    target: float | None = None
    mining: bool = False
    starting: bool = False
    settled: bool = False
    available: bool = True
    reachable_means: bool = True
    held: Hold | None = None
    capped: Cap | None = None
    changed_at: float | None = None
    started_at: float | None = None
    stopped_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What is behind one breaker; `margin` is the share of `limit` left unused.

    `measured` is what its meter tells, other loads included. A circuit without a meter
    is always `fresh`. A meter is `fresh` while it told something lately, and `silent`
    when it has told nothing for so long that the members go to their floors.
    """

    id: str
    parent: str | None = None
    limit: float
    margin: float = 0.0
    measured: float | None = None
    fresh: bool = True
    silent: bool = False


class SourceKind(StrEnum):
    """What a fleet's power is limited by."""

    BUDGET = "budget"
    SURPLUS = "surplus"
    TARIFF = "tariff"
    BATTERY = "battery"
    HEATING = "heating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One limit of the fleet; of several, the lowest counts.

    `watts` is the budget, or the heat that a room needs; of a surplus, what flows into
    the grid, negative where power is bought; of a condition, `inf` where it holds and 0
    where it does not. None where nobody knows. `until` is when it changes, where that
    is known. A limit that `may_wait` may be missed for a while.
    """

    kind: SourceKind
    watts: float | None = inf
    fresh: bool = True
    silent: bool = False
    until: float | None = None
    may_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the whole fleet.

    One member starts per `stagger` seconds. A surplus has to last for `start_after`
    seconds, at `start_threshold` above a floor, before a member starts, and twice as
    long for each of the first starts of the day. It stops when the surplus has been
    lower than its floor by `stop_threshold` for `stop_after`, which is for a lack of up
    to `small_lack` W: twice as much is borne for half as long.
    Following a surplus starts a member at most `most_starts` times in a day, from
    `day_begins` to `day_ends`, or in 24 hours. Of these, a power that restarts it is
    worth the first half.
    `quick` and `slow` are how many seconds smooth the surplus before members are
    lowered and raised. After `proof` seconds, a member that still draws more than it
    was told counts with what it draws. For `lag` seconds after a change its power may
    be an old reading. A start that did not happen after `patience` is tried again
    after `retry`.
    """

    stagger: float = 30.0
    start_after: float = 60.0
    stop_after: float = 90.0
    start_threshold: float = 0.0
    stop_threshold: float = 0.0
    small_lack: float = 300.0
    most_starts: int = 6
    day_begins: float = 0.0
    day_ends: float = 0.0
    quick: float = 10.0
    slow: float = 30.0
    proof: float = 10.0
    lag: float = 30.0
    patience: float = 60.0
    retry: float = 300.0


class Action(StrEnum):
    """What is to be done with a member."""

    KEEP = "keep"
    START = "start"
    STOP = "stop"
    RAISE = "raise"
    LOWER = "lower"


class LettingGo(StrEnum):
    """What becomes of the members when the fleet lets go of them."""

    STAY = "stay"
    FLOOR = "floor"
    STOP = "stop"


class Share(NamedTuple):
    """What one member is to draw, what is to be done for that, and why."""

    watts: float
    action: Action
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What a tick decided.

    `available` is what the sources allow all members together, `inf` where nothing
    limits them, and None where nobody knows. `allocated` is what they may draw.
    `over_limit` names the circuits that may be loaded above their limits now.
    """

    shares: Mapping[str, Share]
    available: float | None
    allocated: float
    decision: Reason
    over_limit: tuple[str, ...] = ()
    memory: Memory
