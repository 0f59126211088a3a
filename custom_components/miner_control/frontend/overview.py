"""What every card has to know of all miners, told as it changes.

One feed serves all pages that are open. It begins with the first of them and ends
with the last, and hands on only the miners that are different from before.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import (
    EVENT_DEVICE_REGISTRY_UPDATED,
    EventDeviceRegistryUpdatedData,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..coordinator import MinerCoordinator
from ..domain.features import MinerStatus
from ..runtime import MinerControlConfigEntry
from ..storage.kinds import is_fleet, miner_entries

type Told = Mapping[str, Any]
# A miner by the id of its entry; None for one that is gone.
type Changes = Mapping[str, Told | None]
type Listener = Callable[[Changes], None]

_FEED: HassKey[MinersFeed] = HassKey(f"{DOMAIN}_miners_feed")

_REASONS: Final[Mapping[MinerStatus | None, str]] = {
    None: "silent",
    MinerStatus.UNKNOWN: "unclear",
    MinerStatus.OFF: "off",
    MinerStatus.IDLE: "idle",
    MinerStatus.STARTING: "booting",
    MinerStatus.ON: "mining",
    MinerStatus.STOPPING: "stopping",
    MinerStatus.ERROR: "error",
}
_COMMANDS: Final[Mapping[MinerStatus, str]] = {
    MinerStatus.STARTING: "told_to_start",
    MinerStatus.STOPPING: "told_to_stop",
}


class MinersFeed:
    """Tell whoever listens what is known of each miner, and what changes of it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of no miner, until somebody listens."""
        self._hass = hass
        self._listeners: list[Listener] = []
        self._told: dict[str, Told] = {}
        self._watched: dict[str, tuple[MinerCoordinator, CALLBACK_TYPE]] = {}
        self._stop_watching: list[CALLBACK_TYPE] = []

    @classmethod
    def of(cls, hass: HomeAssistant) -> MinersFeed:
        """Return the only feed of a Home Assistant."""
        return hass.data.setdefault(_FEED, cls(hass))

    @callback
    def async_subscribe(self, listener: Listener) -> CALLBACK_TYPE:
        """Tell a listener of all miners now and of changes from then on.

        Returns what ends that.
        """
        if not self._listeners:
            self._start()
        self._listeners.append(listener)
        listener(dict(self._told))

        @callback
        def unsubscribe() -> None:
            self._listeners.remove(listener)
            if not self._listeners:
                self._stop()

        return unsubscribe

    def _start(self) -> None:
        """Look at all miners, and watch them."""
        self._stop_watching = [
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry
            ),
            self._hass.bus.async_listen(
                EVENT_DEVICE_REGISTRY_UPDATED, self._on_device, self._is_renamed
            ),
        ]
        for entry in miner_entries(self._hass):
            self._watch(entry)
            self._told[entry.entry_id] = told_of(self._hass, entry)

    def _stop(self) -> None:
        """Watch nothing, and keep nothing."""
        for stop in self._stop_watching:
            stop()
        for _, stop in self._watched.values():
            stop()
        self._stop_watching.clear()
        self._watched.clear()
        self._told.clear()

    def _watch(self, entry: MinerControlConfigEntry) -> None:
        """Listen to a miner while it is loaded, and to no coordinator of before."""
        is_loaded = entry.state is ConfigEntryState.LOADED
        coordinator = entry.runtime_data.coordinator if is_loaded else None
        before, stop = self._watched.get(entry.entry_id, (None, None))
        if coordinator is before:
            return
        if stop is not None:
            stop()
            del self._watched[entry.entry_id]
        if coordinator is not None:
            self._watched[entry.entry_id] = (
                coordinator,
                coordinator.async_add_listener(lambda: self._tell(entry)),
            )

    @callback
    def _on_entry(
        self, change: ConfigEntryChange, entry: MinerControlConfigEntry
    ) -> None:
        """Take up a miner that is new or changed, and let go of one that is gone."""
        if entry.domain != DOMAIN or is_fleet(entry):
            return
        if change is not ConfigEntryChange.REMOVED:
            self._watch(entry)
            self._tell(entry)
            return
        if watched := self._watched.pop(entry.entry_id, None):
            watched[1]()
        if self._told.pop(entry.entry_id, None):
            self._send({entry.entry_id: None})

    @callback
    def _is_renamed(self, data: EventDeviceRegistryUpdatedData) -> bool:
        """Tell whether the name of a device may have changed."""
        return data["action"] != "remove"

    @callback
    def _on_device(self, event: Event[EventDeviceRegistryUpdatedData]) -> None:
        """Take over the name that a user gave to the device of a miner."""
        device = dr.async_get(self._hass).async_get(event.data["device_id"])
        entry_id = device.config_entry_id if device else None
        # A miner that is being removed still has its devices.
        entry = self._hass.config_entries.async_get_entry(entry_id or "")
        if entry is not None and entry.entry_id in self._told:
            self._tell(entry)

    @callback
    def _tell(self, entry: MinerControlConfigEntry) -> None:
        """Tell of a miner, if anything is different."""
        told = told_of(self._hass, entry)
        if self._told.get(entry.entry_id) != told:
            self._told[entry.entry_id] = told
            self._send({entry.entry_id: told})

    def _send(self, changes: Changes) -> None:
        """Tell all who listen."""
        for listener in tuple(self._listeners):
            listener(changes)


def told_of(hass: HomeAssistant, entry: MinerControlConfigEntry) -> Told:
    """Return what cards have to know of a miner besides its entities.

    `reason` is the key of a sentence that says why the status is what it is.
    `degraded` holds who stands in for the first controller of a feature, None where
    nobody does.
    """
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    name = device.name_by_user if isinstance(device, dr.DeviceEntry) else None
    told: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "device_id": device.id if device else None,
        "name": name or entry.title,
        "loaded": entry.state is ConfigEntryState.LOADED,
        "status": None,
        "degraded": {},
    }
    if not told["loaded"]:
        return {**told, "reason": "disabled" if entry.disabled_by else "not_loaded"}
    coordinator = entry.runtime_data.coordinator
    state = coordinator.data
    return {
        **told,
        "status": state.status,
        "degraded": {
            feature.value: controller.title if controller else None
            for feature, controller in state.degraded.items()
        },
        "reason": _reason(coordinator),
    }


def _reason(coordinator: MinerCoordinator) -> str:
    """Return the key of why the status of a miner is what it is."""
    state = coordinator.data
    if state.command is not None and (reason := _COMMANDS.get(state.command)):
        return reason
    if state.is_restarting:
        return "restarting"
    if state.is_known_off:
        return "power_off"
    if state.status is MinerStatus.IDLE and coordinator.told_to_mine is False:
        return "stopped"
    return _REASONS[state.status]
