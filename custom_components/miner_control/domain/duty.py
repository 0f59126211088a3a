"""Mine for a share of the time, where no setting draws as little as is asked.

Times are seconds on any clock that never goes back.
"""

from dataclasses import dataclass
from typing import Final

# A share that would need a longer turn than this is no share worth a start.
LONGEST_TURN: Final = 86_400.0


@dataclass(slots=True)
class Duty:
    """Mine and rest in turn, neither for less than its least time.

    It goes on since `since`, which is when the present phase began; None while it does
    not go on.
    """

    minimum_on: float
    minimum_off: float
    is_on: bool = True
    since: float | None = None

    def phases(self, share: float) -> tuple[float, float]:
        """Return for how long it mines and rests in turn, to mine for a share."""
        if share >= 1:
            return LONGEST_TURN, 0.0
        if share <= 0 or self.minimum_on / share > LONGEST_TURN:
            return 0.0, LONGEST_TURN
        turn = max(self.minimum_on / share, self.minimum_off / (1 - share))
        turn = min(turn, LONGEST_TURN)
        return turn * share, turn * (1 - share)

    def changes_at(self, share: float) -> float | None:
        """Return when the present phase ends; None while nothing goes on."""
        if self.since is None:
            return None
        on, off = self.phases(share)
        least = self.minimum_on if self.is_on else self.minimum_off
        return self.since + max(on if self.is_on else off, least)

    def shall_change(self, share: float, now: float) -> bool:
        """Tell whether the present phase has lasted long enough."""
        on, off = self.phases(share)
        follows = off if self.is_on else on
        ends_at = self.changes_at(share)
        return ends_at is not None and follows > 0 and now >= ends_at
