"""Notice that a linked device runs other firmware than when it was linked.

Firmware that is flashed anew keeps the MAC address, but speaks another language: the
device seems silent. One that fails is identified anew from time to time; where it is
the linked one with other firmware, the user takes that up in one step.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..const import CONF_PROTOCOL, LOGGER
from ..controllers import Found, identify
from ..controllers.base import Capabilities, Controller
from ..controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
)
from ..controllers.network.address import NetworkAddress
from ..controllers.network.controller import NetworkController
from ..coordinator import ControllerCoordinator, MinerCoordinator

# How soon a device that fails is looked at again.
RETRY_INTERVAL: Final = timedelta(minutes=10)
_PAUSE: Final = 0.9 * RETRY_INTERVAL.total_seconds()


class MinerFirmware:
    """Look at the devices of one miner that fail."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Prepare to watch a miner."""
        self._coordinator = coordinator
        self._next_at: dict[str, float] = {}
        self._is_looking = False
        # What the firmware of controllers is by now, by their ids.
        self.changed: dict[str, Found] = {}
        # Called when a device was found to run other firmware.
        self.on_change: Callable[[], None] = lambda: None

    @callback
    def async_start(self) -> None:
        """Look whenever something failed or recovered, and from time to time."""
        miner = self._coordinator
        entry = miner.config_entry
        entry.async_on_unload(miner.async_add_listener(self._look))
        entry.async_on_unload(
            async_track_time_interval(miner.hass, self._on_time, RETRY_INTERVAL)
        )

    @callback
    def _on_time(self, _: datetime) -> None:
        """Look at what goes on failing."""
        self._look()

    @callback
    def _look(self) -> None:
        """Look at one device that fails, and forget of those that recovered."""
        for controller_id, coordinator in self._coordinator.controllers.items():
            if coordinator.is_available:
                self.changed.pop(controller_id, None)
                self._next_at.pop(controller_id, None)
            elif not self._is_looking and self._is_due(controller_id, coordinator):
                self._is_looking = True
                self._next_at[controller_id] = monotonic() + _PAUSE
                _ = self._coordinator.config_entry.async_create_background_task(
                    self._coordinator.hass,
                    self._identify(coordinator),
                    f"{coordinator.name} firmware",
                )

    def _is_due(self, controller_id: str, coordinator: ControllerCoordinator) -> bool:
        """Tell whether a network device fails for no reason that is known."""
        error = coordinator.error
        return (
            isinstance(coordinator.controller, NetworkController)
            and isinstance(error, ControllerUnreachableError)
            and not isinstance(error, IdentityMismatchError)
            and not coordinator.is_suspended
            and not coordinator.is_restarting
            and monotonic() >= self._next_at.get(controller_id, 0.0)
        )

    async def _identify(self, coordinator: ControllerCoordinator) -> None:
        """Find out whether the linked device answers in another language."""
        miner, controller = self._coordinator, coordinator.controller
        subentry = miner.config_entry.subentries.get(controller.controller_id)
        try:
            if subentry is None:
                return
            found = await _found(miner.hass, subentry.data)
        except ControllerError as err:
            LOGGER.debug("%s is not known any more: %s", controller.title, err)
        else:
            self._compare(controller, subentry.data[CONF_PROTOCOL], found)
        finally:
            self._is_looking = False

    def _compare(self, controller: Controller, protocol: str, found: Found) -> None:
        """Keep what was found if it is the linked device with other firmware."""
        if not _is_flashed(controller.capabilities, protocol, found):
            return
        LOGGER.warning(
            "%s now runs different firmware: %s",
            controller.title,
            described(found.capabilities),
        )
        self.changed[controller.controller_id] = found
        self.on_change()


async def _found(hass: HomeAssistant, data: Mapping[str, Any]) -> Found:
    """Return what answers: by the protocol in use, if the device still speaks it.

    That another protocol would speak to it as well is no other firmware. A device
    that only just came up is asked again.
    """
    address, protocol = NetworkAddress.from_dict(data), data[CONF_PROTOCOL]
    found = await identify(hass, address)
    if found.controller_type.protocol == protocol:
        return found
    try:
        return await identify(hass, address, protocol)
    except ControllerError:
        return found


def described(known: Capabilities) -> str:
    """Return in words which firmware a device runs."""
    parts = (known.model, known.firmware, known.firmware_version)
    return " ".join(part for part in parts if part) or "-"


def is_same_device(known: Capabilities, found: Capabilities) -> bool:
    """Tell whether two findings are of one device, which has to tell who it is."""
    if known.mac:
        return found.mac == known.mac
    return known.serial is not None and found.serial == known.serial


def _is_flashed(known: Capabilities, protocol: str, found: Found) -> bool:
    """Tell whether the linked device runs other firmware.

    A device that tells no model has only not started yet.
    """
    now = found.capabilities
    if not is_same_device(known, now) or now.model is None:
        return False
    before = (protocol, known.firmware, known.firmware_version, known.library_class)
    return before != (
        found.controller_type.protocol,
        now.firmware,
        now.firmware_version,
        now.library_class,
    )
