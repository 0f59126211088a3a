"""Raise an issue when heating needs the user, and delete it when that is over."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity

from ..const import DOMAIN
from ..domain.thermostat import Why

ISSUE_ROOM_SENSOR_LOST: Final = "room_sensor_lost"
ISSUE_ROOM_SENSOR_STUCK: Final = "room_sensor_stuck"
ISSUE_NO_HEAT: Final = "no_heat"
ISSUE_HEATING_ENDED: Final = "heating_ended"
ISSUE_FROST_UNHEEDED: Final = "frost_unheeded"

_KINDS: Final = {
    Why.SENSOR_LOST: ISSUE_ROOM_SENSOR_LOST,
    Why.SENSOR_STUCK: ISSUE_ROOM_SENSOR_STUCK,
    Why.NO_HEAT: ISSUE_NO_HEAT,
    Why.MINER_TOO_HOT: ISSUE_HEATING_ENDED,
    Why.FAN_FAILED: ISSUE_HEATING_ENDED,
}


class HeatingIssues:
    """Say in Home Assistant's repairs what keeps a room from being heated."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Have raised nothing yet."""
        self._hass = hass
        self._entry = entry
        self._raised: str | None = None

    @callback
    def settle(self, why: Why, *, is_on: bool, obeys: bool) -> None:
        """Raise what needs the user now, and delete what did before.

        Frost does not ask whether the thermostat is on; it `obeys` who may be told.
        """
        kind = _KINDS.get(why) if is_on else None
        if why is Why.FROST and not obeys:
            kind = ISSUE_FROST_UNHEEDED
        if kind == self._raised:
            return
        self.forget()
        if kind is None:
            return
        self._raised = kind
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id(kind),
            is_fixable=False,
            severity=IssueSeverity.WARNING,
            translation_key=kind,
            translation_placeholders={"miner": self._entry.title},
        )

    @callback
    def forget(self) -> None:
        """Delete what was raised."""
        if self._raised is not None:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(self._raised))
            self._raised = None

    def _issue_id(self, kind: str) -> str:
        """Return what tells an issue from all others."""
        return f"{kind}_{self._entry.entry_id}"
