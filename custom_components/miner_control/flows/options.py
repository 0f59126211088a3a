"""The flow that ranks who serves a miner's features, and sets its timing and power."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import partialmethod
from itertools import batched
from typing import Any, override

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfPower, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import voluptuous as vol

from ..bindings import load_miner, with_binding
from ..const import CONF_ENABLED, CONF_FEATURES, CONF_PRIORITY
from ..domain.features import MinerFeature, MinerFeatureType
from ..options import MinerOptions
from .ranking import SLOTS, provider_texts, providers_schema, rankings
from .steps import Input, is_priority

_SECONDS, _WATTS = UnitOfTime.SECONDS, UnitOfPower.WATT
# The lowest and the highest value of each number, its step and its unit.
RANGES: Mapping[str, tuple[float, float, float, str]] = {
    "boot_grace": (30, 3600, 1, _SECONDS),
    "standby_power": (0.1, 100, 0.1, _WATTS),
    "power_off_timeout": (5, 600, 1, _SECONDS),
    "power_cut_interval": (0, 3600, 1, _SECONDS),
    "max_plug_power": (0, 50000, 1, _WATTS),
}


class LenientNumberSelector(NumberSelector):
    """A box for a number that leaves it to the step to refuse what is out of range.

    Home Assistant would answer that with an error that no form shows.
    """

    @override
    def __call__(self, data: Any) -> float:
        """Accept any number."""
        return vol.Coerce(float)(data)


class MinerOptionsFlow(OptionsFlow):
    """Set a miner.

    There is a step for each feature type, named after it, made of `_rank` below.
    """

    # The providers that were not asked for yet, a form at a time, ...
    _forms: list[tuple[MinerFeature, ...]]
    # ... and what was entered for those that were, by controller.
    _entered: dict[str, dict[str, Any]]

    async def async_step_init(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Ask what is to be set."""
        miner = load_miner(self.config_entry)
        bound = [t.value for t in MinerFeatureType if miner.has_feature(t)]
        return self.async_show_menu(
            step_id="init",
            menu_options=[*bound, "settings"],
            description_placeholders=rankings(self.config_entry, miner),
        )

    async def _rank(
        self, feature_type: MinerFeatureType, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask how the providers of a feature rank, form by form, and store it."""
        if user_input is None:
            ranked = load_miner(self.config_entry).features_by_type(feature_type)
            self._forms = list(batched(ranked, SLOTS, strict=False))
            self._entered = {}
            return self._ask_ranking(feature_type)
        entered = [user_input[f"provider_{n + 1}"] for n in range(len(self._forms[0]))]
        if not all(is_priority(provider[CONF_PRIORITY]) for provider in entered):
            errors = {"base": "invalid_priority"}
            return self._ask_ranking(feature_type, user_input, errors)
        asked = self._forms.pop(0)
        self._entered |= {
            feature.controller_id: provider
            for feature, provider in zip(asked, entered, strict=True)
        }
        if self._forms:
            return self._ask_ranking(feature_type)
        self._store_ranking(feature_type)
        return self.async_create_entry(data=dict(self.config_entry.options))

    def _ask_ranking(
        self,
        feature_type: MinerFeatureType,
        user_input: Input = None,
        errors: dict[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show the next form, with what was entered before, and what was wrong."""
        features = self._forms[0]
        return self.async_show_form(
            step_id=feature_type.value,
            data_schema=self.add_suggested_values_to_schema(
                providers_schema(features), user_input
            ),
            errors=errors or {},
            description_placeholders=provider_texts(self.config_entry, features),
            last_step=len(self._forms) == 1,
        )

    def _store_ranking(self, feature_type: MinerFeatureType) -> None:
        """Store what was entered for each provider that is still there."""
        entry = self.config_entry
        for controller_id, provider in self._entered.items():
            subentry = entry.subentries.get(controller_id)
            if subentry and feature_type in subentry.data.get(CONF_FEATURES, {}):
                binding = {
                    CONF_ENABLED: provider[CONF_ENABLED],
                    CONF_PRIORITY: int(provider[CONF_PRIORITY]),
                }
                self.hass.config_entries.async_update_subentry(
                    entry, subentry, data=with_binding(subentry, feature_type, binding)
                )

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


for _feature_type in MinerFeatureType:
    setattr(
        MinerOptionsFlow,
        f"async_step_{_feature_type}",
        partialmethod(MinerOptionsFlow._rank, _feature_type),  # noqa: SLF001
    )


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


def _selector(name: str) -> BooleanSelector | NumberSelector:
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
