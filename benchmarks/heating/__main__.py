"""Let every kind of miner heat the house for a month, and say how well that went.

python -m benchmarks.heating               print the table
python -m benchmarks.heating --plot FILE   draw five days of it as well

Emulated miners listen on ports below 1024, which not everybody may do.
"""

import argparse
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from .keeping import live
from .kinds import KINDS
from .month import DAYS, By, Month

# The size of each plot, and what it shows: days from one on, degrees from one on.
_WIDTH, _HEIGHT, _LEFT = 900, 230, 48
_FROM, _COLDEST = 2, 17
_PER_DAY, _PER_DEGREE = 168, 32
# What each thermostat is called, and drawn in.
_THERMOSTATS: Final = {
    By.OURS: ("this one", "#c2410c"),
    By.GENERIC: ("Home Assistant's generic one", "#2563eb"),
}
_DRAWN: Final = ("levels", "switch")
_HEAD: Final = (
    "| miner | thermostat | mean deviation | overshoot | starts a day | most in a day "
    "| too quick | heat |\n|---|---|---|---|---|---|---|---|"
)

type Months = Mapping[tuple[str, By], Month]


def main() -> None:
    """Heat, print, and draw."""
    parser = argparse.ArgumentParser(prog="benchmarks.heating", description=__doc__)
    parser.add_argument("--days", type=float, default=DAYS, help="how long to heat")
    parser.add_argument("--kind", choices=KINDS, action="append", help="of miners")
    parser.add_argument("--jobs", type=int, default=1, help="months at the same time")
    parser.add_argument("--no-outdoor-sensor", action="store_true")
    parser.add_argument("--plot", type=Path, help="the file of the picture")
    parser.add_argument(
        "--keep", type=Path, help="a folder for what came of each; what is there counts"
    )
    chosen = parser.parse_args()
    todo = list(product(chosen.kind or KINDS, By))
    arguments = [
        (kind, by, number, chosen.days, not chosen.no_outdoor_sensor, chosen.keep)
        for number, (kind, by) in enumerate(todo)
    ]
    print(_HEAD, flush=True)
    months: dict[tuple[str, By], Month] = {}
    # Each in a process of its own: their time is one of the whole process.
    with ProcessPoolExecutor(
        chosen.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        for key, month in zip(todo, pool.map(live, arguments), strict=True):
            months[key] = month
            print(_row(month), flush=True)
    slowest = max(month.decision for month in months.values())
    print(f"A decision takes {slowest * 1e6:.0f} microseconds.")
    if chosen.plot:
        draw(months, chosen.plot)


def _row(month: Month) -> str:
    """Return the row of a month in the table."""
    name, _ = _THERMOSTATS[By(month.by)]
    return (
        f"| {KINDS[month.kind].name} | {name} | {month.deviation:.2f} K "
        f"| {month.overshoot:.2f} K | {month.starts_a_day:.1f} | {month.most_starts} "
        f"| {month.quick} | {month.kilowatt_hours:.0f} kWh |"
    )


def draw(months: Months, file: Path) -> None:
    """Draw five days of a miner that is slowed down, and of one that is not."""
    drawn = [kind for kind in _DRAWN if (kind, By.OURS) in months]
    plots = [_plot(kind, months, place * _HEIGHT) for place, kind in enumerate(drawn)]
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} '
        f'{len(drawn) * _HEIGHT}" font-family="sans-serif" font-size="12">\n'
        "<title>Five days of a room that a miner heats</title>\n"
        f'<rect width="100%" height="100%" fill="white"/>\n{"".join(plots)}</svg>\n',
        encoding="utf-8",
    )


def _plot(kind: str, months: Months, top: float) -> str:
    """Return the picture of the days of one miner, with both thermostats."""
    name = KINDS[kind].name
    parts = [
        f'<text x="{_LEFT}" y="{top + 16}" font-weight="bold">Miner: {name}</text>\n'
    ]
    for degrees in range(_COLDEST, _COLDEST + 6):
        y = top + _HEIGHT - 30 - (degrees - _COLDEST) * _PER_DEGREE
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y}" y2="{y}"'
            ' stroke="#ddd"/>\n'
            f'<text x="4" y="{y + 4}">{degrees} °C</text>\n'
        )
    for number, (by, (label, color)) in enumerate(_THERMOSTATS.items()):
        course = months[kind, by].course
        part = [at for at in course if _FROM <= at[0] < _FROM + 5]
        if by is By.OURS:
            target = ((at[0], at[2]) for at in part)
            parts.append(_line(target, top, "black", 0.8))
        parts.append(_line(((at[0], at[1]) for at in part), top, color, 1.2))
        x = _LEFT + 420 + number * 170
        parts.append(f'<text x="{x}" y="{top + 16}" fill="{color}">{label}</text>\n')
    for day in range(5):
        x = _LEFT + day * _PER_DAY
        parts.append(f'<text x="{x}" y="{top + _HEIGHT - 8}">day {day + 1}</text>\n')
    return "".join(parts)


def _line(
    points: Iterable[tuple[float, float]], top: float, color: str, width: float
) -> str:
    """Return a line through points of days and degrees."""
    placed = " ".join(
        f"{_LEFT + (day - _FROM) * _PER_DAY:.1f},"
        f"{top + _HEIGHT - 30 - (degrees - _COLDEST) * _PER_DEGREE:.1f}"
        for day, degrees in points
    )
    return (
        f'<polyline points="{placed}" fill="none" stroke="{color}"'
        f' stroke-width="{width}"/>\n'
    )


if __name__ == "__main__":
    main()
