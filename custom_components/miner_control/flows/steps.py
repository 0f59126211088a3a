"""The steps that link a controller: reach it, then choose its features."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
import voluptuous as vol

from ..const import (
    CONF_ADVANCED,
    CONF_CREDENTIALS,
    CONF_ENABLED,
    CONF_PRIORITIES,
    CONF_PRIORITY,
)
from ..domain.features import MAX_PRIORITY, MIN_PRIORITY
from .finding import RefusedError, find_device, find_entities, find_simulation
from .linking import Link, is_linked
from .renewing import entered_before, filled
from .schemas import (
    ENTITIES_SCHEMA,
    NETWORK_SCHEMA,
    SIMULATED_SCHEMA,
    features_schema,
    unfolded,
)

type Input = dict[str, Any] | None
type Finder = Callable[
    [HomeAssistant, Mapping[str, Any], Container[str], ConfigSubentry | None],
    Awaitable[Link],
]

# Sections that hold what an error is about, which must not be folded away then.
_CULPRITS = {
    "invalid_adjustment": CONF_ADVANCED,
    "invalid_auth": CONF_CREDENTIALS,
    "invalid_priority": CONF_PRIORITIES,
}


class LinkSteps[C: FlowContext, R: FlowResult[Any, Any], H](FlowHandler[C, R, H]):
    """Reach a controller in one step and choose its features in the next.

    A flow inherits these steps and says in `finish_link` what becomes of the result.
    """

    _link: Link

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

    async def async_step_network(self, user_input: Input = None) -> R:
        """Ask for the address of a miner and look at what is there."""
        return await self._find("network", NETWORK_SCHEMA, find_device, user_input)

    async def async_step_entities(self, user_input: Input = None) -> R:
        """Ask for the entities that serve features."""
        return await self._find("entities", ENTITIES_SCHEMA, find_entities, user_input)

    async def async_step_simulated(self, user_input: Input = None) -> R:
        """Ask for the name of a simulated miner."""
        return await self._find(
            "simulated", SIMULATED_SCHEMA, find_simulation, user_input
        )

    async def async_step_features(self, user_input: Input = None) -> R:
        """Ask which features the controller shall serve, and how they rank."""
        schema = features_schema(self._link)
        if user_input is None:
            return self._show("features", schema, placeholders=self._found())
        priorities = user_input[CONF_PRIORITIES]
        if not all(map(is_priority, priorities.values())):
            errors = {"base": "invalid_priority"}
            return self._show("features", schema, user_input, errors, self._found())
        # Another flow may have been quicker.
        if is_linked(self.hass, self._link) or self._link.title in self.taken_titles():
            return self.async_abort(reason="already_configured")
        return await self.finish_link(
            self._link, _bindings(user_input[CONF_ENABLED], priorities)
        )

    async def _find(
        self, step_id: str, schema: vol.Schema, find: Finder, user_input: Input
    ) -> R:
        """Show a form until it leads to a controller, then ask for its features."""
        if self.present is not None:
            schema = filled(schema, entered_before(self.hass, self.present))
        if user_input is None:
            return self._show(step_id, schema)
        try:
            self._link = await find(
                self.hass, user_input, self.taken_titles(), self.present
            )
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
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                unfolded(schema, culprits), user_input
            ),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _found(self) -> dict[str, str]:
        """Return what was found, to be shown."""
        known = self._link.capabilities
        return {
            "title": self._link.title,
            "firmware": known.firmware_version or known.firmware or "-",
            "boards": str(known.boards or "-"),
            "fans": str(known.fans or "-"),
        }


def is_priority(value: float) -> bool:
    """Tell whether a number can be a priority."""
    return value.is_integer() and MIN_PRIORITY <= value <= MAX_PRIORITY


def _bindings(enabled: list[str], priorities: dict[str, float]) -> dict[str, Any]:
    """Return bindings as stored."""
    return {
        name: {CONF_PRIORITY: int(priority), CONF_ENABLED: name in enabled}
        for name, priority in priorities.items()
    }
