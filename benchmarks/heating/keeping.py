"""Months that were lived through are kept, and not lived through again.

It stands apart since a process that is begun anew imports no program's main module.
"""

from dataclasses import asdict
import json
from pathlib import Path

from .kinds import KINDS
from .month import By, Month, heat


def live(arguments: tuple[str, By, int, float, bool, Path | None]) -> Month:
    """Return a month that was kept, or heat for one."""
    kind, by, number, days, has_outdoor_sensor, folder = arguments
    file = folder / f"{kind}-{by}.json" if folder else None
    if file and file.exists():
        return Month(**json.loads(file.read_text(encoding="utf-8")))
    month = heat(
        KINDS[kind],
        by,
        f"127.0.161.{number + 1}",
        days=days,
        has_outdoor_sensor=has_outdoor_sensor,
    )
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(month)), encoding="utf-8")
    return month
