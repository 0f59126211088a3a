"""A named set of emulated devices, made from a description in JSON."""

from collections.abc import Mapping, Sequence
import contextlib
from dataclasses import dataclass, field
import json
from pathlib import Path
import socket
from typing import Any, Self

from .antminer import EmulatedAntminer
from .avalon import EmulatedAvalonNano3
from .axeos import EmulatedBitaxe
from .device import EmulatedMiner
from .faults import Fault
from .network import HTTP_PORT
from .plug import SmartPlug
from .vnish import EmulatedVnish
from .whatsminer import EmulatedWhatsminer

KINDS: Mapping[str, type[EmulatedMiner]] = {
    kind.kind: kind
    for kind in (
        EmulatedAntminer,
        EmulatedAvalonNano3,
        EmulatedBitaxe,
        EmulatedVnish,
        EmulatedWhatsminer,
    )
}

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

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of a fleet file."""
        known = {"name", "kind", "address", "plug", "options"}
        if unknown := set(entry) - known:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        if entry["kind"] not in KINDS:
            raise ValueError(f"unknown kind {entry['kind']}: {', '.join(KINDS)}")
        return cls(**entry)


@dataclass(slots=True)
class Device:
    """A running device and its plug, and who took over its address."""

    name: str
    miner: EmulatedMiner
    plug: SmartPlug | None
    stranger: EmulatedMiner | None = None


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
            stranger = KINDS[kind](device.miner.address, **options)
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
        miner = KINDS[spec.kind](spec.address, **options)
        plug = SmartPlug(spec.plug, miner) if spec.plug else None
        await miner.start()
        if plug:
            try:
                await plug.start()
            except OSError:
                await miner.stop()
                raise
        return Device(spec.name, miner, plug)


def read_specs(path: Path) -> list[Spec]:
    """Read a fleet file: `{"devices": [{"name", "kind", "address", ...}]}`."""
    content = json.loads(path.read_text())
    return [Spec.from_json(entry) for entry in content["devices"]]


def demo_specs(subnet: str) -> list[Spec]:
    """Describe three miners with plugs; without port 80, such as need none."""
    preferred = [
        Spec("antminer", "antminer", f"{subnet}.1", f"{subnet}.101"),
        Spec("whatsminer", "whatsminer", f"{subnet}.2", f"{subnet}.102"),
        Spec("bitaxe", "bitaxe", f"{subnet}.3", f"{subnet}.103"),
    ]
    if may_bind(f"{subnet}.1", HTTP_PORT):
        return preferred
    substitutes = [
        Spec("avalon", "avalon", f"{subnet}.4", f"{subnet}.104"),
        Spec("whatsminer-2", "whatsminer", f"{subnet}.5", f"{subnet}.105"),
    ]
    return [*preferred, *substitutes]


def may_bind(address: str, port: int) -> bool:
    """Tell whether a port may be listened on."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        return True
    return False
