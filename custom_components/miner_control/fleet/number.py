"""The budget of a fleet."""

from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import UnitOfPower

from ..storage.fleet import MAX_BUDGET
from .coordinator import FleetCoordinator
from .entity import FleetEntity

BUDGET: Final = NumberEntityDescription(
    key="power_budget",
    translation_key="power_budget",
    device_class=NumberDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    native_min_value=0,
    native_max_value=MAX_BUDGET,
    native_step=1,
    mode=NumberMode.BOX,
)


class BudgetNumber(FleetEntity, NumberEntity):
    """Set what all miners of a fleet may draw together."""

    def __init__(self, coordinator: FleetCoordinator) -> None:
        """Set the budget of a fleet."""
        super().__init__(coordinator, BUDGET)

    @property
    @override
    def shown(self) -> object:
        """Return the budget."""
        return self.native_value

    @property
    @override
    def native_value(self) -> float:
        """Return the budget."""
        return self.coordinator.data.budget

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the budget."""
        await self.coordinator.async_set_budget(value)
