"""A time of its own, which all of the process shares while it reigns."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
import sys
import threading
import time
from typing import Any, Final, Self, override

from homeassistant.util import dt as dt_util

# The real ones, as is `datetime` here, whatever reigns.
_MONOTONIC: Final = time.monotonic
_TIME: Final = time.time

# How much later it is at each look: no two things happen at the same time, as code may
# expect that compares the moments of two of them.
LOOK: Final = 1e-6


class HurriedTime:
    """A time that goes on when it is told to."""

    def __init__(self, begin: datetime) -> None:
        """Start at a moment, which needs a time zone."""
        self._begin = begin.timestamp()
        self._passed = 0.0
        self._thread = threading.get_ident()

    @property
    def passed(self) -> float:
        """Return the seconds since the beginning."""
        return self._passed

    def leap(self, seconds: float) -> None:
        """Let some seconds pass at once, and a little more than can be told apart."""
        self._passed += seconds + LOOK

    def monotonic(self) -> float:
        """Return what `time.monotonic` would."""
        return self._look()

    def time(self) -> float:
        """Return what `time.time` would."""
        return self._begin + self._look()

    def utcnow(self) -> datetime:
        """Return what Home Assistant's `utcnow` would."""
        return datetime.fromtimestamp(self.time(), UTC)

    def _look(self) -> float:
        """Return the seconds since the beginning, a little later each time.

        Only the thread of the loop makes it later: others would do so by chance.
        """
        if threading.get_ident() == self._thread:
            self._passed += LOOK
        return self._passed

    @contextmanager
    def reign(self) -> Iterator[Self]:
        """Be the time for everybody, modules included that were imported before."""
        pairs = {
            _MONOTONIC: self.monotonic,
            _TIME: self.time,
            dt_util.utcnow: self.utcnow,
            datetime: _datetime_at(self.time),
        }
        _exchange(pairs)
        try:
            yield self
        finally:
            _exchange({ours: theirs for theirs, ours in pairs.items()})


def _exchange(pairs: Mapping[Any, Any]) -> None:
    """Put some things in the place of others, in all modules but this one."""
    replacing = {id(old): new for old, new in pairs.items()}
    for name, module in list(sys.modules.items()):
        if name != __name__:
            content = getattr(module, "__dict__", {})
            for key, value in list(content.items()):
                if id(value) in replacing:
                    content[key] = replacing[id(value)]


def _datetime_at(clock: Callable[[], float]) -> type[datetime]:
    """Return a class that stands for `datetime`, and reads the time from a clock.

    It makes real ones, and takes them for its own.
    """

    class Meta(type):
        @override
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

        @override
        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, datetime)

    class Hurried(datetime, metaclass=Meta):
        def __new__(cls, *args: Any, **named: Any) -> Any:
            return datetime(*args, **named)  # noqa: DTZ001 - it may say one

        @override
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(clock(), tz)

        @override
        @classmethod
        def utcnow(cls) -> Any:
            return datetime.fromtimestamp(clock(), UTC).replace(tzinfo=None)

    return Hurried
