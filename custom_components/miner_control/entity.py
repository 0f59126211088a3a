"""What the entities of a miner and of its controllers have in common."""

from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.update_coordinator import (
    BaseCoordinatorEntity,
    DataUpdateCoordinator,
)

from .const import DOMAIN
from .coordinator import MinerCoordinator, Resolution
from .devices import controller_key
from .domain.ports import FeaturePort
from .heating.thermostat import HeatingThermostat

ATTR_PROVIDER = "provider"
ATTR_FALLBACK = "fallback"

_NEVER = object()
# How many digits of a reading mean anything; all others would be recorded in vain.
_DIGITS = 7


def rounded[V](value: V) -> V | float:
    """Return a reading without the digits that mean nothing."""
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


class QuietEntity[C: DataUpdateCoordinator[Any]](BaseCoordinatorEntity[C]):
    """An entity that is written only when something that it shows has changed.

    Home Assistant would find that out as well, but only after it has worked out
    state and attributes of every entity with every reading.
    """

    # A miner has some thirty entities. Slots, and what is the same for all of them,
    # keep the dictionary of each within 42 names: one more would double its size.
    __slots__ = ("_shown", "coordinator", "coordinator_context")

    _attr_has_entity_name = True
    assumed_state = False
    attribution = None
    entity_picture = None
    force_update = False

    def __init__(self, coordinator: C) -> None:
        """Listen to a coordinator; nothing equals what was never shown."""
        super().__init__(coordinator)
        self._shown: object = _NEVER

    @property
    def shown(self) -> object:
        """Return all that state and attributes follow from, to be compared."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write what has changed."""
        shown = self.shown
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()


class MinerEntity(QuietEntity[MinerCoordinator]):
    """An entity of the miner, fed by whoever serves its feature."""

    def __init__(
        self, coordinator: MinerCoordinator, description: EntityDescription
    ) -> None:
        """Attach the entity to the miner's device."""
        super().__init__(coordinator)
        self.entity_description = description
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the miner's device, which all its entities share."""
        return self.coordinator.device_info

    @override
    async def async_update(self) -> None:
        """Refresh all controllers, when asked to update the entity."""
        if self.enabled:
            await self.coordinator.async_refresh_all()


class HeatingEntity(QuietEntity[DataUpdateCoordinator[Any]]):
    """An entity of a thermostat, on the device of what heats."""

    def __init__(
        self, thermostat: HeatingThermostat, description: EntityDescription
    ) -> None:
        """Show a thermostat."""
        heater = thermostat.heater
        super().__init__(heater.coordinator)
        self.thermostat = thermostat
        self.entity_description = description
        self._attr_unique_id = f"{heater.entry.entry_id}_{description.key}"
        self._attr_device_info = heater.device_info

    @property
    @override
    def available(self) -> bool:
        """Tell that it can always be set, and what it decided is known."""
        return True

    @override
    async def async_update(self) -> None:
        """Look at once, when asked to update the entity."""
        if self.enabled:
            await self.thermostat.heater.async_refresh()


class FeatureEntity[P: FeaturePort](MinerEntity):
    """An entity of one feature of the miner."""

    __slots__ = ("_port",)

    _unrecorded_attributes = frozenset({ATTR_PROVIDER, ATTR_FALLBACK})

    def __init__(
        self,
        coordinator: MinerCoordinator,
        description: EntityDescription,
        port: type[P],
    ) -> None:
        """Let the entity show what a port offers."""
        super().__init__(coordinator, description)
        self._port = port

    @property
    @override
    def shown(self) -> object:
        """Return what the port shows, who serves it, and what the miner does."""
        coordinator, provider = self.coordinator, self.provider
        return (
            self.resolution,
            self.available,
            coordinator.data.status,
            coordinator.data.is_known_off,
            coordinator.miner,
            provider and tuple(getattr(provider, name) for name in self._port.fields),
        )

    @property
    def resolution(self) -> Resolution | None:
        """Return who serves the feature; None if no binding is enabled."""
        return self.coordinator.data.resolution(self._port)

    @property
    def provider(self) -> P | None:
        """Return the port of whoever serves the feature."""
        return self.coordinator.data.provider(self._port)

    @property
    @override
    def available(self) -> bool:
        """Tell whether somebody serves the feature, or could but knows nothing."""
        resolution = self.resolution
        return resolution is not None and resolution.is_reachable

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Name who serves the feature, and tell whether that is a fallback."""
        resolution = self.resolution
        provider = resolution.provider if resolution else None
        return {
            ATTR_PROVIDER: provider.title if provider else None,
            ATTR_FALLBACK: bool(resolution and resolution.is_fallback),
        }


class ControllerEntity(QuietEntity[MinerCoordinator]):
    """A diagnostic entity of one controller, on the controller's own device.

    It listens to the miner, which also decides when a controller is not asked.
    """

    def __init__(
        self,
        coordinator: MinerCoordinator,
        subentry: ConfigSubentry,
        description: EntityDescription,
    ) -> None:
        """Attach the entity to the controller's device."""
        super().__init__(coordinator)
        self._controller = coordinator.controllers[subentry.subentry_id]
        self.entity_description = description
        key = controller_key(coordinator.config_entry, subentry)
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, key)})

    @override
    async def async_update(self) -> None:
        """Refresh the controller, when asked to update the entity."""
        if self.enabled and not self._controller.is_suspended:
            await self._controller.async_request_refresh()


def forget_unbound_entities(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the entities of features that no controller is bound to any more.

    Their names and settings come back with them, if ever they do.
    """
    provided = {
        entity_id
        for platform in async_get_platforms(hass, DOMAIN)
        if platform.config_entry is entry
        for entity_id in platform.entities
    }
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        if not registered.disabled and registered.entity_id not in provided:
            registry.async_remove(registered.entity_id)
