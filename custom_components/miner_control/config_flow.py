"""Register a miner with its first controller."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import DOMAIN, ENTRY_VERSION
from .controllers.entities.controller import EntitiesController
from .controllers.network.controller import NetworkController
from .controllers.simulated import SimulatedController
from .domain.features import MinerFeatureType
from .fleet.flows.options import FleetOptionsFlow
from .fleet.flows.setup import FleetSteps
from .fleet.flows.subentries import (
    CircuitSubentryFlow,
    MemberSubentryFlow,
    RoomSensorSubentryFlow,
)
from .flows.link import Link, release_mac, standby_subentries
from .flows.link_steps import Input
from .flows.network.discovery import DiscoverySteps
from .flows.network.hass_miner import MigrationSteps, old_miners
from .flows.network.reauth import ReauthSteps
from .flows.network.scan import ScanSteps
from .flows.options import MinerOptionsFlow
from .flows.rename import RenameSteps
from .flows.subentries import (
    ASK_FOR_PLUG,
    EntitiesSubentryFlow,
    NetworkSubentryFlow,
    SimulatedSubentryFlow,
)
from .storage.bindings import load_miner
from .storage.fleet import SUBENTRY_CIRCUIT, SUBENTRY_MEMBER
from .storage.kinds import is_fleet


class MinerControlConfigFlow(
    FleetSteps,
    DiscoverySteps,
    ScanSteps,
    MigrationSteps,
    RenameSteps,
    ReauthSteps,
    domain=DOMAIN,
):
    """Register a miner, and see to it later."""

    VERSION = ENTRY_VERSION
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the kinds of controllers that can be linked, or what a fleet has."""
        if is_fleet(config_entry):
            return {
                SUBENTRY_MEMBER: MemberSubentryFlow,
                SUBENTRY_CIRCUIT: CircuitSubentryFlow,
                EntitiesController.subentry_type: RoomSensorSubentryFlow,
            }
        return {
            EntitiesController.subentry_type: EntitiesSubentryFlow,
            NetworkController.subentry_type: NetworkSubentryFlow,
            SimulatedController.subentry_type: SimulatedSubentryFlow,
        }

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow that sets a miner, or a fleet."""
        return FleetOptionsFlow() if is_fleet(config_entry) else MinerOptionsFlow()

    @override
    async def async_step_user(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask how the miner can be reached."""
        options = ["network", "plug", "entities", "scan", "simulated"]
        if old_miners(self.hass):
            options.append("hass_miner")
        options.append("fleet")
        return self.async_show_menu(step_id="user", menu_options=options)

    @override
    async def async_step_reconfigure(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for what is set of a miner, or of a fleet."""
        if is_fleet(self._get_reconfigure_entry()):
            return await self.async_step_reconfigure_fleet()
        return await super().async_step_reconfigure(user_input)

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
                },
                *standby_subentries(self.standby, link, features),
            ],
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Ask for the plug of a miner that does not measure its power."""
        entry = result["result"]
        if is_fleet(entry):
            return result
        measures = load_miner(entry).has_feature(MinerFeatureType.POWER_MONITORING)
        if measures or self._is_one_of_many:
            return result
        following = await self.hass.config_entries.subentries.async_init(
            (entry.entry_id, EntitiesController.subentry_type),
            context={"source": SOURCE_USER},
            data=ASK_FOR_PLUG,
        )
        result["next_flow"] = (
            FlowType.CONFIG_SUBENTRIES_FLOW,
            following["flow_id"],
        )
        return result
