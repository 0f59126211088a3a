"""What a loaded config entry holds."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .commands.operations import MinerOperations
from .coordinator import MinerCoordinator
from .heating.thermostat import HeatingThermostat
from .watch.events import MinerEvents


@dataclass(frozen=True, slots=True)
class MinerRuntimeData:
    """One miner: who serves it, what happens to it, and what can be done with it.

    One that is set up to heat a room has a thermostat.
    """

    coordinator: MinerCoordinator
    events: MinerEvents
    operations: MinerOperations
    thermostat: HeatingThermostat | None = None


type MinerControlConfigEntry = ConfigEntry[MinerRuntimeData]
