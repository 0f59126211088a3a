"""What is known of a fleet at one time: the data that its entities read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..domain.budget import Allocation, Reason
from ..domain.fleet import FleetMode

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTotals:
    """What all miners of a fleet do together; None where nobody knows.

    The hash rates are in hashes per second, by algorithm. `efficiency` is in J per
    hash, of the miners that hash and whose power is known.
    """

    hashrates: Mapping[str, float] = field(default_factory=lambda: _EMPTY)
    power: float | None = None
    energy: float = 0.0
    efficiency: float | None = None
    mining: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """What a fleet does and why.

    `failures` tells why members did not do what they were told, `holds` until when a
    person's own command holds, and `stops` what became of them in the emergency stop.
    """

    mode: FleetMode
    budget: float
    decision: Reason | None = None
    allocation: Allocation | None = None
    totals: FleetTotals = field(default_factory=FleetTotals)
    latched_at: float | None = None
    stops: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _EMPTY)
    failures: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    holds: Mapping[str, float] = field(default_factory=lambda: _EMPTY)
    powers: Mapping[str, float | None] = field(default_factory=lambda: _EMPTY)
