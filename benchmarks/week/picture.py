"""What became of the surplus, as a picture."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from .run import Week

_TITLE = "A week of surplus, and who used it"
_MINUTES = 15


def draw(weeks: Mapping[str, Week], surplus: Sequence[float], file: Path) -> None:
    """Draw the surplus, and what the miners drew of it."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    plots = figure.subplots(len(weeks), 1, sharex=True, sharey=True)
    available = _in_kilowatts(max(0.0, watts) for watts in surplus)
    days = [index * _MINUTES / 1440 for index in range(len(available))]
    for axes, (name, week) in zip(plots, weeks.items(), strict=True):
        axes.fill_between(days, available, color="gold", label="surplus", linewidth=0)
        axes.plot(days, _in_kilowatts(week.curve), linewidth=1, label="miners")
        axes.set(title=name, ylabel="kW", ylim=0, xlim=(0, 7))
        axes.grid(alpha=0.3)
    plots[0].legend(loc="upper right")
    plots[-1].set_xlabel("Day")
    figure.savefig(file, metadata={"Date": None, "Title": _TITLE})


def _in_kilowatts(watts: Iterable[float]) -> list[float]:
    """Return the mean of each quarter of an hour."""
    values = list(watts)
    return [
        sum(values[begin : begin + _MINUTES]) / _MINUTES / 1000
        for begin in range(0, len(values), _MINUTES)
    ]
