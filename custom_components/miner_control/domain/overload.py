"""Whether more power is drawn than something is rated for.

Time is a number of seconds on any clock that never goes back.
"""

# How long the power has to be above the rating, so that a peak is no overload.
PERSISTENCE = 10.0
# Below this share of the rating an overload is over.
RELIEF_SHARE = 0.95


class OverloadWatch:
    """Tell an overload from a peak, and do not waver at the limit."""

    def __init__(self, rated_watts: float) -> None:
        """Watch a rating in W; 0 stands for none."""
        self._rated = rated_watts
        self._above_since: float | None = None
        self.is_overloaded = False
        self.highest = 0.0

    def note(self, watts: float | None, now: float) -> None:
        """Note the power that is drawn now; None, if nobody knows, changes nothing."""
        if not self._rated or watts is None:
            return
        if watts > self._rated:
            self._note_excess(watts, now)
            return
        self._above_since = None
        if watts <= self._rated * RELIEF_SHARE:
            self.is_overloaded = False
            self.highest = 0.0

    def next_change(self) -> float | None:
        """Return when time alone makes an overload of what is above the rating."""
        if self._above_since is None or self.is_overloaded:
            return None
        return self._above_since + PERSISTENCE

    def _note_excess(self, watts: float, now: float) -> None:
        """Note that too much is drawn, and for how long already."""
        if self._above_since is None:
            self._above_since = now
        self.highest = max(self.highest, watts)
        if now - self._above_since >= PERSISTENCE:
            self.is_overloaded = True
