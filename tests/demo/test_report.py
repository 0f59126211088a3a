"""The results of a check."""

import pytest

from demo.report import Report


def test_all_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """A check that saw everything succeeds."""
    report = Report()
    report.note("the sun", seen=True, detail="up")

    assert report.close() == 0
    assert "PASS  the sun: up" in capsys.readouterr().out


def test_something_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """A check that missed something fails and says what."""
    report = Report()
    report.note("the sun", seen=True, detail="up")
    report.note("the moon", seen=False, detail="behind a cloud")

    assert report.close() == 1
    output = capsys.readouterr().out
    assert "FAIL  the moon: behind a cloud" in output
    assert "  - the moon" in output


def test_nothing_looked_at() -> None:
    """A check that looked at nothing has not succeeded."""
    assert Report().close() == 1


def test_skipped_step_counts_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What was not tried was neither seen nor missed."""
    report = Report()
    report.skip("a miner", reason="has no power limit")

    assert capsys.readouterr().out == "SKIP  a miner: has no power limit\n"
    assert (report.passed, report.missing) == (0, [])
