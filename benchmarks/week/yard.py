"""Six emulated miners of different kinds, as a household has them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
import os
from typing import Any, ClassVar, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonQ,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminerV3,
    SmartPlug,
)
from emulation.axeos import EmulatedNerdOctaxe
from emulation.machine import PSU_EFFICIENCY, Rating
from tools.hurried import add_miner, entities, network, plug_entities

# A network of the loopback interface that nothing else of the project uses; what runs
# at the same time has another one.
_SUBNET: Final = f"127.31.{os.getpid() % 250}"


class OldMiner(EmulatedAntminer):
    """An old model of which nothing is known but what its plug measures."""

    rating: ClassVar[Rating] = replace(
        EmulatedAntminer.rating, hashrate=13.5, watts=1250.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A miner, and what its owner set.

    It is to draw `floor` W at least and `ceiling` W at most while it mines, by the
    meter that its owner has, and takes `warm_up` seconds to that. One without a
    `protocol` is known by its plug alone.
    """

    name: str
    device: type[EmulatedMiner]
    protocol: str | None
    floor: float
    ceiling: float
    priority: int
    boot: float
    warm_up: float
    has_plug: bool = True
    has_limit: bool = False
    # By what factor it misses the watts that it is told.
    error: float = 1.0

    @property
    def least(self) -> float:
        """Return the W at the wall that it draws at least."""
        return self.floor if self.has_plug else self.floor / PSU_EFFICIENCY

    @property
    def most(self) -> float:
        """Return the W at the wall that it draws at most."""
        allowed = self.ceiling if self.has_plug else self.ceiling / PSU_EFFICIENCY
        return min(allowed, self.device.rating.watts * self.error / PSU_EFFICIENCY)


# Those that follow the sun best come first: they run for the longest. Which of the
# others run is left to the fleet.
KINDS: Final[Sequence[Kind]] = (
    Kind(
        name="steps of frequency",
        device=EmulatedNerdOctaxe,
        protocol="axeos",
        floor=104,
        ceiling=160,
        priority=90,
        boot=20,
        warm_up=10,
        has_plug=False,
    ),
    Kind(
        name="power target",
        device=EmulatedLuxOs,
        protocol="pyasic",
        floor=900,
        ceiling=3000,
        priority=90,
        boot=60,
        warm_up=30,
        has_limit=True,
        error=0.99,
    ),
    Kind(
        name="presets",
        device=EmulatedVnish,
        protocol="pyasic",
        floor=1100,
        ceiling=3000,
        priority=50,
        boot=60,
        warm_up=90,
        has_limit=True,
        error=1.03,
    ),
    Kind(
        name="slow start",
        device=EmulatedWhatsminerV3,
        protocol="pyasic",
        floor=1440,
        ceiling=3300,
        priority=50,
        boot=120,
        warm_up=180,
        has_limit=True,
        error=1.01,
    ),
    Kind(
        name="modes that restart",
        device=EmulatedAvalonQ,
        protocol="pyasic",
        floor=837,
        ceiling=1674,
        priority=50,
        boot=60,
        warm_up=120,
        error=0.98,
    ),
    Kind(
        name="on or off",
        device=OldMiner,
        protocol=None,
        floor=1400,
        ceiling=1400,
        priority=50,
        boot=60,
        warm_up=30,
    ),
)
FLOOR: Final = min(kind.least for kind in KINDS)
CEILING: Final = sum(kind.most for kind in KINDS)


@dataclass
class Place:
    """One of the miners, with its plug, and how often it started."""

    kind: Kind
    device: EmulatedMiner
    plug: SmartPlug
    switch: str
    entry: ConfigEntry = field(init=False)
    starts: int = 0
    _mined: bool = False
    _renewed: int = 0
    _energy: float = 0.0

    def step(self, seconds: float) -> tuple[float, float]:
        """Return the W drawn for mining since the last look, and those at rest."""
        device = self.device
        mines, renewed = device.mining, device.restarts + device.reboots
        self.starts += mines and (not self._mined or renewed > self._renewed)
        watts = (device.energy - self._energy) * 3_600_000 / seconds
        at_rest = 0.0
        if not mines and not self._mined:
            idle = device.rating.idle_watts / PSU_EFFICIENCY
            at_rest = min(watts, idle)
        self._mined, self._renewed, self._energy = mines, renewed, device.energy
        return watts - at_rest, at_rest

    async def rest(self) -> None:
        """Be stopped, as at night; some reboot for that."""
        if self.kind.protocol is None:
            self.plug.switch(on=False)
        else:
            self.device.pause()
            await self.device.wait_ready()


@asynccontextmanager
async def running_yard() -> AsyncIterator[list[Place]]:
    """Return the miners, running and at rest."""
    async with AsyncExitStack() as stack:
        places = []
        for number, kind in enumerate(KINDS, 1):
            device = kind.device(
                f"{_SUBNET}.{number}", boot=kind.boot, warm_up=kind.warm_up
            )
            device.draw(factor=kind.error)
            await stack.enter_async_context(device)
            plug = SmartPlug(f"{_SUBNET}.{number + 100}", device)
            await stack.enter_async_context(plug)
            place = Place(kind, device, plug, f"input_boolean.plug_{number}")
            await place.rest()
            places.append(place)
        yield places


def components() -> Mapping[str, Any]:
    """Return the settings of the switches of all plugs."""
    return {
        "input_boolean": {
            f"plug_{number}": {"initial": kind.protocol is not None}
            for number, kind in enumerate(KINDS, 1)
        }
    }


async def link(hass: HomeAssistant, place: Place, interval: int) -> None:
    """Set a miner up, by its network and its plug."""
    kind, linked = place.kind, []
    if kind.protocol is not None:
        linked.append(
            await network(
                hass, place.device.address, kind.protocol, scan_interval=interval
            )
        )
    if kind.has_plug:
        linked.append(entities(plug_entities(hass, place.switch, place.plug)))
    options = {"power_stands_in": kind.protocol is None}
    place.entry = await add_miner(hass, kind.name, *linked, options=options)
