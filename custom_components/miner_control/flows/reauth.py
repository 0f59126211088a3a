"""The steps that ask for a login that a device refuses."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from ..const import CONF_CREDENTIALS, CONF_SUBENTRY_ID
from .finding import RefusedError, find_device, login_of
from .renewing import entered_before
from .schemas import LOGIN_SCHEMA, NETWORK_SCHEMA
from .steps import Input


class ReauthSteps(ConfigFlow):
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
        errors: dict[str, str] = {}
        others: dict[str, str] = {}
        if user_input is not None:
            try:
                login = await self._try_login(subentry, user_input)
            except RefusedError as err:
                errors = {"base": next(iter(err.errors.values()))}
                others = err.placeholders
            else:
                return self._store_login(subentry, login)
        else:
            user_input = entered_before(self.hass, subentry)[CONF_CREDENTIALS]
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"controller": subentry.title, **others},
        )

    async def _try_login(
        self, subentry: ConfigSubentry, user_input: Mapping[str, Any]
    ) -> dict[str, str]:
        """Return the login to store; raise RefusedError if it leads nowhere."""
        form = NETWORK_SCHEMA(
            {CONF_HOST: subentry.data[CONF_HOST], CONF_CREDENTIALS: user_input}
        )
        return login_of((await find_device(self.hass, form, (), subentry)).connection)

    def _store_login(
        self, subentry: ConfigSubentry, login: Mapping[str, str]
    ) -> ConfigFlowResult:
        """Store a login that works, and have the miner use it."""
        entry = self._get_reauth_entry()
        kept = {
            name: value
            for name, value in subentry.data.items()
            if name not in (CONF_USERNAME, CONF_PASSWORD)
        }
        if not self.hass.config_entries.async_update_subentry(
            entry, subentry, data={**kept, **login}
        ):
            # It is the one that was refused before: the device changed its mind.
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_update_and_abort(entry)
