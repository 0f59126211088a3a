"""The steps that link a controller: reach it, then choose its features."""

from abc import abstractmethod
from asyncio import Task
from collections.abc import Callable, Container, Coroutine, Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowContext, FlowResult, section
import voluptuous as vol

from ..const import (
    CONF_ADVANCED,
    CONF_CREDENTIALS,
    CONF_ENABLED,
    CONF_PRIORITIES,
    CONF_PRIORITY,
    CONF_STANDBY,
)
from ..controllers.entities.roles import SECTIONS
from ..domain.features import MAX_PRIORITY, MIN_PRIORITY
from ..names import sentence
from .attempts import AttemptSteps
from .entities.lookup import find_entities, find_plug
from .entities.plug import Candidates, ambiguous, plug_candidates
from .link import Link, RefusedError, is_linked, reaches
from .network.lookup import find_device, find_standby
from .prefill import entered_before, filled, options_of
from .schemas import (
    ENTITIES_SCHEMA,
    PLUG_SCHEMA,
    SIMULATED_SCHEMA,
    candidates_schema,
    features_schema,
    network_schema,
    prefilled,
    unfolded,
)
from .simulated import find_simulation

type Input = dict[str, Any] | None
type Finder = Callable[
    [HomeAssistant, Mapping[str, Any], Container[str], ConfigSubentry | None],
    Coroutine[Any, Any, Link],
]

# Sections that hold what an error is about, which must not be folded away then.
_CULPRITS = {
    "invalid_adjustment": CONF_ADVANCED,
    "invalid_auth": CONF_CREDENTIALS,
    "invalid_priority": CONF_PRIORITIES,
}


