"""All that runs while the demonstration is on."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.home.client import Client
from tools.home.emulators import Emulators
from tools.home.home import Home
from tools.home.miners import Miner
from tools.home.processes import Family
from tools.home.states import States

from .fleet import Fleet


@dataclass(frozen=True)
class Stage:
    """The players of the demonstration."""

    home: Home
    family: Family
    emulators: Emulators
    client: Client
    states: States
    miners: Sequence[Miner]
    """Those that are broken and driven."""
    fleet: Fleet
    heater: Miner

    @property
    def every_miner(self) -> Sequence[Miner]:
        """Return all miners that there are."""
        return [*self.miners, *self.fleet.members, self.heater]
