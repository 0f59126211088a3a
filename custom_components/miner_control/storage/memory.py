"""What controllers remember of their devices over a restart of Home Assistant."""

from collections import UserDict
from collections.abc import Callable, MutableMapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN

_VERSION = 1


class MinerMemory:
    """Keep what the controllers of a miner remember.

    It is no part of the config entry: to write there would tell its listeners that
    the user changed something.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Remember nothing yet."""
        self._hass = hass
        self._entry = entry
        self._store: Store[dict[str, dict[str, Any]]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry.entry_id}"
        )
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, controller_id: str) -> MutableMapping[str, Any]:
        """Return the memory of a controller; what is written there is kept."""
        return _Memory(self._known.setdefault(controller_id, {}), self._save)

    async def async_load(self) -> None:
        """Remember what was stored of the controllers that there still are."""
        stored = await self._store.async_load() or {}
        for controller_id, known in self._known.items():
            known.update(stored.get(controller_id, {}))

    async def async_remove(self) -> None:
        """Forget everything, for the miner is gone."""
        await self._store.async_remove()

    @callback
    def _save(self) -> None:
        """Store what is known now; an unload waits for that."""
        known = {name: dict(memory) for name, memory in self._known.items() if memory}
        self._entry.async_create_task(self._hass, self._store.async_save(known))


class _Memory(UserDict[str, Any]):
    """What one controller remembers."""

    def __init__(self, known: dict[str, Any], on_change: Callable[[], None]) -> None:
        """Read and write what is known."""
        super().__init__()
        self.data = known
        self._on_change = on_change

    @override
    def __setitem__(self, key: str, item: Any) -> None:
        """Remember something, and have it stored if it is new."""
        if key not in self.data or self.data[key] != item:
            super().__setitem__(key, item)
            self._on_change()

    @override
    def __delitem__(self, key: str) -> None:
        """Forget something, also in what is stored."""
        super().__delitem__(key)
        self._on_change()
