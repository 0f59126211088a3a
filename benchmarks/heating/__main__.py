"""Let every kind of miner heat the house for a month, and say how well that went.

python -m benchmarks.heating               print the table
python -m benchmarks.heating --plot FILE   draw five days of it as well
"""

import argparse
from pathlib import Path

from .house import DAY
from .miners import miners
from .month import GenericThermostat, Month, OurThermostat, heat

# The size of each plot, and what it shows: days from one on, degrees from one on.
_WIDTH, _HEIGHT, _LEFT = 900, 230, 48
_FROM, _COLDEST = 10, 17
_PER_DAY, _PER_DEGREE = 168, 32
_LABELS = {"this thermostat": "#c2410c", "two points": "#2563eb"}
_HEAD = (
    "| miner | thermostat | mean deviation | overshoot | starts a day | most in a day "
    "| heat |\n|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Heat, print, and draw."""
    parser = argparse.ArgumentParser(prog="benchmarks.heating", description=__doc__)
    parser.add_argument("--plot", type=Path, help="the file of the picture")
    chosen = parser.parse_args()
    print(_HEAD)
    drawn: dict[str, tuple[Month, Month]] = {}
    slowest = 0.0
    for number, miner in enumerate(miners()):
        ours = heat(miner, OurThermostat)
        theirs = heat(miners()[number], GenericThermostat)
        for name, month in (("this one", ours), ("two points", theirs)):
            print(
                f"| {month.name} | {name} | {month.deviation:.2f} K "
                f"| {month.overshoot:.2f} K | {month.starts_a_day:.1f} "
                f"| {month.most_starts} | {month.kilowatt_hours:.0f} kWh |"
            )
        slowest = max(slowest, ours.decision)
        drawn[miner.name] = ours, theirs
    print(f"A decision takes {slowest * 1e6:.0f} microseconds.")
    if chosen.plot:
        draw(drawn, chosen.plot)


def draw(months: dict[str, tuple[Month, Month]], file: Path) -> None:
    """Draw five days of a miner that is slowed down, and of one that is not."""
    names = list(months)
    plots = [
        _plot(name, months[name], top)
        for name, top in ((names[0], 0), (names[-1], _HEIGHT))
    ]
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {2 * _HEIGHT}"'
        ' font-family="sans-serif" font-size="12">\n'
        "<title>Five days of a room that a miner heats</title>\n"
        f'<rect width="100%" height="100%" fill="white"/>\n{"".join(plots)}</svg>\n',
        encoding="utf-8",
    )


def _plot(name: str, months: tuple[Month, Month], top: float) -> str:
    """Return the picture of the days of one miner, with both thermostats."""

    def line(points: list[tuple[float, float]], color: str, width: float) -> str:
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
    for number, (month, (label, color)) in enumerate(
        zip(months, _LABELS.items(), strict=True)
    ):
        part = [at for at in month.course if _FROM * DAY <= at[0] < (_FROM + 5) * DAY]
        if number == 0:
            target = [(at[0] / DAY, at[2]) for at in part]
            parts.append(line(target, "black", 0.8))
        parts.append(line([(at[0] / DAY, at[1]) for at in part], color, 1.2))
        x = _LEFT + 380 + number * 170
        parts.append(f'<text x="{x}" y="{top + 16}" fill="{color}">{label}</text>\n')
    for day in range(5):
        x = _LEFT + day * _PER_DAY
        parts.append(f'<text x="{x}" y="{top + _HEIGHT - 8}">day {day + 1}</text>\n')
    return "".join(parts)


if __name__ == "__main__":
    main()
