"""Gather what an allocation rests on: members, circuits and sources as they are now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import inf
from time import monotonic
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..coordinator import MinerCoordinator
from ..domain.authority import Authority
from ..domain.budget import Cap, Circuit, Condition, Hold, Member, Source, SourceKind
from ..domain.fans import REST
from ..domain.features import MinerStatus
from ..domain.fleet import FleetMode, PositiveMeans
from ..domain.grid_sign import SignWatch
from ..domain.ports import (
    ChipTemperatureMonitorPort,
    MiningControlPort,
    PowerControlPort,
)
from ..domain.power_target import PowerReach
from ..storage.fleet import (
    CircuitSettings,
    FleetSettings,
    MemberSettings,
    circuit_subentries,
    member_subentries,
)
from .members import measured_watts, most_watts, runtime_of
from .meters import shown_number, shown_power
from .state import Demand
from .watching import Meter, Meters

# What a miner is given until its power is known, of which it may draw less.
UNKNOWN_WATTS: Final = 3600.0
# A smaller change of power than this, in W, is not worth a command.
LEAST_STEP: Final = 20.0
# Chips that are as hot as this, in °C, are lowered to the floor until they have cooled.
HOT_CHIPS: Final = 105.0
COOL_CHIPS: Final = 95.0
# By how much a battery has to be above its floor once it was below, in percent.
BATTERY_BAND: Final = 2.0
# What a miner draws at least that should mine and does not, in W.
_DRAWS: Final = 100.0

_MINES: Final = (MinerStatus.ON, MinerStatus.STARTING)
_KNOWS_NOTHING: Final = (None, MinerStatus.UNKNOWN)
# A member that is not set up.
_NOBODY: Final = Condition(available=False, reachable_means=False)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that an allocation rests on; `miners` are those members that are set up."""

    miners: Mapping[str, MinerCoordinator]
    members: tuple[Member, ...]
    conditions: Mapping[str, Condition]
    circuits: tuple[Circuit, ...]
    sources: tuple[Source, ...]


