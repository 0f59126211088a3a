"""The entities that the user chose, by the features that they serve."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeGuard

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ...const import CONF_ADJUSTMENTS, CONF_ENTITIES, CONF_MAX_AGE, LOGGER
from .adjustments import Adjustment
from .natives import in_own_unit
from .readings import is_known
from .roles import FIELDS, ROLES

# What comes of attributes that are not what they should be: they may be anything.
NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

# What is read grows old. A switch needs not speak while nobody turns it.
_GROWS_OLD = frozenset(name for name in ROLES if name.endswith("_monitoring"))


def chosen_entities(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the entity of each field that the user chose one for."""
    return {
        name: reference
        for name, reference in data.get(CONF_ENTITIES, {}).items()
        if name in FIELDS
    }


class EntitySources:
    """Find entities under their present names, and what is said of them."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Remember the entities; those that are registered by their registry id."""
        self._hass = hass
        self._references = chosen_entities(data)
        self._adjustments = {
            name: Adjustment.from_dict(_settings(data, name))
            for name in self._references
        }

    def __contains__(self, name: object) -> bool:
        """Tell whether there is an entity for a field."""
        return name in self._references

    def __iter__(self) -> Iterator[str]:
        """Yield the fields that have an entity."""
        return iter(self._references)

    def adjustment(self, name: str) -> Adjustment:
        """Return what the user said of the entity of a field."""
        return self._adjustments[name]

    def watched(self) -> Iterator[tuple[str, timedelta | None]]:
        """Yield each entity with the age at which its state is too old."""
        for name, reference in self._references.items():
            yield reference, self._adjustments[name].max_age

    def state(self, name: str) -> State | None:
        """Return the state of the entity of a field, None if it is gone.

        A number is returned in its own unit, whatever unit the user sees it in.
        """
        if (reference := self._references.get(name)) is None:
            return None
        entity_id = er.async_resolve_entity_id(er.async_get(self._hass), reference)
        state = None if entity_id is None else self._hass.states.get(entity_id)
        return None if state is None else in_own_unit(self._hass, state)

    def is_there(self, name: str) -> bool:
        """Tell whether the entity of a field exists and is available."""
        return _is_available(self.state(name))

    def can_serve(self, name: str) -> bool:
        """Tell whether the entity of a field is there, and its state not too old."""
        state = self.state(name)
        return _is_available(state) and self._is_fresh(name, state)

    def read(self, name: str) -> Any:
        """Return the value that the entity of a field shows, None if it shows none."""
        state, role = self.state(name), FIELDS[name]
        if state is None or role.read is None or not is_known(state):
            return None
        if not self._is_fresh(name, state):
            return None
        try:
            return role.read(state, self._adjustments[name])
        except NONSENSE as err:
            LOGGER.debug("%s cannot be read: %r", state.entity_id, err)
            return None

    def _is_fresh(self, name: str, state: State) -> bool:
        """Tell whether an entity has spoken lately enough."""
        max_age = self._adjustments[name].max_age
        return max_age is None or dt_util.utcnow() - state.last_reported < max_age


def _is_available(state: State | None) -> TypeGuard[State]:
    """Tell whether an entity exists and is available."""
    return state is not None and state.state != STATE_UNAVAILABLE


def _settings(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what is stored of an entity; it may have an age limit of its own."""
    shared = {CONF_MAX_AGE: data.get(CONF_MAX_AGE)} if name in _GROWS_OLD else {}
    own: Mapping[str, Any] = data.get(CONF_ADJUSTMENTS, {}).get(name, {})
    return {**shared, **own}
