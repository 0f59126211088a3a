"""Whether the emergency stop of a fleet is set, and whether a circuit is overloaded."""

from collections.abc import Iterator
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.util import dt as dt_util

from .coordinator import FleetCoordinator
from .entity import FleetEntity
from .reasons import circuit_names

ATTR_CIRCUITS: Final = "circuits"
ATTR_MINERS: Final = "miners"
ATTR_SINCE: Final = "since"

EMERGENCY_STOP: Final = BinarySensorEntityDescription(
    key="emergency_stop", translation_key="emergency_stop"
)
OVER_LIMIT: Final = BinarySensorEntityDescription(
    key="over_limit",
    translation_key="over_limit",
    device_class=BinarySensorDeviceClass.PROBLEM,
)


class EmergencyStopSensor(FleetEntity, BinarySensorEntity):
    """Show whether the emergency stop is set, and what became of each miner."""

    _unrecorded_attributes = frozenset({ATTR_MINERS})

    def __init__(self, coordinator: FleetCoordinator) -> None:
        """Show the latch of a fleet."""
        super().__init__(coordinator, EMERGENCY_STOP)

    @property
    @override
    def available(self) -> bool:
        """Tell that this is always known."""
        return True

    @property
    @override
    def shown(self) -> object:
        """Return the latch, and what became of each miner."""
        data = self.coordinator.data
        return data.latched_at, data.stops

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the emergency stop is set."""
        return self.coordinator.data.latched_at is not None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell since when, and what became of each miner."""
        data = self.coordinator.data
        since = None
        if data.latched_at is not None:
            since = dt_util.utc_from_timestamp(data.latched_at).isoformat()
        return {
            ATTR_SINCE: since,
            ATTR_MINERS: [
                {"config_entry_id": miner_id, "miner": self._title(miner_id), **told}
                for miner_id, told in data.stops.items()
            ],
        }

    def _title(self, miner_id: str) -> str:
        """Return what a miner is called."""
        entry = self.hass.config_entries.async_get_entry(miner_id)
        return entry.title if entry else miner_id


class OverLimitSensor(FleetEntity, BinarySensorEntity):
    """Show whether more may be drawn on a circuit than is allowed."""

    def __init__(self, coordinator: FleetCoordinator) -> None:
        """Watch the circuits of a fleet."""
        super().__init__(coordinator, OVER_LIMIT)

    @property
    @override
    def shown(self) -> object:
        """Return the circuits that are overloaded."""
        return self.is_on, self._circuits

    @property
    @override
    def is_on(self) -> bool | None:
        """Tell whether any circuit is overloaded; None where nobody looks."""
        if self.coordinator.data.allocation is None:
            return None
        return bool(self._circuits)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Name the circuits."""
        entry = self.coordinator.config_entry
        return {ATTR_CIRCUITS: circuit_names(entry, self._circuits)}

    @property
    def _circuits(self) -> tuple[str, ...]:
        """Return the circuits that are overloaded."""
        allocation = self.coordinator.data.allocation
        return allocation.over_limit if allocation else ()


def fleet_binary_sensors(coordinator: FleetCoordinator) -> Iterator[FleetEntity]:
    """Yield the binary sensors of a fleet."""
    yield EmergencyStopSensor(coordinator)
    yield OverLimitSensor(coordinator)
