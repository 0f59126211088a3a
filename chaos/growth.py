"""Whether Home Assistant's tasks, sockets and memory grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import override

from .findings import Count, Findings

# What differs between one quiet moment and another: polls that are under way,
# connections that are kept, and what the allocator keeps for later.
SPARE_TASKS = 8
SPARE_SOCKETS = 8
PER_MINER = 0.3
# For minutes after a start, the caches of Home Assistant fill: 38 MB were seen in four.
SPARE_MEGABYTES = 20.0
MEMORY_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a process holds."""

    tasks: float
    sockets: float
    megabytes: float

    @override
    def __str__(self) -> str:
        """Return it for people."""
        return (
            f"{self.tasks:.0f} tasks, {self.sockets:.0f} sockets, "
            f"{self.megabytes:.0f} MB"
        )


def measure(pid: int, tasks: int) -> Vitals:
    """Return what a process holds, whose tasks somebody else counted."""
    process = Path("/proc") / str(pid)
    sockets = sum(_is_socket(entry) for entry in (process / "fd").iterdir())
    status = (process / "status").read_text(encoding="utf-8")
    kilobytes = next(
        int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")
    )
    return Vitals(tasks, sockets, kilobytes / 1024)


def typical(seen: Sequence[Vitals]) -> Vitals:
    """Return the median of several looks."""
    return Vitals(
        median(one.tasks for one in seen),
        median(one.sockets for one in seen),
        median(one.megabytes for one in seen),
    )


def judge_growth(
    findings: Findings, first: Vitals, last: Vitals, miners: int, time: float
) -> None:
    """Find fault with what grew beyond what one moment differs from another."""
    spare = PER_MINER * miners
    bounds = (
        (Count.TASKS, first.tasks, last.tasks, SPARE_TASKS + spare),
        (Count.SOCKETS, first.sockets, last.sockets, SPARE_SOCKETS + spare),
        (
            Count.MEMORY,
            first.megabytes,
            last.megabytes,
            SPARE_MEGABYTES + MEMORY_SHARE * first.megabytes,
        ),
    )
    for count, before, now, more in bounds:
        if now > before + more:
            text = f"from {before:.0f} to {now:.0f}"
            findings.note(count, "Home Assistant", text, time)


def _is_socket(entry: Path) -> bool:
    """Tell whether an open file is a socket; it may be closed by now."""
    try:
        return str(entry.readlink()).startswith("socket:")
    except OSError:
        return False
