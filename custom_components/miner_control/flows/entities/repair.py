"""Repair a controller one of whose entities was removed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.core import split_entity_id

from ...const import (
    CONF_ADJUSTMENTS,
    CONF_ADVANCED,
    CONF_ENTITIES,
    CONF_MINING_CONTROL_STOP,
)
from ...controllers.entities.commands import RUNNABLE
from ...controllers.entities.controller import capabilities, snapshot_of
from ...controllers.entities.sources import EntitySources, chosen_entities
from ...domain.features import MinerFeatureType
from ...storage.bindings import stored_capabilities, type_of
from ...watch.issues import missing_entities
from ..link import entity_reference
from ..link_steps import Input
from ..repair import CONFIRM_SCHEMA, ControllerRepairFlow, with_capabilities
from ..schemas import entity_fields
from .selection import Chosen, chosen_by_user, entity_errors, first_misfit, miners_of


class EntityRemovedFlow(ControllerRepairFlow):
    """Give a controller other entities for those that were removed."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Ask what shall become of the roles that lost their entity."""
        if not self._missing:
            return self.async_abort(reason="already_repaired")
        return self.async_show_menu(
            step_id="init",
            menu_options=["choose", "unlink"],
            description_placeholders=self._placeholders(),
        )

    async def async_step_choose(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask for other entities; a role that gets none is unlinked."""
        errors: dict[str, str] = {}
        miners: set[str] = set()
        misfit = "-"
        if user_input is not None:
            chosen = chosen_by_user(self.hass, user_input)
            errors = self._errors(chosen)
            if not errors:
                return self._end(self._remaining | self._references(chosen))
            miners = miners_of(self.hass, chosen.values())
            misfit = first_misfit(self.hass, chosen, errors)
        return self.async_show_form(
            step_id="choose",
            data_schema=self.add_suggested_values_to_schema(
                entity_fields(self._missing), user_input
            ),
            errors=errors,
            description_placeholders=self._placeholders(
                linked=", ".join(miners), entity=misfit
            ),
        )

    async def async_step_unlink(self, user_input: Input = None) -> RepairsFlowResult:
        """Unlink what lost its entity, or the controller if nothing is left."""
        if user_input is not None:
            return self._end(self._remaining)
        return self.async_show_form(
            step_id="unlink",
            data_schema=CONFIRM_SCHEMA,
            description_placeholders=self._placeholders(),
        )

    @property
    def _missing(self) -> dict[str, str]:
        """Return the entities that do not exist, by the fields that they filled."""
        return missing_entities(self.hass, self._subentry.data)

    @property
    def _remaining(self) -> dict[str, str]:
        """Return the entities that still exist, by the fields that they fill."""
        missing = self._missing
        chosen = chosen_entities(self._subentry.data)
        return {name: chosen[name] for name in chosen if name not in missing}

    def _references(self, chosen: Chosen) -> dict[str, str]:
        """Return chosen entities as a subentry stores them."""
        return {name: entity_reference(self.hass, chosen[name]) for name in chosen}

    def _errors(self, chosen: Chosen) -> dict[str, str]:
        """Return what is wrong with chosen entities; to choose none is not."""
        if not chosen:
            return {}
        found = entity_errors(self.hass, chosen, {CONF_ADVANCED: {}})
        # The other half of a pair may be one that has not been lost.
        pair = {MinerFeatureType.MINING_CONTROL.value, CONF_MINING_CONTROL_STOP}
        if not pair <= self._missing.keys():
            halves = {"no_start", "no_stop"}
            found = {name: found[name] for name in found if found[name] not in halves}
        return found

    def _end(self, entities: dict[str, str]) -> RepairsFlowResult:
        """Store what entities there are, or unlink a controller that has none."""
        entities = self._whole_pairs(entities)
        if entities:
            return self._store(self._with_entities(entities))
        self.hass.config_entries.async_remove_subentry(
            self._entry, self._subentry.subentry_id
        )
        return self.async_create_entry(data={})

    def _whole_pairs(self, entities: dict[str, str]) -> dict[str, str]:
        """Drop what starts mining without what stops it, and the other way round."""
        start, stop = MinerFeatureType.MINING_CONTROL.value, CONF_MINING_CONTROL_STOP
        runs = chosen_by_user(self.hass, entities).get(start, "")
        needs_stop = bool(runs) and split_entity_id(runs)[0] in RUNNABLE
        if needs_stop and stop not in entities:
            return {name: entities[name] for name in entities if name != start}
        if not needs_stop:
            return {name: entities[name] for name in entities if name != stop}
        return entities

    def _with_entities(self, entities: Mapping[str, str]) -> dict[str, Any]:
        """Return the data of the controller with other entities."""
        data = {**self._subentry.data, CONF_ENTITIES: dict(entities)}
        if adjustments := data.get(CONF_ADJUSTMENTS):
            data[CONF_ADJUSTMENTS] = {
                name: adjustments[name] for name in adjustments if name in entities
            }
        known = stored_capabilities(self._subentry)
        found = capabilities(entities, snapshot_of(EntitySources(self.hass, data)))
        found = replace(
            found,
            model=found.model or known.model,
            # What an entity does not show just now it may show again.
            readings=tuple(sorted({*known.readings, *found.readings})),
        )
        return with_capabilities(self._subentry, type_of(self._subentry), data, found)
