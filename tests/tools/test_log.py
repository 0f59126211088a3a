"""What is read out of Home Assistant's log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.home.log import Outage, complaints, last_errors, parse

LOGGER = "custom_components.miner_control"
NOON = datetime(2026, 10, 21, 12, 0, tzinfo=UTC)
OUTAGE = Outage(
    NOON - timedelta(minutes=1), NOON + timedelta(minutes=1), "BitAxe Gamma"
)


def line(message: str, *, level: str = "WARNING", logger: str = LOGGER) -> str:
    """Return a line as Home Assistant writes it at noon."""
    return f"2026-10-21 12:00:00.000 {level} (MainThread) [{logger}] {message}"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the path of a log."""
    return tmp_path / "home-assistant.log"


def test_record_holds_the_lines_that_follow() -> None:
    """A traceback belongs to the line before it."""
    first, second = parse([line("one"), "Traceback", "  more", line("two")])

    assert first.text == "one\nTraceback\n  more"
    assert first.level == "WARNING"
    assert first.logger == LOGGER
    assert first.time == NOON
    assert second.text == "two"


def test_lines_before_the_first_record_are_ignored() -> None:
    """A log that begins in the middle is read from its first record on."""
    assert [record.text for record in parse(["half a line", line("one")])] == ["one"]


@pytest.mark.parametrize(
    "text",
    [
        line("it broke"),
        line("it broke", level="ERROR"),
        line("Detected blocking call by miner_control", logger="homeassistant.util"),
        line("Error doing job\nTraceback\n  custom_components/miner_control/x.py"),
    ],
)
def test_complaint(log: Path, text: str) -> None:
    """Warnings and worse that concern the integration are complaints."""
    log.write_text(text, encoding="utf-8")

    assert len(complaints(log, [])) == 1


@pytest.mark.parametrize(
    "text",
    [
        line("all is well", level="INFO"),
        line("somebody else broke", logger="homeassistant.components.rest"),
        line(
            "We found a custom integration miner_control which has not been tested",
            logger="homeassistant.loader",
        ),
    ],
)
def test_no_complaint(log: Path, text: str) -> None:
    """What is usual, harmless or somebody else's is none."""
    log.write_text(text, encoding="utf-8")

    assert complaints(log, []) == []


def test_outage_excuses_messages_but_no_crash(log: Path) -> None:
    """While a miner is away on purpose, messages are right and crashes are not."""
    lines = [
        line("BitAxe Gamma is unreachable"),
        line("BitAxe Gamma: Error doing job\nTraceback"),
        line("Detected blocking call of BitAxe Gamma"),
        line("WhatsMiner M30S++ is unreachable"),
    ]
    log.write_text("\n".join(lines), encoding="utf-8")

    texts = [record.text for record in complaints(log, [OUTAGE])]

    assert texts == [
        "BitAxe Gamma: Error doing job\nTraceback",
        "Detected blocking call of BitAxe Gamma",
        "WhatsMiner M30S++ is unreachable",
    ]


def test_outage_excuses_nothing_before_and_after(log: Path) -> None:
    """Only what was written in its time is right."""
    log.write_text(line("BitAxe Gamma is unreachable"), encoding="utf-8")
    later = Outage(OUTAGE.end, OUTAGE.end, OUTAGE.miner)

    assert len(complaints(log, [later])) == 1


def test_last_errors(log: Path) -> None:
    """Of what went wrong the end is told, whoever wrote it."""
    lines = [line(str(n), level="ERROR", logger="homeassistant") for n in range(9)]
    camera = line("no libturbojpeg", level="ERROR", logger="haffmpeg.core")
    log.write_text("\n".join([*lines, camera, line("a warning")]), encoding="utf-8")

    assert [record.text for record in last_errors(log)] == ["4", "5", "6", "7", "8"]


def test_log_that_was_never_written(log: Path) -> None:
    """Where Home Assistant did not start, its log tells nothing."""
    assert last_errors(log) == []
