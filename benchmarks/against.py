"""Compare two builds of the integration, by turns on the same devices.

Both run on the same Home Assistant, with the same entries in the form of the first
version. What an empty Home Assistant needs is taken off processor time and memory.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
import subprocess
import sys
import tarfile
from tempfile import TemporaryDirectory

import aiohttp

from tools.home.paths import INTEGRATION
from tools.home.processes import Family

from .crowd import Scene, Seen, watch
from .devices import KINDS, ROOT
from .figures import Figure

_EMPTY, _BEFORE, _NOW, _USUAL = "empty", "revision", "this", "usual way"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds, miners, and seconds of each watch."""

    rounds: int
    miners: int
    without_devices: int
    settle: float
    seconds: float


WHOLE = Extent(rounds=3, miners=200, without_devices=50, settle=20, seconds=60)
QUICK = Extent(rounds=1, miners=10, without_devices=10, settle=5, seconds=20)

type Rounds = Mapping[str, Sequence[Seen]]


def compare(revision: str, *, quick: bool, rounds: int | None = None) -> str:
    """Measure both builds, and return a table of ratios in Markdown."""
    extent = QUICK if quick else WHOLE
    extent = replace(extent, rounds=rounds or extent.rounds)
    with TemporaryDirectory(prefix="miner-build-") as name:
        build = unpacked(revision, Path(name))
        crowds, quiet = asyncio.run(_measure(build, extent))
    many = (
        f"{extent.miners} mixed miners at 15 s, one controller each, {extent.rounds} "
        f"rounds by turns; {revision} is 1."
    )
    quietly = (
        f"{extent.without_devices} miners with a plug and a simulation each, and no "
        "device on the network."
    )
    parts = (many, _table(crowds, usual=True), quietly, _table(quiet, usual=False))
    return "\n\n".join(parts)


def unpacked(revision: str, folder: Path) -> Path:
    """Write the integration of a revision into a folder."""
    archive = subprocess.run(  # noqa: S603 - git is asked for a revision
        ("git", "archive", revision, str(INTEGRATION)),  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder / INTEGRATION


async def _measure(build: Path, extent: Extent) -> tuple[Rounds, Rounds]:
    """Watch all scenes by turns, round after round."""
    kinds = tuple(islice(cycle(KINDS), extent.miners))
    scene = Scene(kinds, settle=extent.settle, seconds=extent.seconds, compared=True)
    empty = replace(scene, kinds=())
    quiet = replace(empty, without_devices=extent.without_devices)
    crowds = await _by_turns(
        extent.rounds,
        {
            _EMPTY: empty,
            _BEFORE: replace(scene, build=build),
            _NOW: scene,
            _USUAL: replace(scene, domain="usual_way"),
        },
    )
    without = await _by_turns(
        extent.rounds,
        {_EMPTY: empty, _BEFORE: replace(quiet, build=build), _NOW: quiet},
    )
    return crowds, without


async def _by_turns(rounds: int, scenes: Mapping[str, Scene]) -> Rounds:
    """Watch each scene once per round."""
    seen: dict[str, list[Seen]] = {name: [] for name in scenes}
    async with aiohttp.ClientSession() as session, Family() as family:
        for number in range(rounds):
            for name, scene in scenes.items():
                print(
                    f"==> round {number + 1}: {name}, {scene}",
                    file=sys.stderr,
                    flush=True,
                )
                seen[name].append(await watch(session, family, scene))
    return seen


def _table(rounds: Rounds, *, usual: bool) -> str:
    """Return what was seen, and the ratios of this build to the other one."""
    names = [_BEFORE, _NOW, *([_USUAL] if usual else [])]
    lines = [
        "| figure | " + " | ".join(names) + " | ratio |",
        "| --- |" + " --- |" * (len(names) + 1),
    ]
    for title, read in _FIGURES.items():
        figures = [_above_empty(rounds, name, read, title) for name in names]
        ratio = figures[1].ratio_to(figures[0])
        lines.append(f"| {title} | {' | '.join(map(str, figures))} | {ratio:.2f} |")
    return "\n".join(lines)


def _above_empty(
    rounds: Rounds, name: str, read: Callable[[Seen], float], title: str
) -> Figure:
    """Return a figure, less that of an empty Home Assistant where that counts."""
    figure = Figure.of(map(read, rounds[name]))
    if "above" not in title:
        return figure
    base = Figure.of(map(read, rounds[_EMPTY])).middle
    return Figure(figure.middle - base, figure.low - base, figure.high - base)


_FIGURES: Mapping[str, Callable[[Seen], float]] = {
    "processor share above an empty Home Assistant": lambda seen: seen.cpu_share,
    "memory above an empty Home Assistant, MB": lambda seen: seen.memory,
    "longest stall of work at the start, ms": lambda seen: seen.start_stall_of_work,
    "longest stall of work later, ms": lambda seen: seen.stall_of_work,
    "first states of all, s": lambda seen: seen.first_states or float("nan"),
    "processor time until then, s": lambda seen: seen.start_cpu,
    "states written per second": lambda seen: seen.states_written,
}
