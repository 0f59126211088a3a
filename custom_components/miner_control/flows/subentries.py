"""Flows that link one more controller to a miner."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)

from .linking import Link
from .steps import Input, LinkSteps


class ControllerSubentryFlow(
    LinkSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    ConfigSubentryFlow,
):
    """Link a controller to a miner that exists."""

    @override
    async def finish_link(
        self, link: Link, features: dict[str, Any]
    ) -> SubentryFlowResult:
        """Store the controller."""
        return self.async_create_entry(
            title=link.title,
            data=link.subentry_data(features),
            unique_id=link.capabilities.mac,
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
