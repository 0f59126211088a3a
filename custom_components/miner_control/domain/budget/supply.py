"""How much power the sources allow, combined and smoothed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, inf, isnan

from .circuits import HAIR
from .memory import Memory
from .model import Settings, Source, SourceKind

# What counts for all members, for those as well that the fleet cannot control.
_OF_ALL = (SourceKind.BUDGET, SourceKind.HEATING)
# After such a gap in seconds, what was smoothed before is too old to go on from.
_GAP = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What all members may draw together.

    `now` decides what is lowered, `lasting` what is raised and started. `firm` is what
    no source may wait for. `stale` is a source that told nothing new, `silent` one that
    has told nothing for too long.
    """

    now: float = inf
    lasting: float = inf
    firm: float = inf
    binding: Source | None = None
    stale: Source | None = None
    silent: Source | None = None

    @property
    def is_surplus(self) -> bool:
        """Tell whether it may be exceeded for a while: a surplus comes and goes."""
        return self.binding is not None and self.binding.kind is SourceKind.SURPLUS

    def may_wait(self, told: float) -> bool:
        """Tell whether members may stay at what they were told together for a while."""
        return bool(self.binding and self.binding.may_wait) and told <= self.firm + HAIR


def combine(
    sources: Sequence[Source],
    own: float,
    others: float,
    memory: Memory,
    settings: Settings,
    now: float,
) -> tuple[Supply, Memory]:
    """Return what the members may draw, and the memory with the smoothed surplus.

    `own` is what the members draw that the fleet can control: it is part of the
    surplus. `others` is what those may draw that it cannot: it is part of the budget,
    and of the heat that a room needs.
    """
    supply = Supply(
        stale=next((s for s in sources if not _is_heard(s) and not s.silent), None),
        silent=next((s for s in sources if s.silent), None),
    )
    for source in sources:
        if not _is_heard(source):
            continue
        watts = lasting = source.watts or 0.0
        if source.kind is SourceKind.SURPLUS:
            memory = _smooth(memory, watts + own, settings, now)
            watts, lasting = memory.quick or 0.0, memory.slow or 0.0
        elif source.kind in _OF_ALL:
            watts = lasting = watts - others
        if not source.may_wait:
            supply = replace(supply, firm=min(supply.firm, watts))
        if watts < supply.now:
            supply = replace(supply, now=watts, binding=source)
        supply = replace(supply, lasting=min(supply.lasting, supply.now, lasting))
    return supply, memory


def _is_heard(source: Source) -> bool:
    """Tell whether a source told lately what can be understood."""
    if not source.fresh or source.silent or source.watts is None:
        return False
    return not isnan(source.watts)


def _smooth(memory: Memory, watts: float, settings: Settings, now: float) -> Memory:
    """Return a memory in which a surplus has been noted."""
    last = memory.smoothed_at
    if last is None or now - last > _GAP:
        return replace(memory, quick=watts, slow=watts, smoothed_at=now)
    elapsed = max(0.0, now - last)
    return replace(
        memory,
        quick=_towards(memory.quick, watts, elapsed, settings.quick),
        slow=_towards(memory.slow, watts, elapsed, settings.slow),
        smoothed_at=now,
    )


def _towards(old: float | None, new: float, elapsed: float, seconds: float) -> float:
    """Return a value that follows another one within some seconds."""
    if old is None or seconds <= 0:
        return new
    return new + (old - new) * exp(-elapsed / seconds)
