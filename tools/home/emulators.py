"""The emulated miners and smart plugs, which run in a process of their own."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Any, Self, override

import aiohttp

from .errors import HomeError
from .paths import ROOT
from .ports import free_port
from .processes import Family

NAME = "the emulation"
READY_TIMEOUT = 30.0


@dataclass(frozen=True)
class Plug:
    """A smart plug and the names of its entities in Home Assistant."""

    name: str
    url: str

    @property
    def object_id(self) -> str:
        """Return the part that the ids of the plug's entities share."""
        return slug(self.name)

    @property
    def switch(self) -> str:
        """Return the id of the switch entity."""
        return f"switch.{self.object_id}"

    @property
    def power(self) -> str:
        """Return the id of the power sensor."""
        return f"sensor.{self.object_id}_power"

    @property
    def energy(self) -> str:
        """Return the id of the energy sensor."""
        return f"sensor.{self.object_id}_energy"


@dataclass(frozen=True)
class Device:
    """An emulated miner and the plug that it hangs on."""

    name: str
    label: str
    address: str
    plug: Plug
    heats: bool = False
    """Whether a room is emulated that it heats."""

    @property
    def room_sensor(self) -> str:
        """Return the id of the sensor that tells how warm its room is."""
        return f"sensor.{slug(self.label)}_room"

    @property
    def network_switch(self) -> str:
        """Return the id of the switch that cuts its network interface."""
        return f"switch.{slug(self.label)}_network"


@dataclass(frozen=True)
class Settings:
    """What a device is set to."""

    mining: bool
    preset: str | None
    power_limit: int | None
    fan_percent: int | None
    """None while the device rules its fans itself."""
    clock: float | None = None
    """In MHz, None where it cannot be set."""

    @override
    def __str__(self) -> str:
        """Return the settings that the device has, for people."""
        parts = ["mining" if self.mining else "not mining"]
        if self.preset is not None:
            parts.append(f"preset {self.preset}")
        if self.power_limit is not None:
            parts.append(f"limit {self.power_limit} W")
        if self.clock is not None:
            parts.append(f"{self.clock:g} MHz")
        manual = self.fan_percent is not None
        parts.append(f"fans {self.fan_percent} %" if manual else "fans automatic")
        return ", ".join(parts)


@dataclass(frozen=True)
class Truth:
    """What a device really does, whatever Home Assistant knows of it."""

    hashrate: float
    watts: float
    settings: Settings
    ready: bool
    """Whether it has booted."""
    reboots: int
    accounts: Mapping[str, Any]
    """Pools and password, which nothing that Home Assistant does may change."""
    requests: int = 0
    """How often it was asked or told something."""
    listeners: int = 0
    """How many clients it tells by itself what changes."""
    room: float | None = None
    """How warm the room is that it heats, in °C."""


class Emulators:
    """The emulated devices, while they run."""

    def __init__(
        self, session: aiohttp.ClientSession, announcement: Mapping[str, Any]
    ) -> None:
        """Take over what runs; `start` runs it."""
        self._session = session
        self._control: str = announcement["control"]
        self.devices = [_device(entry) for entry in announcement["devices"]]
        self.left_out = [_left_out(entry) for entry in announcement["left_out"]]

    @classmethod
    async def start(
        cls,
        session: aiohttp.ClientSession,
        family: Family,
        log: Path,
        subnet: str,
        *,
        every_kind: bool = False,
    ) -> Self:
        """Run the devices of the demo, or all kinds, and wait until they answer."""
        which = "--all" if every_kind else "--demo"
        command = [sys.executable, "-m", "emulation", which, "--subnet", subnet]
        process = await family.start(
            NAME,
            [*command, "--control-port", str(free_port())],
            folder=ROOT,
            environment=os.environ,
            log=log,
            stdout=PIPE,
        )
        if process.stdout is None:
            raise HomeError(f"{NAME} has no output")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_TIMEOUT)
            announcement = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise HomeError(f"{NAME} did not start, see {log}") from error
        return cls(session, announcement)

    def control_of(self, device: Device) -> str:
        """Return the address that tells and changes what a device does."""
        return f"{self._control}/devices/{device.name}"

    async def truth(self, device: Device) -> Truth:
        """Ask the emulation what a device really does."""
        async with self._session.get(self.control_of(device)) as response:
            response.raise_for_status()
            return _truth(await response.json())

    async def set_network(self, device: Device, *, connected: bool) -> None:
        """Let a device refuse all connections, or answer again."""
        await self._post(device, "fault", {"fault": None if connected else "refuse"})

    async def set_mining(self, device: Device, *, mining: bool) -> None:
        """Stop or start mining on the device's own page."""
        await self._post(device, "mining", {"on": mining})

    async def set_plug(self, device: Device, *, available: bool) -> None:
        """Let a device's plug answer nothing, or answer again; its contact stays."""
        await self._post(device, "plug", {"available": available})

    async def _post(self, device: Device, action: str, body: Mapping[str, Any]) -> None:
        """Have something done to a device."""
        async with self._session.post(
            f"{self.control_of(device)}/{action}", json=body
        ) as response:
            response.raise_for_status()


def slug(name: str) -> str:
    """Return a name as Home Assistant writes it in the id of an entity."""
    return name.lower().replace(" ", "_")


def _device(entry: Mapping[str, Any]) -> Device:
    """Return a device that the emulation lists."""
    label = _label(entry)
    return Device(
        name=entry["name"],
        label=label,
        address=entry["address"],
        plug=Plug(name=f"{label} plug", url=entry["plug"]),
        heats=entry.get("room") is not None,
    )


def _truth(entry: Mapping[str, Any]) -> Truth:
    """Return what the emulation says that a device does."""
    state = entry["state"]
    return Truth(
        hashrate=state["hashrate"],
        watts=state["watts"],
        settings=Settings(
            mining=state["mining"],
            preset=state["preset"],
            power_limit=state["power_limit"],
            fan_percent=None if state["fan_automatic"] else state["fan_percent"],
            clock=state["clock_setting"],
        ),
        ready=state["ready"],
        reboots=state["reboots"],
        accounts={"pools": entry["pools"], "password": entry["password"]},
        requests=state["requests"],
        listeners=state["listeners"],
        room=entry["room"]["temperature"] if entry.get("room") else None,
    )


def _left_out(entry: Mapping[str, Any]) -> str:
    """Return which device is missing, and why."""
    return f"{_label(entry)} ({entry['reason']})"


def _label(entry: Mapping[str, Any]) -> str:
    """Return the name of a device for people."""
    name: str = entry["name"]
    return name.replace("-", " ").capitalize()
