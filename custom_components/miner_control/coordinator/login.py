"""Ask the user for a login that a device refuses."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_SUBENTRY_ID


class Purpose(Enum):
    """What a login is needed for; some devices only protect what changes them."""

    READING = auto()
    COMMANDS = auto()


class ControllerLogin:
    """Ask for the login of one controller until the device takes it.

    Home Assistant shows one such question for a miner at a time. That of another
    controller comes up when this one is answered, for it is tried again and again.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, controller_id: str
    ) -> None:
        """Take it that the login is right."""
        self._hass = hass
        self._entry = entry
        self._controller_id = controller_id
        self._refused: set[Purpose] = set()

    @callback
    def refused(self, purpose: Purpose) -> None:
        """Ask for the login, if the question is not there already."""
        self._refused.add(purpose)
        self._entry.async_start_reauth(
            self._hass, data={CONF_SUBENTRY_ID: self._controller_id}
        )

    @callback
    def taken(self, purpose: Purpose) -> None:
        """Withdraw the question once the login is good for all that it was not."""
        if not self._refused:
            return
        # Who may change a device may read it.
        self._refused -= {purpose, Purpose.READING}
        if not self._refused:
            self._withdraw()

    def _withdraw(self) -> None:
        """End the flow that asks for this login."""
        flows = self._hass.config_entries.flow
        for flow in flows.async_progress_by_init_data_type(dict, self._is_asked_for):
            context = flow["context"]
            if (
                context["source"] == SOURCE_REAUTH
                and context.get("entry_id") == self._entry.entry_id
            ):
                flows.async_abort(flow["flow_id"])

    def _is_asked_for(self, init_data: Mapping[str, Any]) -> bool:
        """Tell whether a flow was started for this controller."""
        return init_data.get(CONF_SUBENTRY_ID) == self._controller_id
