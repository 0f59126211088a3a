"""Events of a fleet: what it decides and why, for automations and the logbook."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from ..domain.budget import Action, Allocation, Reason, ReasonKey, Share
from ..domain.fleet import FleetMode
from ..watch.events import ATTR_REASON
from .reasons import reason_text, until_text

EVENT_FLEET_DECISION: Final = f"{DOMAIN}_fleet_decision"
EVENT_FLEET_STEP: Final = f"{DOMAIN}_fleet_step"
EVENT_EMERGENCY_STOP: Final = f"{DOMAIN}_emergency_stop"
EVENT_EMERGENCY_RESULT: Final = f"{DOMAIN}_emergency_stop_result"
EVENT_EMERGENCY_RESET: Final = f"{DOMAIN}_emergency_stop_reset"

ATTR_ACTION: Final = "action"
ATTR_FLEET: Final = "fleet"
ATTR_KEY: Final = "key"
ATTR_MINER: Final = "miner"
ATTR_MODE: Final = "mode"
ATTR_OUTCOME: Final = "outcome"
ATTR_POWER: Final = "watts"
ATTR_UNTIL: Final = "until"

_STEPS: Final = (Action.RAISE, Action.LOWER)
# A member that runs goes from one of these to another all the time.
_RUNS: Final = frozenset(
    {
        ReasonKey.CEILING,
        ReasonKey.FLOOR,
        ReasonKey.SETTLING,
        ReasonKey.SHARE,
        ReasonKey.SMALL_STEP,
    }
)


class FleetEvents:
    """Fire an event for each decision that is new."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, device_id: str) -> None:
        """Tell of a fleet, which has a device."""
        self._hass = hass
        self._entry = entry
        self._device_id = device_id
        self._told: dict[str, object] = {}
        self._steps: dict[str, float] = {}
        self._decision: str | None = None

    @callback
    def note(self, allocation: Allocation, mode: FleetMode) -> None:
        """Tell what is new of the fleet and of each member."""
        if allocation.decision.key != self._decision:
            self._decision = allocation.decision.key
            self._fire_decision(self._entry.entry_id, allocation.decision, mode)
        for miner_id, share in allocation.shares.items():
            told = _weight(share)
            if share.action not in _STEPS and self._told.get(miner_id) == told:
                continue
            if share.action in _STEPS and self._steps.get(miner_id) == share.watts:
                continue
            self._told[miner_id] = told
            self._steps[miner_id] = share.watts
            self._fire_decision(miner_id, share.reason, mode, share)

    def _fire_decision(
        self,
        entry_id: str,
        reason: Reason,
        mode: FleetMode,
        share: Share | None = None,
    ) -> None:
        """Tell of one decision."""
        action = share.action if share else Action.KEEP
        self.fire(
            EVENT_FLEET_STEP if action in _STEPS else EVENT_FLEET_DECISION,
            entry_id,
            {
                ATTR_ACTION: action.value,
                ATTR_POWER: round(share.watts) if share else None,
                ATTR_KEY: reason.key.value,
                ATTR_REASON: reason_text(self._hass, self._entry, reason),
                ATTR_UNTIL: until_text(reason),
                ATTR_MODE: mode.value,
            },
        )

    @callback
    def fire(self, event_type: str, entry_id: str, data: Mapping[str, Any]) -> None:
        """Fire an event of the fleet, or of a miner, on the device of either."""
        entry = self._hass.config_entries.async_get_entry(entry_id)
        is_fleet = entry_id == self._entry.entry_id
        self._hass.bus.async_fire(
            event_type,
            {
                ATTR_DEVICE_ID: self._device_id if is_fleet else self._device(entry_id),
                ATTR_CONFIG_ENTRY_ID: entry_id,
                ATTR_FLEET: self._entry.title,
                ATTR_MINER: None if is_fleet or entry is None else entry.title,
                **data,
            },
        )

    def _device(self, miner_id: str) -> str | None:
        """Return the device of a miner."""
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, miner_id), miner_id
        )
        return device.id if device else None


def _weight(share: Share) -> object:
    """Return what of a share is news: a switch, or another reason that counts."""
    if share.reason.key in _RUNS and share.action is not Action.START:
        return True
    is_switch = share.action in (Action.START, Action.STOP)
    return share.action if is_switch else None, share.reason.key