class LinkSteps[C: FlowContext, R: FlowResult[Any, Any], H](AttemptSteps[C, R, H]):
    """Reach a controller in one step and choose its features in the next.

    A flow inherits these steps and says in `finish_link` what becomes of the result.
    """

    _link: Link
    # What stands by for the device that is linked.
    standby: Link | None = None
    _plug_id: str

    @abstractmethod
    async def finish_link(self, link: Link, features: dict[str, Any]) -> R:
        """End the flow with a controller and its bindings, as stored."""

    def taken_titles(self) -> frozenset[str]:
        """Return the titles of controllers that the miner has already."""
        return frozenset()

    @property
    def present(self) -> ConfigSubentry | None:
        """Return the controller that is set up anew, None if one is added."""
        return None

    @property
    def miner_entry(self) -> ConfigEntry | None:
        """Return the miner that the controller joins, None for a new one."""
        return None

    async def async_step_network(self, user_input: Input = None) -> R:
        """Ask for the address of a miner and look at what is there."""
        schema = network_schema(options_of(self.present))
        find = partial(find_device, entry=self.miner_entry)
        return await self._find("network", schema, find, user_input)

    async def async_step_entities(self, user_input: Input = None) -> R:
        """Ask for the entities that serve features."""
        return await self._find("entities", ENTITIES_SCHEMA, find_entities, user_input)

    async def async_step_plug(self, user_input: Input = None) -> R:
        """Ask for the device of a smart plug, and find its entities."""
        if user_input is not None:
            self._plug_id = user_input[CONF_DEVICE_ID]
            if self._unclear_of_plug():
                return await self.async_step_plug_entities()
        return await self._find("plug", PLUG_SCHEMA, find_plug, user_input)

    async def async_step_plug_entities(self, user_input: Input = None) -> R:
        """Ask which entities are meant of those that the plug has several of."""
        if user_input is not None:
            user_input = {**user_input, CONF_DEVICE_ID: self._plug_id}
        schema = candidates_schema(self._unclear_of_plug())
        return await self._find("plug_entities", schema, find_plug, user_input)

    def _unclear_of_plug(self) -> Candidates:
        """Return what the plug that was chosen has several of."""
        try:
            return ambiguous(plug_candidates(self.hass, self._plug_id))
        except RefusedError:
            return {}

    async def async_step_simulated(self, user_input: Input = None) -> R:
        """Ask for the name of a simulated miner."""
        return await self._find(
            "simulated", SIMULATED_SCHEMA, find_simulation, user_input
        )

    async def async_step_features(self, user_input: Input = None) -> R:
        """Ask which features the controller shall serve, and how they rank."""
        schema = features_schema(self._link, standby_default=self._standby_default())
        if user_input is None:
            return self._show("features", schema, placeholders=self._found())
        priorities = user_input[CONF_PRIORITIES]
        if not all(map(is_priority, priorities.values())):
            errors = {"base": "invalid_priority"}
            return self._show("features", schema, user_input, errors, self._found())
        # Another flow may have been quicker.
        is_taken = is_linked(self.hass, self._link, self.miner_entry)
        if is_taken or self._link.title in self.taken_titles():
            return self.async_abort(reason="already_configured")
        bindings = _bindings(user_input[CONF_ENABLED], priorities)
        if not user_input.get(CONF_STANDBY):
            return await self.finish_link(self._link, bindings)
        return await self.carry_out(
            find_standby(self.hass, self._link, self.taken_titles()),
            partial(self._finish_both, bindings),
        )

    def _standby_default(self) -> bool | None:
        """Return what the form is to suggest; None where nothing could stand by.

        Who sets up a controller anew has decided against it before.
        """
        second, known = self._link.standby_type, self._link.capabilities
        if second is None:
            return None
        entry = self.miner_entry
        if entry is not None and reaches(entry, second.protocol, known.mac):
            return None
        return self.present is None

    async def _finish_both(
        self, bindings: dict[str, Any], found: Task[Link | None]
    ) -> R:
        """End the flow, with what was found to stand by if anything was."""
        self.standby = found.result()
        return await self.finish_link(self._link, bindings)

    async def _find(
        self, step_id: str, schema: vol.Schema, find: Finder, user_input: Input
    ) -> R:
        """Show a form until it leads to a controller, then ask for its features."""
        if self.present is not None:
            before = entered_before(self.hass, self.present)
            schema = unfolded(filled(schema, before), _chosen_parts(before))
        if user_input is None:
            return self._show(step_id, schema)
        return await self.carry_out(
            find(self.hass, user_input, self.taken_titles(), self.present),
            partial(self._settle, step_id, schema, user_input),
        )

    async def _settle(
        self, step_id: str, schema: vol.Schema, user_input: Input, found: Task[Link]
    ) -> R:
        """Ask for the features of what was found, or show again what led nowhere."""
        try:
            self._link = found.result()
        except RefusedError as err:
            return self._show(step_id, schema, user_input, err.errors, err.placeholders)
        return await self.async_step_features()

    def _show(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: Input = None,
        errors: dict[str, str] | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> R:
        """Show a form with what was entered before, and what was wrong with it."""
        errors = errors or {}
        culprits = {_CULPRITS[key] for key in errors.values() if key in _CULPRITS}
        # Of what lies in a section, the frontend shows errors at the section only. A
        # marker of the schema is a key that is not sent as JSON.
        misplaced = {
            str(part): errors[name]
            for part, kind in schema.schema.items()
            if isinstance(kind, section)
            for name in kind.schema.schema
            if name in errors
        }
        opened = culprits | misplaced.keys() | _chosen_parts(user_input or {})
        return self.async_show_form(
            step_id=step_id,
            data_schema=prefilled(
                self.add_suggested_values_to_schema(
                    unfolded(schema, opened), user_input
                )
            ),
            errors=errors | misplaced,
            description_placeholders=placeholders,
        )

    def _found(self) -> dict[str, str]:
        """Return what was found, to be shown."""
        known = self._link.capabilities
        firmware = known.firmware_version or known.firmware or "-"
        if known.rules_itself:
            firmware += f" ({sentence(self.hass, 'rules_itself')})"
        return {
            "title": self._link.title,
            "firmware": firmware,
            "boards": str(known.boards or "-"),
            "fans": str(known.fans or "-"),
        }


def _chosen_parts(values: Mapping[str, Any]) -> set[str]:
    """Return the parts of a form of entities in which something is chosen."""
    return {part for part in SECTIONS if values.get(part)}


def is_priority(value: float) -> bool:
    """Tell whether a number can be a priority."""
    return value.is_integer() and MIN_PRIORITY <= value <= MAX_PRIORITY


def _bindings(enabled: list[str], priorities: dict[str, float]) -> dict[str, Any]:
    """Return bindings as stored."""
    return {
        name: {CONF_PRIORITY: int(priority), CONF_ENABLED: name in enabled}
        for name, priority in priorities.items()
    }
