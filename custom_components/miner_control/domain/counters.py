"""A meter's own counter of energy, followed through what such counters do.

They leap, they are 0 for one reading, they go back and come back, they start anew at
midnight. What a counter says is believed as far as the power can explain it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

# How many beginnings are remembered to which a counter may come back.
_REMEMBERED: Final = 3
# The share of what the power can have made up to which a counter grew by itself.
_GROWTH: Final = 0.5


@dataclass(slots=True, kw_only=True)
class Explanation:
    """What the power explains, in kWh since the beginning of all.

    `at_most` is what can have been used, `drawn` what was used by the power that was
    measured. `spare` is what any reading may be off by, for counters are coarse.
    """

    at_most: float = 0.0
    drawn: float = 0.0
    spare: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a counter told in kWh when a total had been counted.

    `at_most` and `drawn` are what the power explained until then, `spare` is what was
    left of what a reading may be off by.
    """

    counter: float
    total: float
    at_most: float
    drawn: float
    spare: float

    def explained(self, power: Explanation) -> float:
        """Return what the power can have made of it since then."""
        return power.at_most - self.at_most

    def allowed(self, power: Explanation) -> float:
        """Return by how much the counter can have gone on since then."""
        return min(self.spare, power.spare) + self.explained(power)

    def leads_to(self, counter: float, power: Explanation) -> bool:
        """Tell whether a counter that stood here can stand there now."""
        return 0 <= counter - self.counter <= self.allowed(power)


class CounterTrack:
    """Follow one counter, and tell what it adds to a total."""

    def __init__(
        self, provider_id: str, counter: float, total: float, power: Explanation
    ) -> None:
        """Begin where a counter stands while so much has been counted."""
        self.provider_id = provider_id
        self.mark = _mark(counter, total, power)
        self._former: deque[Mark] = deque(maxlen=_REMEMBERED)
        # Whether others have counted since, and what was heard first after that.
        self._was_away = False
        self._first_heard: float | None = None

    def note_absence(self) -> None:
        """Note that others count, until the counter is heard again."""
        self._was_away, self._first_heard = True, None

    def follow(self, counter: float, total: float, power: Explanation) -> float:
        """Return the total in kWh that a reading makes of another; it never falls."""
        if self._was_away and self._first_heard is None:
            self._first_heard = counter
        if counter == self.mark.counter:
            return total
        base = self._base(counter, power)
        if base is None:
            if self._is_hardly_back(counter, power):
                return total
            return self._begin_anew(counter, total, power)
        counted = base.total + counter - base.counter
        total = max(total, counted)
        if self._was_away and counter == self._first_heard:
            # It may be from before the others counted: its next news are needed, too.
            return total
        self._was_away = False
        left = base.allowed(power) - (counter - base.counter)
        # What was counted too much on the way back is made up for.
        is_back = not self.mark.leads_to(counter, power)
        if base is not self.mark:
            self._former.remove(base)
        if is_back:
            self._former.append(self.mark)
        self.mark = _mark(
            counter, counted if is_back else total, power, min(left, power.spare)
        )
        return total

    def skip(
        self, counter: float, total: float, power: Explanation, *, may_lag: bool
    ) -> float:
        """Go on from a reading while nothing is used, and return the total.

        Shortly after the power was cut, a reading that `may_lag` may tell what was
        used before.
        """
        gain = counter - self.mark.counter
        if gain == 0:
            return total
        if gain < 0:
            self._former.append(self.mark)
        elif may_lag:
            drawn = power.drawn - self.mark.drawn
            total = max(total, self.mark.total + min(gain, drawn))
        self.mark = _mark(counter, total, power)
        return total

    def _base(self, counter: float, power: Explanation) -> Mark | None:
        """Return from where a counter went on, None if it leapt or began anew."""
        mark = self.mark
        back = next((m for m in self._former if m.leads_to(counter, power)), None)
        if not mark.leads_to(counter, power):
            return back
        # It may have grown past where it had been once, or have come back there.
        is_beyond = back is not None and mark.counter < back.counter
        if is_beyond and counter - mark.counter > mark.explained(power) * _GROWTH:
            return back
        return mark

    def _is_hardly_back(self, counter: float, power: Explanation) -> bool:
        """Tell whether a counter went back a little, which is no new beginning."""
        lost = self.mark.counter - counter
        return 0 < lost <= min(self.mark.allowed(power), counter)

    def _begin_anew(self, counter: float, total: float, power: Explanation) -> float:
        """Count what the power says, for what the counter says cannot be."""
        mark = self.mark
        gain = counter - mark.counter if counter > mark.counter else counter
        total = max(total, mark.total + min(gain, power.drawn - mark.drawn))
        self._former.append(mark)
        spare = min(mark.allowed(power), power.spare)
        self.mark = _mark(counter, total, power, spare)
        self._was_away = False
        return total


def _mark(
    counter: float, total: float, power: Explanation, spare: float | None = None
) -> Mark:
    """Return a mark of now."""
    return Mark(
        counter=counter,
        total=total,
        at_most=power.at_most,
        drawn=power.drawn,
        spare=power.spare if spare is None else spare,
    )
