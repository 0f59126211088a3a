"""The power limit of a miner."""

from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import set_power_limit
from .control import ControlEntity
from .domain.ports import PowerLimitControlPort
from .domain.values import PowerLimit
from .runtime import MinerControlConfigEntry, MinerRuntimeData

PARALLEL_UPDATES = 1

POWER_LIMIT = NumberEntityDescription(
    key="power_limit",
    translation_key="power_limit",
    device_class=NumberDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    mode=NumberMode.BOX,
)
# Until a device has told its range, nothing can be set anyway.
_ANY_LIMIT = PowerLimit(watts=None, minimum=0, maximum=100_000)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the power limit, if it is bound to the miner."""
    runtime = entry.runtime_data
    if runtime.coordinator.miner.has_feature(PowerLimitControlPort.feature_type):
        async_add_entities([PowerLimitNumber(runtime)])


class PowerLimitNumber(ControlEntity[PowerLimitControlPort], NumberEntity):
    """Limit the power within the range of whoever does it."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the limit to the miner."""
        super().__init__(runtime, POWER_LIMIT, PowerLimitControlPort)
        self._last = _ANY_LIMIT

    @property
    def limit(self) -> PowerLimit:
        """Return the limit and its range, the last known one if nobody tells."""
        if self.provider and (limit := self.provider.power_limit):
            self._last = limit
        return self._last

    @property
    @override
    def native_value(self) -> float | None:
        """Return the limit that is set."""
        return self.limit.watts

    @property
    @override
    def native_min_value(self) -> float:
        """Return the lowest limit that the device accepts."""
        return self.limit.minimum

    @property
    @override
    def native_max_value(self) -> float:
        """Return the highest limit that the device accepts."""
        return self.limit.maximum

    @property
    @override
    def native_step(self) -> float:
        """Return how finely the limit can be set."""
        return self.limit.step

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the limit; raise HomeAssistantError if nobody did."""
        await self.give(set_power_limit(value))
