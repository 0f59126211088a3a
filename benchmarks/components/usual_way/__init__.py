"""Read miners the usual way: identify each at every poll, then read its data.

This is what the integration is measured against, so it does nothing else.
"""

from datetime import timedelta
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
import pyasic

DOMAIN = "usual_way"
INTERVAL = timedelta(seconds=15)
FIELDS = [
    "hostname",
    "mac",
    "is_mining",
    "fw_ver",
    "hashrate",
    "expected_hashrate",
    "hashboards",
    "wattage",
    "wattage_limit",
    "fans",
    "config",
]

# The library repeats each failure of a device, on everybody's logger.
logging.getLogger().setLevel(logging.ERROR)

type UsualEntry = ConfigEntry[UsualCoordinator]


class UsualCoordinator(DataUpdateCoordinator[Any]):
    """Read one miner."""

    config_entry: UsualEntry

    def __init__(self, hass: HomeAssistant, entry: UsualEntry) -> None:
        """Prepare to read."""
        super().__init__(
            hass,
            logging.getLogger(__name__),
            config_entry=entry,
            name=entry.title,
            update_interval=INTERVAL,
        )

    @override
    async def _async_update_data(self) -> Any:
        """Identify the miner and read it."""
        miner = await pyasic.get_miner(self.config_entry.data["host"])
        if miner is None:
            raise UpdateFailed("nothing answers")
        try:
            return await miner.get_data(include=FIELDS)
        except Exception as err:
            raise UpdateFailed("nothing was told") from err


async def async_setup_entry(hass: HomeAssistant, entry: UsualEntry) -> bool:
    """Read a miner from now on."""
    entry.runtime_data = UsualCoordinator(hass, entry)
    await entry.runtime_data.async_config_entry_first_refresh()
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    return True
