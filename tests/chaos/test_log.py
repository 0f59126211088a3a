"""The log may say what happened, once at each end."""

from datetime import UTC, datetime, timedelta

import pytest

from chaos.chronicle import Chronicle
from chaos.findings import Count, Findings
from chaos.libraries import Breakage
from chaos.log import LogAudit
from chaos.troubles import ORDER, Part
from tools.home.log import Record

START = datetime(2026, 1, 1, tzinfo=UTC)
OURS = "custom_components.miner_control"
FAILED = "Error fetching m01 network data: refused"
BACK = "Fetching m01 network data recovered"


def line(seconds: float, text: str, level: str = "ERROR", logger: str = OURS) -> Record:
    """Return a line of the log."""
    return Record(START + timedelta(seconds=seconds), level, logger, text)


def judged(*records: Record, order: bool = False) -> dict[Count, int]:
    """Return what is found in a log around a fault from 10 to 30 s."""
    findings, chronicle = Findings(), Chronicle("m01")
    chronicle.begin("refuse", Part.API, 10.0).end = 30.0
    if order:
        chronicle.begin(f"{ORDER}stop", Part.BODY, 12.0).end = 20.0
    audit = LogAudit(
        {"m01": chronicle}, findings, lambda time: (time - START).total_seconds()
    )
    audit.judge(records)
    return {count: len(x) for count in Count if (x := findings.of(count))}


def test_one_line_at_each_end() -> None:
    """That is what a log is for."""
    assert judged(line(12, FAILED), line(33, BACK, "INFO")) == {}


def test_second_line() -> None:
    """What was said need not be said again."""
    lines = [line(12, FAILED), line(15, f"{FAILED} again"), line(33, BACK, "INFO")]
    assert judged(*lines) == {Count.LOG: 1}


@pytest.mark.parametrize("seconds", [2, 200])
def test_line_without_a_fault(seconds: float) -> None:
    """Nothing is said in quiet times."""
    assert judged(line(seconds, FAILED)) == {Count.LOG: 1}


def test_line_of_another_miner() -> None:
    """A fault excuses what is said of its own miner alone."""
    assert judged(line(12, FAILED.replace("m01", "m02"))) == {Count.LOG: 1}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([(50, "pyasic-rs")], 0),
        ([(50, "pyasic-rs"), (60, "pyasic-rs")], 1),
        ([(50, "pyasic")], 1),
        ([(5, "pyasic-rs")], 1),
    ],
)
def test_line_about_a_library(lines: list[tuple[float, str]], found: int) -> None:
    """It is told once that one is broken, while it is."""
    findings, broken = Findings(), Breakage("pyasic_rs", 40.0, 90.0)
    audit = LogAudit(
        {}, findings, lambda time: (time - START).total_seconds(), [broken]
    )
    audit.judge(
        line(seconds, f"{name} cannot be used: ImportError") for seconds, name in lines
    )
    assert len(findings.of(Count.LOG)) == found


def test_line_about_a_command() -> None:
    """A command that failed may be told of, where one was given."""
    text = "m01 network did not carry out mining_control: no effect"
    assert judged(line(18, text, "WARNING"), order=True) == {}
    assert judged(line(18, text, "WARNING")) == {Count.LOG: 1}


@pytest.mark.parametrize("what", ["took 0.529 seconds", "is taking over 10 seconds"])
def test_line_about_the_time_that_something_took(what: str) -> None:
    """That depends on how busy the machine is."""
    text = f"Updating state for sensor.m01 (<class '{OURS}.sensor'>) {what}. Report it"
    assert judged(line(2, text, "WARNING", "homeassistant.helpers.entity")) == {}


@pytest.mark.parametrize(
    ("text", "logger"),
    [
        ("Unexpected error\nTraceback (most recent call last):\nKeyError: 1", OURS),
        ("Error doing job\nTraceback:\ncustom_components/miner_control", "asyncio"),
        ("Task exception was never retrieved", "asyncio"),
        ("Unclosed client session", "aiohttp"),
        ("Detected that custom integration 'miner_control' blocks", "homeassistant"),
    ],
)
def test_crash(text: str, logger: str) -> None:
    """No fault excuses an exception that nobody caught."""
    assert judged(line(12, text, logger=logger)) == {Count.CRASHES: 1}


@pytest.mark.parametrize(
    "record",
    [
        line(12, "Timeout while fetching data", logger="homeassistant.components.rest"),
        line(2, "Setup failed: no such package\nTraceback", logger="x"),
        line(2, "m01 network carried out mining_control", "INFO"),
        line(2, "Something else", "WARNING", "homeassistant.core"),
    ],
)
def test_line_that_is_none_of_our_business(record: Record) -> None:
    """Others may say what they want."""
    assert judged(record) == {}


@pytest.mark.parametrize(
    ("at", "found"), [((12,), {}), ((12, 13), {Count.LOG: 1}), ((80,), {Count.LOG: 1})]
)
def test_emergency_stop(at: tuple[float, ...], found: dict[Count, int]) -> None:
    """It is told once for each press of the button."""
    findings = Findings()
    audit = LogAudit(
        {}, findings, lambda time: (time - START).total_seconds(), stops=[11.0]
    )
    audit.judge(line(s, "Emergency stop of A fleet", "WARNING") for s in at)
    assert {count: len(x) for count in Count if (x := findings.of(count))} == found
