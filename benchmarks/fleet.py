"""What a fleet costs, and what it makes of a week of surplus."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from .allocation import CROWDING, measure_allocation
from .devices import ROOT
from .report import replace_figures
from .week.drivers import automations, fleet
from .week.picture import draw
from .week.report import as_table
from .week.run import Week, live
from .week.weather import household, sun

DOCUMENT: Final = ROOT / "docs" / "performance.md"
PICTURE: Final = ROOT / "docs" / "images" / "fleet-week.svg"
MARKS: Final = ("<!-- fleet -->", "<!-- /fleet -->")
DRIVERS: Final = {"one fleet": fleet, "one automation for each miner": automations}
_CROWDS: Final = (10, 50, 100, 200, 400)
_DAY: Final = 1440


def measure(*, quick: bool, write: bool) -> str:
    """Return the figures of a fleet, and write them down if that is wanted."""
    days = 1 if quick else 7
    surplus = [
        brought - drawn for brought, drawn in zip(sun(), household(), strict=True)
    ][: days * _DAY]
    ticks = _ticks(3 if quick else 9)
    weeks = _weeks(surplus)
    text = f"{ticks}\n\n{as_table(weeks)}"
    if write:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(replace_figures(document, text, MARKS), encoding="utf-8")
        draw(weeks, surplus, PICTURE)
    return text


def _weeks(surplus: list[float]) -> Mapping[str, Week]:
    """Return what becomes of a surplus, each in a process of its own."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        runs = {
            name: pool.submit(live, drive, surplus) for name, drive in DRIVERS.items()
        }
        return {name: run.result() for name, run in runs.items()}


def _ticks(rounds: int) -> str:
    """Return what a tick costs, by the number of members."""
    lines = [
        "| members | circuits | processor time of a tick in ms | in µs per member |",
        "| --- | --- | --- | --- |",
    ]
    for count in _CROWDS:
        figure = measure_allocation(count, rounds, repeats=60)
        each = f"{figure.middle / count * 1000:.1f}"
        lines.append(f"| {count} | {count // CROWDING + 1} | {figure} | {each} |")
    return "\n".join(lines)
