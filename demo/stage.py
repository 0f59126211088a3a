"""All that runs while the demonstration is on."""

from collections.abc import Sequence
from dataclasses import dataclass

from .client import Client
from .emulators import Emulators
from .home import Home
from .miners import Miner
from .processes import Family
from .states import States


@dataclass(frozen=True)
class Stage:
    """The players of the demonstration."""

    home: Home
    family: Family
    emulators: Emulators
    client: Client
    states: States
    miners: Sequence[Miner]
