"""What is known of a fleet at one time: the data that its entities read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..domain.authority import Authority
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


@dataclass(frozen=True, slots=True)
class Demand:
    """How much heat a thermostat asks for, in W, and with which authority."""

    watts: float
    authority: Authority = Authority.THERMOSTAT

    @property
    def is_above_people(self) -> bool:
        """Tell whether it holds whatever people told single miners."""
        return self.authority > Authority.PERSON

    @property
    def is_above_budget(self) -> bool:
        """Tell whether heat is given even where nothing may be drawn otherwise.

        A room must not freeze; a lost sensor is no reason to draw more.
        """
        return self.authority is Authority.FROST_PROTECTION

    @property
    def may_wait(self) -> bool:
        """Tell whether members may take their time: a room does not cool at once."""
        return self.watts > 0 and self.authority is Authority.THERMOSTAT


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """What a fleet does and why.

    `refused` is a mode that was chosen and cannot be. `demand` is what its thermostat
    asked for, None where nothing limits it so. `failures` tells why members did not do
    what they were told, `holds` until when a person's own command holds, and `stops`
    what became of them in the emergency stop.
    """

    mode: FleetMode
    refused: FleetMode | None = None
    budget: float
    demand: Demand | None = None
    decision: Reason | None = None
    allocation: Allocation | None = None
    totals: FleetTotals = field(default_factory=FleetTotals)
    latched_at: float | None = None
    stops: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _EMPTY)
    failures: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    holds: Mapping[str, float] = field(default_factory=lambda: _EMPTY)
    powers: Mapping[str, float | None] = field(default_factory=lambda: _EMPTY)
