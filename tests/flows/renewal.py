"""Go through the flow that sets a controller up anew, as the frontend does."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.miner_control.controllers.entities.roles import SECTIONS

from .linking import FurtherLink, assert_asks_features, placed, suggested

type Result = Mapping[str, Any]


class Renewal:
    """The flow that sets a controller up anew, gone through as the frontend does."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry
    ) -> None:
        """Set up anew what is linked; start nothing yet."""
        self._hass = hass
        self._entry = entry
        self._subentry_id = subentry.subentry_id
        self.shown: Result = {}

    @property
    def subentry(self) -> ConfigSubentry:
        """Return what is stored."""
        return self._entry.subentries[self._subentry_id]

    async def open(self) -> Result:
        """Start the flow."""
        self.shown = await self._entry.start_subentry_reconfigure_flow(  # type: ignore[attr-defined]
            self._hass, self._subentry_id
        )
        return self.shown

    async def submit(self, user_input: dict[str, Any]) -> Result:
        """Submit the form that is shown, each field where the form has it."""
        user_input = placed(self.shown["data_schema"], user_input)
        self.shown = await self._hass.config_entries.subentries.async_configure(
            self.shown["flow_id"], user_input
        )
        await self._hass.async_block_till_done()
        return self.shown

    async def submit_shown(self, **changes: Any) -> Result:
        """Submit what the form holds, with changes; None clears a field."""
        schema = self.shown["data_schema"]
        shown = suggested(schema)
        whole = schema(placed(schema, shown))
        values = shown | {k: whole[k] for k in whole if k not in SECTIONS} | changes
        return await self.submit({k: v for k, v in values.items() if v is not None})

    async def finish(self, **features: Any) -> ConfigSubentry:
        """Submit the features, and return what is stored then."""
        assert_asks_features(self.shown)
        result = await self.submit(features)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        assert result["translation_domain"] == "homeassistant"
        return self.subentry


async def linked(
    hass: HomeAssistant, entry: ConfigEntry, step: str, form: dict[str, Any]
) -> Renewal:
    """Return the flow for a controller that was linked just now, at its first form."""
    subentry = await FurtherLink(hass, entry).link(step, form)
    renewal = Renewal(hass, entry, subentry)
    shown = await renewal.open()
    assert (shown["type"], shown["step_id"]) == (FlowResultType.FORM, step)
    assert shown["errors"] in ({}, None)
    return renewal
