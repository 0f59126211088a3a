"""What a Bitaxe costs by its own protocol: asked, and telling by itself.

A refresh is compared with that of the first version, by turns, in programs of their
own. What it costs to listen is measured in a Home Assistant, beside an empty one.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

import aiohttp

from tools.home.processes import Family

from .against import unpacked
from .crowd import Scene, Seen, watch
from .devices import ROOT, Device, Devices, running_devices
from .figures import Figure

FIRST = "ea7f24e"
PROTOCOL = "axeos"
READER = ROOT / "benchmarks" / "reader.py"
# One that is asked, and one that tells by itself.
ASKED, TELLING = "bitaxe", "bitaxe-turbo"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds, refreshes in each, miners, and seconds."""

    rounds: int
    repeats: int
    miners: int
    settle: float
    seconds: float


WHOLE = Extent(rounds=5, repeats=200, miners=50, settle=20, seconds=60)
QUICK = Extent(rounds=2, repeats=50, miners=10, settle=10, seconds=20)


def measure(*, quick: bool) -> str:
    """Measure everything, and return it in Markdown."""
    extent = QUICK if quick else WHOLE
    with TemporaryDirectory(prefix="miner-build-") as name:
        build = unpacked(FIRST, Path(name))
        return asyncio.run(_measure(build, extent))


async def _measure(build: Path, extent: Extent) -> str:
    """Measure refreshes, and then what it costs to listen."""
    async with aiohttp.ClientSession() as session, Family() as family:
        refreshes = await _refreshes(session, family, build, extent)
        telling = Scene(
            (TELLING,) * extent.miners,
            settle=extent.settle,
            seconds=extent.seconds,
            protocol=PROTOCOL,
        )
        empty = Scene((), settle=extent.settle, seconds=extent.seconds)
        idle = await watch(session, family, empty)
        seen = await watch(session, family, telling)
    return "\n\n".join((refreshes, _listening(seen, idle, extent)))


async def _refreshes(
    session: aiohttp.ClientSession, family: Family, build: Path, extent: Extent
) -> str:
    """Return what a refresh costs, beside that of the first version."""
    builds: Mapping[str, Path] = {"first": build.parents[1], "present": ROOT}
    spent: dict[str, list[float]] = {name: [] for name in builds}
    with TemporaryDirectory(prefix="miner-bench-") as name:
        async with running_devices(session, family, Path(name), [ASKED]) as devices:
            (device,) = devices.all
            for _ in range(extent.rounds):
                for kind, place in builds.items():
                    cost = await _read(kind, place, device, extent.repeats)
                    spent[kind].append(cost)
            load = await _load(devices, device, extent.repeats)
    figures = {kind: Figure.of(found) for kind, found in spent.items()}
    ratio = figures["present"].ratio_to(figures["first"])
    costs = f"{figures['first']} | {figures['present']} | {ratio:.2f}"
    return "\n".join(
        (
            f"| a refresh of a Bitaxe | {FIRST} | this integration | ratio |",
            "| --- | --- | --- | --- |",
            f"| processor in ms | {costs} |",
            f"| requests, connections | | {load} | |",
        )
    )


async def _load(devices: Devices, device: Device, repeats: int) -> str:
    """Return how many requests and connections a refresh needs, with the set-up."""
    before = await devices.load(device)
    await _read("present", ROOT, device, repeats)
    after = await devices.load(device)
    requests, connections = (
        (getattr(after, name) - getattr(before, name)) / repeats
        for name in ("requests", "connections")
    )
    return f"{requests:.2f}, {connections:.2f}"


async def _read(build: str, place: Path, device: Device, repeats: int) -> float:
    """Have one build read a device, and return the ms of one refresh."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", READER),
        *(build, device.address, str(repeats)),
        env={**os.environ, "PYTHONPATH": str(place)},
        stdout=PIPE,
        stderr=DEVNULL,
    )
    output, _ = await process.communicate()
    found: dict[str, float] = json.loads(output)
    return found["cpu"]


def _listening(seen: Seen, idle: Seen, extent: Extent) -> str:
    """Return what it costs to listen to many."""
    whole = extent.settle + extent.seconds
    share = (seen.cpu_share - idle.cpu_share) * 100
    return "\n".join(
        (
            f"| {extent.miners} Bitaxes that tell by themselves | |",
            "| --- | --- |",
            f"| processor, above an empty Home Assistant | {share:.1f} % of a core |",
            f"| states written per second | {seen.states_written:.1f} |",
            f"| requests to each in {whole:.0f} s | {seen.requests:.1f} |",
        )
    )
