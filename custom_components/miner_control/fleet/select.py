"""The mode of a fleet."""

from typing import Any, Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription

from ..domain.fleet import FleetMode
from .coordinator import FleetCoordinator
from .entity import FleetEntity

ATTR_REFUSED: Final = "refused"
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
        """Return the mode, and the one that was refused."""
        return self.current_option, self.coordinator.data.refused

    @property
    @override
    def current_option(self) -> str:
        """Return the mode."""
        return self.coordinator.data.mode.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell which mode was chosen last and cannot be, so that nobody asks again."""
        refused = self.coordinator.data.refused
        return {} if refused is None else {ATTR_REFUSED: refused.value}

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the mode; raise ServiceValidationError where that is not possible."""
        await self.coordinator.async_set_mode(FleetMode(option))
