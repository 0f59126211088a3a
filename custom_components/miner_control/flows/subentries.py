"""Flows that link one more controller to a miner."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.data_entry_flow import AbortFlow
import voluptuous as vol

from ..entity import controller_key, rekey_controller
from .linking import Link, end_discovery, first_mac, release_mac
from .steps import Input, LinkSteps
from .suggesting import named, suggested_entities


class ControllerSubentryFlow(
    LinkSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    ConfigSubentryFlow,
):
    """Link a controller to a miner that exists, or set one up anew."""

    @property
    @override
    def present(self) -> ConfigSubentry | None:
        """Return the controller that is set up anew, None if one is added."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        try:
            return self._get_reconfigure_subentry()
        except UnknownSubEntry as err:
            raise AbortFlow("not_linked") from err

    @override
    def taken_titles(self) -> frozenset[str]:
        """Return the titles of the other controllers of the miner."""
        subentries, present = self._get_entry().subentries.values(), self.present
        return frozenset(s.title for s in subentries if s is not present)

    @override
    async def finish_link(
        self, link: Link, features: dict[str, Any]
    ) -> SubentryFlowResult:
        """Store the controller; the first one with a MAC address names the miner."""
        mac = link.capabilities.mac
        entry = self._get_entry()
        if mac is not None:
            await end_discovery(self.hass, mac)
        if mac is not None and first_mac(entry) is None:
            release_mac(self.hass, mac)
            self.hass.config_entries.async_update_entry(entry, unique_id=mac)
        if link.present is not None:
            return self._renew(entry, link.present, link, features)
        return self.async_create_entry(
            title=link.title,
            data=link.subentry_data(features),
            unique_id=mac,
        )

    def _renew(
        self,
        entry: ConfigEntry,
        present: ConfigSubentry,
        link: Link,
        features: dict[str, Any],
    ) -> SubentryFlowResult:
        """Store what a controller is by now; its device stays the same."""
        key = controller_key(entry, present)
        result = self.async_update_and_abort(
            entry,
            present,
            title=link.title,
            data=link.subentry_data(features),
            unique_id=link.capabilities.mac,
        )
        rekey_controller(self.hass, entry, key, controller_key(entry, present))
        return result


class PyasicSubentryFlow(ControllerSubentryFlow):
    """Link a device on the network."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the device's address."""
        return await self.async_step_network(user_input)

    async_step_reconfigure = async_step_user


class EntitiesSubentryFlow(ControllerSubentryFlow):
    """Link entities that Home Assistant has."""

    @override
    def _show(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: Input = None,
        errors: dict[str, str] | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        """Show a form, that of the entities with what is near the miner filled in."""
        if step_id == "entities":
            is_new = self.source == SOURCE_USER
            near = suggested_entities(self.hass, self._get_entry()) if is_new else {}
            placeholders = {"suggested": named(self.hass, near), **(placeholders or {})}
            user_input = near if user_input is None else user_input
        return super()._show(step_id, schema, user_input, errors, placeholders)

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the entities."""
        return await self.async_step_entities(user_input)

    async_step_reconfigure = async_step_user


class SimulatedSubentryFlow(ControllerSubentryFlow):
    """Link a simulation."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the name."""
        return await self.async_step_simulated(user_input)

    async_step_reconfigure = async_step_user
