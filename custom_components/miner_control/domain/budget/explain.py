"""The reasons of an allocation that tell of numbers."""

from functools import lru_cache
from typing import Final

from .candidate import Candidate
from .circuits import HAIR, Node
from .model import Cap, Hold, SourceKind
from .reasons import Number, Reason, ReasonKey
from .supply import Supply

# The sentence of the tick, by what allows the least.
_DECISIONS: Final = {
    SourceKind.BUDGET: ReasonKey.WITHIN_BUDGET,
    SourceKind.SURPLUS: ReasonKey.FOLLOWS_SURPLUS,
    SourceKind.TARIFF: ReasonKey.TARIFF_CLOSED,
    SourceKind.BATTERY: ReasonKey.BATTERY_LOW,
    SourceKind.HEATING: ReasonKey.HEATS,
}
# What a member is told while a condition does not hold.
_CLOSED: Final = {
    SourceKind.TARIFF: ReasonKey.TARIFF,
    SourceKind.BATTERY: ReasonKey.BATTERY,
    SourceKind.HEATING: ReasonKey.WARM_ENOUGH,
}


def tick(supply: Supply, available: float | None, allocated: float) -> Reason:
    """Return the sentence of a tick in which nothing is wrong with the circuits."""
    if supply.silent is not None:
        return Reason(ReasonKey.SHEDS, {"source": supply.silent.kind})
    if supply.stale is not None:
        return Reason(ReasonKey.HOLDS, {"source": supply.stale.kind})
    if supply.binding is None or available is None:
        return Reason(ReasonKey.UNLIMITED, {"allocated": allocated})
    key = _DECISIONS[supply.binding.kind]
    numbers = {"available": available, "allocated": allocated}
    return Reason(key, numbers, supply.binding.until)


def share(candidate: Candidate) -> Reason:
    """Return how much a member got, beside what it may have."""
    watts = candidate.granted
    key = ReasonKey.SHARE
    if watts >= candidate.ceiling - HAIR:
        key = ReasonKey.CEILING
    elif watts <= candidate.floor + HAIR:
        key = ReasonKey.FLOOR
    return _of_watts(key, watts)


@lru_cache(maxsize=1024)
def _of_watts(key: ReasonKey, watts: float) -> Reason:
    """Return a reason that most members have, tick after tick."""
    return Reason(key, {"watts": watts})


def too_little(candidate: Candidate, supply: Supply, left: float) -> Reason:
    """Return why there is not enough for a member's floor."""
    binding = supply.binding
    if binding is not None and supply.now <= 0.0 and binding.kind in _CLOSED:
        return Reason(_CLOSED[binding.kind], until=binding.until)
    if left >= candidate.floor and candidate.feed.nodes:
        return circuit_limit(candidate)
    numbers = {"floor": candidate.floor, "available": max(0.0, left)}
    return Reason(ReasonKey.TOO_LITTLE, numbers)


def circuit_limit(candidate: Candidate) -> Reason:
    """Return that a circuit has too little left for a member."""
    node = candidate.feed.tightest
    numbers: dict[str, Number] = {
        "circuit": node.circuit.id,
        "room": max(0.0, node.usable - node.planned),
        "limit": node.limit,
    }
    return Reason(ReasonKey.CIRCUIT_LIMIT, numbers)


def over_limit(node: Node) -> Reason:
    """Return that more may be drawn in a circuit than it is made for."""
    numbers: dict[str, Number] = {
        "circuit": node.circuit.id,
        "watts": node.at_worst + node.limit - node.usable,
        "limit": node.limit,
    }
    return Reason(ReasonKey.OVER_LIMIT, numbers)


def small_step(candidate: Candidate, wished: float) -> Reason:
    """Return that a change is not worth it."""
    numbers = {"watts": candidate.current, "wished": wished}
    return Reason(ReasonKey.SMALL_STEP, numbers)


def held(hold: Hold, watts: float = 0.0) -> Reason:
    """Return that somebody else decided what a miner draws."""
    if hold.cause is not None:
        return Reason(ReasonKey.ROOM, {"cause": hold.cause})
    if not hold.mining:
        return Reason(ReasonKey.HELD_OFF, until=hold.until)
    return Reason(ReasonKey.HELD, {"watts": watts}, hold.until)


def capped(cap: Cap) -> Reason:
    """Return that a miner may not even draw its floor."""
    return Reason(ReasonKey.CAPPED, {"watts": cap.watts, "cause": cap.cause})
