"""What is known of a miner and no part of its config entry, in storage of its own.

Home Assistant drops what an entity had for its restoration once it was gone for a
week, and writes it down every quarter of an hour only.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN

_VERSION = 1
# How long something may wait to be stored, in seconds, for a memory card wears out.
SAVE_DELAY = 300.0


class KeptStore:
    """Keep something that is known of a miner."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, name: str) -> None:
        """Know nothing yet; the `name` tells the storage from others of the miner."""
        self._hass = hass
        self._entry = entry
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry.entry_id}.{name}"
        )
        self.known: dict[str, Any] = {}
        self._is_due = False

    async def async_load(self) -> None:
        """Read what was stored, and store the rest when the miner is unloaded."""
        self.known = await self._store.async_load() or {}
        self._entry.async_on_unload(self._async_save_rest)

    async def async_remove(self) -> None:
        """Forget everything, for the miner is gone."""
        await self._store.async_remove()

    @callback
    def keep(self, known: dict[str, Any], *, at_once: bool = False) -> None:
        """Keep something instead of what was known, and store it in a while."""
        self.known = known
        if at_once:
            self._entry.async_create_task(
                self._hass, self._store.async_save(self._content())
            )
        elif not self._is_due:
            self._is_due = True
            self._store.async_delay_save(self._content, SAVE_DELAY)

    async def _async_save_rest(self) -> None:
        """Store what waits for it."""
        if self._is_due:
            await self._store.async_save(self._content())

    @callback
    def _content(self) -> dict[str, Any]:
        """Return what is to be stored now."""
        self._is_due = False
        return self.known


class MinerTotals(KeptStore):
    """Keep what was counted of a miner."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Know nothing yet."""
        super().__init__(hass, entry, "totals")


class MinerPowerTarget(KeptStore):
    """Keep which watts were asked of a miner, and what its settings draw."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Know nothing yet."""
        super().__init__(hass, entry, "power_target")


class KeptHeating(KeptStore):
    """Keep what was set on a thermostat, and what it learned of the room."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Know nothing yet."""
        super().__init__(hass, entry, "heating")
