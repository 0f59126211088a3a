"""What the loaded config entry of a fleet holds."""

from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ..heating.thermostat import HeatingThermostat
from .coordinator import FleetCoordinator


@dataclass(frozen=True, slots=True)
class FleetRuntimeData:
    """One fleet; one that is set up to heat a room has a thermostat."""

    coordinator: FleetCoordinator
    thermostat: HeatingThermostat | None = None


type FleetConfigEntry = ConfigEntry[FleetRuntimeData]


def fleet_coordinator(entry: ConfigEntry[Any]) -> FleetCoordinator:
    """Return the coordinator of a config entry that is a loaded fleet."""
    runtime: FleetRuntimeData = entry.runtime_data
    return runtime.coordinator
