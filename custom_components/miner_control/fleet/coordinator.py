"""Share a fleet's power among its miners: look, decide, act and say why, every tick."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..coordinator import MinerCoordinator, authority_of
from ..domain.budget import (
    Action,
    Allocation,
    LettingGo,
    Memory,
    Settings,
    Share,
    allocate,
    let_go,
)
from ..domain.fleet import FleetMode
from ..storage.fleet import CONF_MODE, CONF_POWER_BUDGET, DEFAULT_BUDGET, FleetMemory
from .acting import Actor
from .emergency import EmergencyStop
from .events import FleetEvents
from .gathering import Gathered, Gatherer
from .holds import Holds
from .members import release_targets, runtime_of
from .meters import meter_id
from .state import Demand, FleetState
from .totals import Totals

TICK: Final = timedelta(seconds=10)
# The shortest time between two ticks, in seconds, however often meters speak.
LEAST_PAUSE: Final = 1.0
# How long members may take for what the fleet tells them last, in seconds.
PARTING: Final = 15.0

_SWITCHES: Final = (Action.START, Action.STOP)
_MEMORY: Final = "memory"
_HOLDS: Final = "holds"
_ENERGY: Final = "energy"


class FleetCoordinator(DataUpdateCoordinator[FleetState]):
    """Decide for a fleet, every ten seconds and when something matters."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        memory: FleetMemory,
        device_id: str,
    ) -> None:
        """Go on from what is remembered."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        now = _now()
        self._memory = memory
        known = memory.known
        self._tracks = Memory.from_dict(known.get(_MEMORY))
        self.gatherer = Gatherer(hass, entry, now)
        self.events = FleetEvents(hass, entry, device_id)
        self.actor = Actor(hass, entry, _now, self._on_done)
        self.emergency = EmergencyStop(hass, entry, memory, self.events, self._on_stop)
        self._holds = Holds(
            hass,
            self.gatherer.settings.hold * 60,
            known.get(_HOLDS),
            self._on_own_command,
        )
        self._totals = Totals(hass, self.gatherer.members, known.get(_ENERGY))
        memory.live = {
            _MEMORY: self._tracks_as_dict,
            _HOLDS: self._holds.as_dict,
            _ENERGY: lambda: self._totals.stored,
        }
        chosen = self.gatherer.settings
        self._settings = Settings(
            stagger=chosen.stagger,
            # A form stores each number as one that may have parts.
            most_starts=int(chosen.most_starts),
        )
        self._watched: dict[str, tuple[MinerCoordinator, CALLBACK_TYPE]] = {}
        self._seen: dict[str, object] = {}
        self._ticked_at = 0.0
        # What ticks because something matters, and what does because time has passed.
        self._cancel_tick: CALLBACK_TYPE | None = None
        self._cancel_next: CALLBACK_TYPE | None = None
        self._has_started = False
        self._is_stopped = False
        self.on_tick: Callable[[Gathered, float], None] = lambda _gathered, _now: None
        # The mode that was chosen last and cannot be.
        self.refused: FleetMode | None = None
        # What a thermostat asks for, and what the last tick rested on.
        self.demand: Demand | None = None
        self.gathered: Gathered | None = None
        self.data = FleetState(mode=self.mode, budget=self.budget)

    @property
    def mode(self) -> FleetMode:
        """Return how the fleet finds out what its miners may draw."""
        known = self._memory.known.get(CONF_MODE)
        stored = known or self.config_entry.data.get(CONF_MODE)
        return FleetMode(stored) if stored in set(FleetMode) else FleetMode.OFF

    @property
    def budget(self) -> float:
        """Return the W that all miners may draw together in mode budget."""
        known = self._memory.known.get(CONF_POWER_BUDGET)
        if known is None:
            known = self.config_entry.data.get(CONF_POWER_BUDGET, DEFAULT_BUDGET)
        return float(known)

    @callback
    def async_start(self) -> None:
        """Look now, and from then on at every tick and whenever something matters."""
        hass, entry = self.hass, self.config_entry
        self.emergency.async_start()
        self._holds.async_start(self.gatherer.members)
        entry.async_on_unload(self._holds.async_stop)
        entry.async_on_unload(self._stop)
        entry.async_on_unload(
            async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry)
        )
        for miner_id in self.gatherer.members:
            self._watch(miner_id)
        if meters := self._meter_ids():
            entry.async_on_unload(
                async_track_state_change_event(hass, meters, self._on_meter)
            )
        entry.async_on_unload(async_at_started(hass, self._on_started))
        self.tick()

    def _meter_ids(self) -> list[str]:
        """Return the entities that a change of is news."""
        settings = self.gatherer.settings
        references = [
            settings.grid_sensor,
            settings.price_sensor,
            settings.battery_sensor,
            *(circuit.meter for circuit in self.gatherer.circuits.values()),
        ]
        found = (meter_id(self.hass, ref) for ref in references if ref is not None)
        return [entity_id for entity_id in found if entity_id is not None]

    # What is told to the fleet

    async def async_set_mode(self, mode: FleetMode) -> None:
        """Change the mode; a fleet that no longer acts lets go of its miners."""
        before = self.mode
        if mode is before:
            return
        is_possible = mode is not FleetMode.SURPLUS or self._has_grid_meter
        self.refused = None if is_possible else mode
        if not is_possible:
            self.tick()
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="no_grid_sensor"
            )
        if before.acts and not mode.acts:
            release_targets(self.hass, self.gatherer.members, self.let_go())
        self._memory.known[CONF_MODE] = mode.value
        await self._memory.async_save()
        self.tick()

    @property
    def lacks_grid_meter(self) -> bool:
        """Tell whether the surplus is to be followed, and nothing measures it."""
        is_wanted = FleetMode.SURPLUS in (self.mode, self.refused)
        return is_wanted and not self._has_grid_meter

    @property
    def _has_grid_meter(self) -> bool:
        """Tell whether a meter was chosen that measures the surplus."""
        return self.gatherer.settings.grid_sensor is not None

    async def async_set_budget(self, watts: float) -> None:
        """Change what all miners may draw together."""
        self._memory.known[CONF_POWER_BUDGET] = watts
        await self._memory.async_save()
        self.tick()

    @callback
    def ask(self, demand: Demand | None) -> None:
        """Share no more than a thermostat asks for; None for one that is off."""
        if demand != self.demand:
            self.demand = demand
            if self.gathered is not None:
                self.tick_soon()

    async def async_emergency_stop(self) -> None:
        """Stop all miners at once."""
        self.actor.cancel()
        self._tracks = self._tracks.latch(_now())
        await self.emergency.async_set(_now())
        self.tick()

    async def async_reset_emergency_stop(self) -> None:
        """Let miners be started again."""
        self._tracks = self._tracks.unlatch()
        await self.emergency.async_reset()
        self.tick()

    def try_allocation(
        self, mode: FleetMode | None = None, budget: float | None = None
    ) -> Allocation:
        """Return what would be decided now, and do nothing."""
        now = _now()
        gathered = self._gather(
            mode or self.mode, self.budget if budget is None else budget, now
        )
        return allocate(
            gathered.members,
            gathered.conditions,
            gathered.circuits,
            gathered.sources,
            self._tracks,
            now,
            self._settings_of_day(),
        )

    # Letting go

    @callback
    def let_go(self) -> Mapping[str, Share]:
        """Do with the miners what the user chose for this, and return what that is."""
        shares = self.parting_shares()
        self.actor.drop(shares)
        self.actor.carry_out(shares)
        self._tracks = self._tracks.without_orders()
        return shares

    def parting_shares(self) -> Mapping[str, Share]:
        """Return what becomes of the miners when the fleet lets go of them."""
        how = LettingGo(self.gatherer.settings.letting_go)
        if not self.mode.acts or how is LettingGo.STAY:
            return {}
        now = _now()
        gathered = self._gather(self.mode, self.budget, now)
        allocation = let_go(
            gathered.members, gathered.conditions, how, self._tracks, now
        )
        return allocation.shares

    async def async_part(self) -> Mapping[str, Share]:
        """Let go of the miners because Home Assistant ends or the fleet is disabled."""
        if shares := self.let_go():
            await self.actor.async_wait(PARTING)
        return shares

    # Ticks

    @callback
    def tick(self) -> None:
        """Look, decide, act and tell; nothing that goes wrong ends that."""
        if self._is_stopped:
            return
        self._forget_tick()
        # No time is due where something mattered meanwhile: meters speak often.
        self._cancel_next = async_call_later(self.hass, TICK, self._on_time)
        try:
            self._tick(_now())
        except Exception:  # noqa: BLE001 - the next tick may go well
            if self.last_update_success:
                LOGGER.exception("%s could not decide anything", self.name)
            self.last_update_success = False
            self.async_update_listeners()

    def _tick(self, now: float) -> None:
        """Look, decide, act and tell."""
        self._ticked_at = now
        mode, budget = self.mode, self.budget
        holds = self._holds.at(now)
        allocation: Allocation | None = None
        is_latched = self.emergency.latched_at is not None
        if is_latched and self._tracks.latched_at is None:
            self._tracks = self._tracks.latch(now)
        if not is_latched and self._tracks.latched_at is not None:
            self._tracks = self._tracks.unlatch()
        gathered = self.gathered = self._gather(mode, budget, now)
        self._rule(acts=mode.acts)
        if mode is not FleetMode.OFF or is_latched:
            allocation = allocate(
                gathered.members,
                gathered.conditions,
                gathered.circuits,
                gathered.sources,
                self._tracks,
                now,
                self._settings_of_day(),
            )
            self._remember(allocation, is_acting=mode.acts)
            self.events.note(allocation, mode)
        if is_latched:
            self.emergency.enforce()
        elif allocation is not None and mode.acts and self._has_started:
            self.actor.carry_out(allocation.shares)
        self.on_tick(gathered, now)
        totals = self._totals.look(gathered.miners)
        self._memory.keep()
        self.last_update_success = True
        self.async_set_updated_data(
            FleetState(
                mode=mode,
                refused=self.refused,
                budget=budget,
                demand=self.demand,
                decision=allocation.decision if allocation else None,
                allocation=allocation,
                totals=totals,
                latched_at=self.emergency.latched_at,
                stops=dict(self.emergency.stops),
                failures={m: f.reason for m, f in self.actor.failures.items()},
                holds={m: hold.until for m, hold in holds.items()},
                powers={m: c.power for m, c in gathered.conditions.items()},
            )
        )

    def _gather(self, mode: FleetMode, budget: float, now: float) -> Gathered:
        """Return all that an allocation rests on."""
        return self.gatherer.gather(
            mode,
            budget,
            self._holds.at(now),
            self.actor.failed(now),
            now,
            self.demand,
        )

    def _settings_of_day(self) -> Settings:
        """Return the settings, with when the day begins and ends where the house is."""
        today = dt_util.start_of_local_day()
        begin = today.timestamp()
        if begin != self._settings.day_begins:
            # Not every day has 24 hours.
            tomorrow = dt_util.start_of_local_day(today.date() + timedelta(days=1))
            self._settings = replace(
                self._settings, day_begins=begin, day_ends=tomorrow.timestamp()
            )
        return self._settings

    def _tracks_as_dict(self) -> dict[str, Any]:
        """Return what is to be known at the next tick, as it is stored."""
        return self._tracks.to_dict()

    def _remember(self, allocation: Allocation, *, is_acting: bool) -> None:
        """Keep what is to be known at the next tick, and after a restart."""
        memory = allocation.memory
        if not is_acting or not self._has_started:
            memory = memory.without_orders()
        is_switching = is_acting and any(
            share.action in _SWITCHES for share in allocation.shares.values()
        )
        self._tracks = memory
        self._memory.keep(at_once=is_switching)

    # When to look

    @callback
    def tick_soon(self) -> None:
        """Tick at once, but not more often than is of use."""
        if self._is_stopped or self._cancel_tick is not None:
            return
        wait = max(0.0, self._ticked_at + LEAST_PAUSE - _now())
        self._cancel_tick = async_call_later(self.hass, wait, self._on_due)

    @callback
    def _on_due(self, _at: datetime) -> None:
        """Tick because something matters."""
        self._cancel_tick = None
        self.tick()

    @callback
    def _on_time(self, _at: datetime) -> None:
        """Tick because time has passed."""
        self._cancel_next = None
        self.tick()

    @callback
    def _on_started(self, _hass: HomeAssistant) -> None:
        """Begin to act: all miners are there that will be."""
        self._has_started = True
        self.tick()

    @callback
    def _on_meter(self, _event: Event[EventStateChangedData]) -> None:
        """Tick because a meter shows something else."""
        self.tick_soon()

    @callback
    def _on_own_command(self) -> None:
        """Keep what a person told a miner, and leave that miner alone."""
        self._memory.keep(at_once=True)
        self.tick_soon()

    @callback
    def _on_stop(self) -> None:
        """Show what became of an emergency stop."""
        self.data = replace(
            self.data,
            latched_at=self.emergency.latched_at,
            stops=dict(self.emergency.stops),
        )
        self.async_update_listeners()

    @callback
    def _on_done(self) -> None:
        """Tick because a member was told something."""
        self.tick_soon()

    @callback
    def _on_entry(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Watch a member that was set up anew."""
        if entry.domain == DOMAIN and entry.entry_id in self.gatherer.members:
            self._watch(entry.entry_id)
            if change is ConfigEntryChange.UPDATED:
                self.tick_soon()

    def _watch(self, miner_id: str) -> None:
        """Listen to a miner while it is loaded, and to no coordinator of before."""
        runtime = runtime_of(self.hass, miner_id)
        coordinator = runtime.coordinator if runtime else None
        before, stop = self._watched.get(miner_id, (None, None))
        if coordinator is before:
            return
        if stop is not None:
            stop()
            del self._watched[miner_id]
        if coordinator is not None:

            @callback
            def look() -> None:
                """Tick where what the miner does is news."""
                state = coordinator.data
                seen = state.status, state.is_known_off, coordinator.power_target.reach
                if self._seen.get(miner_id) != seen:
                    self._seen[miner_id] = seen
                    self.tick_soon()

            self._watched[miner_id] = coordinator, coordinator.async_add_listener(look)

    def _forget_tick(self) -> None:
        """Wait for no tick."""
        for cancel in filter(None, (self._cancel_tick, self._cancel_next)):
            cancel()
        self._cancel_tick = self._cancel_next = None

    @callback
    def _stop(self) -> None:
        """Look no more."""
        self._is_stopped = True
        self._forget_tick()
        for _, stop in self._watched.values():
            stop()
        self._watched.clear()

    def _rule(self, *, acts: bool) -> None:
        """Let the thermostats of members know whether the fleet decides about them."""
        title = self.config_entry.title if acts else None
        for miner_id in self.gatherer.members:
            authority_of(self.hass, miner_id).ruled_by = title

    async def async_stop(self) -> None:
        """End what is going on, and store all that is remembered."""
        self._is_stopped = True
        self._rule(acts=False)
        # Whoever is being told now may never have heard it, and is told again.
        self._tracks = self._tracks.without_orders_to(self.actor.going_on)
        await self.actor.async_stop()
        await self.emergency.async_stop()
        await self._memory.async_save()

    @property
    def report(self) -> dict[str, Any]:
        """Return all that helps to find a fault."""
        return {
            "mode": self.mode,
            "budget": self.budget,
            "demand": self.demand.watts if self.demand else None,
            "memory": self._tracks.to_dict(),
            "holds": self._holds.as_dict(),
            "going_on": dict(self.actor.going_on),
            "failures": {m: f.reason for m, f in self.actor.failures.items()},
            "latched_at": self.emergency.latched_at,
            "stops": dict(self.emergency.stops),
            "meters": {
                meter.reference: {
                    "value": meter.value,
                    "age": meter.age(_now()),
                    "problem": meter.problem,
                }
                for meter in self.gatherer.meters.every
            },
        }


def _now() -> float:
    """Return the time in seconds since 1970, which means the same after a restart."""
    return dt_util.utcnow().timestamp()
