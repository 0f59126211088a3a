"""What the two libraries cost, beside each other and beside the first version.

Refreshes are measured by turns on the same devices, in programs of their own, and so is
the import of each library. What is held where miners need only one of them is measured
in a Home Assistant.
"""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Iterable
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedElphapex,
    EmulatedLuxOs,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tools.home.processes import Family

from .against import unpacked
from .bitaxe import FIRST, READER
from .crowd import Scene, watch
from .devices import KINDS, ROOT, Device, Devices, running_devices
from .figures import Figure
from .seeds import INTERVAL

# All that both libraries read.
_READ_BY_BOTH: Final = tuple(
    kind.kind
    for kind in (
        EmulatedAntminer,
        EmulatedAntminerS21,
        EmulatedWhatsminer,
        EmulatedBitaxe,
        EmulatedAvalonNano3,
        EmulatedAvalonNano3S,
        EmulatedAvalonQ,
        EmulatedVnish,
        EmulatedLuxOs,
        EmulatedBraiins,
        EmulatedElphapex,
    )
)
# What is compared: the build, the protocol, and what is read. What rests is asked for
# signs of life alone.
_FIRST: Final = ("first", "pyasic", "all")
_PYASIC: Final = ("present", "pyasic", "all")
_ASIC_RS: Final = ("present", "asic_rs", "all")
_RESTING: Final = ("present", "asic_rs", "signs")
_IMPORTS: Final = ("pyasic", "asic_rs")
# How many readings of the one there are for one of the other that stands by.
_READINGS_PER_REST: Final = 600 / 30


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds, refreshes in each, and seconds of each watch."""

    rounds: int
    repeats: int
    miners: int
    settle: float
    seconds: float


WHOLE = Extent(rounds=5, repeats=100, miners=20, settle=20, seconds=30)
QUICK = Extent(rounds=2, repeats=30, miners=5, settle=10, seconds=20)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one refresh costs: ms of the processor, requests and connections."""

    cpu: Figure
    requests: float
    connections: float


type Costs = dict[tuple[str, str, str], Cost]


def measure(*, quick: bool) -> str:
    """Measure everything, and return it in Markdown."""
    extent = QUICK if quick else WHOLE
    with TemporaryDirectory(prefix="miner-build-") as name:
        build = unpacked(FIRST, Path(name))
        return asyncio.run(_measure(build.parents[1], extent))


async def _measure(first: Path, extent: Extent) -> str:
    """Measure refreshes, then imports, then whole Home Assistants."""
    async with aiohttp.ClientSession() as session, Family() as family:
        with TemporaryDirectory(prefix="miner-bench-") as name:
            folder = Path(name)
            async with running_devices(
                session, family, folder, _READ_BY_BOTH
            ) as devices:
                costs = {
                    device.kind: await _compare(first, devices, device, extent)
                    for device in devices.all
                }
        imports = {each: await _imports(each, extent.rounds) for each in _IMPORTS}
        held: dict[str, list[float]] = {"pyasic": [], "asic_rs": []}
        for _ in range(extent.rounds // 2 + 1):
            for protocol, found in held.items():
                found.append(await _held(session, family, protocol, extent))
    return "\n\n".join(
        (_refreshes(costs), _standbys(costs), _weights(imports, held, extent))
    )


async def _compare(
    first: Path, devices: Devices, device: Device, extent: Extent
) -> Costs:
    """Measure all ways to read a device by turns, so that a busy moment hits all."""
    ways = (_FIRST, _PYASIC, _ASIC_RS, _RESTING)
    seen: dict[tuple[str, str, str], list[dict[str, float]]] = {w: [] for w in ways}
    for _ in range(extent.rounds):
        for way, found in seen.items():
            build, protocol, what = way
            place = first if build == "first" else ROOT
            found.append(
                await _read(
                    place,
                    *(build, device.address, str(extent.repeats)),
                    *("--protocol", protocol, "--read", what),
                    *("--control", f"{devices.control}/devices/{device.name}"),
                )
            )
    return {
        way: Cost(
            Figure.of(each["cpu"] for each in found),
            found[-1]["requests"],
            found[-1]["connections"],
        )
        for way, found in seen.items()
    }


async def _imports(protocol: str, rounds: int) -> tuple[Figure, Figure]:
    """Return the ms and the MB that it takes to import what a protocol rests on."""
    found = [
        await _read(ROOT, "import", "-", "1", "--protocol", protocol)
        for _ in range(rounds)
    ]
    return (
        Figure.of(each["milliseconds"] for each in found),
        Figure.of(each["megabytes"] for each in found),
    )


async def _held(
    session: aiohttp.ClientSession, family: Family, protocol: str, extent: Extent
) -> float:
    """Return the MB of a Home Assistant whose miners need one library."""
    kinds = tuple(KINDS[number % len(KINDS)] for number in range(extent.miners))
    scene = Scene(
        kinds, settle=extent.settle, seconds=extent.seconds, protocol=protocol
    )
    return (await watch(session, family, scene)).memory


async def _read(place: Path, *arguments: str) -> dict[str, Any]:
    """Have a program of its own measure something with one build."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", READER),
        *arguments,
        env={**os.environ, "PYTHONPATH": str(place)},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments} could not be measured: {errors.decode()}")
    found: dict[str, Any] = json.loads(output)
    return found


def _refreshes(costs: dict[str, Costs]) -> str:
    """Return what one refresh of each kind costs in each way."""
    rows = [
        (
            kind,
            found[_FIRST].cpu,
            found[_PYASIC].cpu,
            found[_ASIC_RS].cpu,
            f"{found[_ASIC_RS].cpu.ratio_to(found[_FIRST].cpu):.2f}",
            *(_load(found[way]) for way in (_FIRST, _PYASIC, _ASIC_RS)),
        )
        for kind, found in costs.items()
    ]
    return _table(
        (
            "device",
            f"{FIRST}, ms",
            "pyasic now, ms",
            "asic-rs, ms",
            f"asic-rs beside {FIRST}",
            f"asked by {FIRST}",
            "by pyasic now",
            "by asic-rs",
        ),
        rows,
    )


def _load(cost: Cost) -> str:
    """Return how many requests and connections a refresh needs."""
    return f"{cost.requests:.3g} in {cost.connections:.3g}"


def _standbys(costs: dict[str, Costs]) -> str:
    """Return what a miner with a standby costs beside one without."""
    return _table(
        ("device", "pyasic, ms", "standby, ms", "asked by it", "with it"),
        (
            (
                kind,
                found[_PYASIC].cpu,
                found[_RESTING].cpu,
                _load(found[_RESTING]),
                f"{1 + _share(found):.3f}",
            )
            for kind, found in costs.items()
        ),
    )


def _share(found: Costs) -> float:
    """Return what a standby adds, as a share of what the other one costs."""
    return found[_RESTING].cpu.ratio_to(found[_PYASIC].cpu) / _READINGS_PER_REST


def _weights(
    imports: dict[str, tuple[Figure, Figure]],
    held: dict[str, list[float]],
    extent: Extent,
) -> str:
    """Return what it takes to have a library at all."""
    scene = f"{extent.miners} miners at {INTERVAL} s, MB"
    return _table(
        ("of one library alone", "pyasic", "asic-rs"),
        (
            ("import, ms", *(imports[each][0] for each in held)),
            ("memory by the import, MB", *(imports[each][1] for each in held)),
            (f"Home Assistant with {scene}", *(Figure.of(m) for m in held.values())),
        ),
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
