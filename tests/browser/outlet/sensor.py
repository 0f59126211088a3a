"""What the plug measures."""

from datetime import timedelta

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import DEVICE

SCAN_INTERVAL = timedelta(seconds=5)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the power and the energy."""
    async_add_entities(
        [
            Meter(entry, SensorDeviceClass.POWER, UnitOfPower.WATT),
            Meter(entry, SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR),
        ],
        update_before_add=True,
    )


class Meter(SensorEntity):
    """One of the values that the plug shows."""

    _attr_device_info = DEVICE
    _attr_has_entity_name = True

    def __init__(self, entry: ConfigEntry, kind: SensorDeviceClass, unit: str) -> None:
        """Read a value by the name of its kind."""
        self._url = entry.data["url"]
        self._attr_device_class = kind
        self._attr_native_unit_of_measurement = unit
        self._attr_unique_id = f"outlet_{kind}"
        is_power = kind is SensorDeviceClass.POWER
        self._attr_state_class = (
            SensorStateClass.MEASUREMENT
            if is_power
            else SensorStateClass.TOTAL_INCREASING
        )

    async def async_update(self) -> None:
        """Read the value."""
        async with async_get_clientsession(self.hass).get(self._url) as answer:
            shown = await answer.json()
        self._attr_native_value = shown[str(self.device_class)]
