"""The steps that make a fleet, and those that set its name and members anew."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ...const import CONF_KIND, DOMAIN, KIND_FLEET
from ...domain.fleet import FleetMode, PositiveMeans
from ...flows.link import numbered
from ...flows.link_steps import Input
from ...flows.schemas import prefilled
from ...names import step_title
from ...storage.fleet import (
    CONF_ALL_MEMBERS,
    CONF_MEMBERS,
    CONF_MODE,
    CONF_POWER_BUDGET,
    member_subentry,
    members_of,
)
from ...storage.kinds import real_miners
from ..meters import meter_name, meter_reference, shown_power
from .checks import (
    Refusal,
    chosen_miners,
    condition_errors,
    flat_conditions,
    grid_error,
)
from .schemas import (
    ALL,
    GRID_SCHEMA,
    fleet_schema,
    opened,
    renew_schema,
    sign_schema,
    wrong_numbers,
)


class FleetSteps(ConfigFlow):
    """Make a fleet: its miners, its mode, and where its budget comes from."""

    _fleet: dict[str, Any]
    _grid_sensor: str

    async def async_step_fleet(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the miners, the mode and the budget of a fleet."""
        if user_input is None:
            return self._ask_for_fleet()
        members = chosen_miners(self.hass, user_input[CONF_MEMBERS])
        errors = wrong_numbers(user_input) | condition_errors(self.hass, user_input)
        placeholders: Mapping[str, str] = {}
        if isinstance(members, Refusal):
            errors |= members.errors
            placeholders = members.placeholders
        if errors:
            return self._ask_for_fleet(user_input, errors, placeholders)
        self._fleet = user_input
        if user_input[CONF_MODE] == FleetMode.SURPLUS:
            return await self.async_step_grid()
        return await self._make_fleet({})

    async def async_step_grid(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the meter that shows the surplus."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._grid_sensor = user_input["grid_sensor"]
            if (problem := grid_error(self.hass, self._grid_sensor)) is None:
                return await self.async_step_grid_sign()
            errors["grid_sensor"] = problem
        return self.async_show_form(
            step_id="grid",
            data_schema=self.add_suggested_values_to_schema(GRID_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_grid_sign(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask what a positive value of the meter means, beside what it shows now."""
        if user_input is None:
            return self.async_show_form(
                step_id="grid_sign",
                data_schema=sign_schema(PositiveMeans.IMPORT),
                description_placeholders=meter_placeholders(
                    self.hass, self._grid_sensor
                ),
            )
        return await self._make_fleet(
            {"grid_sensor": meter_reference(self.hass, self._grid_sensor), **user_input}
        )

    async def async_step_reconfigure_fleet(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the name and the members of a fleet that there is already."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        placeholders: Mapping[str, str] = {}
        if user_input is not None:
            name = user_input[CONF_NAME].strip()
            members = chosen_miners(self.hass, user_input[CONF_MEMBERS], entry)
            if not name:
                errors[CONF_NAME] = "no_name"
            if isinstance(members, Refusal):
                errors |= members.errors
                placeholders = members.placeholders
            elif not errors:
                is_all = ALL in user_input[CONF_MEMBERS]
                change_members(self.hass, entry, members)
                return self.async_update_and_abort(
                    entry, title=name, data_updates={CONF_ALL_MEMBERS: is_all}
                )
        chosen = [ALL] if entry.data.get(CONF_ALL_MEMBERS) else list(members_of(entry))
        schema = renew_schema(entry.title, real_miners(self.hass), chosen)
        return self.async_show_form(
            step_id="reconfigure_fleet",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders=_names(placeholders),
        )

    def _ask_for_fleet(
        self,
        user_input: Input = None,
        errors: Mapping[str, str] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show the form of a new fleet, with what was entered and what was wrong."""
        schema = opened(fleet_schema(real_miners(self.hass)), errors or {})
        return self.async_show_form(
            step_id="fleet",
            data_schema=prefilled(
                self.add_suggested_values_to_schema(schema, user_input)
            ),
            errors=dict(errors or {}),
            description_placeholders=_names(placeholders or {}),
        )

    async def _make_fleet(self, grid: Mapping[str, Any]) -> ConfigFlowResult:
        """Make the fleet of what was entered."""
        entered = self._fleet
        members = chosen_miners(self.hass, entered[CONF_MEMBERS])
        if isinstance(members, Refusal):  # Another flow was quicker.
            return self._ask_for_fleet(entered, members.errors, members.placeholders)
        name = entered.get(CONF_NAME, "").strip()
        entries = self.hass.config_entries.async_entries(DOMAIN)
        usual = await step_title(self.hass, "fleet")
        return self.async_create_entry(
            title=name or numbered(usual, {entry.title for entry in entries}),
            data={
                CONF_KIND: KIND_FLEET,
                CONF_ALL_MEMBERS: ALL in entered[CONF_MEMBERS],
                CONF_MODE: entered[CONF_MODE],
                CONF_POWER_BUDGET: entered[CONF_POWER_BUDGET],
            },
            options={**flat_conditions(self.hass, entered), **grid},
            subentries=[
                {
                    "data": dict(member.data),
                    "subentry_type": member.subentry_type,
                    "title": member.title,
                    "unique_id": member.unique_id,
                }
                for member in map(member_subentry, members)
            ],
        )


def change_members(
    hass: HomeAssistant, entry: ConfigEntry, miners: list[ConfigEntry]
) -> None:
    """Take up miners that are no members yet, and let go of those that shall not be."""
    before = members_of(entry)
    wanted = {miner.entry_id for miner in miners}
    for miner_id, subentry_id in before.items():
        if miner_id not in wanted:
            hass.config_entries.async_remove_subentry(entry, subentry_id)
    for miner in miners:
        if miner.entry_id not in before:
            hass.config_entries.async_add_subentry(entry, member_subentry(miner))


def meter_placeholders(hass: HomeAssistant, entity_id: str) -> dict[str, str]:
    """Return what a meter is called and shows, to be shown."""
    shown = shown_power(hass, entity_id, may_be_negative=True)
    value = "-" if shown.value is None else f"{shown.value:.0f}"
    return {"meter": meter_name(hass, entity_id), "watts": value}


def _names(placeholders: Mapping[str, str]) -> dict[str, str]:
    """Return what messages name, also where there is none."""
    return {"miner": "-", "fleet": "-", **placeholders}
