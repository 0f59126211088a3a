"""Flows that link one more controller to a miner."""

from types import MappingProxyType
from typing import Any, Final, override

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

from ..devices import controller_key, rekey_controller
from ..storage.bindings import default_bindings
from .entities.selection import by_section
from .entities.suggestions import suggested_entities
from .link import (
    Link,
    end_discovery,
    first_mac,
    free_unique_id,
    release_mac,
    siblings_of,
    standby_subentries,
)
from .link_steps import Input, LinkSteps
from .network.lookup import reached_by, without_login

# What a flow of entities is started with to ask for a smart plug only.
ASK_FOR_PLUG: Final = {"next_step_id": "plug"}


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

    @property
    @override
    def miner_entry(self) -> ConfigEntry | None:
        """Return the miner that the controller joins."""
        return self._get_entry()

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
        unique_id = free_unique_id(entry, mac, link.present)
        for standby in standby_subentries(self.standby, link, features):
            self.hass.config_entries.async_add_subentry(
                entry,
                ConfigSubentry(
                    data=MappingProxyType(dict(standby["data"])),
                    subentry_type=standby["subentry_type"],
                    title=standby["title"],
                    unique_id=standby["unique_id"],
                ),
            )
        data = link.subentry_data(features)
        if link.present is not None:
            return self._renew(entry, link.present, link.title, data, unique_id)
        return self.async_create_entry(title=link.title, data=data, unique_id=unique_id)

    def _renew(
        self,
        entry: ConfigEntry,
        present: ConfigSubentry,
        title: str,
        data: dict[str, Any],
        unique_id: str | None,
    ) -> SubentryFlowResult:
        """Store what a controller is by now; its device stays the same.

        Others that reach the device find it where it is, and log in as this one does.
        """
        for other in siblings_of(entry, present):
            self.hass.config_entries.async_update_subentry(
                entry, other, data={**without_login(other.data), **reached_by(data)}
            )
        key = controller_key(entry, present)
        result = self.async_update_and_abort(
            entry, present, title=title, data=data, unique_id=unique_id
        )
        rekey_controller(self.hass, entry, key, present)
        return result


class NetworkSubentryFlow(ControllerSubentryFlow):
    """Link a device on the network."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the device's address."""
        return await self.async_step_network(user_input)

    async_step_reconfigure = async_step_user


class EntitiesSubentryFlow(ControllerSubentryFlow):
    """Link entities that Home Assistant has."""

    # Whether Home Assistant opened the flow after another one, to ask for a plug.
    _is_question = False

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
            user_input = by_section(near) if user_input is None else user_input
        return super()._show(step_id, schema, user_input, errors, placeholders)

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with all entities, or with the plug if that is what is missing."""
        if user_input == ASK_FOR_PLUG:
            self._is_question = True
            return await self.async_step_plug()
        return await self.async_step_entities(user_input)

    @override
    async def async_step_features(self, user_input: Input = None) -> SubentryFlowResult:
        """Ask for the features, but for a plug that the user was asked for."""
        if self._is_question and user_input is None:
            usual = default_bindings(
                self._link.controller_type, self._link.capabilities
            )
            return await self.finish_link(self._link, usual)
        return await super().async_step_features(user_input)

    async_step_reconfigure = async_step_user


class SimulatedSubentryFlow(ControllerSubentryFlow):
    """Link a simulation."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the name."""
        return await self.async_step_simulated(user_input)

    async_step_reconfigure = async_step_user
