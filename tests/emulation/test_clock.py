"""Time and quantities."""

import asyncio
from typing import override

import pytest

from emulation.clock import Clock, Ramp


class HandClock(Clock):
    """A clock that is set by hand."""

    seconds = 0.0

    @override
    def now(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    """Return a clock at zero."""
    return HandClock()


def test_ramp_moves_in_a_straight_line(clock: HandClock) -> None:
    """The value moves evenly and then rests at the target."""
    ramp = Ramp(clock, 10.0)
    ramp.go(20.0, 4.0)
    values = []
    for clock.seconds in (0.0, 1.0, 3.0, 4.0, 9.0):
        values.append(ramp.value)
    assert values == [10.0, 12.5, 17.5, 20.0, 20.0]


def test_ramp_starts_anew_from_where_it_is(clock: HandClock) -> None:
    """A new target is approached from the present value."""
    ramp = Ramp(clock)
    ramp.go(100.0, 10.0)
    clock.seconds = 4.0
    ramp.go(0.0, 8.0)
    clock.seconds = 8.0
    assert ramp.value == pytest.approx(20.0)
    assert ramp.target == 0.0


def test_ramp_without_time_jumps(clock: HandClock) -> None:
    """Without a duration the value changes at once."""
    ramp = Ramp(clock)
    ramp.go(5.0)
    assert ramp.value == 5.0


def test_integral_covers_ramps_and_rests(clock: HandClock) -> None:
    """The integral counts the way and the rest after it."""
    ramp = Ramp(clock)
    ramp.go(10.0, 2.0)  # 10 value-seconds on the way
    clock.seconds = 5.0  # and 30 at rest
    assert ramp.integral == pytest.approx(40.0)
    ramp.go(0.0)
    clock.seconds = 100.0
    assert ramp.integral == pytest.approx(40.0)


def test_integral_of_half_a_ramp(clock: HandClock) -> None:
    """The integral is right in the middle of the way, too."""
    ramp = Ramp(clock)
    ramp.go(10.0, 2.0)
    clock.seconds = 1.0
    assert ramp.integral == pytest.approx(2.5)


async def test_scale_makes_time_run() -> None:
    """Emulated seconds pass faster than real ones."""
    clock = Clock(10_000.0)
    before = clock.now()
    async with asyncio.timeout(30):
        await clock.sleep(1000.0)
    assert clock.now() - before >= 1000.0


def test_scale_must_be_positive() -> None:
    """Time may not stand still or run backwards."""
    with pytest.raises(ValueError, match="positive"):
        Clock(0.0)
