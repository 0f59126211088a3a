"""What was measured, as tables in Markdown: ratios first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import os
import platform

from custom_components.miner_control.domain.features import MinerFeatureType

from .crowd import Scene, Seen
from .figures import Figure
from .refresh import Costs
from .resolution import CONTROLLERS
from .ways import BARE, FLOOR, OURS, USUAL

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
_UNKNOWN = "never"


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured in one run."""

    costs: Costs
    crowds: Mapping[Scene, Seen]
    resolution: Figure


def as_markdown(results: Results) -> str:
    """Return all tables."""
    parts = (
        _machine(),
        "## One refresh of one device",
        _ratios(results.costs),
        _costs(results.costs),
        "## Many miners in one Home Assistant",
        _crowds(results.crowds),
        "## Reactions",
        _reactions(results.crowds),
        "## Who serves",
        _resolution(results.resolution),
    )
    return "\n\n".join(parts)


def _resolution(figure: Figure) -> str:
    """Tell how long it takes to select providers."""
    return (
        f"To find out who serves each of {len(MinerFeatureType)} feature types with "
        f"{len(CONTROLLERS)} controllers each takes {figure} µs."
    )


def replace_figures(
    document: str, figures: str, marks: tuple[str, str] = (BEGIN, END)
) -> str:
    """Return a document with the figures between its marks."""
    begin, end = marks
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{figures}\n{end}{after}"


def _machine() -> str:
    """Tell on what was measured."""
    return (
        f"Measured with `scripts/bench` on {os.cpu_count()} cores "
        f"({platform.machine()}), Python {platform.python_version()}. Figures are "
        "medians, with the lowest and the highest of all rounds."
    )


def _ratios(costs: Costs) -> str:
    """Return what we cost beside the usual way; the goal is a third."""
    return _table(
        ("device", "requests", "connections", "CPU", "time"),
        (
            (
                kind,
                *(
                    f"{ours.ratio_to(usual):.2f}"
                    for ours, usual in zip(
                        found[OURS].figures, found[USUAL].figures, strict=True
                    )
                ),
            )
            for kind, found in costs.items()
        ),
    )


def _costs(costs: Costs) -> str:
    """Return what each way costs."""
    return _table(
        ("device", "way", "requests", "connections", "CPU in ms", "time in ms"),
        (
            (kind, way, *found[way].figures)
            for kind, found in costs.items()
            for way in (OURS, USUAL, BARE, FLOOR)
        ),
    )


def _crowds(crowds: Mapping[Scene, Seen]) -> str:
    """Return what Home Assistant had to do with many miners."""
    return _table(
        (
            "miners",
            "way",
            "controllers",
            "CPU share",
            "memory in MB",
            "longest stall in ms (of work)",
            "99 % of stalls below",
            "longest stall at start (of work)",
            "first states after s",
        ),
        (
            (
                len(scene.kinds) if scene.online else f"{len(scene.kinds)}, all off",
                OURS if scene.domain == "miner_control" else USUAL,
                scene.controllers,
                f"{seen.cpu_share:.1%}",
                f"{seen.memory:.0f}",
                f"{seen.stall:.0f} ({seen.stall_of_work:.0f})",
                f"{seen.stall_p99:.0f}",
                f"{seen.start_stall:.0f} ({seen.start_stall_of_work:.0f})",
                _UNKNOWN if seen.first_states is None else f"{seen.first_states:.1f}",
            )
            for scene, seen in crowds.items()
            if not scene.reactions
        ),
    )


def _reactions(crowds: Mapping[Scene, Seen]) -> str:
    """Return how long reactions take."""
    names = {
        "entity_lost": "an entity that served is lost → the fallback's value",
        "device_lost": "a device that served is lost → the fallback's value",
        "stop_confirmed": "mining switched off → the device stops",
        "start_confirmed": "mining switched on → the device hashes",
    }
    return _table(
        ("reaction", "seconds"),
        (
            (names[name], Figure.of(seconds))
            for seen in crowds.values()
            for name, seconds in seen.reactions.items()
        ),
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
