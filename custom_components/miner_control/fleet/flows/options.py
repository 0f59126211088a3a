"""The flow that sets what a fleet goes by, and its timing."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ...flows.heating import HeatingStep
from ...flows.link_steps import Input
from ...flows.schemas import prefilled
from ...storage.fleet import FleetSettings
from ..meters import meter_id, meter_reference
from .checks import condition_errors, flat_conditions, grid_error
from .schemas import (
    CONF_BATTERY,
    CONF_TARIFF,
    opened,
    sign_schema,
    sources_schema,
    timing_schema,
    wrong_numbers,
)
from .setup import meter_placeholders

_TARIFF = ("window_start", "window_end", "price_sensor", "price_ceiling")
_BATTERY = ("battery_sensor", "battery_floor")
_SOURCES = ("grid_sensor", "positive", *_TARIFF, *_BATTERY)


class FleetOptionsFlow(HeatingStep, OptionsFlow):
    """Set a fleet: its meters and conditions, its timing, and a room to heat."""

    _sources: dict[str, Any]
    _grid_sensor: str

    async def async_step_init(
        self,
        user_input: Input = None,  # noqa: ARG002
    ) -> ConfigFlowResult:
        """Ask what is to be set."""
        return self.async_show_menu(
            step_id="init", menu_options=["sources", "timing", "heating"]
        )

    async def async_step_sources(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the meter of the grid, the tariff and the battery."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = wrong_numbers(user_input) | condition_errors(self.hass, user_input)
            grid = user_input.get("grid_sensor")
            if grid and (problem := grid_error(self.hass, grid)):
                errors["grid_sensor"] = problem
            if not errors:
                self._sources = flat_conditions(self.hass, user_input)
                if grid is None:
                    return self._finish(self._sources)
                self._grid_sensor = grid
                return await self.async_step_grid_sign()
        values = self._before() if user_input is None else user_input
        return self.async_show_form(
            step_id="sources",
            data_schema=prefilled(
                self.add_suggested_values_to_schema(
                    opened(sources_schema(), errors), values
                )
            ),
            errors=errors,
            last_step=False,
        )

    async def async_step_grid_sign(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask what a positive value of the meter means, beside what it shows now."""
        if user_input is not None:
            grid = meter_reference(self.hass, self._grid_sensor)
            return self._finish({**self._sources, "grid_sensor": grid, **user_input})
        return self.async_show_form(
            step_id="grid_sign",
            data_schema=sign_schema(FleetSettings.of(self.config_entry).positive),
            description_placeholders=meter_placeholders(self.hass, self._grid_sensor),
        )

    async def async_step_timing(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the timing, and for what happens when the fleet lets go."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = wrong_numbers(user_input)
            if not errors and user_input["silence"] < user_input["max_age"]:
                errors["silence"] = "silence_too_short"
            if not errors:
                return self.async_create_entry(
                    data={**self.config_entry.options, **user_input}
                )
        schema = timing_schema(FleetSettings.of(self.config_entry))
        return self.async_show_form(
            step_id="timing",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    def _before(self) -> dict[str, Any]:
        """Return what holds, by the parts of the form."""
        options = dict(self.config_entry.options)
        for name in ("grid_sensor", "price_sensor", "battery_sensor"):
            if options.get(name):
                options[name] = meter_id(self.hass, options[name])
        return {
            "grid_sensor": options.get("grid_sensor"),
            CONF_TARIFF: {k: options[k] for k in _TARIFF if options.get(k) is not None},
            CONF_BATTERY: {
                k: options[k] for k in _BATTERY if options.get(k) is not None
            },
        }

    def _finish(self, sources: dict[str, Any]) -> ConfigFlowResult:
        """Store what the fleet goes by, and leave the rest as it is."""
        options = self.config_entry.options
        kept = {k: v for k, v in options.items() if k not in _SOURCES}
        return self.async_create_entry(data=kept | sources)
