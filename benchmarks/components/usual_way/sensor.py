"""The sensors that are usual for a miner, its boards and its fans."""

from collections.abc import Callable, Iterator
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from . import UsualCoordinator, UsualEntry

type Value = Callable[[Any], Any]

MINER: dict[str, Value] = {
    "hashrate": lambda data: data.hashrate and round(float(data.hashrate), 2),
    "ideal_hashrate": lambda data: (
        data.expected_hashrate and round(float(data.expected_hashrate), 2)
    ),
    "temperature": lambda data: data.temperature_avg,
    "power_limit": lambda data: data.wattage_limit,
    "consumption": lambda data: data.wattage,
    "efficiency": lambda data: data.efficiency_fract,
}
BOARD: dict[str, Value] = {
    "temperature": lambda board: board.temp,
    "chip_temperature": lambda board: board.chip_temp,
    "hashrate": lambda board: board.hashrate and round(float(board.hashrate), 2),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UsualEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of what the first reading found."""
    async_add_entities(
        UsualSensor(entry.runtime_data, name, value)
        for name, value in _values(entry.runtime_data.data)
    )


def _values(data: Any) -> Iterator[tuple[str, Value]]:
    """Yield the name of each sensor, and how its value is found."""
    yield from MINER.items()
    for slot in range(len(data.hashboards)):
        for name, value in BOARD.items():
            yield f"board_{slot}_{name}", _of_part("hashboards", slot, value)
    for number in range(len(data.fans)):
        yield f"fan_{number}", _of_part("fans", number, lambda fan: fan.speed)


def _of_part(parts: str, number: int, value: Value) -> Value:
    """Return how a value of one of several parts is found."""
    return lambda data: (
        value(getattr(data, parts)[number])
        if number < len(getattr(data, parts))
        else None
    )


class UsualSensor(CoordinatorEntity[UsualCoordinator], SensorEntity):
    """One value of a miner."""

    def __init__(self, coordinator: UsualCoordinator, name: str, value: Value) -> None:
        """Show one value."""
        super().__init__(coordinator)
        self._value = value
        self._attr_name = f"{coordinator.config_entry.title} {name}"
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{name}"

    @property
    @override
    def native_value(self) -> Any:
        """Return the value."""
        return self._value(self.coordinator.data)
