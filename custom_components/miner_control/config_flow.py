"""Register a miner with its first controller."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import DOMAIN
from .controllers.entities.controller import EntitiesController
from .controllers.pyasic.controller import PyasicController
from .controllers.simulated import SimulatedController
from .flows.discovery import DiscoverySteps
from .flows.linking import Link, release_mac
from .flows.migration import MigrationSteps, old_miners
from .flows.options import MinerOptionsFlow
from .flows.reauth import ReauthSteps
from .flows.renaming import RenameSteps
from .flows.scan import ScanSteps
from .flows.steps import Input
from .flows.subentries import (
    EntitiesSubentryFlow,
    PyasicSubentryFlow,
    SimulatedSubentryFlow,
)


class MinerControlConfigFlow(
    DiscoverySteps,
    ScanSteps,
    MigrationSteps,
    RenameSteps,
    ReauthSteps,
    domain=DOMAIN,
):
    """Register a miner, and see to it later."""

    VERSION = 1
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the kinds of controllers that can be linked."""
        return {
            PyasicController.subentry_type: PyasicSubentryFlow,
            EntitiesController.subentry_type: EntitiesSubentryFlow,
            SimulatedController.subentry_type: SimulatedSubentryFlow,
        }

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow that sets a miner."""
        return MinerOptionsFlow()

    @override
    async def async_step_user(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask how the miner can be reached."""
        options = ["network", "scan", "entities", "simulated"]
        if old_miners(self.hass):
            options.append("hass_miner")
        return self.async_show_menu(step_id="user", menu_options=options)

    @override
    async def finish_link(
        self, link: Link, features: dict[str, Any]
    ) -> ConfigFlowResult:
        """Store the miner with its first controller."""
        mac = link.capabilities.mac
        if mac is not None:
            release_mac(self.hass, mac)
            await self.async_set_unique_id(mac, raise_on_progress=False)
        return self.async_create_entry(
            title=link.title,
            data={},
            subentries=[
                {
                    "subentry_type": link.subentry_type,
                    "title": link.title,
                    "data": link.subentry_data(features),
                    "unique_id": mac,
                }
            ],
        )
