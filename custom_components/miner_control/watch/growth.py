"""Add what a device did not tell when it was linked.

A miner that was linked while it was stopped, or that left a question unanswered,
shows less than it has, and a new release of its firmware may have more to tell. Once it
hashes it is looked at again; what is found is stored and the entry reloaded, which adds
the entities. What was known is never taken away.
"""

from dataclasses import replace
from time import monotonic
from typing import Final

from homeassistant.core import CoreState, callback

from ..const import LOGGER
from ..controllers.base import Capabilities, Controller
from ..controllers.errors import ControllerError
from ..coordinator import ControllerCoordinator, MinerCoordinator
from ..domain.features import MinerStatus
from ..storage.bindings import stored_capabilities, with_grown

# How soon a device is looked at again, in seconds, after each look that gave not all: a
# question that hung may be answered soon. After the last, nothing more is expected.
RETRY_INTERVALS: Final = (30.0, 60.0, 120.0, 300.0, 600.0)
# How many looks that gave not all are let pass: what is new costs a reload, in which
# nothing is shown for as long as the question hangs.
PATIENT_LOOKS: Final = 2
# Where a controller remembers that there is nothing more to find.
_EXPLORED: Final = "explored"


class MinerGrowth:
    """Look again at the devices of one miner that may have more to tell."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Prepare to watch a miner."""
        self._coordinator = coordinator
        self._looks: dict[tuple[str, str | None], int] = {}
        self._next_at: dict[tuple[str, str | None], float] = {}
        self._is_looking = False

    @callback
    def async_start(self) -> None:
        """Look whenever something was read."""
        entry = self._coordinator.config_entry
        entry.async_on_unload(self._coordinator.async_add_listener(self._look))
        self._look()

    @callback
    def _look(self) -> None:
        """Look at one device that may have more to tell than when it was linked."""
        miner = self._coordinator
        if self._is_looking or not self._may_look():
            return
        for coordinator in miner.controllers.values():
            if self._is_due(coordinator):
                self._is_looking = True
                # Home Assistant must not wait for a device when it ends.
                _ = miner.config_entry.async_create_background_task(
                    miner.hass, self._explore(coordinator.controller), "look again"
                )
                return

    def _may_look(self) -> bool:
        """Tell whether the miner hashes, and nobody is telling it anything."""
        miner = self._coordinator
        return (
            miner.hass.state is CoreState.running
            and miner.data.status is MinerStatus.ON
            and miner.data.command is None
        )

    def _is_due(self, coordinator: ControllerCoordinator) -> bool:
        """Tell whether a device hashes that was never looked at while it did."""
        controller, rate = (
            coordinator.controller,
            coordinator.controller.snapshot.hashrate,
        )
        is_known = controller.capabilities.is_complete or controller.memory.get(
            _EXPLORED
        )
        return (
            (not is_known or _has_new_release(controller))
            and coordinator.is_available
            and rate is not None
            and rate.value > 0
            and monotonic() >= self._next_at.get(_release(controller), 0)
        )

    async def _explore(self, controller: Controller) -> None:
        """Look at a device, and store what is new."""
        looks = self._note_look(controller)
        try:
            found = await controller.async_look_again()
        except ControllerError as err:
            LOGGER.debug("%s cannot be looked at: %s", controller.title, err)
        else:
            is_settled = found is None or found.is_complete or looks >= PATIENT_LOOKS
            if is_settled and (found is None or not self._store(controller, found)):
                self._note_nothing_new(controller, found, looks)
        finally:
            self._is_looking = False

    def _store(self, controller: Controller, found: Capabilities) -> bool:
        """Store what is new, upon which the entry is reloaded; tell whether any is."""
        miner = self._coordinator
        entry = miner.config_entry
        subentry = entry.subentries.get(controller.controller_id)
        if subentry is None:
            return False
        known = stored_capabilities(subentry)
        grown = known.grown(found)
        if _has_new_release(controller) and found.firmware_version:
            grown = replace(
                grown,
                firmware=found.firmware,
                firmware_version=found.firmware_version,
                library_class=found.library_class,
            )
        if replace(grown, is_complete=known.is_complete) == known:
            return False
        if self._may_look():
            LOGGER.info("%s reports more than when it was linked", entry.title)
            miner.hass.config_entries.async_update_subentry(
                entry, subentry, data=with_grown(subentry, grown)
            )
        return True

    def _note_look(self, controller: Controller) -> int:
        """Return how many looks there were before, and wait longer after each."""
        device = _release(controller)
        looks = self._looks.get(device, 0)
        self._looks[device] = looks + 1
        wait = RETRY_INTERVALS[min(looks, len(RETRY_INTERVALS) - 1)]
        self._next_at[device] = monotonic() + wait
        return looks

    def _note_nothing_new(
        self, controller: Controller, found: Capabilities | None, looks: int
    ) -> None:
        """Look no more where all was told, or nothing new several times."""
        if found is None or found.is_complete or looks >= len(RETRY_INTERVALS):
            controller.memory[_EXPLORED] = True


def _release(controller: Controller) -> tuple[str, str | None]:
    """Return which device it is, and which firmware it runs now."""
    return controller.controller_id, controller.firmware_version


def _has_new_release(controller: Controller) -> bool:
    """Tell whether a device runs another release than when it was looked at last."""
    now = controller.firmware_version
    return now is not None and now != controller.capabilities.firmware_version
