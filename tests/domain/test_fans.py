"""Fans that failed are told from those that rest, and from none."""

from custom_components.miner_control.domain.fans import REST, STILL_FOR, FanWatch


def watch(*readings: tuple[float, bool | None, bool]) -> FanWatch:
    """Return a watch that was told when fans turned, and whether the miner worked."""
    found = FanWatch()
    for read_at, turn, works in readings:
        found.note(turn=turn, works=works, read_at=read_at)
    return found


def test_fans_that_stand_still_have_failed() -> None:
    """Not at once, and not by one reading that is looked at again and again."""
    once = (10.0, False, True)
    assert not watch((0, True, True), once, once, once).have_failed
    assert not watch((0, True, True), once, (9 + STILL_FOR, False, True)).have_failed
    assert watch((0, True, True), once, (10 + STILL_FOR, False, True)).have_failed


def test_fans_that_were_never_seen_to_turn() -> None:
    """They measure nothing, or are none."""
    for turn in (False, None):
        assert not watch((0, turn, True), (9999, turn, True)).have_failed


def test_fans_of_a_miner_that_rests() -> None:
    """They may rest as well; what counts is how long they stood still at work."""
    assert not watch(
        (0, True, True), (10, False, False), (999, False, False)
    ).have_failed
    found = watch((0, True, True), (10, False, False), (999, False, True))
    assert not found.have_failed
    found.note(turn=False, works=True, read_at=999 + STILL_FOR)
    assert found.have_failed


def test_rest() -> None:
    """It ends when a fan turns, and else by itself."""
    failed = 10 + STILL_FOR
    found = watch((0, True, True), (10, False, True), (failed, False, True))
    found.note(turn=False, works=False, read_at=failed + 30)
    assert not found.have_failed
    assert found.must_rest(failed + REST - 1)
    assert not found.must_rest(failed + REST)
    found.note(turn=None, works=False, read_at=failed + 60)
    assert found.must_rest(failed + 61)
    found.note(turn=True, works=False, read_at=failed + 90)
    assert not found.must_rest(failed + 91)
