"""Take over miners from the older integration hass-miner, whose domain is `miner`."""

from asyncio import Task
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util.async_ import gather_with_limited_concurrency
import voluptuous as vol

from ...const import CONF_CREDENTIALS, HASS_MINER_DOMAIN
from ..link import Link, RefusedError, miner_with_host
from ..link_steps import Input
from ..register import RegisterSteps
from ..schemas import network_schema
from .lookup import find_device

CONF_MINERS = "miners"

# Where its versions keep the address and the login, the most telling first. It has
# logins for the RPC, the web page and SSH, of which the last one is never needed.
_HOST_KEYS = ("ip", CONF_HOST)
_USERNAME_KEYS = ("web_username", CONF_USERNAME)
_PASSWORD_KEYS = ("web_password", "rpc_password", CONF_PASSWORD)

_QUESTIONS_AT_ONCE = 8


class MigrationSteps(RegisterSteps):
    """Link the miners that another integration has."""

    async def async_step_hass_miner(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask which miners to take over, and find out what they are."""
        entries = {entry.entry_id: entry for entry in old_miners(self.hass)}
        if not entries:
            return self.async_abort(reason="no_hass_miner")
        if user_input is None:
            return self._show_old(entries.values(), {CONF_MINERS: list(entries)})
        picked = [entries[key] for key in user_input[CONF_MINERS] if key in entries]
        if not picked:
            return self._show_old(entries.values(), user_input, "nothing_picked")
        if len(picked) == 1:
            return await self._take_over(picked[0])

        async def register(task: Task[dict[str, Link]]) -> ConfigFlowResult:
            """Register the miners, unless some cannot be linked."""
            found = task.result()
            failed = [each.title for each in picked if each.entry_id not in found]
            if not failed:
                return await self.register(found.values())
            placeholders = {"miners": ", ".join(failed)}
            return self._show_old(
                entries.values(), user_input, "takeover_failed", placeholders
            )

        return await self.carry_out(self._find_all(picked), register)

    async def _take_over(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Take over one miner; show what is wrong with its address or its login."""

        async def register(task: Task[Link]) -> ConfigFlowResult:
            """Register the miner, or ask for its address and login."""
            try:
                found = task.result()
            except RefusedError as err:
                form = _form_of(entry)
                return self._show(
                    "network", network_schema(), form, err.errors, err.placeholders
                )
            return await self.register([found])

        return await self.carry_out(_taken_over(self.hass, entry), register)

    async def _find_all(self, entries: Iterable[ConfigEntry]) -> dict[str, Link]:
        """Return the miners of several entries, as far as they can be linked."""

        async def take_over(entry: ConfigEntry) -> tuple[str, Link] | None:
            """Find one miner."""
            try:
                return entry.entry_id, await _taken_over(self.hass, entry)
            except RefusedError:
                return None

        found = await gather_with_limited_concurrency(
            _QUESTIONS_AT_ONCE, *map(take_over, entries)
        )
        return dict(filter(None, found))

    def _show_old(
        self,
        entries: Iterable[ConfigEntry],
        user_input: Input = None,
        error: str | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show the miners that can be taken over."""
        errors = {CONF_MINERS: error} if error else None
        schema = _schema(entries)
        return self._show("hass_miner", schema, user_input, errors, placeholders)


def old_miners(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the miners of the older integration that are not linked yet."""
    entries = hass.config_entries.async_entries(HASS_MINER_DOMAIN, include_ignore=False)
    return [
        entry
        for entry in entries
        if (host := _first(entry.data, _HOST_KEYS))
        and miner_with_host(hass, host) is None
    ]


async def _taken_over(hass: HomeAssistant, entry: ConfigEntry) -> Link:
    """Return a miner under the name it has; raise RefusedError if it cannot be."""
    found = await find_device(hass, _form_of(entry), ())
    return replace(found, title=entry.title)


def _form_of(entry: ConfigEntry) -> dict[str, Any]:
    """Return what one would enter to link a miner of the older integration."""
    login = {
        CONF_USERNAME: _first(entry.data, _USERNAME_KEYS),
        CONF_PASSWORD: _first(entry.data, _PASSWORD_KEYS),
    }
    form: dict[str, Any] = network_schema()(
        {
            CONF_HOST: _first(entry.data, _HOST_KEYS),
            CONF_CREDENTIALS: {key: text for key, text in login.items() if text},
        }
    )
    return form


def _first(data: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """Return the first text that is stored under one of some keys."""
    texts = (data.get(key) for key in keys)
    return next((text for text in texts if text), None)


def _schema(entries: Iterable[ConfigEntry]) -> vol.Schema:
    """Return the form of the miners that can be taken over."""
    options = [
        SelectOptionDict(
            value=entry.entry_id,
            label=f"{entry.title} ({_first(entry.data, _HOST_KEYS)})",
        )
        for entry in entries
    ]
    selector = SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, mode=SelectSelectorMode.LIST
        )
    )
    return vol.Schema({vol.Optional(CONF_MINERS, default=[]): selector})
