"""The command line: what is measured, in which order, and where it is told."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

import aiohttp

from tools.home.processes import Family

from . import against, bitaxe, fleet, libraries
from .crowd import Scene, Seen, watch
from .devices import KINDS, ROOT, mixed_kinds, running_devices
from .plot import draw
from .refresh import Costs, measure_refreshes
from .report import Results, as_markdown, replace_figures
from .resolution import measure_resolution

DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "images" / "performance.svg"
CROWDS = (1, 10, 50, 200)
# With how many miners more controllers, and miners that are off, are watched.
USUAL_CROWD = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """How long and how often is measured."""

    rounds: int
    repeats: int
    crowds: tuple[int, ...]
    settle: float
    seconds: float
    reactions: int


WHOLE = Extent(5, 20, CROWDS, settle=15, seconds=30, reactions=3)
QUICK = Extent(3, 5, (1, 10), settle=5, seconds=20, reactions=1)


def main(arguments: Sequence[str]) -> int:
    """Measure, print what was found, and write it down if that is wanted."""
    options = _parse(arguments)
    if options.bitaxe:
        print(bitaxe.measure(quick=options.quick))
        return 0
    if options.libraries:
        print(libraries.measure(quick=options.quick))
        return 0
    if options.against:
        found = against.compare(
            options.against, quick=options.quick, rounds=options.rounds
        )
        print(found)
        return 0
    if options.fleet:
        print(fleet.measure(quick=options.quick, write=options.write))
        return 0
    results = asyncio.run(_measure(QUICK if options.quick else WHOLE))
    text = as_markdown(results)
    print(text)
    if options.write:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(replace_figures(document, text), encoding="utf-8")
        draw(results.crowds, PICTURE)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure Miner Control beside the usual way of reading miners, "
        "on the same emulated devices.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few rounds and miners: 8 minutes instead of 18",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="put the figures and the plot into docs/performance.md",
    )
    parser.add_argument(
        "--bitaxe",
        action="store_true",
        help="measure Bitaxes by their own protocol instead: one that is asked, beside "
        "the first version, and many that tell by themselves, 5 minutes",
    )
    parser.add_argument(
        "--fleet",
        action="store_true",
        help="measure a fleet instead: what a tick costs, and what becomes of a week "
        "of surplus on emulated devices, 15 minutes; with --quick a day, 3 minutes",
    )
    parser.add_argument(
        "--libraries",
        action="store_true",
        help="measure asic-rs beside pyasic, and beside the first version, instead: "
        "refreshes, what stands by, imports and memory, 12 minutes",
    )
    parser.add_argument(
        "--against",
        metavar="REVISION",
        help="measure two builds by turns instead: that of a revision, and this one",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        help="with --against: how often each is watched, instead of 3 times",
    )
    return parser.parse_args(arguments)


async def _measure(extent: Extent) -> Results:
    """Measure everything, one thing after the other."""
    async with aiohttp.ClientSession() as session, Family() as family:
        _say("what a refresh costs")
        costs = await _costs(session, family, extent)
        crowds = {
            scene: await _watch(session, family, scene) for scene in _scenes(extent)
        }
    _say("resolution")
    resolution = measure_resolution(extent.rounds, 1000)
    return Results(costs, crowds, resolution)


async def _costs(
    session: aiohttp.ClientSession, family: Family, extent: Extent
) -> Costs:
    """Measure what a refresh of one device of each kind costs."""
    with TemporaryDirectory(prefix="miner-bench-") as name:
        async with running_devices(session, family, Path(name), list(KINDS)) as devices:
            return await measure_refreshes(devices, extent.rounds, extent.repeats)


def _scenes(extent: Extent) -> list[Scene]:
    """Return what is watched with many miners."""
    scene = partial(Scene, settle=extent.settle, seconds=extent.seconds)
    usual_crowd = mixed_kinds(min(USUAL_CROWD, extent.crowds[-1]))
    return [
        *(
            scene(mixed_kinds(count), domain=domain)
            for count in extent.crowds
            for domain in ("usual_way", "miner_control")
        ),
        *(scene(usual_crowd, controllers=count) for count in (2, 3)),
        scene(usual_crowd, domain="usual_way", online=False),
        # Its plugs tell that they are off.
        scene(usual_crowd, controllers=2, online=False),
        scene(("bitaxe",), controllers=3, reactions=extent.reactions),
    ]


async def _watch(session: aiohttp.ClientSession, family: Family, scene: Scene) -> Seen:
    """Watch one scene, and tell that."""
    _say(str(scene))
    return await watch(session, family, scene)


def _say(what: str) -> None:
    """Tell what is measured now."""
    print(f"==> {what}", file=sys.stderr, flush=True)
