"""What the flows that repair a miner have in common."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_CAPABILITIES, CONF_FEATURES, DOMAIN
from ..controllers.base import Capabilities, Controller
from ..devices import controller_key, rekey_controller
from ..domain.features import MinerFeatureType
from ..storage.bindings import default_bindings, load_miner, store_miner
from .link_steps import Input

CONFIRM_SCHEMA = vol.Schema({})


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
        self._forget(data)
        key = controller_key(self._entry, self._subentry)
        self.hass.config_entries.async_update_subentry(
            self._entry, self._subentry, data=data, **changes
        )
        rekey_controller(self.hass, self._entry, key, self._subentry)
        return self.async_create_entry(data={})

    def _forget(self, data: Mapping[str, Any]) -> None:
        """Forget what was remembered of a device that is another one now."""
        runtime = getattr(self._entry, "runtime_data", None)
        if runtime is None or data == self._subentry.data:
            return
        coordinator = runtime.coordinator.controllers.get(self._subentry.subentry_id)
        if coordinator is not None:
            coordinator.controller.memory.clear()


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
        miner = load_miner(self._entry)
        for feature, controller_ids in chosen.items():
            for controller_id in controller_ids:
                # A controller that was unlinked meanwhile cannot serve.
                if miner.has_feature(MinerFeatureType(feature), controller_id):
                    miner.enable_feature(MinerFeatureType(feature), controller_id)
        store_miner(self.hass, self._entry, miner)


class GoneFlow(RepairsFlow):
    """Tell that there is nothing to repair any more."""

    async def async_step_init(self, _: Input = None) -> RepairsFlowResult:
        """End at once."""
        return self.async_abort(reason="already_repaired")


def with_capabilities(
    subentry: ConfigSubentry,
    controller_type: type[Controller],
    data: Mapping[str, Any],
    found: Capabilities,
) -> dict[str, Any]:
    """Return the data of a controller that can do something else than before.

    Bindings stay as the user set them; what is new gets the usual ones.
    """
    bindings = subentry.data.get(CONF_FEATURES, {})
    usual = default_bindings(controller_type, found)
    return {
        **data,
        CONF_CAPABILITIES: found.as_dict(),
        CONF_FEATURES: {name: bindings.get(name, usual[name]) for name in usual},
    }


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
