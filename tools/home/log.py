"""What Home Assistant's log says of the integration."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import re
from typing import override

INTEGRATION = "custom_components.miner_control"
ERROR_LEVELS = ("ERROR", "CRITICAL")
BAD_LEVELS = ("WARNING", *ERROR_LEVELS)

# Home Assistant looks for programs that only cameras need, and misses them.
CAMERAS = ("haffmpeg", "homeassistant.components.camera")

# As many errors as a reader can take in.
LAST_ERRORS = 5

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
        """Return the level, the message and, of an exception, its last line."""
        first, *more = self.text.splitlines()
        return " … ".join([f"{self.level} {first}", *more[-1:]])

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
    miner: str
    """The miner's title, by which the integration calls it."""

    def covers(self, record: Record) -> bool:
        """Tell whether a record was written in this time of this miner."""
        return self.begin <= record.time <= self.end and self.miner in record.text


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


def read(path: Path) -> list[Record]:
    """Return the entries of a log file, none if there is no such file."""
    if not path.exists():
        return []
    return list(parse(path.read_text(encoding="utf-8").splitlines()))


def last_errors(path: Path) -> list[Record]:
    """Return what went wrong last."""
    errors = [
        record
        for record in read(path)
        if record.level in ERROR_LEVELS and not record.logger.startswith(CAMERAS)
    ]
    return errors[-LAST_ERRORS:]


def complaints(path: Path, outages: Iterable[Outage]) -> list[Record]:
    """Return what should not be in the log.

    Messages about a miner that cannot be reached are right during an outage;
    crashes and misuse of Home Assistant never are.
    """
    excused = list(outages)
    return [
        record
        for record in read(path)
        if record.level in BAD_LEVELS
        and record.concerns_integration
        and not _is_excused(record, excused)
    ]


def _is_excused(record: Record, outages: list[Outage]) -> bool:
    """Tell whether a record only says that a miner was unreachable."""
    if record.is_crash or record.is_detected_misuse:
        return False
    return any(outage.covers(record) for outage in outages)


def _record(head: re.Match[str], text: list[str]) -> Record:
    """Return a record from its first line and all its text; the log is in UTC."""
    return Record(
        time=datetime.fromisoformat(head["time"]).replace(tzinfo=UTC),
        level=head["level"],
        logger=head["logger"],
        text="\n".join(text),
    )
