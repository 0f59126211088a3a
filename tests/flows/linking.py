"""Go through flows as the frontend does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType, section
import voluptuous as vol

from custom_components.miner_control.const import CONF_STANDBY, DOMAIN
from custom_components.miner_control.controllers.entities.roles import SECTIONS
from custom_components.miner_control.flows.schemas import ENTITIES_SCHEMA

type Result = Mapping[str, Any]

# What can be added, in the order in which it is asked.
MENU = ["network", "plug", "entities", "scan", "simulated", "fleet"]
# How one logs in to the Antminer of the tests.
LOGIN = {"username": "root", "password": "hunter2"}

SUBENTRY_TYPES = {
    "network": "network",
    "entities": "entities",
    "simulated": "simulated",
}


class LinkFlow(ABC):
    """A flow that links one controller, be it the first of its miner or not."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start nothing yet."""
        self.hass = hass
        self._flow_id = ""
        self._shown: vol.Schema | None = None

    @abstractmethod
    async def open(self, step: str) -> Result:
        """Start the flow and go to the form that reaches a controller."""

    @property
    @abstractmethod
    def entry(self) -> ConfigEntry:
        """Return the miner that the controller was linked to."""

    @property
    @abstractmethod
    def manager(self) -> FlowManager[Any, Any, Any]:
        """Return what runs the flow."""

    async def submit(self, user_input: dict[str, Any]) -> Result:
        """Submit the form that is shown, each field where the form has it.

        Nothing stands by for what is linked, unless that is asked for.
        """
        if self._shown is not None:
            if CONF_STANDBY in self._shown.schema:
                user_input = {CONF_STANDBY: False, **user_input}
            user_input = placed(self._shown, user_input)
        result: Result = await self.manager.async_configure(self._flow_id, user_input)
        await self.hass.async_block_till_done()
        self._shown = result.get("data_schema")
        return result

    async def proceed(self) -> Result:
        """Look whether what goes on has come to an end."""
        result: Result = await self.manager.async_configure(self._flow_id)
        self._shown = result.get("data_schema")
        return result

    async def link(self, step: str, user_input: dict[str, Any]) -> ConfigSubentry:
        """Go through the whole flow and return what it stored."""
        await self.open(step)
        assert_asks_features(await self.submit(user_input))
        return self.stored(await self.submit({}))

    def stored(self, result: Result) -> ConfigSubentry:
        """Return the controller that the end of the flow stored."""
        assert result["type"] is FlowResultType.CREATE_ENTRY
        return list(self.entry.subentries.values())[-1]

    async def _start(self, handler: Any) -> Result:
        """Start the flow of a handler."""
        result: Result = await self.manager.async_init(
            handler, context={"source": SOURCE_USER}
        )
        self._flow_id, self._shown = result["flow_id"], result.get("data_schema")
        return result


class FirstLink(LinkFlow):
    """The flow that registers a miner with its first controller."""

    @property
    @override
    def manager(self) -> FlowManager[Any, Any, Any]:
        return self.hass.config_entries.flow

    @property
    @override
    def entry(self) -> ConfigEntry:
        return self.hass.config_entries.async_entries(DOMAIN)[-1]

    @override
    async def open(self, step: str) -> Result:
        await self._start(DOMAIN)
        return await self.submit({"next_step_id": step})


class FurtherLink(LinkFlow):
    """The flow that links a controller to a miner that exists."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start nothing yet."""
        super().__init__(hass)
        self._entry = entry

    @property
    @override
    def manager(self) -> FlowManager[Any, Any, Any]:
        return self.hass.config_entries.subentries

    @property
    @override
    def entry(self) -> ConfigEntry:
        return self._entry

    @override
    async def open(self, step: str) -> Result:
        return await self._start((self._entry.entry_id, SUBENTRY_TYPES[step]))


def network_form(host: str, **login: str) -> dict[str, Any]:
    """Return what is entered to link a device."""
    return {CONF_HOST: host, "credentials": login}


def placed(schema: vol.Schema, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is entered, each field in the section of the form that has it."""
    form = dict(entered)
    for marker, kind in schema.schema.items():
        if not isinstance(kind, section):
            continue
        fields = [name for name in entered if name in kind.schema.schema]
        if fields and str(marker) not in entered:
            form[str(marker)] = {name: form.pop(name) for name in fields}
    return form


def every_field(schema: vol.Schema) -> dict[str, Any]:
    """Return what each field of a form is entered with, whatever its section."""
    fields: dict[str, Any] = {}
    for marker, kind in schema.schema.items():
        if isinstance(kind, section):
            fields |= every_field(kind.schema)
        else:
            fields[str(marker)] = kind
    return fields


def entities_form(**entered: Any) -> dict[str, Any]:
    """Return what is entered to link entities, each in its section."""
    return placed(ENTITIES_SCHEMA, entered)


def in_sections(errors: dict[str, str]) -> dict[str, str]:
    """Return errors with those that the frontend shows at their sections."""
    shown = {
        part: errors[name]
        for part, names in SECTIONS.items()
        for name in names
        if name in errors
    }
    return errors | shown


def assert_asks_features(result: Result) -> None:
    """Check that a controller was found and its features are asked for."""
    assert result["type"] is FlowResultType.FORM
    assert (result["step_id"], result["errors"]) == ("features", {})


def assert_refused(result: Result, step: str, errors: dict[str, str]) -> None:
    """Check that a form is shown again, with errors."""
    assert result["type"] is FlowResultType.FORM
    if step == "entities":
        errors = in_sections(errors)
    assert (result["step_id"], result["errors"]) == (step, errors)


def stored_links(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return all that is stored of the controllers of all miners."""
    return [
        {"entry": entry.unique_id, **subentry.as_dict()}
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.subentries.values()
    ]


def suggested(schema: vol.Schema) -> dict[str, Any]:
    """Return the values that a form shows; entities without their sections."""
    values: dict[str, Any] = {}
    for marker, kind in schema.schema.items():
        if str(marker) in SECTIONS:
            values |= suggested(kind.schema)
        elif isinstance(kind, section):
            values[str(marker)] = suggested(kind.schema)
        elif marker.description and "suggested_value" in marker.description:
            values[str(marker)] = marker.description["suggested_value"]
    return values


def is_folded(schema: vol.Schema, name: str) -> bool:
    """Tell whether a section of a form is closed at first."""
    return bool(schema.schema[name].options["collapsed"])
