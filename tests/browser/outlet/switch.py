"""The relay of the plug."""

from datetime import timedelta
from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity
from homeassistant.config_entries import ConfigEntry
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
    """Add the relay."""
    async_add_entities([Relay(entry)], update_before_add=True)


class Relay(SwitchEntity):
    """Switch the power."""

    _attr_device_info = DEVICE
    _attr_has_entity_name = True
    _attr_name = None
    _attr_device_class = SwitchDeviceClass.OUTLET
    _attr_unique_id = "outlet_relay"

    def __init__(self, entry: ConfigEntry) -> None:
        """Switch the plug of an entry."""
        self._url = entry.data["url"]

    async def async_update(self) -> None:
        """Read whether it is on."""
        async with async_get_clientsession(self.hass).get(self._url) as answer:
            self._attr_is_on = (await answer.json())["on"]

    @override
    async def async_turn_on(self, **_: Any) -> None:
        """Switch it on."""
        await self._set(on=True)

    @override
    async def async_turn_off(self, **_: Any) -> None:
        """Switch it off."""
        await self._set(on=False)

    async def _set(self, *, on: bool) -> None:
        """Set the relay."""
        session = async_get_clientsession(self.hass)
        async with session.post(self._url, json={"on": on}):
            self._attr_is_on = on
