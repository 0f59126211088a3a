"""Keep what meters told last: a meter that fails leaves that behind, and its age."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from .meters import Problem, Shown


@dataclass(slots=True)
class Meter:
    """One meter, and what it told last; times are seconds since 1970."""

    reference: str
    since: float
    value: float | None = None
    told_at: float | None = None
    problem: Problem | None = None

    def note(self, shown: Shown) -> None:
        """Note what the meter shows now."""
        self.problem = shown.problem
        if shown.value is not None:
            self.value, self.told_at = shown.value, shown.reported

    def age(self, now: float) -> float:
        """Return for how many seconds it has told nothing."""
        return max(0.0, now - (self.since if self.told_at is None else self.told_at))

    def is_fresh(self, now: float, max_age: float) -> bool:
        """Tell whether it told something lately."""
        if self.problem is not None or self.value is None:
            return False
        return self.age(now) <= max_age

    def is_silent(self, now: float, silence: float) -> bool:
        """Tell whether it has told nothing for too long."""
        return self.age(now) > silence


class Meters:
    """All meters that a fleet goes by."""

    def __init__(self, hass: HomeAssistant, now: float) -> None:
        """Know of none yet, and give each of them time from now on."""
        self._hass = hass
        self._since = now
        self._known: dict[str, Meter] = {}

    def of(self, reference: str) -> Meter:
        """Return a meter by what it is stored as."""
        if reference not in self._known:
            self._known[reference] = Meter(reference, self._since)
        return self._known[reference]

    @property
    def every(self) -> list[Meter]:
        """Return the meters that were looked at."""
        return list(self._known.values())
