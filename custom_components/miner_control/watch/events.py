"""Events: what happens to a miner, once each, for automations and the logbook."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..coordinator import MinerCoordinator
from ..domain.features import MinerFeature, MinerFeatureType, MinerStatus
from ..domain.handover import Handover, HandoverWatch
from ..domain.ports import PORTS
from ..names import error_text, reason_of

EVENT_FAILOVER: Final = f"{DOMAIN}_failover"
EVENT_TAKE_BACK: Final = f"{DOMAIN}_take_back"
EVENT_MINING_STARTED: Final = f"{DOMAIN}_mining_started"
EVENT_MINING_STOPPED: Final = f"{DOMAIN}_mining_stopped"
EVENT_START_FAILED: Final = f"{DOMAIN}_start_failed"

ATTR_FEATURES: Final = "features"
ATTR_FROM: Final = "from"
ATTR_REASON: Final = "reason"
ATTR_TO: Final = "to"

_SAYS_NOTHING = (None, MinerStatus.UNKNOWN)
# A miner that starts or stops has not yet begun or ceased to mine.
_IS_MINING: Mapping[MinerStatus | None, bool] = {
    MinerStatus.ON: True,
    MinerStatus.OFF: False,
    MinerStatus.IDLE: False,
    MinerStatus.ERROR: False,
}


class MinerEvents:
    """Fire an event for each fact that an automation may want to know.

    What is so when the miner is set up is no news, and nothing that follows from
    its power being off is a failure. A controller that goes away takes all its
    features with it: that is one event, which lists them, and not one for each.
    """

    def __init__(self, coordinator: MinerCoordinator, device_id: str) -> None:
        """Tell of the miner of a coordinator, which has a device."""
        self._coordinator = coordinator
        self._device_id = device_id
        self._watch = HandoverWatch()
        self._status: MinerStatus | None = None
        self._is_start = False
        self.is_mining: bool | None = None

    @property
    def failed_over(self) -> frozenset[MinerFeatureType]:
        """Return the features that a worse controller serves since another failed."""
        return frozenset(self._watch.failed_over)

    @callback
    def async_start(self) -> None:
        """Take what is so now for granted, and watch what changes."""
        self._handovers()
        self._status = self._coordinator.data.status
        self.is_mining = _IS_MINING.get(self._status)
        entry = self._coordinator.config_entry
        entry.async_on_unload(self._coordinator.async_add_listener(self._look))

    @callback
    def start_failed(self, err: HomeAssistantError) -> None:
        """Tell that a start was given up; that it ends in an error is the same fact."""
        self._is_start = False
        reason = reason_of(self._coordinator.hass, err)
        self._fire(EVENT_START_FAILED, {ATTR_REASON: reason})

    @callback
    def _look(self) -> None:
        """Tell what is new."""
        for handover, features in self._handovers().items():
            self._fire(
                EVENT_FAILOVER if handover.is_failover else EVENT_TAKE_BACK,
                {
                    ATTR_FEATURES: features,
                    ATTR_FROM: self._title(handover.from_id),
                    ATTR_TO: self._title(handover.to_id),
                },
            )
        if self._coordinator.data.status is not self._status:
            self._note_status(self._coordinator.data.status)

    def _handovers(self) -> dict[Handover, list[str]]:
        """Return what changed hands, with the features concerned."""
        found: dict[Handover, list[str]] = {}
        # Most miners have one controller: none has to hand over with every reading.
        shared = len(self._coordinator.controllers) > 1
        for feature_type in MinerFeatureType if shared else ():
            if handover := self._handover(feature_type):
                found.setdefault(handover, []).append(feature_type.value)
        return found

    def _handover(self, feature_type: MinerFeatureType) -> Handover | None:
        """Return whether a feature changed hands."""
        ranked = self._coordinator.miner.ranked_features(feature_type)
        # Who is alone has nobody to hand over to.
        if len(ranked) < 2 or self._is_excused(ranked[0]):
            self._watch.forget(feature_type)
            return None
        ranking = [feature.controller_id for feature in ranked]
        resolution = self._coordinator.resolution(PORTS[feature_type])
        provider = resolution.provider if resolution else None
        provider_id = provider.controller_id if provider else None
        return self._watch.note(feature_type, ranking, provider_id)

    def _is_excused(self, feature: MinerFeature) -> bool:
        """Tell whether nobody can expect a controller to serve a feature now.

        Its power may be cut. Or it is there, but a miner that rests has less to tell.
        """
        state = self._coordinator.data
        coordinator = self._coordinator.controllers[feature.controller_id]
        controller = coordinator.controller
        if controller.needs_power and (state.is_known_off or coordinator.may_vanish):
            return True
        if state.status is MinerStatus.ON or self._coordinator.is_healthy(feature):
            return False
        return coordinator.is_available and controller.can_serve(feature.feature_type)

    def _title(self, controller_id: str) -> str:
        """Return what a controller is called."""
        return self._coordinator.controllers[controller_id].controller.title

    def _note_status(self, status: MinerStatus | None) -> None:
        """Tell what a new status means."""
        before, self._status = self._status, status
        is_mining = _IS_MINING.get(status)
        if is_mining is not None:
            was_mining, self.is_mining = self.is_mining, is_mining
            if was_mining is not None and was_mining is not is_mining:
                self._fire(EVENT_MINING_STARTED if is_mining else EVENT_MINING_STOPPED)
        if self._is_start and status is MinerStatus.ERROR:
            reason = error_text(self._coordinator.hass, "start_ended_in_error")
            self._fire(EVENT_START_FAILED, {ATTR_REASON: reason})
        # What had begun before anybody looked is not known to be a start.
        self._is_start = status is MinerStatus.STARTING and before not in _SAYS_NOTHING

    def _fire(self, event_type: str, data: Mapping[str, Any] | None = None) -> None:
        """Fire an event of this miner."""
        self._coordinator.hass.bus.async_fire(
            event_type,
            {
                ATTR_DEVICE_ID: self._device_id,
                ATTR_CONFIG_ENTRY_ID: self._coordinator.config_entry.entry_id,
                **(data or {}),
            },
        )
