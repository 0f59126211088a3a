"""Why a fleet decided as it did: a key, numbers, and until when it waits.

Whoever shows a reason translates its key. Below each key stands the sentence in
English, with the numbers that go with it in braces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class ReasonKey(StrEnum):
    """All reasons of a fleet's decisions."""

    # Of a member: what stands above the fleet's budget.
    LATCHED = "latched"
    """The emergency stop is set. The miner stays stopped until it is reset."""
    CAPPED = "capped"
    """The miner is limited to {watts} W to protect it."""
    CIRCUIT_LIMIT = "circuit_limit"
    """The circuit {circuit} has only {room} W left of its {limit} W."""
    CIRCUIT_SILENT = "circuit_silent"
    """The meter of the circuit {circuit} is silent. The miner goes to its floor."""
    SOURCE_SILENT = "source_silent"
    """{source} has told nothing for too long. The miner goes to its floor."""
    ROOM = "room"
    """The thermostat of the miner's room decides: {cause}."""
    HELD = "held"
    """Somebody set {watts} W by hand."""
    HELD_OFF = "held_off"
    """Somebody stopped the miner by hand."""
    UNAVAILABLE = "unavailable"
    """The miner cannot be reached, and may draw {watts} W."""
    NO_MEANS = "no_means"
    """Nothing can control the miner now. It may draw {watts} W."""
    LET_GO = "let_go"
    """The fleet lets go: the miner stays as it is."""
    LET_GO_FLOOR = "let_go_floor"
    """The fleet lets go: the miner goes to {watts} W."""
    LET_GO_STOP = "let_go_stop"
    """The fleet lets go: the miner stops."""

    # Of a member: what the budget gives it.
    CEILING = "ceiling"
    """There is enough for its {watts} W, the most that it may draw."""
    SHARE = "share"
    """It gets {watts} W, and no more is left."""
    FLOOR = "floor"
    """It gets its floor of {watts} W, and no more is left."""
    TOO_LITTLE = "too_little"
    """It needs {floor} W, and {available} W are left for it."""
    TARIFF = "tariff"
    """Power is too expensive now."""
    BATTERY = "battery"
    """The battery is to be charged first."""
    WARM_ENOUGH = "warm_enough"
    """The room needs no heat now."""
    NOT_STOPPABLE = "not_stoppable"
    """There is too little power, but the miner may not be stopped."""

    # Of a member: what it waits for.
    MIN_ON = "min_on"
    """There is too little power, but it has to run for its shortest time."""
    MIN_OFF = "min_off"
    """There is enough power, but it has to rest for its shortest time."""
    START_DELAY = "start_delay"
    """There is enough power. It starts when that has lasted."""
    RISE_DELAY = "rise_delay"
    """There is enough for {watts} W. It restarts with them when that has lasted."""
    STOP_DELAY = "stop_delay"
    """There is too little power. It stops when that has lasted."""
    STARTS_USED = "starts_used"
    """There is enough power, but its {starts} starts for today are used up."""
    STARTS_SPARED = "starts_spared"
    """It stays at {watts} W: for another power it would restart once more today."""
    STAGGER = "stagger"
    """It starts when the miner that started last has settled."""
    WAITS_FOR_OTHERS = "waits_for_others"
    """It needs {floor} W, which others still draw."""
    SETTLING = "settling"
    """It stays at {watts} W until the last change has settled."""
    SMALL_STEP = "small_step"
    """It stays at {watts} W: a change to {wished} W would be too small."""
    STALE = "stale"
    """It stays as it is: {source} has told nothing new."""
    REFUSED = "refused"
    """It did not start when it was told to. The fleet tries again later."""

    # Of the whole tick.
    NO_MEMBERS = "no_members"
    """The fleet has no miners."""
    UNLIMITED = "unlimited"
    """Nothing limits the fleet but its circuits. It uses {allocated} W."""
    WITHIN_BUDGET = "within_budget"
    """The fleet uses {allocated} W of its budget of {available} W."""
    FOLLOWS_SURPLUS = "follows_surplus"
    """The fleet uses {allocated} W of a surplus of {available} W."""
    TARIFF_CLOSED = "tariff_closed"
    """Power is too expensive now. The fleet uses {allocated} W."""
    BATTERY_LOW = "battery_low"
    """The battery is to be charged first. The fleet uses {allocated} W."""
    HEATS = "heats"
    """The room needs {available} W of heat. The fleet uses {allocated} W."""
    HOLDS = "holds"
    """{source} has told nothing new. The fleet raises nothing."""
    SHEDS = "sheds"
    """{source} has told nothing for too long. All miners go to their floor."""
    OVER_LIMIT = "over_limit"
    """The circuit {circuit} may draw {watts} W, above its {limit} W."""
    EMERGENCY = "emergency"
    """The emergency stop is set. All miners stop."""
    LETS_GO = "lets_go"
    """The fleet lets go of its miners."""


type Number = float | str
_NONE: Final[Mapping[str, Number]] = {}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `until` is when it ends by itself, in seconds of the tick's clock."""

    key: ReasonKey
    numbers: Mapping[str, Number] = field(default_factory=lambda: _NONE)
    until: float | None = None
