"""Who gets how much of a fleet's power: one pure function over what is known now.

Floors come first, in order of priority; then each is filled up, in the same order.
What stands above the budget is dealt with before: the latch, caps, circuits, meters
that are silent, and what people told their miners.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from . import explain
from .candidate import Candidate, follow
from .circuits import HAIR, Feed, build_feeds
from .memory import NO_TRACK, Memory
from .model import (
    Action,
    Allocation,
    Circuit,
    Condition,
    Hold,
    LettingGo,
    Member,
    Settings,
    Share,
    Source,
)
from .reasons import Reason, ReasonKey
from .supply import Supply, combine

_DEFAULTS: Final = Settings()
_NOBODY: Final = Condition(available=False)
_PRIORITY: Final = attrgetter("member.priority")
# Who waits for that starts next.
_NEXT: Final = (ReasonKey.STAGGER, ReasonKey.WAITS_FOR_OTHERS)


def allocate(
    members: Sequence[Member],
    conditions: Mapping[str, Condition],
    circuits: Sequence[Circuit],
    sources: Sequence[Source],
    memory: Memory,
    now: float,
    settings: Settings = _DEFAULTS,
) -> Allocation:
    """Return what each member is to draw, and why."""
    memory = memory.at(now)
    tick = _Tick(members, conditions, circuits, memory, now, settings)
    if memory.latched_at is not None:
        return tick.stop_all(Reason(ReasonKey.LATCHED), Reason(ReasonKey.EMERGENCY))
    tick.find_supply(sources)
    tick.count_what_cannot_be_changed()
    tick.respect_caps_and_people()
    tick.find_wishes()
    tick.keep_what_runs()
    tick.start_what_waits()
    tick.fill_up()
    return tick.conclude()


def let_go(
    members: Sequence[Member],
    conditions: Mapping[str, Condition],
    how: LettingGo,
    memory: Memory,
    now: float,
) -> Allocation:
    """Return what becomes of the members when the fleet lets go of them."""
    tick = _Tick(members, conditions, (), memory.at(now), now, _DEFAULTS)
    decision = Reason(ReasonKey.LETS_GO)
    if how is LettingGo.STOP:
        return tick.stop_all(Reason(ReasonKey.LET_GO_STOP), decision)
    for candidate in tick.candidates:
        watts, key = candidate.current, ReasonKey.LET_GO
        if how is LettingGo.FLOOR and candidate.is_running and candidate.obeys:
            watts = min(watts, candidate.floor)
            key = ReasonKey.LET_GO_FLOOR
        candidate.granted = watts
        candidate.reason = Reason(key, {"watts": watts})
    return tick.conclude(decision)


class _Tick:
    """One allocation, step by step."""

    def __init__(
        self,
        members: Sequence[Member],
        conditions: Mapping[str, Condition],
        circuits: Sequence[Circuit],
        memory: Memory,
        now: float,
        settings: Settings,
    ) -> None:
        """See how everybody is, and what is loaded on the circuits."""
        self.now = now
        self.settings = settings
        self.memory = memory
        self.supply = Supply()
        self.is_soft = self.may_wait = False
        self.left_now = self.left_lasting = 0.0
        self.last_start = memory.last_start
        self.feeds = build_feeds(circuits)
        self.no_feed = Feed()
        self.candidates = [self._candidate(member, conditions) for member in members]
        # Whoever runs comes first among equals, so that nobody is switched for nothing.
        self.ranked = sorted(
            self.candidates,
            key=lambda c: (-c.member.priority, not c.is_running, c.member.id),
        )
        # What those may draw about whom nothing can be done.
        self.beyond = sum([c.may for c in self.candidates if not c.obeys])
        self.free: list[Candidate] = []
        self.others = self._load_circuits()

    def _candidate(
        self, member: Member, conditions: Mapping[str, Condition]
    ) -> Candidate:
        """Return a member as it is now."""
        condition = conditions.get(member.id, _NOBODY)
        known = self.memory.tracks.get(member.id, NO_TRACK)
        track = follow(known, condition, self.settings, self.now)
        feed = self.feeds.get(member.circuit or "", self.no_feed)
        return Candidate(member, condition, track, feed, self.settings, self.now)

    def _load_circuits(self) -> dict[str, float]:
        """Load the circuits with what may be drawn; return what else is on them."""
        for candidate in self.candidates:
            drawn, claimed, may = candidate.drawn, candidate.claimed, candidate.may
            for node in candidate.feed.nodes:
                node.drawn += drawn
                node.claimed += claimed
                node.loaded += may
        known = self.memory.others
        nodes = [feed.nodes[0] for feed in self.feeds.values()]
        others = {
            node.circuit.id: other
            for node in nodes
            if (other := node.note_others(known.get(node.circuit.id))) is not None
        }
        self.over = [node for node in nodes if node.is_over]
        for feed in self.feeds.values():
            feed.pressed = next((node for node in feed.nodes if node.is_over), None)
        return others

    def find_supply(self, sources: Sequence[Source]) -> None:
        """Find out what the sources allow."""
        own = sum([c.own_draw() for c in self.candidates if c.obeys])
        self.supply, self.memory = combine(
            sources, own, self.beyond, self.memory, self.settings, self.now
        )
        told = sum([c.current for c in self.candidates if c.obeys])
        self.may_wait = self.supply.may_wait(told)
        self.is_soft = self.supply.is_surplus or self.may_wait
        self.left_now, self.left_lasting = self.supply.now, self.supply.lasting
        silence = staleness = None
        if (silent := self.supply.silent) is not None:
            silence = Reason(ReasonKey.SOURCE_SILENT, {"source": silent.kind})
        if (stale := self.supply.stale) is not None:
            staleness = Reason(ReasonKey.STALE, {"source": stale.kind})
        for feed in (self.no_feed, *self.feeds.values()):
            feed.silence = feed.silence or silence
            feed.staleness = staleness or feed.staleness

    def count_what_cannot_be_changed(self) -> None:
        """Let those have what they may draw about whom nothing can be done."""
        for candidate in self.candidates:
            if candidate.obeys:
                continue
            key = ReasonKey.NO_MEANS
            if not candidate.condition.available:
                key = ReasonKey.UNAVAILABLE
            candidate.granted = candidate.may
            candidate.reason = Reason(key, {"watts": candidate.may})
            candidate.feed.plan(candidate.may)
            candidate.feed.wish(candidate.may)

    def respect_caps_and_people(self) -> None:
        """Deal with what stands above the budget, and note who is left."""
        self._keep_places()
        for candidate in self.ranked:
            if not candidate.obeys:
                continue
            cap, held = candidate.condition.capped, candidate.condition.held
            if cap is not None:
                candidate.cap = candidate.snap(cap.watts)
                candidate.ceiling = min(candidate.ceiling, candidate.cap)
            if cap is not None and cap.watts < candidate.floor:
                self._deny(candidate, explain.capped(cap))
            elif held is not None and held.until > self.now:
                self._respect(candidate, held)
            else:
                self.free.append(candidate)
        if self.is_soft:
            # Among equals, who needs little comes first: the fewest stop for a lack.
            self.free.sort(key=lambda c: (-c.member.priority, not c.is_running, c.need))
        # Those that may not be stopped stay whatever happens: they come first.
        self.free.sort(key=lambda c: c.may_stop)

    def _keep_places(self) -> None:
        """Keep room on the circuits for those that may not be stopped."""
        for candidate in self.candidates:
            condition = candidate.condition
            is_bound = condition.held is not None or condition.capped is not None
            if candidate.obeys and not candidate.may_stop and not is_bound:
                candidate.place = candidate.burden(candidate.floor)
                candidate.feed.plan(candidate.place)

    def _respect(self, candidate: Candidate, held: Hold) -> None:
        """Do with a miner what a person told it, as far as its circuit allows."""
        candidate.forget_waits()
        if not held.mining:
            self._deny(candidate, explain.held(held))
            return
        failed = candidate.retries_at(self.settings.retry, self.now)
        if not candidate.is_running and failed is not None:
            self._deny(candidate, Reason(ReasonKey.REFUSED, until=failed))
            return
        watts = held.watts or candidate.current or candidate.ceiling
        watts = min(watts, candidate.cap)
        reason = explain.held(held, watts)
        silence = candidate.feed.silence
        if silence is not None:
            watts, reason = min(watts, candidate.floor), silence
        stale = candidate.feed.stale
        if stale is not None and watts > candidate.current:
            numbers = {"source": stale.circuit.id}
            watts, reason = candidate.current, Reason(ReasonKey.STALE, numbers)
        room = self._room(candidate)
        if watts > room + HAIR:
            reason = explain.circuit_limit(candidate)
            watts = candidate.snap(room) if room >= candidate.floor else 0.0
        if watts:
            self._grant(candidate, watts, reason)
        else:
            self._deny(candidate, reason)

    def find_wishes(self) -> None:
        """Find out who would run if nobody had to wait, and note since when.

        Whoever has to wait takes nothing from those that run.
        """
        left_now, left_lasting = self.left_now, self.left_lasting
        for candidate in self.free:
            floor = candidate.floor
            if candidate.is_running:
                if candidate.member.restarts:
                    self._note_stay(candidate, left_now)
                takes = self._goes_on(candidate, left_now)
            else:
                candidate.obstacle = self._obstacle(candidate)
                takes = self._may_begin(candidate, left_lasting)
            candidate.is_wanted = takes
            self._note_times(candidate)
            if not takes:
                continue
            if candidate.is_running or self._is_ready(candidate):
                left_now -= candidate.stays
                left_lasting -= candidate.stays
                candidate.feed.wish(candidate.burden(floor))

    def _note_stay(self, candidate: Candidate, left: float) -> None:
        """Let one whose steps restart it stay where it is, or else stop.

        Otherwise it would restart with each miner that comes or goes, and with each
        cloud: once to be lowered, and once more to be raised again. One that may not be
        stopped is lowered when that has been necessary for long.
        """
        stays = min(candidate.current, candidate.ceiling)
        if not self.is_soft or stays < candidate.floor:
            return
        if candidate.may_stop and not self.may_wait:
            candidate.stays = stays
            return
        candidate.lack = stays - left
        is_lack = candidate.lack > HAIR
        candidate.fall_since = _since(candidate.fall_since, self.now, is_lack)
        if not is_lack or self._stays_until(candidate):
            candidate.stays = stays

    def _stays_until(self, candidate: Candidate) -> float | None:
        """Return until when one stays where it is although that is too much.

        Nobody pays for a little too much heat, and others may be lowered first.
        """
        if not self.may_wait:
            return self._bears_until(candidate, candidate.fall_since)
        delay = self.settings.stop_after * candidate.patience
        return self._lasts_until(candidate.fall_since, delay)

    def _goes_on(self, candidate: Candidate, left: float) -> bool:
        """Tell whether what is left is enough for a member that runs."""
        if not candidate.may_stop:
            return True
        spare = self._spare(candidate) if self.is_soft else 0.0
        # Where it may wait, it is lowered before it is stopped.
        candidate.lack = (candidate.floor if self.may_wait else candidate.stays) - left
        if candidate.lack > spare + HAIR:
            return False
        return candidate.feed.can_wish(candidate.burden(candidate.floor))

    def _spare(self, candidate: Candidate) -> float:
        """Return how much of a surplus may be lacking for a member that runs."""
        spare = self.settings.stop_threshold
        if candidate.stays > candidate.floor:
            spare = max(spare, candidate.member.step)
        return spare

    def _may_begin(self, candidate: Candidate, left: float) -> bool:
        """Tell whether what is left is enough for a member that does not run."""
        spare = self.settings.start_threshold if self.is_soft else 0.0
        peak = candidate.floor + candidate.member.reserve
        return candidate.floor + spare <= left + HAIR and candidate.feed.can_wish(peak)

    def _obstacle(self, candidate: Candidate) -> Reason | None:
        """Return what keeps a member from starting, whatever is left for it."""
        silence = candidate.feed.silence or candidate.feed.staleness
        if silence is not None:
            return silence
        failed = candidate.retries_at(self.settings.retry, self.now)
        if failed is not None:
            return Reason(ReasonKey.REFUSED, until=failed)
        rests = candidate.rests_until(self.now)
        if rests is not None:
            return Reason(ReasonKey.MIN_OFF, until=rests)
        often = candidate.starts_again_at(self.settings) if self.is_soft else None
        if often is None:
            return None
        numbers = {"starts": float(len(candidate.starts))}
        return Reason(ReasonKey.STARTS_USED, numbers, often)

    def _note_times(self, candidate: Candidate) -> None:
        """Note since when there is enough or too little for a member."""
        if self.supply.stale is not None:
            return
        enough, lack = candidate.enough_since, candidate.lack_since
        candidate.enough_since = candidate.lack_since = None
        if candidate.is_wanted and not candidate.is_running:
            candidate.enough_since = self.now if enough is None else enough
        elif candidate.is_running and not candidate.is_wanted:
            candidate.lack_since = self.now if lack is None else lack

    def _is_ready(self, candidate: Candidate) -> bool:
        """Tell whether a member that would start has waited for long enough."""
        if candidate.obstacle is not None:
            return False
        patience = candidate.patience * self.settings.start_after
        until = self._lasts_until(candidate.enough_since, patience)
        if until is not None:
            candidate.obstacle = Reason(ReasonKey.START_DELAY, until=until)
        return until is None

    def _lasts_until(self, since: float | None, seconds: float) -> float | None:
        """Return until when a surplus has to last, or may be lacking."""
        if not self.is_soft:
            return None
        until = self.now + seconds if since is None else since + seconds
        return until if until > self.now else None

    def _bears_until(self, candidate: Candidate, since: float | None) -> float | None:
        """Return until when a lack is borne: the shorter the more is lacking."""
        share = self.settings.small_lack / max(candidate.lack, HAIR)
        return self._lasts_until(since, self.settings.stop_after * min(1.0, share))

    def keep_what_runs(self) -> None:
        """Give those that run their floors, and stop those for whom there is none."""
        for candidate in self.free:
            if candidate.is_running:
                self._keep(candidate)

    def _keep(self, candidate: Candidate) -> None:
        """Let a member go on with the least that it can do with, or stop it."""
        if candidate.place:
            candidate.feed.plan(-candidate.place)
        watts, reason = self._least_share(candidate), None
        if not self._has_room(candidate, watts):
            watts = min(watts, candidate.floor, candidate.current)
            if candidate.may_stop and not self._has_room(candidate, watts):
                self._deny(candidate, explain.circuit_limit(candidate))
                return
        if not candidate.is_wanted or not candidate.may_stop:
            reason = self._reprieve(candidate)
        if reason is not None:
            watts = min(watts, candidate.current)
        if reason is None and not candidate.is_wanted:
            self._deny(
                candidate, explain.too_little(candidate, self.supply, self.left_now)
            )
        else:
            self._grant(candidate, watts, reason)

    def _least_share(self, candidate: Candidate) -> float:
        """Return the least that a member that goes on can be given now."""
        feed, current = candidate.feed, candidate.current
        if feed.pressed is not None:
            return min(candidate.floor, current)
        least, until = candidate.stays, candidate.steps_from(self.now)
        if feed.silence is not None and not candidate.member.restarts:
            until = None
        if until is not None:
            least = min(max(current, candidate.floor), candidate.ceiling)
        if feed.silence is not None or feed.staleness is not None:
            least = min(least, current)
        return least

    def _reprieve(self, candidate: Candidate) -> Reason | None:
        """Return why a member goes on although there is too little for it."""
        if not candidate.may_stop:
            is_enough = candidate.floor <= self.left_now + HAIR
            return None if is_enough else Reason(ReasonKey.NOT_STOPPABLE)
        until = candidate.runs_until(self.now)
        if until is not None:
            return Reason(ReasonKey.MIN_ON, until=until)
        until = self._bears_until(candidate, candidate.lack_since)
        return None if until is None else Reason(ReasonKey.STOP_DELAY, until=until)

    def start_what_waits(self) -> None:
        """Start the first that is ready, and keep room for the one that comes next."""
        is_kept = False
        for candidate in self.free:
            if candidate.is_running:
                continue
            reason = self._start_obstacle(candidate)
            if reason is None:
                self.last_start = self.now
                self._grant(candidate, candidate.floor, None)
                continue
            self._deny(candidate, reason)
            if reason.key in _NEXT and not is_kept:
                is_kept = True
                self._take(candidate.floor)
                candidate.feed.plan(candidate.floor + candidate.surge)

    def _start_obstacle(self, candidate: Candidate) -> Reason | None:
        """Return why a member does not start now."""
        if not candidate.is_wanted:
            return explain.too_little(candidate, self.supply, self.left_lasting)
        if candidate.obstacle is not None:
            return candidate.obstacle
        floor = candidate.floor
        staggered = self._staggered_until()
        if staggered is not None:
            return Reason(ReasonKey.STAGGER, until=staggered)
        is_left = floor <= min(self.left_now, self.left_lasting) + HAIR
        if not (is_left and self._has_room(candidate, floor)):
            return Reason(ReasonKey.WAITS_FOR_OTHERS, {"floor": floor})
        return None

    def _staggered_until(self) -> float | None:
        """Return when the next member may start."""
        if self.last_start is None:
            return None
        until = self.last_start + self.settings.stagger
        return until if until > self.now else None

    def fill_up(self) -> None:
        """Give what is left, in order of priority."""
        for candidate in sorted(self.free, key=_PRIORITY, reverse=True):
            if candidate.granted:
                self._fill(candidate)

    def _fill(self, candidate: Candidate) -> None:
        """Give a member that runs as much as it can use."""
        base = candidate.granted
        silence = candidate.feed.silence
        if silence is not None:
            candidate.reason = candidate.reason or silence
            return
        wished, most = base, candidate.within(self.left_now)
        if base < candidate.ceiling and most > base:
            room = candidate.feed.room() + candidate.burden(base)
            most = min(candidate.ceiling, most, room)
            wished = max(base, candidate.snap(most))
        if wished > candidate.current + HAIR:
            watts = self._rise(candidate, wished)
        else:
            candidate.rise_since = None
            watts = self._sink(candidate, wished)
        if watts != base:
            self._top_up(candidate, watts)
        if candidate.reason is None:
            candidate.reason = explain.share(candidate)

    def _rise(self, candidate: Candidate, wished: float) -> float:
        """Return how far a member is raised."""
        base = candidate.granted
        stays = max(base, min(candidate.current, wished))
        obstacle = self._rise_obstacle(candidate)
        if obstacle is not None:
            candidate.reason = candidate.reason or obstacle
            return stays
        room = candidate.may + candidate.feed.room_to_rise() - candidate.surge
        most = min(wished, candidate.within(self.left_lasting), room)
        watts = max(stays, candidate.snap(most))
        if candidate.is_running and candidate.member.restarts:
            watts = self._after_delay(candidate, watts, stays)
        rise = watts - candidate.current
        if candidate.is_running and 0 < rise < candidate.member.step - HAIR:
            candidate.reason = candidate.reason or explain.small_step(candidate, watts)
            return stays
        return watts

    def _after_delay(self, candidate: Candidate, watts: float, stays: float) -> float:
        """Return a step that restarts a miner when it has been possible for long.

        Clouds make starts rare, and one of a miner that was stopped gives the most.
        """
        is_possible = watts > candidate.current + HAIR
        most = self.settings.most_starts
        is_rare = len(candidate.starts) >= (most if self.may_wait else most // 2)
        if self.is_soft and is_possible and is_rare:
            spared = Reason(ReasonKey.STARTS_SPARED, {"watts": candidate.current})
            candidate.reason = candidate.reason or spared
            candidate.rise_since = None
            return stays
        candidate.rise_since = _since(candidate.rise_since, self.now, is_possible)
        patience = candidate.patience * self.settings.start_after
        until = self._lasts_until(candidate.rise_since, patience)
        if not is_possible or until is None:
            return watts
        delay = Reason(ReasonKey.RISE_DELAY, {"watts": watts}, until)
        candidate.reason = candidate.reason or delay
        return stays

    def _rise_obstacle(self, candidate: Candidate) -> Reason | None:
        """Return why a member that runs may not be raised now."""
        if not candidate.is_running:
            return None
        if candidate.feed.pressed is not None:
            return explain.circuit_limit(candidate)
        if candidate.feed.staleness is not None:
            return candidate.feed.staleness
        until = candidate.steps_from(self.now)
        if until is not None:
            end = None if candidate.condition.starting else until
            return Reason(ReasonKey.SETTLING, {"watts": candidate.current}, end)
        until = self._staggered_until() if candidate.member.restarts else None
        return None if until is None else Reason(ReasonKey.STAGGER, until=until)

    def _sink(self, candidate: Candidate, wished: float) -> float:
        """Return how far a member is lowered: a little too much surplus may be used."""
        fall = candidate.current - wished
        if not self.supply.is_surplus or candidate.feed.pressed is not None:
            return wished
        if candidate.current > candidate.ceiling or not fall < candidate.member.step:
            return wished
        if fall > HAIR:
            candidate.reason = candidate.reason or explain.small_step(candidate, wished)
        return candidate.current

    def stop_all(self, reason: Reason, decision: Reason) -> Allocation:
        """Stop every member."""
        for candidate in self.candidates:
            candidate.granted = 0.0
            candidate.reason = reason
        return self.conclude(decision)

    def conclude(self, decision: Reason | None = None) -> Allocation:
        """Return what was decided, with all that is to be remembered."""
        shares: dict[str, Share] = {}
        tracks = {}
        allocated = 0.0
        # Whoever is served first stands first, wherever the shares are shown.
        for candidate in sorted(self.candidates, key=_PRIORITY, reverse=True):
            action = _action(candidate)
            reason = candidate.reason or explain.share(candidate)
            name = candidate.member.id
            shares[name] = Share(candidate.granted, action, reason)
            tracks[name] = candidate.conclude(action, self.now)
            allocated += candidate.granted
        available = self._available()
        if decision is None and not self.candidates:
            decision = Reason(ReasonKey.NO_MEMBERS)
        if decision is None and self.over:
            decision = explain.over_limit(self.over[0])
        if decision is None:
            decision = explain.tick(self.supply, available, allocated)
        return Allocation(
            shares=shares,
            available=available,
            allocated=allocated,
            decision=decision,
            over_limit=tuple(node.circuit.id for node in self.over),
            memory=replace(
                self.memory,
                ticked_at=self.now,
                last_start=self.last_start,
                others=self.others,
                tracks=tracks,
            ),
        )

    def _available(self) -> float | None:
        """Return what the sources allow all members, None where nobody knows.

        What those may draw that cannot be reached is a part of it.
        """
        supply = self.supply
        if supply.binding is None and (supply.stale or supply.silent):
            return None
        return max(0.0, supply.now + self.beyond)

    def _grant(self, candidate: Candidate, watts: float, reason: Reason | None) -> None:
        """Give a member its share, and take it off what is left."""
        candidate.granted = watts
        candidate.reason = reason
        self._take(candidate.cost(watts))
        candidate.feed.plan(candidate.burden(watts))
        if watts > candidate.current:
            self._load(candidate, watts)

    def _deny(self, candidate: Candidate, reason: Reason) -> None:
        """Give a member nothing; what it draws nevertheless counts."""
        candidate.reason = reason
        self._take(candidate.cost(0.0))
        candidate.feed.plan(candidate.burden(0.0))

    def _top_up(self, candidate: Candidate, watts: float) -> None:
        """Give a member another share than it has got already."""
        before = candidate.granted
        candidate.granted = watts
        self._take(candidate.cost(watts) - candidate.cost(before))
        candidate.feed.plan(candidate.burden(watts) - candidate.burden(before))
        if watts > candidate.current:
            self._load(candidate, watts)
            if candidate.is_running and candidate.member.restarts:
                self.last_start = self.now

    def _take(self, watts: float) -> None:
        """Take something off what is left."""
        self.left_now -= watts
        self.left_lasting -= watts

    def _load(self, candidate: Candidate, watts: float) -> None:
        """Count on the circuits what a rise may draw, its start included."""
        peak = watts + candidate.surge
        if peak > candidate.may:
            candidate.feed.load(peak - candidate.may)
            candidate.may = peak

    def _has_room(self, candidate: Candidate, watts: float) -> bool:
        """Tell whether the circuits leave a member some watts."""
        feed = candidate.feed
        if not feed.can_plan(candidate.burden(watts)):
            return False
        rise = watts - candidate.may + candidate.surge
        return watts <= candidate.current + HAIR or feed.can_load(rise)

    def _room(self, candidate: Candidate) -> float:
        """Return the most that the circuits leave a member."""
        room = candidate.feed.room()
        if candidate.obstinate > room + HAIR:
            return 0.0
        rises_to = candidate.may + candidate.feed.room_to_rise() - candidate.surge
        return min(room, max(candidate.current, rises_to))


def _since(since: float | None, now: float, lasts: bool) -> float | None:  # noqa: FBT001
    """Return since when something has lasted."""
    if not lasts:
        return None
    return now if since is None else since


def _action(candidate: Candidate) -> Action:
    """Return what is to be done with a member."""
    granted, current = candidate.granted, candidate.current
    if not candidate.obeys:
        return Action.KEEP
    if not granted:
        return Action.STOP if candidate.is_running else Action.KEEP
    if not candidate.is_running:
        return Action.START
    if abs(granted - current) <= HAIR:
        return Action.KEEP
    return Action.RAISE if granted > current else Action.LOWER
