"""A named set of emulated devices, made from a description in JSON."""

from collections.abc import Mapping, Sequence
import contextlib
from dataclasses import dataclass, field
import json
from pathlib import Path
import socket
from typing import Any, Self

from .antminer import EmulatedAntminer, EmulatedAntminerS21
from .avalon import EmulatedAvalonNano3, EmulatedAvalonNano3S, EmulatedAvalonQ
from .axeos import (
    EmulatedBitaxe,
    EmulatedBitaxeHex,
    EmulatedBitaxeTurbo,
    EmulatedLuckyLV07,
    EmulatedLuckyLV08,
    EmulatedNerdOctaxe,
    EmulatedNerdQaxe,
    EmulatedNerdQaxeWithOtp,
    EmulatedNerdQX,
    EmulatedNMAxe,
)
from .braiins import EmulatedBraiins
from .device import EmulatedMiner
from .elphapex import EmulatedElphapex
from .faults import Fault
from .luxos import EmulatedLuxOs
from .network import HTTP_PORT
from .plug import SmartPlug
from .room import Room
from .vnish import EmulatedVnish
from .whatsminer import EmulatedWhatsminer, EmulatedWhatsminerV3

KINDS: Mapping[str, type[EmulatedMiner]] = {
    kind.kind: kind
    for kind in (
        EmulatedAntminer,
        EmulatedAvalonNano3,
        EmulatedBitaxe,
        EmulatedVnish,
        EmulatedWhatsminer,
        EmulatedWhatsminerV3,
        EmulatedLuxOs,
        EmulatedBraiins,
        EmulatedAntminerS21,
        EmulatedAvalonNano3S,
        EmulatedAvalonQ,
        EmulatedElphapex,
    )
}

# More of a kind, which a fleet may name, but no mixed one needs.
VARIANTS: Mapping[str, type[EmulatedMiner]] = {
    kind.kind: kind
    for kind in (
        EmulatedBitaxeTurbo,
        EmulatedBitaxeHex,
        EmulatedNerdQaxe,
        EmulatedNerdQaxeWithOtp,
        EmulatedNerdOctaxe,
        EmulatedNerdQX,
        EmulatedNMAxe,
        EmulatedLuckyLV07,
        EmulatedLuckyLV08,
    )
}
_KNOWN = {**KINDS, **VARIANTS}

# No device of a fleet has it.
STRANGER_MAC = "02:00:00:5e:ed:00"


@dataclass(frozen=True, slots=True)
class Spec:
    """The description of one device."""

    name: str
    kind: str
    address: str
    plug: str | None = None
    """The address of its smart plug."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the device's class, such as its password."""
    heats: bool = False
    """Whether a room is emulated that it heats."""

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of a fleet file."""
        known = {"name", "kind", "address", "plug", "options", "heats"}
        if unknown := set(entry) - known:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        if entry["kind"] not in _KNOWN:
            raise ValueError(f"unknown kind {entry['kind']}: {', '.join(_KNOWN)}")
        return cls(**entry)


@dataclass(slots=True)
class Device:
    """A running device, its plug and its room, and who took over its address."""

    name: str
    miner: EmulatedMiner
    plug: SmartPlug | None
    stranger: EmulatedMiner | None = None
    room: Room | None = None


class Fleet:
    """Run devices; leave out those whose ports may not be had."""

    def __init__(self, specs: Sequence[Spec], **options: Any) -> None:
        """Take descriptions, and options for every device."""
        self._specs = specs
        self._options = options
        self.devices: dict[str, Device] = {}
        self.left_out: list[dict[str, str]] = []

    async def start(self) -> None:
        """Start every device that can be started."""
        for spec in self._specs:
            try:
                self.devices[spec.name] = await self._start(spec)
            except OSError as error:
                reason = f"{spec.address}: {error.strerror or error}"
                self.left_out.append(
                    {"name": spec.name, "kind": spec.kind, "reason": reason}
                )

    async def stop(self) -> None:
        """Stop every device."""
        for device in self.devices.values():
            if device.plug:
                await device.plug.stop()
            await device.miner.stop()
            if device.stranger:
                await device.stranger.stop()
        self.devices.clear()

    def set_stranger(self, device: Device, kind: str | None) -> None:
        """Have another device answer at a device's address; None ends that."""
        if device.stranger:
            device.stranger.power_off()
            device.stranger = None
        device.miner.fault = Fault.REFUSE if kind else None
        if kind:
            options = self._options | {"mac": STRANGER_MAC}
            stranger = _KNOWN[kind](device.miner.address, **options)
            stranger.appear()
            device.stranger = stranger

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _start(self, spec: Spec) -> Device:
        options = self._options | dict(spec.options)
        miner = _KNOWN[spec.kind](spec.address, **options)
        plug = SmartPlug(spec.plug, miner) if spec.plug else None
        await miner.start()
        if plug:
            try:
                await plug.start()
            except OSError:
                await miner.stop()
                raise
        room = Room(miner) if spec.heats else None
        return Device(spec.name, miner, plug, room=room)


def read_specs(path: Path) -> list[Spec]:
    """Read a fleet file: `{"devices": [{"name", "kind", "address", ...}]}`."""
    content = json.loads(path.read_text())
    return [Spec.from_json(entry) for entry in content["devices"]]


def demo_specs(subnet: str) -> list[Spec]:
    """Describe three miners with plugs, and those of a household.

    Without port 80, there are such in addition as need none.
    """
    preferred = [
        Spec("antminer", "antminer", f"{subnet}.1", f"{subnet}.101"),
        Spec("whatsminer", "whatsminer", f"{subnet}.2", f"{subnet}.102"),
        # One that tells by itself what changes.
        Spec(
            *("bitaxe", "bitaxe", f"{subnet}.3", f"{subnet}.103"),
            options={"version": "v2.15.0"},
        ),
    ]
    household = household_specs(subnet)
    if may_bind(f"{subnet}.1", HTTP_PORT):
        return [*preferred, *household]
    substitutes = [
        Spec("avalon", "avalon", f"{subnet}.4", f"{subnet}.104"),
        Spec("whatsminer-2", "whatsminer", f"{subnet}.5", f"{subnet}.105"),
    ]
    return [*preferred, *substitutes, *household]


def all_specs(subnet: str) -> list[Spec]:
    """Describe one miner of each kind, each with a plug, and those of a household."""
    return [
        *(
            Spec(kind, kind, f"{subnet}.{number}", f"{subnet}.{number + 100}")
            for number, kind in enumerate(KINDS, 1)
        ),
        *household_specs(subnet),
    ]


def household_specs(subnet: str) -> list[Spec]:
    """Describe two miners for a fleet, and one that heats a room.

    They need no port 80.
    """
    return [
        Spec("solar-asic", "luxos", f"{subnet}.51", f"{subnet}.151"),
        Spec("solar-nano", "avalon", f"{subnet}.52", f"{subnet}.152"),
        Spec("heater", "luxos", f"{subnet}.53", f"{subnet}.153", heats=True),
    ]


def may_bind(address: str, port: int) -> bool:
    """Tell whether a port may be listened on."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        return True
    return False
