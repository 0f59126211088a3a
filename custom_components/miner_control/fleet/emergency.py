"""Stop all miners of a fleet at once, and keep them stopped until that is reset."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..commands.emergency import StopOutcome, StopReport
from ..const import LOGGER
from ..coordinator import MinerCoordinator, authority_of
from ..domain.features import MinerStatus
from ..domain.ports import StatusMonitorPort
from ..names import error_text
from ..storage.fleet import FleetMemory, MemberSettings, member_subentries, members_of
from ..storage.kinds import fleet_entries
from ..watch.events import ATTR_REASON
from .events import (
    ATTR_OUTCOME,
    EVENT_EMERGENCY_RESET,
    EVENT_EMERGENCY_RESULT,
    EVENT_EMERGENCY_STOP,
    FleetEvents,
)
from .members import runtime_of

# Where a fleet's memory keeps since when its emergency stop is set, and its result.
LATCHED_AT: Final = "latched_at"
STOPS: Final = "stops"

_MINES: Final = (MinerStatus.ON, MinerStatus.STARTING)


class EmergencyStop:
    """The latch of a fleet: whoever mines nevertheless is stopped again."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        memory: FleetMemory,
        events: FleetEvents,
        on_change: Callable[[], None],
    ) -> None:
        """Go on as it was before a restart."""
        self._hass = hass
        self._entry = entry
        self._memory = memory
        self._events = events
        self._on_change = on_change
        self._members = {
            settings.miner: settings
            for settings in map(MemberSettings.of, member_subentries(entry))
        }
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._proved_at: dict[str, float] = {}
        self.stops: dict[str, Mapping[str, Any]] = dict(memory.known.get(STOPS) or {})

    @property
    def latched_at(self) -> float | None:
        """Return since when the emergency stop is set, in seconds since 1970."""
        at: float | None = self._memory.known.get(LATCHED_AT)
        return at

    @callback
    def async_start(self) -> None:
        """Let nobody start a member while the emergency stop is set."""
        if self.latched_at is not None:
            self._latch()

    async def async_set(self, now: float) -> None:
        """Stop all members, and return when each was proved or named."""
        self._latch()
        self.stops.clear()
        self._memory.known.update({LATCHED_AT: now, STOPS: {}})
        LOGGER.warning("Emergency stop of %s", self._entry.title)
        self._events.fire(EVENT_EMERGENCY_STOP, self._entry.entry_id, {})
        for miner_id in self._members:
            self._stop(miner_id)
        # The miners were told; now a restart must not forget that.
        await self._memory.async_save()
        self._on_change()
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks)

    async def async_reset(self) -> None:
        """Let members be started again; nobody is started by that."""
        if self.latched_at is None:
            return
        for miner_id in self._members:
            authority_of(self._hass, miner_id).release(self._entry.entry_id)
        self.stops.clear()
        self._memory.known.update({LATCHED_AT: None, STOPS: {}})
        await self._memory.async_save()
        self._events.fire(EVENT_EMERGENCY_RESET, self._entry.entry_id, {})
        self._on_change()

    @callback
    def enforce(self) -> None:
        """Stop again whoever mines although the emergency stop is set.

        So is a member of which nobody told what became of it: Home Assistant ended, or
        the fleet was set up anew, before it was known.
        """
        if self.latched_at is None:
            return
        for miner_id in self._members:
            runtime = runtime_of(self._hass, miner_id)
            if miner_id not in self.stops:
                # Before all have started, it is no news that one is not there.
                if runtime is not None or self._hass.state is CoreState.running:
                    self._stop(miner_id)
            elif (
                runtime is not None
                and runtime.coordinator.data.status in _MINES
                and self._is_news(miner_id, runtime.coordinator)
            ):
                self._stop(miner_id)

    def _is_news(self, miner_id: str, coordinator: MinerCoordinator) -> bool:
        """Tell whether a status was read after the stop of its miner was proved.

        Another controller may have proved it than the one that told the status last.
        """
        proved_at = self._proved_at.get(miner_id)
        teller = coordinator.data.provider(StatusMonitorPort)
        if proved_at is None or teller is None:
            return True
        return coordinator.coordinator_of(teller).has_told_since(
            StatusMonitorPort.feature_type, proved_at
        )

    async def async_stop(self) -> None:
        """End what is going on; the latch stays."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @callback
    def release_all(self) -> None:
        """Let members be started: the fleet looks after them no more."""
        for miner_id in self._members:
            authority_of(self._hass, miner_id).release(self._entry.entry_id)

    def _latch(self) -> None:
        """Let nobody start any member."""
        latch_members(self._hass, self._entry, self._members)

    def _stop(self, miner_id: str) -> None:
        """Begin to stop a member, unless that goes on already."""
        if miner_id in self._tasks:
            return
        task = self._entry.async_create_background_task(
            self._hass, self._have_stopped(miner_id), "emergency stop", eager_start=True
        )
        if task.done():
            return
        self._tasks[miner_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(miner_id, None))

    async def _have_stopped(self, miner_id: str) -> None:
        """Stop a member, and tell what became of that."""
        self._proved_at.pop(miner_id, None)
        report = await self._report(miner_id)
        if report.is_proved:
            self._proved_at[miner_id] = monotonic()
        told = {
            ATTR_OUTCOME: report.outcome.value,
            ATTR_REASON: report.reason,
            "commanded_after": _rounded(report.commanded),
            "ended_after": _rounded(report.ended),
        }
        if self.latched_at is not None:
            self.stops[miner_id] = told
            self._memory.known[STOPS] = dict(self.stops)
            self._memory.keep(at_once=True)
        if not report.is_proved:
            LOGGER.error(
                "%s is not known to have stopped: %s",
                self._title(miner_id),
                report.reason,
            )
        self._events.fire(EVENT_EMERGENCY_RESULT, miner_id, told)
        self._on_change()

    async def _report(self, miner_id: str) -> StopReport:
        """Stop a member, and return what became of it, whatever happens."""
        runtime = runtime_of(self._hass, miner_id)
        if runtime is None:
            return StopReport(
                outcome=StopOutcome.FAILED,
                reason=error_text(self._hass, "miner_not_loaded"),
            )
        settings = self._members[miner_id]
        began = monotonic()
        try:
            return await runtime.operations.emergency_stop(
                may_cut_power=settings.may_cut_power
            )
        except HomeAssistantError as err:
            reason: str | None = str(err)
        except Exception as err:  # noqa: BLE001 - the user has to know of this one
            LOGGER.exception("%s could not be stopped", self._title(miner_id))
            reason = type(err).__name__
        return StopReport(
            outcome=StopOutcome.FAILED, reason=reason, ended=monotonic() - began
        )

    def _title(self, miner_id: str) -> str:
        """Return what a miner is called."""
        entry = self._hass.config_entries.async_get_entry(miner_id)
        return entry.title if entry else miner_id


async def async_load_latches(hass: HomeAssistant) -> None:
    """Let nobody start a miner whose fleet was stopped before a restart.

    Miners may be set up before their fleet.
    """
    for entry in fleet_entries(hass):
        if entry.disabled_by is not None:
            continue
        memory = FleetMemory(hass, entry)
        await memory.async_load()
        if memory.known.get(LATCHED_AT) is not None:
            latch_members(hass, entry, members_of(entry))


@callback
def latch_members(
    hass: HomeAssistant, entry: ConfigEntry, miners: Iterable[str]
) -> None:
    """Let nobody start some miners of a fleet."""
    for miner_id in miners:
        authority_of(hass, miner_id).latch(entry.entry_id, entry.title)


def _rounded(seconds: float | None) -> float | None:
    """Return seconds as they are shown."""
    return None if seconds is None else round(seconds, 2)
