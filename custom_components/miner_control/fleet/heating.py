"""A fleet that heats a room: its thermostat asks for watts, the fleet shares them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from math import inf
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo

from ..const import DOMAIN
from ..coordinator import MinerCoordinator
from ..domain.authority import Authority
from ..domain.budget import LettingGo, Member, ReasonKey
from ..domain.features import MinerStatus
from ..domain.power_target import PowerReach
from ..domain.thermostat import Decision, HeatingLimits, Why
from ..heating.heater import Heater
from ..heating.miner import HEATING_SHARE, MINES
from ..heating.sensors import RoomReading, RoomSensors, hashes
from ..storage.heating import HeatingSettings
from .coordinator import FleetCoordinator
from .members import runtime_of
from .state import Demand

# A smaller change of what is asked for, in W, is not worth it.
_LEAST_STEP: Final = 20.0
# What is missing of what was asked for without being worth a word, in W.
_HAIR: Final = 1.0
# What a fleet does, by what any of its members does: the first that is found.
_STATUSES: Final = (
    MinerStatus.ON,
    MinerStatus.STARTING,
    MinerStatus.ERROR,
    MinerStatus.STOPPING,
    MinerStatus.IDLE,
    MinerStatus.OFF,
)
# What a thermostat has to say about the fleet's power by itself.
_OWN_WORD: Final = frozenset(
    {
        Why.WARM_ENOUGH,
        Why.HEATING,
        Why.AT_MAXIMUM,
        Why.AT_MINIMUM,
        Why.SETTLING,
        Why.STARTS_USED,
        Why.ROOM_TOO_WARM,
        Why.NO_HEAT,
    }
)
_BY_CIRCUIT: Final = (ReasonKey.CIRCUIT_LIMIT, ReasonKey.CIRCUIT_SILENT)
_KEPT_DEMAND: Final = "demand"


class FleetHeater(Heater):
    """Heat with all members of a fleet, within what the fleet may share."""

    def __init__(self, fleet: FleetCoordinator) -> None:
        """Ask for nothing yet."""
        super().__init__(fleet, fleet.config_entry)
        self._fleet = fleet
        self._sensors = RoomSensors(fleet.hass, fleet.config_entry)

    # What is measured

    @property
    @override
    def status(self) -> MinerStatus | None:
        """Return what any of the members does, the warmest first."""
        found = {miner.data.status for miner in self._miners()}
        return next((s for s in _STATUSES if s in found), None)

    @property
    @override
    def watts(self) -> float | None:
        """Return what all members draw whose power is known."""
        return self._fleet.data.totals.power

    @property
    @override
    def is_mining(self) -> bool:
        """Tell whether heat is asked for; until anything was, whether any mines."""
        demand = self._fleet.demand
        return self.status in MINES if demand is None else demand.watts > 0

    @property
    @override
    def is_available(self) -> bool:
        """Tell whether any member can be told something."""
        return bool(self._at_hand())

    @property
    @override
    def hashes(self) -> bool | None:
        """Tell whether any of the members works that should."""
        told = [
            miner.data.status is not MinerStatus.ERROR and hashes(miner)
            for miner in self._miners()
            if miner.data.status in MINES
        ]
        if True in told:
            return True
        return None if None in told or not told else False

    @property
    @override
    def reach(self) -> PowerReach | None:
        """Return between which watts the members can be set together.

        Where all of them are only on or off, their number makes the steps.
        """
        members = self._at_hand()
        if not members:
            return None
        steps: tuple[float, ...] = ()
        if all(map(_is_fixed, members)):
            ranked = sorted(members, key=lambda m: (-m.priority, m.id))
            steps = tuple(accumulate(member.ceiling for member in ranked))
        return PowerReach(
            floor=steps[0] if steps else min(member.floor for member in members),
            ceiling=sum(member.ceiling for member in members),
            steps=steps,
            step=max(_LEAST_STEP, *(member.step for member in members)),
            settle=max(member.settle for member in members),
            restarts=all(m.restarts or _is_fixed(m) for m in members),
        )

    @property
    @override
    def asked(self) -> float | None:
        """Return what the fleet was asked for."""
        demand = self._fleet.demand
        return demand.watts if demand is not None and demand.watts > 0 else None

    @property
    @override
    def most_watts(self) -> float | None:
        """Return the most that all members draw."""
        return self.reach.ceiling if self.reach else None

    @property
    @override
    def is_held_back(self) -> bool:
        """Tell whether members start, or less may be drawn than was asked for."""
        is_starting = self.status is MinerStatus.STARTING
        return is_starting or self._limited_by() is not None

    @property
    @override
    def obeys(self) -> bool:
        """Tell whether the fleet does anything about its members now."""
        return self._fleet.data.mode.acts

    @override
    def settles_until(self, now: float) -> float | None:
        """Leave that to the fleet, which knows what each member was told."""
        return None

    @override
    def least_heat(self, usual: float) -> float:
        """Return up to which watts all members only rest."""
        standby = sum(miner.standby_watts for miner in self._miners())
        floors = [member.floor for member in self._at_hand()]
        return max(standby, min(floors, default=usual) * HEATING_SHARE)

    @override
    def room_reading(self, timeout: float) -> RoomReading | None:
        """Return what the best room sensor of the fleet says."""
        return self._sensors.reading(timeout)

    def _miners(self) -> Iterator[MinerCoordinator]:
        """Yield the coordinators of the members that are set up."""
        for miner_id in self._fleet.gatherer.members:
            if (runtime := runtime_of(self.hass, miner_id)) is not None:
                yield runtime.coordinator

    def _at_hand(self) -> list[Member]:
        """Return the members that can be told something, as the last tick saw them."""
        gathered = self._fleet.gathered
        if gathered is None:
            return []
        return [
            member
            for member in gathered.members
            for condition in (gathered.conditions[member.id],)
            if condition.available and condition.reachable_means
        ]

    # Who else has a say

    @property
    @override
    def held(self) -> Authority | None:
        """Return whether the emergency stop of the fleet is set."""
        is_latched = self._fleet.emergency.latched_at is not None
        return Authority.EMERGENCY_STOP if is_latched else None

    @override
    def limits(self, settings: HeatingSettings) -> HeatingLimits:
        """Return what the thermostat keeps to; members have times of their own."""
        limits, members = settings.limits, len(self._fleet.gatherer.members)
        starts = limits.max_starts * max(members, 1)
        return replace(limits, min_on=0.0, min_off=0.0, max_starts=starts)

    @override
    def judged(self, decision: Decision) -> Decision:
        """Return a decision, and say where the fleet cannot give what was asked."""
        if decision.why not in _OWN_WORD:
            return decision
        if self.obeys and (limit := self._limited_by()) is None:
            return decision
        by = limit if self.obeys else Authority.FLEET
        return replace(decision, why=Why.FLEET, authority=by or Authority.FLEET)

    def _limited_by(self) -> Authority | None:
        """Return who lets the members draw less than was asked for, if anybody."""
        demand, allocation = self._fleet.data.demand, self._fleet.data.allocation
        if demand is None or demand.watts <= 0 or allocation is None:
            return None
        available = inf if allocation.available is None else allocation.available
        is_shed = allocation.decision.key is ReasonKey.SHEDS
        if is_shed or available < demand.watts - _HAIR:
            return Authority.FLEET
        reasons = {share.reason.key for share in allocation.shares.values()}
        return Authority.CIRCUIT if reasons & set(_BY_CIRCUIT) else None

    # What it is told

    @override
    async def tell(self, decision: Decision) -> None:
        """Ask the fleet for what was decided."""
        watts = decision.watts
        if decision.mine is False:
            watts = 0.0
        elif watts is None:
            watts = self.reach.floor if self.reach else None
        if watts is not None:
            self._fleet.ask(Demand(watts, decision.authority))

    @override
    async def let_go(self, how: LettingGo) -> None:
        """Leave the members to the fleet: it knows what they do without it."""

    @callback
    @override
    def note(self, decision: Decision) -> None:
        """Let what was asked for stand with the authority of now, or no more.

        A thermostat that is on and has asked for nothing wants no heat.
        """
        demand = self._fleet.demand
        if decision.why is Why.OFF:
            self._fleet.ask(None)
        elif decision.why is Why.MINER_UNAVAILABLE or decision.mine is not None:
            return
        elif demand is not None:
            self._fleet.ask(replace(demand, authority=decision.authority))
        elif not self.is_mining and decision.why is not Why.EMERGENCY_STOP:
            self._fleet.ask(Demand(0.0, decision.authority))

    # What is shown, and kept

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the fleet's device."""
        return DeviceInfo(identifiers={(DOMAIN, self.entry.entry_id)})

    @override
    async def async_refresh(self) -> None:
        """Let the fleet decide anew."""
        self._fleet.tick()

    @property
    @override
    def kept(self) -> Mapping[str, Any]:
        """Return what was asked for: the fleet shall not begin with more."""
        demand = self._fleet.demand
        if demand is None:
            return {}
        return {_KEPT_DEMAND: demand.watts}

    @override
    def restore(self, kept: Mapping[str, Any]) -> None:
        """Ask for what was asked for before."""
        watts = kept.get(_KEPT_DEMAND)
        if isinstance(watts, int | float) and watts >= 0:
            self._fleet.ask(Demand(float(watts)))


def _is_fixed(member: Member) -> bool:
    """Tell whether a member is as good as only on or off."""
    return member.ceiling - member.floor < member.step
