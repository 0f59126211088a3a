"""The emulated miners and plugs: a process of its own, and its control."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
import json
import os
from pathlib import Path
import sys
from typing import Any, Self

import aiohttp

from emulation import fleet as emulated
from emulation.axeos import EmulatedNerdQaxeWithOtp
from tools.home.emulators import NAME, READY_TIMEOUT, Device, Emulators
from tools.home.errors import HomeError
from tools.home.paths import ROOT
from tools.home.ports import free_port
from tools.home.processes import Family

from .truth import Truth

# All that there are; the last of them are more of one family.
KINDS = (*emulated.KINDS, *emulated.VARIANTS)
MOST = 99
# What has to be known to be let in, where that is no default.
CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    EmulatedNerdQaxeWithOtp.kind: {"otp_secret": EmulatedNerdQaxeWithOtp.secret},
}

# Seconds that a device takes to boot, and then to reach its hash rate.
BOOT = 4.0
WARM_UP = 4.0
RIPPLE = 0.01


class Fleet(Emulators):
    """The emulated devices, while they run."""

    @classmethod
    async def run(
        cls,
        session: aiohttp.ClientSession,
        family: Family,
        folder: Path,
        miners: int,
        kinds: Sequence[str] = KINDS,
    ) -> Self:
        """Run a number of devices and wait until they answer."""
        port = free_port()
        plan = folder / "fleet.json"
        subnet = f"127.{port // 256}.{port % 256}"
        described = {"devices": describe(miners, subnet, kinds)}
        plan.write_text(json.dumps(described), encoding="utf-8")
        log = folder / "emulation.log"
        process = await family.start(
            NAME,
            [
                *(sys.executable, "-m", "emulation", "--fleet", plan),
                *("--control-port", str(port), "--ripple", str(RIPPLE)),
                *("--boot", str(BOOT), "--warm-up", str(WARM_UP)),
            ],
            folder=ROOT,
            environment=os.environ,
            log=log,
            stdout=PIPE,
        )
        if process.stdout is None:
            raise HomeError(f"{NAME} has no output")
        try:
            line = await _whole_line(process.stdout)
            return cls(session, json.loads(line))
        except (TimeoutError, ValueError) as error:
            raise HomeError(f"{NAME} did not start, see {log}") from error

    async def truths(self) -> dict[str, Truth]:
        """Return the true state of every device."""
        described = await self._ask("GET", f"{self._control}/devices")
        return {one["name"]: Truth.of(one) for one in described}

    async def truth_of(self, device: Device) -> Truth:
        """Return the true state of one device."""
        return Truth.of(await self._ask("GET", self.control_of(device)))

    async def questions_to(self, device: Device) -> list[str]:
        """Return the names of all questions that a device was asked so far."""
        described = await self._ask("GET", self.control_of(device))
        return list(described["questions"])

    async def tell(self, device: Device, action: str, **body: Any) -> None:
        """Do something to a device by its control."""
        await self._ask("POST", f"{self.control_of(device)}/{action}", body)

    async def _ask(
        self, method: str, url: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Send a request to the control."""
        async with self._session.request(method, url, json=body) as response:
            response.raise_for_status()
            return await response.json()


def describe(
    miners: int, subnet: str, kinds: Sequence[str] = KINDS
) -> list[dict[str, str]]:
    """Return the description of a number of miners, each behind a plug."""
    return [
        {
            "name": f"m{number:02}-{kinds[(number - 1) % len(kinds)]}",
            "kind": kinds[(number - 1) % len(kinds)],
            "address": f"{subnet}.{number}",
            "plug": f"{subnet}.{number + 100}",
        }
        for number in range(1, miners + 1)
    ]


async def _whole_line(stream: asyncio.StreamReader) -> bytes:
    """Return the first line, longer than a stream takes at once."""
    line = b""
    async with asyncio.timeout(READY_TIMEOUT):
        while not line.endswith(b"\n"):
            piece = await stream.read(2**16)
            if not piece:
                raise ValueError("it ended")
            line += piece
    return line
