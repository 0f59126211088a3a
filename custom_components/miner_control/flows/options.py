"""The flow that sets the timing of a miner and what may be done to its power."""

from collections.abc import Mapping
from dataclasses import asdict, fields
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

from ..options import MinerOptions
from .steps import Input

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
    """Set a miner."""

    async def async_step_init(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Ask what is to be set."""
        return self.async_show_menu(step_id="init", menu_options=["settings"])

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
