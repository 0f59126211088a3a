"""Whether the fans of a miner have failed, by what is read of them.

Times are seconds on any clock that never goes back.
"""

from dataclasses import dataclass
from typing import Final

# How long fans may stand still, from one reading to another, until they have failed.
STILL_FOR: Final = 120.0
# How long a miner rests to protect itself, before it may try again.
REST: Final = 1800.0


@dataclass(slots=True)
class FanWatch:
    """Tell fans that failed from those that rest, and from none at all.

    What was never seen to turn measures nothing, or is no fan.
    """

    have_turned: bool = False
    have_failed: bool = False
    _still_since: float | None = None
    _failed_at: float | None = None

    def note(self, *, turn: bool | None, works: bool, read_at: float) -> None:
        """Note whether any fan turned, and whether the miner worked, at a time."""
        if turn:
            self.have_turned = True
            self._failed_at = None
        if turn is not False or not works or not self.have_turned:
            self._still_since, self.have_failed = None, False
            return
        if self._still_since is None:
            self._still_since = read_at
        self.have_failed = read_at - self._still_since >= STILL_FOR
        if self.have_failed:
            self._failed_at = read_at

    def must_rest(self, now: float) -> bool:
        """Tell whether the miner has to rest: they failed, and did not turn since."""
        return self._failed_at is not None and now < self._failed_at + REST
