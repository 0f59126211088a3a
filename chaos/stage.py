"""All that runs while the chaos is on, and its common clock."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from time import monotonic

from tools.home.client import Client

from .audits import Bindings, DeviceAudit, EnergyAudit, Providers
from .chronicle import Chronicle
from .findings import Findings
from .fleet import Fleet
from .libraries import Breakage
from .limits import FleetAudit
from .miners import Miner
from .oracle import Oracle
from .server import Server
from .sharing import Sharing
from .troubles import Part

# Home Assistant writes a changed entry to its storage a second later.
WRITTEN_AFTER = 1.5


@dataclass
class Stage:
    """The players, and what is known of each miner, by its name."""

    fleet: Fleet
    server: Server
    miners: Mapping[str, Miner]
    findings: Findings
    oracle: Oracle
    energies: Mapping[str, EnergyAudit]
    devices: Mapping[str, DeviceAudit]
    bindings: dict[str, Bindings] = field(default_factory=dict)
    providers: dict[str, Providers] = field(default_factory=dict)
    # The fleet that shares power, and what is found of it, where there is one.
    sharing: Sharing | None = None
    fleet_audit: FleetAudit | None = None
    # What is drawn while all this runs, by the run's own seed.
    random: Random = field(default_factory=Random)
    # The times in which a library could not be imported.
    breakages: list[Breakage] = field(default_factory=list)
    # One change of the set-up, or one restart, at a time.
    changes: asyncio.Lock = field(default_factory=asyncio.Lock)
    begin: float = field(default_factory=monotonic)

    @property
    def now(self) -> float:
        """Return the seconds since the beginning."""
        return monotonic() - self.begin

    def chronicle(self, miner: Miner) -> Chronicle:
        """Return the past of a miner."""
        return self.oracle.miners[miner.name].chronicle

    def is_latched(self, miner: Miner) -> bool:
        """Tell whether an emergency stop keeps a miner from running."""
        sharing = self.sharing
        return sharing is not None and sharing.is_latched and miner in sharing.members

    def run_time(self, moment: datetime) -> float:
        """Return the seconds from the beginning to a time of the day."""
        return self.now - (datetime.now(UTC) - moment).total_seconds()

    async def until(self, time: float) -> None:
        """Wait until some seconds after the beginning."""
        await asyncio.sleep(max(0.0, time - self.now))

    def note_moment(self, miner: Miner, kind: str, parts: Part) -> None:
        """Note that something happened that is over already."""
        trouble = self.chronicle(miner).begin(kind, parts, self.now)
        trouble.end = trouble.begin

    async def at_home[T](self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Change something in Home Assistant, while it is up, and let it write that."""
        async with self.changes:
            result = await work(self.server.client)
            await asyncio.sleep(WRITTEN_AFTER)
            return result
