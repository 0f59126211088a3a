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

from .bindings import controller_subentries
from .entity import ControllerEntity, MinerEntity
from .runtime import MinerControlConfigEntry

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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one sensor to the miner and one to each controller."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities([DegradedSensor(coordinator, DEGRADED)])
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
    def is_on(self) -> bool:
        """Tell whether anything is served by a fallback, or by nobody."""
        return bool(self.coordinator.degraded)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """List the features concerned, and who serves them instead."""
        return {
            ATTR_FEATURES: {
                feature_type.value: provider.title if provider else None
                for feature_type, provider in self.coordinator.degraded.items()
            }
        }


class ConnectivitySensor(ControllerEntity, BinarySensorEntity):
    """Tell whether a controller reaches its device."""

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the last refresh succeeded."""
        return self._controller.is_available
