"""A loop that leaps to the next timer when there is nothing else to do."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime
import fcntl
import random
import selectors
import sys
from typing import Any, Final, override

from .time import HurriedTime

# A week in spring that begins with a Monday.
BEGIN: Final = datetime(2025, 4, 21, tzinfo=UTC)
# Real seconds in which what was sent arrives. On loopback it is there when its sender
# returns, but for rare exceptions.
_ARRIVAL: Final = 0.001
# Real seconds between looks while a thread is at work, or something is on its way.
_PATIENCE: Final = 0.005
# How many looks are worth while: a port that swallows packets never takes a connection,
# and whoever tries has to find that out by the time that passes.
_LOOKS: Final = 20
# How many bytes of a connection were not sent yet: Linux holds a small message back
# until the one before has been confirmed.
_SIOCOUTQNSD: Final = 0x894B


class _Selector(selectors.EpollSelector):
    """Waits for sockets; where it would wait for a timer, the time leaps."""

    def __init__(self, time: HurriedTime) -> None:
        """Move this time on."""
        super().__init__()
        # How many threads do something that the loop waits for.
        self.at_work = 0
        self._time = time
        self._is_quiet = True
        self._connections: set[int] = set()
        # What waits until it can write, and how often that was looked for in vain.
        self._writers: dict[int, int] = {}

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready; leap if that is nothing, and nothing is on its way."""
        events = super().select(0)
        if not events and timeout != 0:
            if timeout is None or self.at_work:
                events = super().select(_PATIENCE if self.at_work else None)
            elif not (events := self._arriving()):
                self._time.leap(timeout)
        if events:
            self._is_quiet = False
        return events

    def _arriving(self) -> list[Any]:
        """Return what arrives of all that may be on its way."""
        for writer in tuple(self._writers):
            while self._writers[writer] < _LOOKS:
                self._writers[writer] += 1
                if events := super().select(_PATIENCE):
                    return events
        for _ in range(_LOOKS):
            if not any(map(_unsent, self._connections)):
                break
            if events := super().select(_PATIENCE):
                return events
        arrival, self._is_quiet = (0 if self._is_quiet else _ARRIVAL), True
        return super().select(arrival)

    @override
    def register(
        self, fileobj: Any, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        """Watch a socket."""
        key = super().register(fileobj, events, data)
        self._note(key)
        if _unsent(key.fd) is not None:
            self._connections.add(key.fd)
        return key

    @override
    def modify(
        self, fileobj: Any, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        """Watch a socket for something else."""
        key = super().modify(fileobj, events, data)
        self._note(key)
        return key

    @override
    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch a socket no more."""
        key = super().unregister(fileobj)
        self._is_quiet = False
        self._writers.pop(key.fd, None)
        self._connections.discard(key.fd)
        return key

    def _note(self, key: selectors.SelectorKey) -> None:
        """Take note of what waits until it can write."""
        self._is_quiet = False
        self._writers.pop(key.fd, None)
        if key.events & selectors.EVENT_WRITE:
            self._writers[key.fd] = 0


def _unsent(descriptor: int) -> int | None:
    """Return how many bytes are still to be sent, None for what is no connection."""
    try:
        answer = fcntl.ioctl(descriptor, _SIOCOUTQNSD, bytes(4))
    except OSError:
        return None
    return int.from_bytes(answer, sys.byteorder)


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop that lives in a time of its own; threads are waited for."""

    def __init__(self, time: HurriedTime) -> None:
        """Live in this time."""
        self._waiting = _Selector(time)
        self._time = time
        super().__init__(self._waiting)

    @override
    def time(self) -> float:
        """Return the time by which timers go."""
        return self._time.passed

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run something in a thread; no time passes until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._waiting.at_work += 1
        future.add_done_callback(self._done)
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """End the threads, which takes no time."""
        self._waiting.at_work += 1
        await super().shutdown_default_executor(timeout)
        self._waiting.at_work -= 1

    def _done(self, _: asyncio.Future[Any]) -> None:
        """Take note that a thread is done."""
        self._waiting.at_work -= 1


def hurry[T](
    main: Callable[[], Coroutine[Any, Any, T]],
    *,
    begin: datetime = BEGIN,
    seed: int = 1,
) -> T:
    """Run something in hurried time, and return what it gives."""
    # Home Assistant spreads polls by chance, which is the same chance each time.
    random.seed(seed)
    time = HurriedTime(begin)
    with (
        time.reign(),
        asyncio.Runner(loop_factory=lambda: HurriedLoop(time)) as runner,
    ):
        return runner.run(main())
