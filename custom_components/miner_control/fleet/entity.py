"""What the entities of a fleet have in common."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import BaseCoordinatorEntity

from ..const import DOMAIN
from .coordinator import FleetCoordinator

_NEVER = object()


class FleetEntity(BaseCoordinatorEntity[FleetCoordinator]):
    """An entity of a fleet, written only when what it shows has changed."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: FleetCoordinator, description: EntityDescription
    ) -> None:
        """Attach the entity to the fleet's device."""
        super().__init__(coordinator)
        self.entity_description = description
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})
        self._shown: object = _NEVER

    @property
    @override
    def available(self) -> bool:
        """Tell whether the fleet could decide."""
        return self.coordinator.last_update_success

    @property
    def shown(self) -> object:
        """Return all that state and attributes follow from, to be compared."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write what has changed."""
        shown = self.available, self.shown
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()

    @override
    async def async_update(self) -> None:
        """Look at once, when asked to update the entity."""
        if self.enabled:
            self.coordinator.tick()
