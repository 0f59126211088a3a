"""What the oracle found, by what it counts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import override

from tools.home.table import render

# What is found again within this time is still the same, in seconds.
SAME_WITHIN = 5.0

# As many details of one count as a reader can take in.
SHOWN = 12


class Count(StrEnum):
    """All that must be zero in the end."""

    UNTRUE = "untrue values shown for longer than three intervals"
    UNSERVED = "features not served though a healthy provider exists"
    STRAY = "commands that reached a wrong device"
    NOT_DONE = "commands reported done that were not"
    DONE = "commands reported failed that were done"
    REFUSED = "commands not carried out though the other library is well"
    UNTOLD = "broken libraries that no issue tells of, or issues that stay"
    OVERLOAD = "circuits above their limit for longer than a fleet may take"
    UNSTOPPED = "miners that mine despite an emergency stop, or are not named"
    SETTINGS = "pools, passwords or presets changed"
    ENERGY = "energy lost or invented beyond 1 %"
    BINDINGS = "bindings lost after a restart"
    CRASHES = "unhandled exceptions"
    LOG = "log lines beyond one at each end of a fault"
    TASKS = "tasks that pile up"
    SOCKETS = "sockets that pile up"
    MEMORY = "memory that grows"
    BLIND = "checks that saw too little to fail"


@dataclass
class Finding:
    """One thing that is not as it should be, for as long as it lasted."""

    count: Count
    subject: str
    text: str
    begin: float
    end: float

    @override
    def __str__(self) -> str:
        """Return when it was, where, and what."""
        lasted = self.end - self.begin
        until = f" for {lasted:.0f} s" if lasted >= 1 else ""
        return f"at {self.begin:.0f} s{until}: {self.subject}: {self.text}"


@dataclass
class Findings:
    """All findings of a run."""

    found: list[Finding] = field(default_factory=list)
    _lasting: dict[tuple[Count, str, str], Finding] = field(default_factory=dict)

    def note(
        self, count: Count, subject: str, text: str, at: float, *, key: str = ""
    ) -> None:
        """Keep a finding; one with a key may go on from what was found before."""
        last = self._lasting.get((count, subject, key)) if key else None
        if last is not None and at - last.end <= SAME_WITHIN:
            last.end = at
            return
        finding = Finding(count, subject, text, at, at)
        self.found.append(finding)
        if key:
            self._lasting[count, subject, key] = finding

    def of(self, count: Count) -> list[Finding]:
        """Return all findings of a kind."""
        return [finding for finding in self.found if finding.count is count]

    def table(self) -> str:
        """Return how many findings of each kind there are."""
        rows = [(count.value, str(len(self.of(count)))) for count in Count]
        return render(("what must not be", "count"), rows)

    def details(self, shown: int | None = None) -> str:
        """Return what was found, one finding a line, up to so many of each kind."""
        lines = []
        for count in Count:
            found = self.of(count)
            lines += [f"{count}:"] if found else []
            lines += [f"  {finding}" for finding in found[:shown]]
            if shown is not None and len(found) > shown:
                lines.append(f"  and {len(found) - shown} more")
        return "\n".join(lines)

    @property
    def exit_code(self) -> int:
        """Return 0 only if nothing was found."""
        return 1 if self.found else 0
