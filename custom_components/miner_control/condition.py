"""Conditions of automations: what a miner is doing, and how well it is served."""

from collections.abc import Mapping
from typing import ClassVar, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .const import DOMAIN


class MinerCondition(EntityStateConditionBase):
    """Look at one entity of each targeted miner."""

    _states = {STATE_ON}  # noqa: RUF012
    _primary_entities_only = False
    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return those of some entities that a condition is about."""
        return set(filter(self._is_meant, super().entity_filter(entities)))

    def _is_meant(self, entity_id: str) -> bool:
        """Tell whether an entity is the one of a miner."""
        entity = er.async_get(self._hass).async_get(entity_id)
        return (
            entity is not None
            and entity.platform == DOMAIN
            and entity.translation_key == self._key
        )

    @override
    def _should_include(self, _state: State) -> bool:
        """Count a miner that is unavailable: Home Assistant would leave it out.

        Then "all" would be true of miners of which nobody knows anything.
        """
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Tell whether every miner is meant; of no miner at all nothing is true."""
        return bool(states) and super()._check_all_match_state(states)


class IsMining(MinerCondition):
    """Tell whether a miner hashes."""

    _domain_specs: Mapping[str, DomainSpec] = {SENSOR_DOMAIN: DomainSpec()}
    _key = "status"


class IsDegraded(MinerCondition):
    """Tell whether a miner is not served as it should be."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _key = "degraded"


CONDITIONS: dict[str, type[Condition]] = {
    "is_degraded": IsDegraded,
    "is_mining": IsMining,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