class Gatherer:
    """Look at the miners and meters of a fleet."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, now: float) -> None:
        """Know what the user set."""
        self._hass = hass
        self.settings = FleetSettings.of(entry)
        self.members = {
            settings.miner: settings
            for subentry in member_subentries(entry)
            for settings in (MemberSettings.of(subentry),)
        }
        self.circuits = {
            subentry.subentry_id: CircuitSettings.of(subentry)
            for subentry in circuit_subentries(entry)
        }
        self._circuit_of = {
            miner: circuit_id
            for circuit_id, circuit in self.circuits.items()
            for miner in circuit.members
        }
        self.meters = Meters(hass, now)
        self._made: dict[str, tuple[object, Member]] = {}
        # When the chips of members were hot that have not been seen to cool since.
        self._hot_at: dict[str, float] = {}
        self.sign = SignWatch()
        self._is_battery_low = False
        # The most that each member was seen to draw, where nobody tells.
        self.seen: dict[str, float] = {}

    def gather(
        self,
        mode: FleetMode,
        budget: float,
        holds: Mapping[str, Hold],
        failed: frozenset[str],
        now: float,
        demand: Demand | None = None,
    ) -> Gathered:
        """Return all that an allocation rests on now."""
        if demand is not None and demand.is_above_people:
            holds = {}
        miners, members, conditions = {}, [], {}
        for miner_id, settings in self.members.items():
            runtime = runtime_of(self._hass, miner_id)
            coordinator, condition = None, _NOBODY
            if runtime is not None:
                coordinator = miners[miner_id] = runtime.coordinator
                condition = self._condition(miner_id, coordinator, holds, failed, now)
            conditions[miner_id] = condition
            members.append(self._member(settings, coordinator, condition))
        return Gathered(
            miners=miners,
            members=tuple(members),
            conditions=conditions,
            circuits=tuple(self._circuits(now)),
            sources=tuple(
                self._sources(mode, budget, demand, own_draw(conditions), now)
            ),
        )

    # Members

    def _member(
        self,
        settings: MemberSettings,
        coordinator: MinerCoordinator | None,
        condition: Condition,
    ) -> Member:
        """Return a member as the user set it, completed by what is known of it."""
        miner_id = settings.miner
        if condition.power and condition.power > self.seen.get(miner_id, 0.0):
            self.seen[miner_id] = condition.power
        reach = coordinator.power_target.reach if coordinator else None
        most = self._most(miner_id, coordinator) if reach is None else None
        known = reach, most
        made = self._made.get(miner_id)
        if coordinator is None and made is not None:
            # Whatever becomes of it, it can do what it could.
            return made[1]
        if made is None or made[0] != known:
            made = known, _member(settings, *known, self._circuit_of.get(miner_id))
            self._made[miner_id] = made
        return made[1]

    def _most(self, miner_id: str, coordinator: MinerCoordinator | None) -> float:
        """Return what a miner that cannot be slowed down draws while it mines."""
        entry = self._hass.config_entries.async_get_entry(miner_id)
        told = most_watts(entry, coordinator) if entry else None
        seen = self.seen.get(miner_id)
        if told is None and seen is not None and seen >= _DRAWS:
            # In steps, so that a member is not made anew with each reading.
            return -(-seen // 50) * 50
        return told or UNKNOWN_WATTS

    def _condition(
        self,
        miner_id: str,
        coordinator: MinerCoordinator,
        holds: Mapping[str, Hold],
        failed: frozenset[str],
        now: float,
    ) -> Condition:
        """Return how a member is now."""
        state, target = coordinator.data, coordinator.power_target
        power = measured_watts(coordinator)
        is_error = state.status is MinerStatus.ERROR
        is_known = state.status not in _KNOWS_NOTHING or state.is_known_off
        reach = target.reach
        held, capped = holds.get(miner_id), self._cap(miner_id, coordinator)
        if (protection := coordinator.authority.protection) is not None:
            if protection.authority is Authority.HARD_CAP:
                capped = Cap(watts=0.0, cause=protection.cause)
            else:
                held = Hold(
                    until=inf,
                    mining=protection.mines,
                    watts=protection.watts,
                    cause=protection.cause,
                )
        settles_from = None
        if reach is not None and target.settles_until is not None:
            left = target.settles_until - monotonic()
            settles_from = now + left - reach.settle if left > 0 else None
        return Condition(
            power=power,
            target=target.watts if reach is not None else None,
            mining=state.status in _MINES
            or (is_error and (power is None or power > _DRAWS)),
            starting=state.status is MinerStatus.STARTING,
            settled=reach is not None and target.is_settled,
            available=is_known,
            reachable_means=miner_id not in failed and _has_means(coordinator),
            held=held,
            capped=capped,
            changed_at=settles_from,
        )

    def _cap(self, miner_id: str, coordinator: MinerCoordinator) -> Cap | None:
        """Return the cap of a miner whose fans have failed or chips are too hot."""
        now = monotonic()
        if coordinator.fans.must_rest(now):
            return Cap(watts=0.0, cause="fan_failed")
        if not self._is_hot(miner_id, coordinator, now):
            return None
        reach = coordinator.power_target.reach
        return Cap(watts=reach.floor if reach else 0.0, cause="chip_temperature")

    def _is_hot(self, miner_id: str, coordinator: MinerCoordinator, now: float) -> bool:
        """Tell whether chips are hot; many devices do not tell once they rest."""
        meter = coordinator.provider(ChipTemperatureMonitorPort)
        chips = meter.chip_temperature if meter else None
        if chips is not None and chips.celsius >= HOT_CHIPS:
            self._hot_at[miner_id] = now
        hot_at = self._hot_at.get(miner_id)
        if hot_at is None:
            return False
        is_over = now - hot_at >= REST if chips is None else chips.celsius < COOL_CHIPS
        if is_over:
            del self._hot_at[miner_id]
        return not is_over

    # Circuits

    def _circuits(self, now: float) -> Iterator[Circuit]:
        """Yield the circuits with what their meters tell."""
        for circuit_id, settings in self.circuits.items():
            meter = self.circuit_meter(circuit_id)
            fresh, silent = self._freshness(meter, now)
            yield Circuit(
                id=circuit_id,
                parent=settings.parent,
                limit=settings.watts,
                margin=settings.margin / 100,
                measured=meter.value if meter else None,
                fresh=fresh,
                silent=silent,
            )

    def circuit_meter(self, circuit_id: str) -> Meter | None:
        """Return the meter of a circuit with what it shows now, None without one."""
        settings = self.circuits[circuit_id]
        if settings.meter is None:
            return None
        meter = self.meters.of(settings.meter)
        meter.note(
            shown_power(
                self._hass,
                settings.meter,
                may_be_negative=False,
                watts_per_ampere=settings.voltage * settings.phases,
            )
        )
        return meter

    def _freshness(self, meter: Meter | None, now: float) -> tuple[bool, bool]:
        """Tell whether a meter is fresh, and whether it is silent."""
        if meter is None:
            return True, False
        fresh = meter.is_fresh(now, self.settings.max_age)
        return fresh, not fresh and meter.is_silent(now, self.settings.silence)

    # Sources

    def _sources(
        self,
        mode: FleetMode,
        budget: float,
        demand: Demand | None,
        own: float | None,
        now: float,
    ) -> Iterator[Source]:
        """Yield what limits the fleet."""
        if demand is not None:
            yield Source(
                kind=SourceKind.HEATING, watts=demand.watts, may_wait=demand.may_wait
            )
            if demand.is_above_budget:
                return
        follows = mode is FleetMode.SURPLUS or (
            mode is FleetMode.OBSERVE and self.settings.grid_sensor is not None
        )
        yield (
            self._surplus(own, now)
            if follows
            else Source(kind=SourceKind.BUDGET, watts=budget)
        )
        yield from self._window()
        yield from self._price(now)
        yield from self._battery(now)

    def _surplus(self, own: float | None, now: float) -> Source:
        """Return what flows into the grid; without a meter nobody knows.

        A meter whose sign is wrong would have the miners buy all that they can.
        """
        reference = self.settings.grid_sensor
        if reference is None:
            return Source(kind=SourceKind.SURPLUS, watts=None, fresh=False, silent=True)
        meter = self.meters.of(reference)
        meter.note(shown_power(self._hass, reference, may_be_negative=True))
        fresh, silent = self._freshness(meter, now)
        watts = meter.value
        if watts is not None and self.settings.positive == PositiveMeans.IMPORT:
            watts = -watts
        self.sign.note(now, own, -watts if fresh and watts is not None else None)
        if self.sign.is_wrong:
            fresh, silent = False, True
        return Source(kind=SourceKind.SURPLUS, watts=watts, fresh=fresh, silent=silent)

    def _window(self) -> Iterator[Source]:
        """Yield whether it is the time of day at which power is cheap."""
        settings = self.settings
        start, end = map(_time_of, (settings.window_start, settings.window_end))
        if start is None or end is None:
            return
        local = dt_util.now()
        at = local.time().replace(tzinfo=None)
        is_open = start <= at < end if start <= end else at >= start or at < end
        yield Source(
            kind=SourceKind.TARIFF,
            watts=inf if is_open else 0.0,
            until=_next(local, end if is_open else start),
        )

    def _price(self, now: float) -> Iterator[Source]:
        """Yield whether power is cheap enough."""
        reference, ceiling = self.settings.price_sensor, self.settings.price_ceiling
        if reference is not None and ceiling is not None:
            price = self._number(reference, now)
            is_cheap = price.value is not None and price.value <= ceiling
            yield self._condition_source(SourceKind.TARIFF, price, now, holds=is_cheap)

    def _battery(self, now: float) -> Iterator[Source]:
        """Yield whether the battery is charged enough."""
        reference, floor = self.settings.battery_sensor, self.settings.battery_floor
        if reference is None or floor is None:
            return
        battery = self._number(reference, now)
        if battery.value is not None:
            band = BATTERY_BAND if self._is_battery_low else 0.0
            self._is_battery_low = battery.value < min(100.0, floor + band)
        yield self._condition_source(
            SourceKind.BATTERY, battery, now, holds=not self._is_battery_low
        )

    def _number(self, reference: str, now: float) -> Meter:
        """Return what a sensor tells that need not speak often."""
        meter = self.meters.of(reference)
        meter.note(shown_number(self._hass, reference))
        if meter.problem is None:
            # Prices and batteries may stay the same for long: what is shown counts.
            meter.told_at = now
        return meter

    def _condition_source(
        self, kind: SourceKind, meter: Meter, now: float, *, holds: bool
    ) -> Source:
        """Return a source that allows everything or nothing."""
        fresh, silent = self._freshness(meter, now)
        watts = None if meter.value is None else inf if holds else 0.0
        return Source(kind=kind, watts=watts, fresh=fresh, silent=silent)


def own_draw(conditions: Mapping[str, Condition]) -> float | None:
    """Return what all members draw, None where that of any is not known."""
    total = 0.0
    for condition in conditions.values():
        if condition.power is None:
            return None
        total += condition.power
    return total


def _member(
    settings: MemberSettings,
    reach: PowerReach | None,
    most: float | None,
    circuit: str | None,
) -> Member:
    """Return a member by what the user set and by what is known of the miner."""
    reserve = settings.reserve
    steps: tuple[float, ...] = ()
    if reach is None:
        # It mines or it does not: what it draws then is what it draws.
        watts = settings.ceiling or most or UNKNOWN_WATTS
        low, high, settle = watts, watts, 60.0
        step, restarts = LEAST_STEP, False
    else:
        low = max(reach.floor, settings.floor or 0.0)
        high = min(reach.ceiling, settings.ceiling or inf)
        steps = tuple(watts for watts in reach.steps if low <= watts <= high)
        low, high = (steps[0], steps[-1]) if steps else (low, max(low, high))
        step, settle = max(reach.step, LEAST_STEP), reach.settle
        restarts = reach.restarts
        if reserve is None:
            # Until it mines, it may not listen to what it is to draw.
            reserve = max(0.0, reach.ceiling - low)
    return Member(
        id=settings.miner,
        priority=settings.priority,
        floor=low,
        ceiling=high,
        steps=steps,
        step=settings.step or step,
        min_on=settings.min_on,
        min_off=settings.min_off,
        may_stop=settings.may_stop,
        reserve=reserve or 0.0,
        settle=settle,
        restarts=restarts,
        circuit=circuit,
    )


def _has_means(coordinator: MinerCoordinator) -> bool:
    """Tell whether somebody can control the miner now, or as soon as it has power."""
    if coordinator.provider(MiningControlPort) is not None:
        return True
    if coordinator.candidates(MiningControlPort) or coordinator.stand_in is not None:
        return True
    if coordinator.data.is_known_off or coordinator.data.is_restarting:
        return bool(coordinator.candidates(PowerControlPort)) or (
            coordinator.data.is_restarting
        )
    return coordinator.power_target.is_offered


def _time_of(text: str | None) -> time | None:
    """Return a time of day by what is stored."""
    return dt_util.parse_time(text) if text else None


def _next(local: datetime, at: time) -> float:
    """Return when it is a time of day next, in seconds since 1970."""
    day = local.date()
    if at <= local.time().replace(tzinfo=None):
        day += timedelta(days=1)
    return datetime.combine(day, at, local.tzinfo).timestamp()
