"""Watch entities, whatever they are called."""

from collections.abc import Callable, Iterable

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)


class EntityWatcher:
    """Call back when entities change their state or their name, or are removed."""

    def __init__(
        self,
        hass: HomeAssistant,
        references: Iterable[str],
        on_change: Callable[[], None],
    ) -> None:
        """Watch the entities of references: registry ids, or names of entities."""
        self._hass = hass
        # The last name of each, for the registry may restore what was removed.
        self._names = dict.fromkeys(references, "")
        self._on_change = on_change
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._follow()

    @callback
    def stop(self) -> None:
        """Watch nothing any more."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    def _follow(self) -> None:
        """Watch the entities under their present names."""
        self.stop()
        registry = er.async_get(self._hass)
        for reference in self._names:
            if entity_id := er.async_resolve_entity_id(registry, reference):
                self._names[reference] = entity_id
        names = set(filter(None, self._names.values()))
        self._unsubscribe = [
            async_track_state_change_event(self._hass, names, self._state_changed),
            async_track_entity_registry_updated_event(
                self._hass, names, self._registry_changed
            ),
        ]

    @callback
    def _state_changed(self, _event: Event[EventStateChangedData]) -> None:
        """Tell of a new state."""
        self._on_change()

    @callback
    def _registry_changed(
        self, _event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Follow an entity to its new name."""
        self._follow()
        self._on_change()
