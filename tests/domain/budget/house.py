"""A house with miners in it, for the tests of the allocation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.miner_control.domain.budget import (
    Allocation,
    Circuit,
    Condition,
    Member,
    Memory,
    Settings,
    Source,
    SourceKind,
    allocate,
)

NOW = 1_750_000_000.0
TICK = 10.0
AT_ONCE = Settings(
    stagger=0.0, start_after=0.0, stop_after=0.0, quick=0.0, slow=0.0, retry=0.0
)


def miner(name: str = "a", **details: Any) -> Member:
    """Return a member with a range of 500 to 1500 W and without any timers."""
    return Member(**{"id": name, "floor": 500.0, "ceiling": 1500.0, **details})


def running(watts: float, **details: Any) -> Condition:
    """Return the condition of a miner that draws what it was told."""
    known = {"power": watts, "target": watts, "mining": True}
    return Condition(**{**known, **details})


IDLE = Condition(power=0.0)


def budget(watts: float | None, **details: Any) -> Source:
    """Return a budget that the user set."""
    return Source(kind=SourceKind.BUDGET, watts=watts, **details)


def surplus(watts: float | None, **details: Any) -> Source:
    """Return what flows into the grid."""
    return Source(kind=SourceKind.SURPLUS, watts=watts, **details)


@dataclass
class House:
    """Some miners that do at once what they are told, tick after tick."""

    members: Sequence[Member]
    circuits: Sequence[Circuit] = ()
    settings: Settings = AT_ONCE
    now: float = NOW
    memory: Memory = field(default_factory=Memory)
    conditions: dict[str, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with all miners idle, where nothing else is said."""
        for member in self.members:
            self.conditions.setdefault(member.id, IDLE)

    def tick(self, *sources: Source, obey: bool = True) -> Allocation:
        """Let a tick pass."""
        self.now += TICK
        decided = allocate(
            self.members,
            self.conditions,
            self.circuits,
            sources,
            self.memory,
            self.now,
            self.settings,
        )
        self.memory = decided.memory
        if obey:
            for name, share in decided.shares.items():
                if self.conditions[name].available:
                    self.obey(name, share.watts)
        return decided

    def obey(self, name: str, watts: float) -> None:
        """Let a miner do what it was told."""
        self.conditions[name] = replace(
            self.conditions[name], power=watts, target=watts, mining=watts > 0
        )

    def ticks(self, count: int, *sources: Source) -> Allocation:
        """Let several ticks pass, and return the last."""
        for _ in range(count - 1):
            self.tick(*sources)
        return self.tick(*sources)


def watts_of(decided: Allocation) -> Mapping[str, float]:
    """Return what each member is to draw."""
    return {name: share.watts for name, share in decided.shares.items()}


def keys_of(decided: Allocation) -> Mapping[str, str]:
    """Return why."""
    return {name: share.reason.key for name, share in decided.shares.items()}


def actions_of(decided: Allocation) -> Iterable[str]:
    """Return what is to be done with the members, in their order."""
    return [share.action for share in decided.shares.values()]
