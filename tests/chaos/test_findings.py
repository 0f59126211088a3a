"""Findings are counted, told and end in an exit code."""

import pytest

from chaos.findings import SHOWN, Count, Findings


def test_nothing_found() -> None:
    """All counts are zero, and that is success."""
    findings = Findings()
    assert findings.exit_code == 0
    assert findings.details() == ""
    assert all(count in findings.table() for count in Count)


@pytest.mark.parametrize("count", Count)
def test_any_finding_is_a_failure(count: Count) -> None:
    """No count is for show."""
    findings = Findings()
    findings.note(count, "m01", "something", 3.0)
    assert findings.exit_code == 1
    assert f"{count}:\n  at 3 s: m01: something" in findings.details()


def test_what_lasts_is_one_finding() -> None:
    """It is another one only after it was over."""
    findings = Findings()
    for at in (1.0, 2.0, 3.0, 20.0):
        findings.note(Count.UNTRUE, "m01", "wrong", at, key="power")
    assert len(findings.of(Count.UNTRUE)) == 2
    assert "at 1 s for 2 s: m01: wrong" in findings.details()


def test_reader_is_not_flooded() -> None:
    """The rest is counted."""
    findings = Findings()
    for at in range(SHOWN + 5):
        findings.note(Count.LOG, "m01", "again", float(at))
    assert "and 5 more" in findings.details(SHOWN)
    assert len(findings.details().splitlines()) == SHOWN + 6
