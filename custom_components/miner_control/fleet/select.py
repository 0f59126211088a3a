"""The mode of a fleet."""

from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription

from ..domain.fleet import FleetMode
from .coordinator import FleetCoordinator
from .entity import FleetEntity

MODE: Final = SelectEntityDescription(
    key="mode",
    translation_key="mode",
    options=[mode.value for mode in FleetMode],
)


class ModeSelect(FleetEntity, SelectEntity):
    """Choose how a fleet finds out what its miners may draw."""

    def __init__(self, coordinator: FleetCoordinator) -> None:
        """Choose the mode of a fleet."""
        super().__init__(coordinator, MODE)

    @property
    @override
    def shown(self) -> object:
        """Return the mode."""
        return self.current_option

    @property
    @override
    def current_option(self) -> str:
        """Return the mode."""
        return self.coordinator.data.mode.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the mode; raise ServiceValidationError where that is not possible."""
        await self.coordinator.async_set_mode(FleetMode(option))
