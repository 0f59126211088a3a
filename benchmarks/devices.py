"""Emulated devices in a process of their own, so that they cost us nothing."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
import json
import os
from pathlib import Path
import sys
from typing import Any

import aiohttp

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tools.home.ports import free_port
from tools.home.processes import Family

# The kinds that there were from the start, so that any revision knows them.
KINDS = tuple(
    kind.kind
    for kind in (
        EmulatedAntminer,
        EmulatedAvalonNano3,
        EmulatedBitaxe,
        EmulatedVnish,
        EmulatedWhatsminer,
    )
)
ROOT = Path(__file__).resolve().parents[1]
READY_TIMEOUT = 60.0
# Networks of the loopback interface that nothing else of the project uses; processes
# that run at the same time have different ones.
_SUBNET = "127.30"
_SUBNETS = 250
_PER_SUBNET = 200


@dataclass(frozen=True, slots=True)
class Device:
    """One emulated device."""

    name: str
    kind: str
    address: str
    mac: str


@dataclass(frozen=True, slots=True)
class Load:
    """What a device has seen so far."""

    requests: int
    connections: int


class Devices:
    """Running devices, and the interface by which they are steered."""

    def __init__(
        self, session: aiohttp.ClientSession, announcement: Mapping[str, Any]
    ) -> None:
        """Take what the emulation announced."""
        self._session = session
        self.control: str = announcement["control"]
        self.all = [
            Device(row["name"], row["kind"], row["address"], row["mac"])
            for row in announcement["devices"]
        ]

    async def load(self, device: Device) -> Load:
        """Return how often a device was asked."""
        state = (await self._get(device))["state"]
        return Load(state["requests"], state["connections"])

    async def power(self, device: Device, *, on: bool) -> None:
        """Give a device power, or take it."""
        url = f"{self.control}/devices/{device.name}/power"
        async with self._session.post(url, json={"on": on}) as answer:
            answer.raise_for_status()

    async def _get(self, device: Device) -> Any:
        """Return what the emulation tells of a device."""
        url = f"{self.control}/devices/{device.name}"
        async with self._session.get(url) as answer:
            answer.raise_for_status()
            return await answer.json()


@asynccontextmanager
async def running_devices(
    session: aiohttp.ClientSession,
    family: Family,
    folder: Path,
    kinds: Sequence[str],
) -> AsyncIterator[Devices]:
    """Run one device of each kind given; kinds may come more than once."""
    fleet = folder / "fleet.json"
    specs = [_spec(number, kind) for number, kind in enumerate(kinds)]
    fleet.write_text(json.dumps({"devices": specs}))
    process = await family.start(
        "the emulation",
        [
            sys.executable,
            *("-m", "emulation", "--fleet", fleet),
            *("--control-port", str(free_port())),
            *("--warm-up", "1", "--boot", "0.5"),
        ],
        folder=ROOT,
        environment=os.environ,
        log=folder / "emulation.log",
        stdout=PIPE,
    )
    async with asyncio.timeout(READY_TIMEOUT):
        announcement = json.loads(await _first_line(process.stdout))
    if announcement["left_out"]:
        raise RuntimeError(f"could not be emulated: {announcement['left_out']}")
    yield Devices(session, announcement)
    await family.stop("the emulation")


async def _first_line(stream: asyncio.StreamReader | None) -> bytes:
    """Return the first line of a stream, however long it is."""
    line = b""
    while stream and not line.endswith(b"\n"):
        if not (chunk := await stream.read(65536)):
            break
        line += chunk
    return line


def mixed_kinds(count: int) -> tuple[str, ...]:
    """Return kinds for a number of devices, as evenly mixed as possible."""
    return tuple(islice(cycle(KINDS), count))


def _spec(number: int, kind: str) -> dict[str, str]:
    """Describe a device for the emulation."""
    subnet, host = divmod(number, _PER_SUBNET)
    return {
        "name": f"device{number}",
        "kind": kind,
        "address": f"{_SUBNET}.{(os.getpid() + subnet) % _SUBNETS}.{host + 1}",
    }
