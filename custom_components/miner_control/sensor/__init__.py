"""Sensors of a miner: one row each in the modules beside this one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..coordinator import MinerCoordinator
from ..fleet.sensor import fleet_sensors
from ..runtime import MinerControlConfigEntry
from ..storage.kinds import is_fleet
from . import chips, hashboards, monitoring, operation
from .descriptions import MinerSensorDescription
from .entities import MinerSensor
from .heating import heating_sensors
from .known import Known

PARALLEL_UPDATES = 0

type Rows = Iterable[MinerSensorDescription[Any]]

_ROWS: Final[tuple[Callable[[Known], Rows], ...]] = (
    monitoring.rows,
    operation.rows,
    chips.rows,
    hashboards.rows,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a sensor for all that the miner is known to have, now and later."""
    async_add_entities(heating_sensors(entry.runtime_data.thermostat))
    if is_fleet(entry):
        async_add_entities(fleet_sensors(hass, entry))
        return
    sensors = _Sensors(hass, entry, async_add_entities)
    sensors.add_new()
    coordinator = entry.runtime_data.coordinator
    entry.async_on_unload(coordinator.async_add_listener(sensors.add_new))


class _Sensors:
    """Add each sensor as soon as it is known that there is something to show."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MinerControlConfigEntry,
        add: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Learn what was known before."""
        self._coordinator = entry.runtime_data.coordinator
        self._known = Known(hass, entry)
        self._add = add
        self._added: set[str] = set()

    @callback
    def add_new(self) -> None:
        """Add what is known by now and was not before."""
        # What there is depends on nothing that changes while the entry is loaded.
        if not self._known.learn() and self._added:
            return
        new = [row for row in self._rows() if row.key not in self._added]
        if new:
            self._added.update(row.key for row in new)
            self._add(_sensor(self._coordinator, row) for row in new)

    def _rows(self) -> Iterator[MinerSensorDescription[Any]]:
        """Yield the rows that have something to show."""
        for rows in _ROWS:
            yield from (row for row in rows(self._known) if row.is_shown(self._known))


def _sensor(
    coordinator: MinerCoordinator, row: MinerSensorDescription[Any]
) -> SensorEntity:
    """Make the sensor that a row describes."""
    return (row.sensor_type or MinerSensor)(coordinator, row)
