"""Flows that repair what an issue is about."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .bindings import default_bindings, load_miner, stored_capabilities, with_binding
from .const import (
    CONF_ADJUSTMENTS,
    CONF_ADVANCED,
    CONF_CAPABILITIES,
    CONF_ENABLED,
    CONF_ENTITIES,
    CONF_FEATURES,
    CONF_MINING_CONTROL_STOP,
    DOMAIN,
)
from .controllers import CONTROLLER_TYPES
from .controllers.base import Capabilities
from .controllers.entities.commands import RUNNABLE
from .controllers.entities.controller import capabilities, snapshot_of
from .controllers.entities.sources import EntitySources, chosen_entities
from .domain.features import MinerFeatureType
from .entity import controller_key, rekey_controller
from .flows import finding
from .flows.choosing import Chosen, chosen_by_user, entity_errors, miners_of
from .flows.linking import (
    entity_reference,
    miner_with_host,
    miner_with_mac,
    release_mac,
)
from .flows.schemas import ENTITIES_SCHEMA
from .flows.steps import Input
from .issues import (
    DATA_ENTRY_ID,
    DATA_FEATURES,
    DATA_SUBENTRY_ID,
    ISSUE_ANOTHER_DEVICE,
    ISSUE_ENTITY_REMOVED,
    ISSUE_NO_PROVIDER_ENABLED,
    missing_entities,
)

type IssueData = Mapping[str, str | int | float | None]

_CONFIRM_SCHEMA = vol.Schema({})
_ADDRESS_SCHEMA = vol.Schema({vol.Required(CONF_HOST): TextSelector()})


class RefusedError(Exception):
    """What was asked for cannot be done, for a reason that has a text."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class ControllerRepairFlow(RepairsFlow):
    """Repair a controller of a miner."""

    def __init__(self, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
        """Remember what is to be repaired."""
        self._entry = entry
        self._subentry = subentry

    def _placeholders(self, **more: str) -> dict[str, str]:
        """Return what the texts name: what the issue does, and some more."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        names = issue.translation_placeholders if issue else None
        return {**(names or {}), **more}

    def _store(self, data: Mapping[str, Any], **changes: Any) -> RepairsFlowResult:
        """End the flow with new data of the controller, which is then loaded anew.

        Its device stays, with names and settings.
        """
        key = controller_key(self._entry, self._subentry)
        self.hass.config_entries.async_update_subentry(
            self._entry, self._subentry, data=data, **changes
        )
        rekey_controller(self.hass, self._entry, key, self._subentry)
        return self.async_create_entry(data={})


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
        if user_input is not None:
            chosen = chosen_by_user(self.hass, user_input)
            errors = self._errors(chosen)
            if not errors:
                return self._end(self._remaining | self._references(chosen))
            miners = miners_of(self.hass, chosen.values())
        return self.async_show_form(
            step_id="choose",
            data_schema=self.add_suggested_values_to_schema(
                _entities_schema(self._missing), user_input
            ),
            errors=errors,
            description_placeholders=self._placeholders(linked=", ".join(miners)),
        )

    async def async_step_unlink(self, user_input: Input = None) -> RepairsFlowResult:
        """Unlink what lost its entity, or the controller if nothing is left."""
        if user_input is not None:
            return self._end(self._remaining)
        return self.async_show_form(
            step_id="unlink",
            data_schema=_CONFIRM_SCHEMA,
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
        return _with_capabilities(self._subentry, data, found)


class AnotherDeviceFlow(ControllerRepairFlow):
    """Accept the device that answers instead of the linked one, or find that."""

    _found: Capabilities | None = None

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Ask why another device answers."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["exchanged", "address"],
            description_placeholders=self._placeholders(),
        )

    async def async_step_exchanged(self, user_input: Input = None) -> RepairsFlowResult:
        """Show what answers, and link it in the place of the old device."""
        if user_input is not None and self._found is not None:
            return self._adopt(self._found)
        errors: dict[str, str] = {}
        try:
            self._found = await self._identify(self._host)
            self._refuse_linked(self._found)
        except RefusedError as err:
            self._found = None
            errors = {"base": err.reason}
        return self.async_show_form(
            step_id="exchanged",
            data_schema=_CONFIRM_SCHEMA,
            errors=errors,
            description_placeholders=self._placeholders(
                found=_description(self._found)
            ),
        )

    async def async_step_address(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask where the linked device is now."""
        errors: dict[str, str] = {}
        if user_input is not None:
            host = user_input[CONF_HOST].strip()
            try:
                found = await self._linked_device(host)
            except RefusedError as err:
                errors = {CONF_HOST: err.reason}
            else:
                return self._store(self._with_device(found, host))
        return self.async_show_form(
            step_id="address",
            data_schema=self.add_suggested_values_to_schema(
                _ADDRESS_SCHEMA, user_input
            ),
            errors=errors,
            description_placeholders=self._placeholders(),
        )

    @property
    def _host(self) -> str:
        """Return the address at which another device answers."""
        host: str = self._subentry.data[CONF_HOST]
        return host

    async def _linked_device(self, host: str) -> Capabilities:
        """Return the linked device at an address; raise RefusedError if it is not."""
        if not host:
            raise RefusedError("invalid_host")
        if host.lower() == self._host.lower():
            raise RefusedError("another_device")
        if miner_with_host(self.hass, host) is not None:
            raise RefusedError("already_linked")
        found = await self._identify(host)
        known = stored_capabilities(self._subentry)
        if (known.mac or known.serial) != (found.mac if known.mac else found.serial):
            raise RefusedError("another_device")
        return found

    async def _identify(self, host: str) -> Capabilities:
        """Return what answers at an address; raise RefusedError if nothing fits."""
        try:
            return await finding.identify_device(
                {**self._subentry.data, CONF_HOST: host}
            )
        except finding.RefusedError as err:
            raise RefusedError(*err.errors.values()) from err

    def _refuse_linked(self, found: Capabilities) -> None:
        """Raise RefusedError if a device is that of another controller."""
        if found.mac == stored_capabilities(self._subentry).mac:
            return
        if miner_with_mac(self.hass, found.mac) is not None:
            raise RefusedError("already_linked")

    def _adopt(self, found: Capabilities) -> RepairsFlowResult:
        """Link the device that answers; its bindings stay as they are."""
        if found.mac is not None:
            release_mac(self.hass, found.mac)
        return self._store(self._with_device(found, self._host), unique_id=found.mac)

    def _with_device(self, found: Capabilities, host: str) -> dict[str, Any]:
        """Return the data of the controller with a device at an address."""
        unit = stored_capabilities(self._subentry).hashrate_unit
        # A unit that changed would spoil the statistics.
        found = replace(found, hashrate_unit=unit or found.hashrate_unit)
        data = {**self._subentry.data, CONF_HOST: host}
        return _with_capabilities(self._subentry, data, found)


class NoProviderEnabledFlow(RepairsFlow):
    """Let somebody serve again what nobody may serve."""

    def __init__(self, entry: ConfigEntry, features: str) -> None:
        """Remember the features that were served once."""
        self._entry = entry
        self._features = features.split(",")

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """Go to the only step."""
        return await self.async_step_enable()

    async def async_step_enable(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask who may serve each feature."""
        controllers = self._disabled()
        if not controllers:
            return self.async_abort(reason="already_repaired")
        errors: dict[str, str] = {}
        if user_input is not None:
            if any(user_input.values()):
                self._enable(user_input)
                return self.async_create_entry(data={})
            errors = {"base": "none_chosen"}
        return self.async_show_form(
            step_id="enable",
            data_schema=self.add_suggested_values_to_schema(
                _providers_schema(controllers), user_input
            ),
            errors=errors,
            description_placeholders={"miner": self._entry.title},
        )

    def _disabled(self) -> dict[str, list[ConfigSubentry]]:
        """Return the features that nobody may serve, and who could, best first."""
        miner = load_miner(self._entry)
        return {
            feature_type.value: [
                self._entry.subentries[feature.controller_id] for feature in bound
            ]
            for feature_type in MinerFeatureType
            if feature_type in self._features
            and (bound := miner.features_by_type(feature_type))
            and not miner.ranked_features(feature_type)
        }

    def _enable(self, chosen: Mapping[str, list[str]]) -> None:
        """Let the chosen controllers serve."""
        for feature, controller_ids in chosen.items():
            for controller_id in controller_ids:
                # A controller that was unlinked meanwhile cannot serve.
                if subentry := self._entry.subentries.get(controller_id):
                    self.hass.config_entries.async_update_subentry(
                        self._entry,
                        subentry,
                        data=with_binding(
                            subentry, MinerFeatureType(feature), {CONF_ENABLED: True}
                        ),
                    )


class GoneFlow(RepairsFlow):
    """Tell that there is nothing to repair any more."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """End at once."""
        return self.async_abort(reason="already_repaired")


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: IssueData | None
) -> RepairsFlow:
    """Return the flow that repairs what an issue is about."""
    known = data or {}
    entry = hass.config_entries.async_get_entry(str(known.get(DATA_ENTRY_ID)))
    if entry is None:
        return GoneFlow()
    if issue_id.startswith(ISSUE_NO_PROVIDER_ENABLED):
        return NoProviderEnabledFlow(entry, str(known.get(DATA_FEATURES, "")))
    subentry = entry.subentries.get(str(known.get(DATA_SUBENTRY_ID)))
    flows = {
        ISSUE_ANOTHER_DEVICE: AnotherDeviceFlow,
        ISSUE_ENTITY_REMOVED: EntityRemovedFlow,
    }
    flow = next((flows[kind] for kind in flows if issue_id.startswith(kind)), None)
    return flow(entry, subentry) if flow and subentry else GoneFlow()


def _with_capabilities(
    subentry: ConfigSubentry, data: Mapping[str, Any], found: Capabilities
) -> dict[str, Any]:
    """Return the data of a controller that can do something else than before.

    Bindings stay as the user set them; what is new gets the usual ones.
    """
    bindings = subentry.data.get(CONF_FEATURES, {})
    usual = default_bindings(CONTROLLER_TYPES[subentry.subentry_type], found)
    return {
        **data,
        CONF_CAPABILITIES: found.as_dict(),
        CONF_FEATURES: {name: bindings.get(name, usual[name]) for name in usual},
    }


def _entities_schema(names: Mapping[str, str]) -> vol.Schema:
    """Return the form of some of the fields that an entity can be chosen for."""
    fields = ENTITIES_SCHEMA.schema
    return vol.Schema({marker: fields[marker] for marker in fields if marker in names})


def _providers_schema(controllers: Mapping[str, list[ConfigSubentry]]) -> vol.Schema:
    """Return the form that asks who may serve each feature; the best is suggested."""
    return vol.Schema(
        {
            vol.Optional(feature, default=[ranked[0].subentry_id]): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=s.subentry_id, label=s.title)
                        for s in ranked
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            )
            for feature, ranked in controllers.items()
        }
    )


def _description(found: Capabilities | None) -> str:
    """Return in words what a device is."""
    parts = (
        (found.make, found.model, found.firmware_version, found.mac) if found else ()
    )
    return " ".join(part for part in parts if part) or "-"
