"""What is an overload, and what only a peak."""

import pytest

from custom_components.miner_control.domain.overload import OverloadWatch

RATED = 3000.0


def overloads(watch: OverloadWatch, *seen: tuple[float, float | None]) -> list[bool]:
    """Return whether there is an overload after each of some readings in time."""
    result = []
    for at, watts in seen:
        watch.note(watts, at)
        result.append(watch.is_overloaded)
    return result


@pytest.fixture(name="watch")
def watch_fixture() -> OverloadWatch:
    """Return a watch over a rating."""
    return OverloadWatch(RATED)


def test_overload_has_to_last(watch: OverloadWatch) -> None:
    """It is one after ten seconds, and that time is known before."""
    assert overloads(watch, (100, 3001), (105, 3200), (109.9, 3001)) == [False] * 3
    assert watch.next_change() == 110
    assert overloads(watch, (110, 3001)) == [True]
    assert watch.next_change() is None
    assert watch.highest == 3200


def test_peak_is_no_overload(watch: OverloadWatch) -> None:
    """Whatever comes after a moment below begins anew."""
    assert not any(overloads(watch, (0, 3500), (9, 3000), (10, 3500), (19, 3500)))
    assert watch.next_change() == 20


def test_overload_does_not_waver(watch: OverloadWatch) -> None:
    """It is over only when the power is clearly below the rating."""
    seen = overloads(watch, (0, 3100), (10, 3100), (20, 2999), (30, 2851), (40, 2850))
    assert seen == [False, True, True, True, False]
    assert watch.highest == 0


def test_silence_changes_nothing(watch: OverloadWatch) -> None:
    """A meter that is lost says neither that it lasts nor that it is over."""
    assert overloads(watch, (0, 3100), (10, None)) == [False, False]
    assert overloads(watch, (11, 3100), (12, None)) == [True, True]


def test_no_rating_no_overload() -> None:
    """Nothing is watched unless the user gave a rating."""
    watch = OverloadWatch(0)
    assert overloads(watch, (0, 1e6), (100, 1e6)) == [False, False]
    assert watch.next_change() is None
