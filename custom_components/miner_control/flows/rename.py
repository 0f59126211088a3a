"""The step that sets what is known of the miner itself: its name."""

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..storage.bindings import controller_subentries
from .link_steps import Input


class RenameSteps(ConfigFlow):
    """Set a miner up anew; how it is reached is set with each controller."""

    async def async_step_reconfigure(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the name of the miner, which its device bears too."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            if name := user_input[CONF_NAME].strip():
                return self.async_update_and_abort(entry, title=name)
            errors[CONF_NAME] = "no_name"
        titles = [subentry.title for subentry in controller_subentries(entry)]
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=vol.Schema(
                {vol.Required(CONF_NAME, default=entry.title): TextSelector()}
            ),
            errors=errors,
            description_placeholders={"controllers": ", ".join(titles) or "-"},
        )
