"""A picture of how the work grows with the number of miners."""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from .crowd import Scene, Seen

_TITLE = "What many miners cost"
_LABELS = {"miner_control": "Miner Control", "usual_way": "the usual way"}


def draw(crowds: Mapping[Scene, Seen], file: Path) -> None:
    """Draw CPU share, memory and the longest stall over the number of miners."""
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    plots = figure.subplots(1, 3)
    values: dict[str, Callable[[Seen], float]] = {
        "CPU share in %": lambda seen: seen.cpu_share * 100,
        "Memory in MB": lambda seen: seen.memory,
        "Longest stall in ms": lambda seen: seen.stall,
    }
    for axes, (title, value) in zip(plots, values.items(), strict=True):
        for domain, label in _LABELS.items():
            points = [
                (len(scene.kinds), value(seen))
                for scene, seen in crowds.items()
                if scene.domain == domain and scene.online and scene.controllers == 1
            ]
            miners, measured = zip(*sorted(points), strict=True)
            axes.plot(miners, measured, marker="o", label=label)
        axes.set(title=title, xlabel="Miners", ylim=0)
        axes.grid(alpha=0.3)
    plots[0].legend()
    figure.savefig(file, metadata={"Date": None, "Title": _TITLE})
