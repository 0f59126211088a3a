"""Flows that link one more controller to a miner."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)

from .linking import Link, end_discovery, first_mac, release_mac
from .steps import Input, LinkSteps
from .suggesting import Suggestion, suggested_entities


class ControllerSubentryFlow(
    LinkSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    ConfigSubentryFlow,
):
    """Link a controller to a miner that exists."""

    @override
    def taken_titles(self) -> frozenset[str]:
        """Return the titles of controllers that the miner has already."""
        subentries = self._get_entry().subentries.values()
        return frozenset(subentry.title for subentry in subentries)

    @override
    def suggestions(self) -> Suggestion | None:
        """Return the plug and the fan that are in the same area as the miner."""
        return suggested_entities(self.hass, self._get_entry())

    @override
    async def finish_link(
        self, link: Link, features: dict[str, Any]
    ) -> SubentryFlowResult:
        """Store the controller; the first one with a MAC address names the miner."""
        mac = link.capabilities.mac
        entry = self._get_entry()
        if mac is not None:
            end_discovery(self.hass, mac)
        if mac is not None and first_mac(entry) is None:
            release_mac(self.hass, mac)
            self.hass.config_entries.async_update_entry(entry, unique_id=mac)
        return self.async_create_entry(
            title=link.title,
            data=link.subentry_data(features),
            unique_id=mac,
        )


class PyasicSubentryFlow(ControllerSubentryFlow):
    """Link a device on the network."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the device's address."""
        return await self.async_step_network(user_input)


class EntitiesSubentryFlow(ControllerSubentryFlow):
    """Link entities that Home Assistant has."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the entities."""
        return await self.async_step_entities(user_input)


class SimulatedSubentryFlow(ControllerSubentryFlow):
    """Link a simulation."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the name."""
        return await self.async_step_simulated(user_input)
