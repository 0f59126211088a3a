"""Notice that a linked device can be reached by a better protocol.

It was linked by another one: by an older version, or because the user wanted that.
A device whose kind a better protocol knows is asked once whether it speaks that; the
user changes over in one step, or ignores the offer.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import CoreState, callback

from ..const import CONF_PROTOCOL, LOGGER
from ..controllers import NetworkType, better_protocols, identify
from ..controllers.base import Capabilities, Controller
from ..controllers.errors import ControllerError
from ..controllers.network.address import NetworkAddress
from ..coordinator import MinerCoordinator
from ..storage.bindings import controller_subentries, stored_capabilities
from .firmware import RETRY_INTERVAL, is_same_device

# How often a device is asked that does not answer as it should.
MOST_LOOKS: Final = 2
# Where a controller remembers by which protocol its device is reached better.
_BETTER: Final = "better_protocol"


class MinerProtocols:
    """Look whether the devices of one miner speak a better protocol."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Take what was found before for granted; contact nothing."""
        self._coordinator = coordinator
        self._looks: dict[str, int] = {}
        self._next_at: dict[str, float] = {}
        self._is_looking = False
        # The better protocol of controllers, by their ids.
        self.better: dict[str, NetworkType] = {}
        # Called when a better protocol was found.
        self.on_change: Callable[[], None] = lambda: None
        self._candidates = {
            subentry.subentry_id: candidates
            for subentry in controller_subentries(coordinator.config_entry)
            if (candidates := _candidates(coordinator, subentry))
        }

    @callback
    def async_start(self) -> None:
        """Look whenever something was read, where there is anything to look for."""
        for controller_id, candidates in list(self._candidates.items()):
            known = self._controller(controller_id).memory.get(_BETTER)
            for cls in candidates:
                if cls.protocol == known:
                    self.better[controller_id] = cls
                    del self._candidates[controller_id]
                    break
        if self._candidates:
            entry = self._coordinator.config_entry
            entry.async_on_unload(self._coordinator.async_add_listener(self._look))
            self._look()

    def _controller(self, controller_id: str) -> Controller:
        """Return a controller by its id."""
        return self._coordinator.controllers[controller_id].controller

    @callback
    def _look(self) -> None:
        """Ask one device that has not shown yet what it speaks."""
        miner = self._coordinator
        if self._is_looking or miner.hass.state is not CoreState.running:
            return
        for controller_id in self._candidates:
            if (
                miner.controllers[controller_id].is_available
                and miner.data.command is None
                and monotonic() >= self._next_at.get(controller_id, 0.0)
            ):
                self._is_looking = True
                # Home Assistant must not wait for a device when it ends.
                _ = miner.config_entry.async_create_background_task(
                    miner.hass, self._ask(controller_id), "look for a better protocol"
                )
                return

    async def _ask(self, controller_id: str) -> None:
        """Find out by which better protocol a device answers, and remember that."""
        controller = self._controller(controller_id)
        try:
            cls = await self._found(controller_id)
        finally:
            self._is_looking = False
        if cls is None:
            self._next_at[controller_id] = monotonic() + RETRY_INTERVAL.total_seconds()
            looks = self._looks[controller_id] = self._looks.get(controller_id, 0) + 1
            if looks >= MOST_LOOKS:
                self._candidates.pop(controller_id, None)
            return
        LOGGER.info("%s can also be reached through %s", controller.title, cls.label)
        self._candidates.pop(controller_id, None)
        self.better[controller_id] = cls
        controller.memory[_BETTER] = cls.protocol
        self.on_change()

    async def _found(self, controller_id: str) -> NetworkType | None:
        """Return the better protocol by which the linked device answers, if any."""
        miner = self._coordinator
        subentry = miner.config_entry.subentries.get(controller_id)
        if subentry is None:
            return None
        address = NetworkAddress.from_dict(subentry.data)
        for cls in self._candidates[controller_id]:
            try:
                found = await identify(miner.hass, address, cls.protocol)
            except ControllerError as err:
                LOGGER.debug("%s speaks no %s: %s", subentry.title, cls.label, err)
                continue
            if answers_as(stored_capabilities(subentry), found.capabilities):
                return cls
        return None


def answers_as(known: Capabilities, found: Capabilities) -> bool:
    """Tell whether what answers at the address of a linked device is that device.

    One that never told who it is is known by its address alone.
    """
    return not (known.mac or known.serial) or is_same_device(known, found)


def _candidates(
    coordinator: MinerCoordinator, subentry: ConfigSubentry
) -> tuple[NetworkType, ...]:
    """Return the better protocols that a device may speak and is not linked by."""
    known, protocol = stored_capabilities(subentry), subentry.data.get(CONF_PROTOCOL)
    if protocol is None or subentry.subentry_id not in coordinator.controllers:
        return ()
    linked = {
        other.data.get(CONF_PROTOCOL)
        for other in controller_subentries(coordinator.config_entry)
        if other.data.get(CONF_HOST) == subentry.data.get(CONF_HOST)
        or (known.mac and stored_capabilities(other).mac == known.mac)
    }
    candidates = better_protocols(protocol, known)
    return tuple(cls for cls in candidates if cls.protocol not in linked)
