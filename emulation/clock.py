"""Time and quantities as an emulated device lives them."""

import asyncio
from dataclasses import dataclass
import time


class Clock:
    """A monotonic clock that may run faster than the real one."""

    def __init__(self, scale: float = 1.0) -> None:
        """Start at zero; `scale` is emulated seconds per real second."""
        if scale <= 0:
            msg = f"time scale must be positive, not {scale}"
            raise ValueError(msg)
        self.scale = scale
        self._origin = time.monotonic()

    def now(self) -> float:
        """Return the emulated seconds since the clock was made."""
        return (time.monotonic() - self._origin) * self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait for a number of emulated seconds."""
        await asyncio.sleep(max(0.0, seconds) / self.scale)


@dataclass(slots=True)
class _Leg:
    """One straight line from a value to a target."""

    since: float
    start: float
    target: float
    duration: float

    def at(self, now: float) -> float:
        """Return the value at a time."""
        return self.start + (self.target - self.start) * self._share(now)

    def area(self, now: float) -> float:
        """Return the integral from the leg's beginning to a time."""
        elapsed = max(0.0, now - self.since)
        moving = min(elapsed, self.duration)
        slope = (self.start + self.at(self.since + moving)) / 2 * moving
        return slope + self.target * (elapsed - moving)

    def _share(self, now: float) -> float:
        if now >= self.since + self.duration:
            return 1.0
        return max(0.0, now - self.since) / self.duration


class Ramp:
    """A quantity that moves to its target in a straight line.

    Nothing runs in the background: value and integral are worked out when
    asked for, so hundreds of devices cost nothing while they are left alone.
    """

    def __init__(self, clock: Clock, value: float = 0.0) -> None:
        """Rest at a value."""
        self._clock = clock
        self._leg = _Leg(clock.now(), value, value, 0.0)
        self._past = 0.0

    @property
    def value(self) -> float:
        """Return the value now."""
        return self._leg.at(self._clock.now())

    @property
    def target(self) -> float:
        """Return the value that it moves to or rests at."""
        return self._leg.target

    @property
    def integral(self) -> float:
        """Return the value integrated over all emulated seconds so far."""
        return self._past + self._leg.area(self._clock.now())

    def go(self, target: float, seconds: float = 0.0) -> None:
        """Move from the present value to another one."""
        now = self._clock.now()
        self._past += self._leg.area(now)
        self._leg = _Leg(now, self._leg.at(now), target, max(0.0, seconds))
