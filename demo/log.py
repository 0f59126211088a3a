"""What Home Assistant's log says of the integration."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import re
from typing import override

INTEGRATION = "custom_components.miner_control"
BAD_LEVELS = ("WARNING", "ERROR", "CRITICAL")

# A time, a level, a (thread), a [logger] and the message.
LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) "
    r"(?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]*)\] (?P<message>.*)"
)

# Home Assistant says this of every custom integration.
USUAL = "We found a custom integration miner_control"


@dataclass(frozen=True)
class Record:
    """One entry of the log, with the lines that follow it."""

    time: datetime
    level: str
    logger: str
    text: str

    @override
    def __str__(self) -> str:
        """Return the level and the first line."""
        first, *more = self.text.splitlines()
        return f"{self.level} {first}{' …' if more else ''}"

    @property
    def concerns_integration(self) -> bool:
        """Tell whether the integration wrote it or is the reason for it."""
        return USUAL not in self.text and (
            self.logger.startswith(INTEGRATION)
            or INTEGRATION in self.text
            or "miner_control" in self.text
        )

    @property
    def is_detected_misuse(self) -> bool:
        """Tell whether Home Assistant caught the integration doing wrong."""
        return "Detected" in self.text

    @property
    def is_crash(self) -> bool:
        """Tell whether an exception was left unhandled."""
        return "Traceback" in self.text


@dataclass(frozen=True)
class Outage:
    """A time in which a miner was unreachable on purpose."""

    begin: datetime
    end: datetime

    def covers(self, record: Record) -> bool:
        """Tell whether a record was written in this time."""
        return self.begin <= record.time <= self.end


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the entries of a log."""
    head: re.Match[str] | None = None
    text: list[str] = []
    for line in lines:
        if found := LINE.match(line):
            if head:
                yield _record(head, text)
            head, text = found, [found["message"]]
        else:
            text.append(line)
    if head:
        yield _record(head, text)


def complaints(path: Path, outages: Iterable[Outage]) -> list[Record]:
    """Return what should not be in the log.

    Messages about a miner that cannot be reached are right during an outage;
    crashes and misuse of Home Assistant never are.
    """
    excused = list(outages)
    with path.open(encoding="utf-8") as lines:
        records = [
            record
            for record in parse(line.rstrip("\n") for line in lines)
            if record.concerns_integration and record.level in BAD_LEVELS
        ]
    return [
        record
        for record in records
        if record.is_crash
        or record.is_detected_misuse
        or not any(outage.covers(record) for outage in excused)
    ]


def _record(head: re.Match[str], text: list[str]) -> Record:
    """Return a record from its first line and all its text; the log is in UTC."""
    return Record(
        time=datetime.fromisoformat(head["time"]).replace(tzinfo=UTC),
        level=head["level"],
        logger=head["logger"],
        text="\n".join(text),
    )
