"""The flow that ranks who serves a miner's features, and sets its timing and power."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfPower, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_ENABLED, CONF_FEATURE_TYPE, CONF_PRIORITY
from ..domain.features import MinerFeature, MinerFeatureType
from ..domain.miner import Miner
from ..names import feature_name
from ..storage.bindings import load_miner, store_miner
from ..storage.options import MinerOptions
from .heating import HeatingStep
from .link_steps import Input, is_priority
from .numbers import LenientNumberSelector
from .rank import CONF_ANOTHER, SLOTS, feature_options, provider_texts, providers_schema
from .schemas import prefilled

_SECONDS, _WATTS = UnitOfTime.SECONDS, UnitOfPower.WATT
# The lowest and the highest value of each number, its step and its unit.
RANGES: Mapping[str, tuple[float, float, float, str]] = {
    "boot_grace": (30, 3600, 1, _SECONDS),
    "standby_power": (0.1, 100, 0.1, _WATTS),
    "power_off_timeout": (5, 600, 1, _SECONDS),
    "power_cut_interval": (0, 3600, 1, _SECONDS),
    "duty_minimum_on": (300, 86400, 1, _SECONDS),
    "duty_minimum_off": (300, 86400, 1, _SECONDS),
    "max_plug_power": (0, 50000, 1, _WATTS),
}


class MinerOptionsFlow(HeatingStep, OptionsFlow):
    """Set a miner: its timing and power, and who provides each feature."""

    # The feature whose providers are ranked.
    _feature_type: MinerFeatureType
    # The providers that were not asked for yet, a form at a time, ...
    _forms: list[tuple[MinerFeature, ...]]
    # ... and what was entered for those that were, by controller.
    _entered: dict[str, dict[str, Any]]

    async def async_step_init(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Ask what is to be set."""
        choices = _choices(load_miner(self.config_entry))
        return self.async_show_menu(
            step_id="init",
            menu_options=["settings", *(["rank"] if choices else []), "heating"],
        )

    async def async_step_rank(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for which feature the providers are to be ranked."""
        if user_input is not None:
            self._feature_type = MinerFeatureType(user_input[CONF_FEATURE_TYPE])
            ranked = load_miner(self.config_entry).features_by_type(self._feature_type)
            self._forms = list(batched(ranked, SLOTS, strict=False))
            self._entered = {}
            return await self.async_step_providers()
        miner = load_miner(self.config_entry)
        options = feature_options(self.hass, self.config_entry, miner, _choices(miner))
        selector = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
        )
        return self.async_show_form(
            step_id="rank",
            data_schema=vol.Schema({vol.Required(CONF_FEATURE_TYPE): selector}),
            last_step=False,
        )

    async def async_step_providers(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask how the providers of the feature rank, form by form, and store it."""
        if user_input is None or not self._forms:
            return self._ask_ranking()
        entered = [user_input[f"provider_{n + 1}"] for n in range(len(self._forms[0]))]
        if not all(is_priority(provider[CONF_PRIORITY]) for provider in entered):
            return self._ask_ranking(user_input, {"base": "invalid_priority"})
        asked = self._forms.pop(0)
        self._entered |= {
            feature.controller_id: provider
            for feature, provider in zip(asked, entered, strict=True)
        }
        if self._forms:
            return self._ask_ranking()
        self._store_ranking()
        if user_input.get(CONF_ANOTHER):
            return await self.async_step_rank()
        return self.async_create_entry(data=dict(self.config_entry.options))

    def _ask_ranking(
        self, user_input: Input = None, errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Show the next form, with what was entered before, and what was wrong."""
        if not self._forms:
            return self.async_abort(reason="not_linked")
        features, is_last = self._forms[0], len(self._forms) == 1
        may_go_on = is_last and len(_choices(load_miner(self.config_entry))) > 1
        schema = providers_schema(features, may_go_on=may_go_on)
        return self.async_show_form(
            step_id="providers",
            data_schema=prefilled(
                self.add_suggested_values_to_schema(schema, user_input)
            ),
            errors=errors or {},
            description_placeholders={
                "feature": feature_name(self.hass, self._feature_type),
                **provider_texts(self.config_entry, features),
            },
            last_step=is_last,
        )

    def _store_ranking(self) -> None:
        """Store what was entered for each provider that is still there."""
        miner, feature_type = load_miner(self.config_entry), self._feature_type
        for controller_id, provider in self._entered.items():
            if miner.has_feature(feature_type, controller_id):
                miner.change_feature(
                    feature_type,
                    controller_id,
                    priority=int(provider[CONF_PRIORITY]),
                    enabled=provider[CONF_ENABLED],
                )
        store_miner(self.hass, self.config_entry, miner)

    async def async_step_settings(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for timing and power."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _errors(user_input)
            if not errors:
                options = {**self.config_entry.options, **user_input}
                return self.async_create_entry(data=options)
        known = asdict(MinerOptions.of(self.config_entry))
        return self.async_show_form(
            step_id="settings",
            data_schema=_schema(known | (user_input or {})),
            errors=errors,
        )


def _choices(miner: Miner) -> list[MinerFeatureType]:
    """Return the features that more than one controller can provide."""
    return [t for t in MinerFeatureType if len(miner.features_by_type(t)) > 1]


def _errors(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return an error for each number that is out of its range."""
    return {
        name: "out_of_range"
        for name, (low, high, _, _) in RANGES.items()
        if not low <= user_input[name] <= high
    }


def _schema(values: Mapping[str, Any]) -> vol.Schema:
    """Return the form of all options with values filled in."""
    return vol.Schema(
        {
            vol.Required(field.name, default=values[field.name]): _selector(field.name)
            for field in fields(MinerOptions)
        }
    )


def _selector(name: str) -> BooleanSelector | LenientNumberSelector:
    """Return what an option is entered with."""
    if name not in RANGES:
        return BooleanSelector()
    low, high, step, unit = RANGES[name]
    return LenientNumberSelector(
        NumberSelectorConfig(
            min=low,
            max=high,
            step=step,
            unit_of_measurement=unit,
            mode=NumberSelectorMode.BOX,
        )
    )
