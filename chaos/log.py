"""What Home Assistant's log may say, and what is too much of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import re

from tools.home.log import BAD_LEVELS, Record

from .chronicle import Chronicle
from .findings import Count, Findings
from .libraries import Breakage, breakage_at
from .troubles import SLACK, Part, Trouble

# The plugs are entities of this component, and it may complain about them.
PLUGS = "homeassistant.components.rest"
NAME = re.compile(r"\bm\d\d\b", re.IGNORECASE)
# How long something takes depends on how busy the machine is; `scripts/bench` tells.
SLOW = re.compile(r"\btook [\d.]+ seconds|\bis taking (over|longer than) ")
STOP = re.compile(r"Emergency stop of ")
LIBRARY = re.compile(r"(?P<library>\S+) cannot be used: ")
# How late a press of the emergency stop may be told on a busy machine.
STOP_WITHIN = 30.0
LOST = ("was never retrieved", "was never awaited", "Unclosed", "Error doing job")


class Line(StrEnum):
    """The lines that a fault may cause: one of each, for each controller."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    COMMAND = "command"
    STOP = "stop"


@dataclass
class LogAudit:
    """Judge the lines of a log by what happened to the miners."""

    chronicles: Mapping[str, Chronicle]
    findings: Findings
    # The time of the run at a time of the log.
    run_time: Callable[[datetime], float]
    breakages: Sequence[Breakage] = ()
    # When the emergency stop of the fleet was pressed.
    stops: Sequence[float] = ()

    def judge(self, records: Iterable[Record]) -> None:
        """Find fault with exceptions, and with lines that nobody needs."""
        said: Counter[tuple[int, str, Line]] = Counter()
        for record in records:
            time = self.run_time(record.time)
            if is_crash(record):
                self._note(Count.CRASHES, record, time)
            elif (kind := kind_of(record)) is not None:
                self._count(record, kind, time, said)

    def _count(
        self,
        record: Record,
        kind: Line,
        time: float,
        said: Counter[tuple[int, str, Line]],
    ) -> None:
        """Count a line for the trouble that caused it, if there is one."""
        if kind is Line.STOP:
            self._count_stop(record, time, said)
            return
        if (told := LIBRARY.match(record.text)) and not NAME.search(record.text):
            self._count_library(record, told["library"], time, said)
            return
        found = NAME.search(record.text)
        chronicle = self.chronicles.get(found[0].lower()) if found else None
        trouble = _cause(chronicle, kind, time) if chronicle else None
        if trouble is None:
            self._note(Count.LOG, record, time)
            return
        key = (id(trouble), _speaker(record), kind)
        said[key] += 1
        if said[key] > 1:
            self._note(
                Count.LOG, record, time, f" (line {said[key]} of {trouble.kind})"
            )

    def _count_stop(
        self, record: Record, time: float, said: Counter[tuple[int, str, Line]]
    ) -> None:
        """Count a line about an emergency stop for the press of its button."""
        pressed = [at for at in self.stops if at - SLACK <= time <= at + STOP_WITHIN]
        key = (int(max(pressed, default=0.0)), "", Line.STOP)
        said[key] += 1
        if not pressed or said[key] > 1:
            self._note(Count.LOG, record, time)

    def _count_library(
        self,
        record: Record,
        library: str,
        time: float,
        said: Counter[tuple[int, str, Line]],
    ) -> None:
        """Count a line about a library for the time in which it is broken."""
        broken = breakage_at(self.breakages, time)
        key = (id(broken), library, Line.FAILURE)
        said[key] += 1
        if broken is None or broken.library != library or said[key] > 1:
            self._note(Count.LOG, record, time)

    def _note(self, count: Count, record: Record, time: float, more: str = "") -> None:
        """Keep a line as a finding."""
        found = NAME.search(record.text)
        subject = found[0].lower() if found else "log"
        self.findings.note(count, subject, f"{record}{more}", time)


def is_crash(record: Record) -> bool:
    """Tell whether an exception was left unhandled, or something was not tidied up.

    Parts of Home Assistant that nobody needs here miss packages and programs.
    """
    if record.concerns_integration and (record.is_crash or record.is_detected_misuse):
        return True
    if record.logger.startswith(PLUGS):
        return False
    return any(text in record.text for text in LOST)


def kind_of(record: Record) -> Line | None:
    """Return what a line is about; None for those that nobody has to excuse."""
    if not record.concerns_integration or SLOW.search(record.text):
        return None
    if STOP.match(record.text):
        return Line.STOP
    if "did not carry out" in record.text or "without a stop" in record.text:
        return Line.COMMAND
    if "recovered" in record.text:
        return Line.RECOVERY
    return Line.FAILURE if record.level in BAD_LEVELS else None


def _speaker(record: Record) -> str:
    """Return the beginning of a line up to what went wrong: it names who speaks."""
    return record.text.split(":")[0]


def _cause(chronicle: Chronicle, kind: Line, time: float) -> Trouble | None:
    """Return the trouble that a line tells of: the last one that began before it."""
    parts = Part.BODY if kind is Line.COMMAND else ~Part.NONE
    causes = [
        trouble
        for trouble in chronicle.troubles
        if trouble.parts & parts
        and trouble.begin - SLACK <= time <= trouble.recovered_by
    ]
    return max(causes, key=lambda trouble: trouble.begin, default=None)
