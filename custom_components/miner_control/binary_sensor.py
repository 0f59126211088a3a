"""Whether a miner and each of its controllers is served as it should be."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.ports import OperationalMonitorPort
from .entity import ControllerEntity, FeatureEntity, MinerEntity
from .fleet.binary_sensor import fleet_binary_sensors
from .fleet.runtime import fleet_coordinator
from .runtime import MinerControlConfigEntry
from .sensor.known import Known
from .storage.bindings import controller_subentries
from .storage.kinds import is_fleet

PARALLEL_UPDATES = 0

ATTR_FEATURES = "features"

DEGRADED = BinarySensorEntityDescription(
    key="degraded",
    translation_key="degraded",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)
CONNECTIVITY = BinarySensorEntityDescription(
    key="connectivity",
    translation_key="connectivity",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)
FALLBACK_POOL = BinarySensorEntityDescription(
    key="fallback_pool",
    translation_key="fallback_pool",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one sensor to the miner and one to each controller."""
    if is_fleet(entry):
        async_add_entities(fleet_binary_sensors(fleet_coordinator(entry)))
        return
    coordinator = entry.runtime_data.coordinator
    async_add_entities([DegradedSensor(coordinator, DEGRADED)])
    known = Known(hass, entry)
    if known.has(OperationalMonitorPort) and known.reports("is_on_fallback_pool"):
        async_add_entities(
            [FallbackPoolSensor(coordinator, FALLBACK_POOL, OperationalMonitorPort)]
        )
    for subentry in controller_subentries(entry):
        if subentry.subentry_id not in coordinator.controllers:
            continue  # It was linked a moment ago; a reload is on its way.
        async_add_entities(
            [ConnectivitySensor(coordinator, subentry, CONNECTIVITY)],
            config_subentry_id=subentry.subentry_id,
        )


class DegradedSensor(MinerEntity, BinarySensorEntity):
    """Tell whether a feature is not served by its first enabled binding."""

    _unrecorded_attributes = frozenset({ATTR_FEATURES})

    @property
    @override
    def shown(self) -> object:
        """Return who serves what is not served as it should be."""
        return self.coordinator.data.degraded

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether anything is served by a fallback, or by nobody."""
        return bool(self.coordinator.data.degraded)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """List the features concerned, and who serves them instead."""
        return {
            ATTR_FEATURES: {
                feature_type.value: provider.title if provider else None
                for feature_type, provider in self.coordinator.data.degraded.items()
            }
        }


class FallbackPoolSensor(FeatureEntity[OperationalMonitorPort], BinarySensorEntity):
    """Tell whether the miner works for its fallback pool."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Tell whether it does, as far as the device tells."""
        operation = self.provider.operation if self.provider else None
        return operation.is_on_fallback_pool if operation else None


class ConnectivitySensor(ControllerEntity, BinarySensorEntity):
    """Tell whether a controller reaches its device."""

    @property
    @override
    def shown(self) -> object:
        """Return whether it does."""
        return self.is_on

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the last refresh succeeded."""
        return self._controller.is_available
