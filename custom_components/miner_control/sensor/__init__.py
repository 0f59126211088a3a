"""Sensors of a miner: one description each."""

from collections.abc import Iterator
import re
from typing import Any, Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..controllers.snapshot import readings_of
from ..coordinator import MinerCoordinator
from ..domain.miner import Miner
from ..domain.ports import (
    EnergyMonitorPort,
    FeaturePort,
    HashrateMonitorPort,
    PowerMonitorPort,
)
from ..runtime import MinerControlConfigEntry
from .descriptions import MinerSensorDescription
from .energy import EnergySensor
from .entities import (
    EfficiencySensor,
    ErrorsSensor,
    ExternalFanSensor,
    MinerSensor,
    StatusSensor,
    UptimeSensor,
)
from .hashboards import hashboard
from .monitoring import (
    ENERGY,
    EXTERNAL_FAN,
    SENSORS,
    STATUS,
    efficiency,
    hashrates,
    internal_fan,
)
from .operation import ERRORS, OPERATION, UPTIME

PARALLEL_UPDATES = 0

# Sensors that do more than show what the provider reads.
_ENTITIES: Final[dict[str, type[MinerSensor[Any]]]] = {
    "status": StatusSensor,
    "external_fan_speed": ExternalFanSensor,
    "energy": EnergySensor,
    "efficiency": EfficiencySensor,
    "uptime": UptimeSensor,
    "errors": ErrorsSensor,
}
_BOARD_KEY: Final = re.compile(r"board_(\d+)_")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a sensor for all that the miner is known to have, now and later."""
    sensors = _Sensors(hass, entry, async_add_entities)
    sensors.add_new()
    coordinator = entry.runtime_data.coordinator
    entry.async_on_unload(coordinator.async_add_listener(sensors.add_new))


class _Sensors:
    """Add each sensor as soon as it is known that there is something to show.

    That is known from linking, from what a device tells now, and from what it told
    before: then the sensor is registered.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MinerControlConfigEntry,
        add: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Learn what was known before."""
        self._coordinator = entry.runtime_data.coordinator
        self._add = add
        self._added: set[str] = set()
        self._readings: set[str] = set()
        self._boards = 0
        for controller in self._coordinator.controllers.values():
            known = controller.controller.capabilities
            self._readings.update(known.readings)
            self._boards = max(self._boards, known.boards)
        for key in _registered_keys(hass, entry):
            self._readings.add(_BOARD_KEY.sub("board_", key))
            if board := _BOARD_KEY.match(key):
                self._boards = max(self._boards, int(board[1]))

    @callback
    def add_new(self) -> None:
        """Add what is known by now and was not before."""
        self._learn()
        new = [d for d in self._known() if d.key not in self._added]
        if new:
            self._added.update(description.key for description in new)
            self._add(_entity(self._coordinator, description) for description in new)

    def _learn(self) -> None:
        """Learn from what the devices tell now."""
        for controller in self._coordinator.controllers.values():
            snapshot = controller.controller.snapshot
            self._readings |= readings_of(snapshot)
            self._boards = max(self._boards, len(snapshot.hashboards or ()))

    def _known(self) -> Iterator[MinerSensorDescription[Any]]:
        """Describe the sensors that have something to show."""
        miner = self._coordinator.miner
        yield STATUS
        yield from _of_power(miner, self._coordinator)
        for description in self._bound():
            has_reading = description.reading in (None, *self._readings)
            if has_reading and _has(miner, description.port):
                yield description

    def _bound(self) -> Iterator[MinerSensorDescription[Any]]:
        """Describe the sensors that need a binding of their port."""
        unit = self._coordinator.hashrate_unit
        yield from hashrates(unit)
        yield from SENSORS
        yield from map(internal_fan, range(1, self._coordinator.fan_count + 1))
        yield from (EXTERNAL_FAN, *OPERATION, UPTIME, ERRORS)
        for number in range(1, self._boards + 1):
            yield from hashboard(number, unit)


def _of_power(
    miner: Miner, coordinator: MinerCoordinator
) -> Iterator[MinerSensorDescription[Any]]:
    """Describe what is worked out from the power that serves."""
    has_power = _has(miner, PowerMonitorPort)
    if has_power or _has(miner, EnergyMonitorPort):
        yield ENERGY
    if has_power and _has(miner, HashrateMonitorPort):
        yield efficiency(coordinator.hashrate_unit)


def _has(miner: Miner, port: type[FeaturePort]) -> bool:
    """Tell whether any controller is bound to a port."""
    return miner.has_feature(port.feature_type)


def _registered_keys(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> Iterator[str]:
    """Yield the keys of the miner's sensors that are known from before."""
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        if registered.domain == SENSOR_DOMAIN:
            yield registered.unique_id.removeprefix(f"{entry.entry_id}_")


def _entity(
    coordinator: MinerCoordinator, description: MinerSensorDescription[Any]
) -> MinerSensor[Any]:
    """Make the sensor that is described."""
    return _ENTITIES.get(description.key, MinerSensor)(coordinator, description)
