"""A meter whose sign is the other one gives itself away."""

import pytest

from custom_components.miner_control.domain.grid_sign import SignWatch


def watched(factor: float, steps: int = 4, *, seconds: float = 20) -> SignWatch:
    """Return a watch that has seen miners go up and down by 1000 W."""
    watch = SignWatch()
    for number in range(steps):
        own = 1000.0 * (number % 2)
        watch.note(number * seconds, own, 500 + factor * own)
    return watch


def test_meter_that_follows_is_right() -> None:
    """More that is drawn is more that is bought."""
    assert not watched(1.0, 20).is_wrong


def test_meter_that_contradicts_is_wrong() -> None:
    """After three times, not before."""
    assert not watched(-1.0, 3).is_wrong
    assert watched(-1.0, 4).is_wrong


@pytest.mark.parametrize("factor", [0.0, 0.4, -0.4])
def test_meter_that_lags_says_nothing(factor: float) -> None:
    """What is lost among other loads counts neither way."""
    assert not watched(factor, 20).is_wrong


def test_clouds_are_no_wrong_sign() -> None:
    """The sun changes by more than the miners that follow it."""
    assert not watched(-2.0, 20).is_wrong


def test_looks_that_are_far_apart_are_not_compared() -> None:
    """Other loads come and go meanwhile."""
    assert not watched(-1.0, 20, seconds=61).is_wrong


def test_small_changes_do_not_count() -> None:
    """A change below 300 W may be anything."""
    watch = SignWatch()
    for number in range(10):
        watch.note(number * 10, 100.0 * (number % 2), -100.0 * (number % 2))
    assert not watch.is_wrong


def test_gap_is_no_change() -> None:
    """What is not known is not compared."""
    watch = SignWatch()
    for number in range(9):
        known = number % 2 == 0
        watch.note(number * 10, 1000.0 * number if known else None, -1000.0 * number)
    assert not watch.is_wrong


def test_sign_is_forgiven_when_the_meter_follows() -> None:
    """It was another load after all, or the user turned the meter around."""
    watch = watched(-1.0, 4)
    watch.note(70, 0.0, 0.0)
    watch.note(80, 1000.0, 1000.0)
    watch.note(90, 0.0, 0.0)
    assert not watch.is_wrong
