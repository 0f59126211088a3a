"""Whether a meter of the grid means by its sign what it is thought to mean.

When miners draw more, more is bought, or less is sold. A meter that shows the opposite
again and again has the other sign.
"""

from dataclasses import dataclass
from typing import Final

# A change of the miners' power in W that is too large to be lost among other loads.
_LEAST: Final = 300.0
# The share of it that the meter has to show to count, one way or the other.
_SHARE: Final = 0.5
# The most that contradicts: more than that is a cloud that comes or goes, which miners
# follow by drawing less or more.
_MOST: Final = 1.5
# For how many seconds two looks can be compared: other loads come and go.
_SPAN: Final = 60.0
# How often in a row the meter has to contradict.
CONTRADICTIONS: Final = 3


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen at a time in seconds: what miners draw, and what is bought."""

    time: float
    own: float
    bought: float


class SignWatch:
    """Compare what miners draw with what the meter makes of it."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._last: _Look | None = None
        self._contradictions = 0

    @property
    def is_wrong(self) -> bool:
        """Tell whether the sign seems to be the other one."""
        return self._contradictions >= CONTRADICTIONS

    def note(self, time: float, own: float | None, bought: float | None) -> None:
        """Note what miners draw and what is bought, in W; None where nobody knows."""
        if own is None or bought is None:
            self._last = None
            return
        look, last = _Look(time, own, bought), self._last
        if last is None or time - last.time > _SPAN:
            self._last = look
            return
        change = own - last.own
        if abs(change) < _LEAST:
            return
        seen = (bought - last.bought) / change
        if abs(seen) < _SHARE:
            return  # The meter may be late.
        self._last = look
        if seen > 0:
            self._contradictions = 0
        elif seen >= -_MOST:
            self._contradictions += 1
