"""Watch entities, whatever they are called."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util


class EntityWatcher:
    """Call back when entities change, are renamed or removed, or grow too old."""

    def __init__(
        self,
        hass: HomeAssistant,
        watched: Iterable[tuple[str, timedelta | None]],
        on_change: Callable[[], None],
    ) -> None:
        """Watch entities given by registry id or name, each with its age limit."""
        self._hass = hass
        self._limits: dict[str, set[timedelta]] = {}
        for reference, limit in watched:
            limits = self._limits.setdefault(reference, set())
            limits.update(() if limit is None else (limit,))
        # The last name of each, for the registry may restore what was removed.
        self._names = dict.fromkeys(self._limits, "")
        self._on_change = on_change
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._follow()

    @callback
    def stop(self) -> None:
        """Watch nothing any more."""
        self._stop_timer()
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
        ageing = {self._names[ref] for ref, limits in self._limits.items() if limits}
        self._unsubscribe = [
            async_track_state_change_event(self._hass, names, self._state_changed),
            async_track_state_report_event(
                self._hass, ageing & names, self._state_reported
            ),
            async_track_entity_registry_updated_event(
                self._hass, names, self._registry_changed
            ),
        ]
        if not all(self._names.values()):
            self._unsubscribe.append(
                self._hass.bus.async_listen(
                    er.EVENT_ENTITY_REGISTRY_UPDATED,
                    self._registry_changed,
                    event_filter=self._is_missed,
                )
            )
        self._start_timer()

    @callback
    def _is_missed(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        """Tell whether an entity is back that was gone from the beginning."""
        if data["action"] != "create":
            return False
        entry = er.async_get(self._hass).async_get(data["entity_id"])
        return entry is not None and self._names.get(entry.id) == ""

    @callback
    def _state_changed(self, _event: Event[EventStateChangedData]) -> None:
        """Tell of a new state."""
        self._start_timer()
        self._on_change()

    @callback
    def _state_reported(self, event: Event[EventStateReportedData]) -> None:
        """Tell of an old state that holds again after it was too old."""
        silence = event.data["last_reported"] - event.data["old_last_reported"]
        limits = self._limits_of(event.data["entity_id"])
        if any(silence >= limit for limit in limits):
            self._start_timer()
            self._on_change()

    @callback
    def _registry_changed(
        self, _event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Follow an entity to its new name."""
        self._follow()
        self._on_change()

    def _limits_of(self, entity_id: str) -> Iterator[timedelta]:
        """Yield the ages at which a state is too old."""
        for reference, name in self._names.items():
            if name == entity_id:
                yield from self._limits[reference]

    def _expiries(self) -> Iterator[datetime]:
        """Yield when the states grow too old, unless they are reported again."""
        for reference, name in self._names.items():
            if (state := self._hass.states.get(name)) is not None:
                yield from (state.last_reported + x for x in self._limits[reference])

    def _start_timer(self) -> None:
        """Wait until the first state may be too old."""
        self._stop_timer()
        now = dt_util.utcnow()
        first = min((at for at in self._expiries() if at > now), default=None)
        if first is not None:
            self._cancel_timer = async_call_later(
                self._hass, first - now, self._grown_old
            )

    @callback
    def _grown_old(self, _now: datetime) -> None:
        """Tell that a state may be too old by now."""
        self._cancel_timer = None
        self._start_timer()
        self._on_change()

    def _stop_timer(self) -> None:
        """Wait for nothing any more."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
