"""What a loaded config entry holds."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .coordinator import MinerCoordinator
from .events import MinerEvents
from .operations import MinerOperations


@dataclass(frozen=True, slots=True)
class MinerRuntimeData:
    """One miner: who serves it, what happens to it, and what can be done with it."""

    coordinator: MinerCoordinator
    events: MinerEvents
    operations: MinerOperations


type MinerControlConfigEntry = ConfigEntry[MinerRuntimeData]
