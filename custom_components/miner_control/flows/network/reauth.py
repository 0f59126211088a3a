"""The steps that ask for a login that a device refuses."""

from asyncio import Task
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
)
from homeassistant.const import CONF_HOST

from ...const import CONF_ADVANCED, CONF_CREDENTIALS, CONF_PROTOCOL, CONF_SUBENTRY_ID
from ..attempts import AttemptSteps
from ..link import RefusedError
from ..link_steps import Input
from ..prefill import entered_before
from ..schemas import LOGIN_SCHEMA, network_schema
from .lookup import find_device, login_of, without_login


class ReauthSteps(AttemptSteps[ConfigFlowContext, ConfigFlowResult, str], ConfigFlow):
    """Ask for the login of one controller, and try it."""

    _controller_id: str | None

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start with the controller whose login is refused."""
        self._controller_id = entry_data.get(CONF_SUBENTRY_ID)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for a login until the device takes it."""
        entry = self._get_reauth_entry()
        subentry = entry.subentries.get(self._controller_id or "")
        if subentry is None or CONF_HOST not in subentry.data:
            return self.async_abort(reason="not_linked")
        if user_input is None:
            before = entered_before(self.hass, subentry)[CONF_CREDENTIALS]
            return self._ask_login(subentry, before)

        async def store(tried: Task[dict[str, str]]) -> ConfigFlowResult:
            """Store a login that works, or ask for another one."""
            try:
                login = tried.result()
            except RefusedError as err:
                return self._ask_login(subentry, user_input, err)
            return self._store_login(subentry, login)

        return await self.carry_out(self._try_login(subentry, user_input), store)

    def _ask_login(
        self,
        subentry: ConfigSubentry,
        suggested: Mapping[str, Any],
        refusal: RefusedError | None = None,
    ) -> ConfigFlowResult:
        """Ask for a login, and say what was wrong with the one before."""
        errors = {"base": next(iter(refusal.errors.values()))} if refusal else {}
        others = refusal.placeholders if refusal else {}
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, suggested),
            errors=errors,
            description_placeholders={"controller": subentry.title, **others},
        )

    async def _try_login(
        self, subentry: ConfigSubentry, user_input: Mapping[str, Any]
    ) -> dict[str, str]:
        """Return the login to store; raise RefusedError if it leads nowhere."""
        form = network_schema()(
            {
                CONF_HOST: subentry.data[CONF_HOST],
                CONF_CREDENTIALS: user_input,
                CONF_ADVANCED: {CONF_PROTOCOL: subentry.data[CONF_PROTOCOL]},
            }
        )
        return login_of((await find_device(self.hass, form, (), subentry)).connection)

    def _store_login(
        self, subentry: ConfigSubentry, login: Mapping[str, str]
    ) -> ConfigFlowResult:
        """Store a login that works, and have the miner use it."""
        entry = self._get_reauth_entry()
        changed = [
            self.hass.config_entries.async_update_subentry(
                entry, each, data={**without_login(each.data), **login}
            )
            for each in _reaching(entry, subentry.data[CONF_HOST])
        ]
        if not any(changed):
            # It is the one that was refused before: the device changed its mind.
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_update_and_abort(entry)


def _reaching(entry: ConfigEntry, host: str) -> list[ConfigSubentry]:
    """Return the controllers that reach a device, one of which may stand by."""
    return [
        each for each in entry.subentries.values() if each.data.get(CONF_HOST) == host
    ]
