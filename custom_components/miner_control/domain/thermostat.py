"""What a miner is told so that a room gets as warm as it should be.

Nothing here waits or looks at a clock. Times are UTC seconds, so that they hold over
a restart; powers are W and temperatures °C.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from .authority import Authority
from .fans import REST
from .power_target import PowerReach
from .room import RoomControl, RoomSensor, restored_room, stored_room

DAY: Final = 86_400.0
# A start counts for a day, and for a little longer: some miners take minutes from the
# command to the work, and others next to none.
_STARTS_COUNT_FOR: Final = DAY + 600.0
# What a miner draws that can only be on or off, where nobody knows.
USUAL_WATTS: Final = 1000.0
# How much heat may be owed until a miner starts or stops, as hours at full power.
_DEBT_HOURS: Final = 0.5
# The same without a sensor, as a share of the time from one start to the next.
_BLIND_SHARE: Final = 0.27
# So far from the target nobody waits for that: too cold, and too warm.
_COLD: Final = 0.6
_WARM: Final = 0.4
# So much too cold the room is only after a change of the target, or a long rest: then
# it gets all that it needs, and not only what keeps it warm.
_FAR: Final = 1.0
_TOO_WARM: Final = 0.5
# A start is worth it only where the room is so much too cold: heat comes in lumps.
_LUMP: Final = 0.15
# How far above its lowest temperature frost protection heats, in K.
_FROST_MARGIN: Final = 1.0
# By how many K the room may be above its highest temperature.
_OVERHEATED: Final = 1.0
# Below this share of the highest power a change is not worth a command.
_LEAST_CHANGE: Final = 0.04
# How many of the smallest changes that are worth a command make one worth a start.
_WORTH_A_START: Final = 2.0
# By which share two steps differ at least: what they draw is learned anew all the time.
_SAME: Final = 0.02
# From this share of the highest power on the miner heats all that it can.
_FULL: Final = 0.9
# How long the miner has to be there and hash nothing until that is told.
NO_HEAT_AFTER: Final = 240.0
# How long a sensor may be gone, not only silent, until it counts as lost: it is while
# Home Assistant starts, and a miner that stops for that has to wait for its next start.
_SENSOR_GRACE: Final = 300.0
_LONGEST: Final = 600.0


class Why(StrEnum):
    """Why the miner heats as it does; the words are those of the attribute."""

    OFF = "off"
    WARM_ENOUGH = "warm_enough"
    HEATING = "heating"
    AT_MAXIMUM = "at_maximum"
    AT_MINIMUM = "at_minimum"
    STAYS_ON = "stays_on"
    STAYS_OFF = "stays_off"
    STARTS_USED = "starts_used"
    SETTLING = "settling"
    ROOM_TOO_WARM = "room_too_warm"
    FROST = "frost"
    SENSOR_LOST = "sensor_lost"
    SENSOR_STUCK = "sensor_stuck"
    MINER_TOO_HOT = "miner_too_hot"
    FAN_FAILED = "fan_failed"
    MINER_UNAVAILABLE = "miner_unavailable"
    NO_HEAT = "no_heat"
    PERSON = "person"
    FLEET = "fleet"
    EMERGENCY_STOP = "emergency_stop"


_ABOVE: Final = {
    Authority.PERSON: Why.PERSON,
    Authority.EMERGENCY_STOP: Why.EMERGENCY_STOP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingLimits:
    """What the user allows: temperatures, powers, times and starts.

    A power of 0 leaves it to the miner. `lost_share` is the percentage of the highest
    power that is held while nobody knows how warm the room is.
    """

    highest: float = 28.0
    min_power: float = 0.0
    max_power: float = 0.0
    min_on: float = 1800.0
    min_off: float = 1200.0
    max_starts: int = 6
    sensor_timeout: float = 3600.0
    lost_share: float = 0.0
    frost: float = 5.0
    chip_limit: float = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of room and miner now; None for what nobody knows.

    A `target` of None is a thermostat that is off. `room_age` counts from the last
    sign of life of the sensor. `held` names who else decides about the miner.
    """

    now: float
    target: float | None = None
    room: float | None = None
    room_age: float = 0.0
    outdoors: float | None = None
    watts: float | None = None
    usual_watts: float | None = None
    is_mining: bool = False
    is_available: bool = True
    is_starting: bool = False
    hashes: bool | None = None
    chip: float | None = None
    fans_have_failed: bool = False
    reach: PowerReach | None = None
    settles_until: float | None = None
    held: Authority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the miner is told: to mine or not, at how many W, and why.

    None stands for what is left as it is. `need` is what the room needs.
    """

    mine: bool | None = None
    watts: float | None = None
    need: float = 0.0
    why: Why = Why.OFF
    authority: Authority = Authority.THERMOSTAT
    until: float | None = None


@dataclass(frozen=True, slots=True)
class _Range:
    """Between which powers a miner heats, and in which steps."""

    low: float
    high: float
    steps: tuple[float, ...] = ()


@dataclass(slots=True)
class Thermostat:
    """Decide, look by look, what a miner is told; remember what that rests on."""

    limits: HeatingLimits
    room: RoomControl = field(default_factory=RoomControl)
    sensor: RoomSensor = field(default_factory=RoomSensor)
    # When mining was started, by whomever: the last day of it.
    starts: list[float] = field(default_factory=list)
    changed_at: float = 0.0
    stepped_at: float = 0.0
    asked: float | None = None
    # Heat that the room was owed and did not get, in J; less than 0 is too much.
    debt: float = 0.0
    # How warm the room was when its sensor was there last, if it could be believed, and
    # when that was.
    warmth: float | None = None
    warmth_at: float = 0.0
    _gone_since: float | None = None
    _looked_at: float | None = None
    _was_mining: bool | None = None
    _hashless_since: float | None = None
    _rests_until: float = 0.0
    _rests_for: Why = Why.MINER_TOO_HOT
    _is_frosty: bool = False
    _is_blind: bool = False

    def decide(self, now_is: Situation) -> Decision:
        """Return what the miner is told now, by the highest that has something to say.

        It is asked every half minute or so, and at once when something has changed.
        """
        elapsed = self._elapsed(now_is.now)
        self._note_mining(now_is)
        span = self._range(now_is)
        warmth = self._believed(now_is, span)
        if not now_is.is_available:
            self.debt = 0.0
            return self._told(Why.MINER_UNAVAILABLE)
        above = (
            self._protects(now_is)
            or self._without_sensor(now_is, span, warmth, elapsed)
            or self._against_frost(now_is, span, warmth)
            or self._held(now_is)
        )
        if above is not None:
            return above
        if now_is.target is None:
            self.debt = 0.0
            return self._told(Why.OFF)
        return self._heat(now_is, span, warmth, elapsed)

    def note_told(self, decision: Decision, now: float) -> None:
        """Note that the miner did what was decided."""
        if decision.watts is not None:
            self.asked, self.stepped_at = decision.watts, now
            self.debt = 0.0
        if decision.mine is not None:
            self.changed_at, self.debt = now, 0.0

    def note_restart(self, now: float) -> None:
        """Note that mining begins anew because of a step."""
        self.starts.append(now)

    def starts_used(self, now: float) -> int:
        """Return how often mining was started within a day."""
        # One that is still to come is of a clock that has been set back since.
        starts = (min(at, now) for at in self.starts)
        self.starts = [at for at in starts if now - at < _STARTS_COUNT_FOR]
        return len(self.starts)

    def _starts_left(self, now: float) -> int:
        """Return how often mining may still be started."""
        return self.limits.max_starts - self.starts_used(now)

    def _next_start(self) -> float:
        """Return when a start is left again, where none is now."""
        return sorted(self.starts)[-max(1, self.limits.max_starts)] + _STARTS_COUNT_FOR

    def store(self) -> dict[str, Any]:
        """Return what is kept over a restart."""
        return {
            "room": stored_room(self.room),
            "starts": list(self.starts),
            "changed_at": self.changed_at,
            "stepped_at": self.stepped_at,
            "asked": self.asked,
            "mines": self._was_mining,
            "warmth": self.warmth,
            "warmth_at": self.warmth_at,
            "is_frosty": self._is_frosty,
            "rests_until": self._rests_until,
            "rests_for": self._rests_for.value,
        }

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on from what was kept, as far as that is sound."""
        self.room = restored_room(stored.get("room") or {})
        starts = stored.get("starts")
        self.starts = [at for at in starts or () if isinstance(at, int | float)]
        self.changed_at = _number(stored.get("changed_at"))
        self.stepped_at = _number(stored.get("stepped_at"))
        asked = stored.get("asked")
        self.asked = float(asked) if isinstance(asked, int | float) else None
        mines, warmth = stored.get("mines"), stored.get("warmth")
        # A miner that was started or stopped meanwhile has changed.
        self._was_mining = mines if isinstance(mines, bool) else None
        self.warmth = float(warmth) if isinstance(warmth, int | float) else None
        self.warmth_at = _number(stored.get("warmth_at"))
        self._is_frosty = stored.get("is_frosty") is True
        self._rests_until = _number(stored.get("rests_until"))
        if stored.get("rests_for") in (Why.MINER_TOO_HOT, Why.FAN_FAILED):
            self._rests_for = Why(stored["rests_for"])

    def _elapsed(self, now: float) -> float:
        """Return the seconds since the last look."""
        before, self._looked_at = self._looked_at, now
        return 0.0 if before is None else min(max(now - before, 0.0), _LONGEST)

    def _note_mining(self, now_is: Situation) -> None:
        """Count starts, and note since when the miner does what it does."""
        if not now_is.is_available:
            return
        if self._was_mining is not None and now_is.is_mining is not self._was_mining:
            # Whoever did it: boards and fans do not care.
            self.changed_at = now_is.now
            if now_is.is_mining:
                self.starts.append(now_is.now)
        self._was_mining = now_is.is_mining
        hashless = now_is.is_mining and now_is.hashes is False
        since = self._hashless_since or now_is.now
        self._hashless_since = since if hashless else None

    def _range(self, now_is: Situation) -> _Range:
        """Return between which powers the miner may heat."""
        reach, limits = now_is.reach, self.limits
        if reach is None:
            watts = now_is.usual_watts or limits.max_power or USUAL_WATTS
            return _Range(watts, watts)
        high = min(reach.ceiling, limits.max_power or reach.ceiling)
        low = max(reach.floor, limits.min_power)
        if not reach.steps:
            high = max(high, reach.floor)
            return _Range(min(low, high), high)
        steps = tuple(w for w in reach.steps if low <= w <= high) or reach.steps[:1]
        return _Range(steps[0], steps[-1], steps)

    def _believed(self, now_is: Situation, span: _Range) -> float | None:
        """Return how warm the room is; None if nobody can be believed."""
        if now_is.room is None:
            return self._recalled(now_is.now)
        self._gone_since, self.warmth, self.warmth_at = None, None, now_is.now
        if now_is.room_age <= self.limits.sensor_timeout:
            at_full = now_is.is_mining and (now_is.watts or 0.0) >= span.high * _FULL
            self.warmth = self.sensor.note(
                now_is.room, now_is.now, at_full_power=at_full
            )
        return self.warmth

    def _recalled(self, now: float) -> float | None:
        """Return how warm the room was just now, while its sensor may come back."""
        if self._gone_since is None:
            self._gone_since = now
        is_lost = now - self._gone_since >= _SENSOR_GRACE
        if is_lost or now - self.warmth_at > self.limits.sensor_timeout:
            self.warmth = None
        return self.warmth

    def _protects(self, now_is: Situation) -> Decision | None:
        """Let a miner rest that was too hot, or whose fans have failed."""
        now = now_is.now
        if now_is.chip is not None and now_is.chip >= self.limits.chip_limit:
            self._rests_until, self._rests_for = now + REST, Why.MINER_TOO_HOT
        if now_is.fans_have_failed:
            self._rests_until, self._rests_for = now + REST, Why.FAN_FAILED
        if now >= self._rests_until:
            return None
        self.debt = 0.0
        return self._told(
            self._rests_for,
            authority=Authority.HARD_CAP,
            mine=False if now_is.is_mining else None,
            until=self._rests_until,
        )

    def _without_sensor(
        self, now_is: Situation, span: _Range, warmth: float | None, elapsed: float
    ) -> Decision | None:
        """Hold the chosen share of the power while nobody knows how warm it is.

        A thermostat that is off needs no sensor.
        """
        self._is_blind = warmth is None
        if warmth is not None or now_is.target is None:
            return None
        is_silent = now_is.room is None or now_is.room_age > self.limits.sensor_timeout
        why = Why.SENSOR_LOST if is_silent else Why.SENSOR_STUCK
        if now_is.held is not None and now_is.held > Authority.LOST_SENSOR:
            return None
        need = span.high * self.limits.lost_share / 100
        if need <= 0:
            stop = False if now_is.is_mining else None
            return self._told(why, authority=Authority.LOST_SENSOR, mine=stop)
        self._owe(need, now_is, span, elapsed)
        # Neither too cold nor too warm, as far as anybody knows.
        chosen = self._choose(now_is, span, need, need, error=_LUMP)
        return self._told(
            why,
            authority=Authority.LOST_SENSOR,
            mine=chosen.mine,
            watts=chosen.watts,
            need=need,
        )

    def _against_frost(
        self, now_is: Situation, span: _Range, warmth: float | None
    ) -> Decision | None:
        """Heat with all that there is before it freezes, whoever else has a say."""
        if warmth is None:
            return None
        frost = self.limits.frost
        if self._is_frosty:
            self._is_frosty = warmth < frost + _FROST_MARGIN
        else:
            self._is_frosty = warmth < frost
        above = now_is.held is not None and now_is.held > Authority.FROST_PROTECTION
        if not self._is_frosty or above:
            return None
        return self._told(
            Why.FROST,
            authority=Authority.FROST_PROTECTION,
            mine=None if now_is.is_mining else True,
            watts=self._step(now_is, span, span.high),
            need=span.high,
        )

    def _held(self, now_is: Situation) -> Decision | None:
        """Leave the miner to whoever decides about it above the thermostat."""
        if now_is.held is None or now_is.held <= Authority.THERMOSTAT:
            return None
        self.debt = 0.0
        why = _ABOVE.get(now_is.held, Why.FLEET)
        return self._told(why, authority=now_is.held)

    def _heat(
        self,
        now_is: Situation,
        span: _Range,
        warmth: float | None,
        elapsed: float,
    ) -> Decision:
        """Give the room what it needs."""
        assert now_is.target is not None  # noqa: S101 - the caller has looked
        assert warmth is not None  # noqa: S101 - without a sensor nobody comes here
        if warmth >= self.limits.highest + _OVERHEATED:
            self.debt = 0.0
            stop = False if now_is.is_mining else None
            return self._told(Why.ROOM_TOO_WARM, mine=stop)
        is_hashless = (
            self._hashless_since is not None
            and now_is.now - self._hashless_since >= NO_HEAT_AFTER
        )
        need = self.room.need(
            target=now_is.target,
            room=warmth,
            outdoors=now_is.outdoors,
            ceiling=span.high,
            elapsed=elapsed,
            is_held=is_hashless or now_is.is_starting,
        )
        self._owe(need, now_is, span, elapsed)
        error = now_is.target - warmth
        chosen = self._choose(now_is, span, need, self.room.steady, error)
        if is_hashless and chosen.mine is None:
            return self._told(Why.NO_HEAT, need=need)
        return chosen

    def _owe(
        self, need: float, now_is: Situation, span: _Range, elapsed: float
    ) -> None:
        """Add up what the room needed and did not get."""
        drawn = 0.0
        if now_is.is_mining:
            drawn = span.low if now_is.watts is None else now_is.watts
            if need >= span.low and not _restarts(now_is):
                # It can give what is needed, or will in a moment.
                self.debt = max(self.debt, 0.0) if drawn < need else 0.0
                return
        most = 2 * self._patience(now_is.now, span)
        self.debt = min(max(self.debt + (need - drawn) * elapsed, -most), most)

    def _patience(self, now: float, span: _Range) -> float:
        """Return for how many J a change has to wait that costs a start.

        The fewer starts are left of a day, the longer one waits for the next.
        """
        starts = max(self.limits.max_starts, 1)
        if self._is_blind:
            # Evenly over the day, for nothing else tells when it is time.
            return span.low * DAY / starts * _BLIND_SHARE
        used = self.starts_used(now) / starts
        return span.low * _DEBT_HOURS * 3600 * (0.3 + used)

    def _choose(
        self, now_is: Situation, span: _Range, need: float, steady: float, error: float
    ) -> Decision:
        """Return what the miner is told so that the room gets what it needs.

        `steady` is what it needs once it is as warm as it should be.
        """
        if not now_is.is_mining:
            is_near = _restarts(now_is) and error < _FAR
            return self._maybe_start(
                now_is, span, need, error, watts=steady if is_near else need
            )
        if _restarts(now_is):
            return self._choose_rarely(now_is, span, need, steady, error)
        if need < span.low or error <= -_TOO_WARM:
            stop = self._maybe_stop(now_is, span, need, error)
            if stop is not None:
                return stop
        watts = self._step(now_is, span, need)
        return self._told(self._why_heating(now_is, span, need), need=need, watts=watts)

    def _choose_rarely(
        self, now_is: Situation, span: _Range, need: float, steady: float, error: float
    ) -> Decision:
        """Return what a miner is told that restarts mining with each step.

        To stop it costs no more than to slow it down: either costs a start.
        """
        left = self._starts_left(now_is.now)
        is_lowest = self.asked is not None and self.asked <= span.low * (1 + _SAME)
        needs_less = need < span.low and left > 0
        # Where it can be slowed down instead, it has to be warmer for that. With the
        # last start it cannot: stopped, it can still be started when it gets cold.
        can_wait = not is_lowest and left > 1
        if needs_less or error <= (-2 * _WARM if can_wait else -_WARM):
            stop = self._maybe_stop(now_is, span, need, error)
            if stop is not None:
                return stop
        watts = self._rare_step(now_is, span, need, steady, error)
        if watts is not None and left <= 0:
            until = self._next_start()
            return self._told(Why.STARTS_USED, need=need, until=until)
        why = self._why_heating(now_is, span, need)
        is_highest = self.asked is None or self.asked >= span.high * (1 - _SAME)
        is_end = is_highest if why is Why.AT_MAXIMUM else is_lowest
        if why in (Why.AT_MAXIMUM, Why.AT_MINIMUM) and watts is None and not is_end:
            why = Why.HEATING
        return self._told(why, need=need, watts=watts)

    def _rare_step(
        self, now_is: Situation, span: _Range, need: float, steady: float, error: float
    ) -> float | None:
        """Return the power to ask for that is worth a start, None for none.

        Far from the target it is what the room needs now. Near to it, the room has to
        be owed some heat first, or to have got too much.
        """
        reach, asked = now_is.reach, self.asked
        if reach is None or self._settles_until(now_is) > now_is.now:
            return None
        if asked is None:
            return self._nearest(span, steady)
        patience = self._patience(now_is.now, span)
        left = self._starts_left(now_is.now)
        is_too_much = (
            self.debt <= -patience or error <= -_WARM or steady < asked - reach.step
        )
        # The last start is kept for a room that is much too cold, or that gets cold.
        may_tune = left > 1
        if self._is_blind:
            wanted = self._nearest(span, need)
            return wanted if abs(wanted - asked) >= reach.step / 2 else None
        if error >= _FAR:
            # A second start will be needed when it is warm.
            wanted = self._nearest(span, steady if left == 1 else need)
        elif error >= _COLD or (may_tune and error > 0 and self.debt >= patience):
            # What it needs in the end is known late, and each step on the way to that
            # would cost a start.
            wanted = _beside(asked, (steady + need) / 2, span, reach.step)
        elif may_tune and error <= -_LUMP and is_too_much:
            wanted = _beside(asked, steady, span, -reach.step)
        else:
            return None
        change = wanted - asked
        least = reach.step / 2 if span.steps else reach.step
        return wanted if change * error > 0 and abs(change) >= least else None

    def _why_heating(self, now_is: Situation, span: _Range, need: float) -> Why:
        """Return what limits the heat now, if anything does."""
        if need < span.low and span.low < span.high:
            return Why.AT_MINIMUM
        if need >= span.high and now_is.reach is not None:
            return Why.AT_MAXIMUM
        is_settling = self._settles_until(now_is) > now_is.now
        return Why.SETTLING if is_settling else Why.HEATING

    def _maybe_start(
        self, now_is: Situation, span: _Range, need: float, error: float, watts: float
    ) -> Decision:
        """Start if the room is owed enough heat, and the miner has rested enough.

        It begins with what comes nearest to some watts.
        """
        is_owed = self.debt >= self._patience(now_is.now, span) and error >= _LUMP
        is_owed = is_owed or error >= _COLD
        if need <= 0 or not is_owed:
            return self._told(Why.WARM_ENOUGH, need=need)
        rests_until = self.changed_at + self.limits.min_off
        if now_is.now < rests_until:
            return self._told(Why.STAYS_OFF, need=need, until=rests_until)
        if self.starts_used(now_is.now) >= self.limits.max_starts:
            until = self._next_start()
            return self._told(Why.STARTS_USED, need=need, until=until)
        first = self._nearest(span, watts) if now_is.reach else None
        return self._told(Why.HEATING, need=need, mine=True, watts=first)

    def _maybe_stop(
        self, now_is: Situation, span: _Range, need: float, error: float
    ) -> Decision | None:
        """Stop if the room got too much heat, and the miner has run long enough."""
        is_far = error <= -_WARM
        if self.debt > -self._patience(now_is.now, span) and not is_far:
            return None
        runs_until = self.changed_at + self.limits.min_on
        if now_is.now < runs_until:
            watts = None if _restarts(now_is) else self._step(now_is, span, need)
            return self._told(Why.STAYS_ON, need=need, watts=watts, until=runs_until)
        return self._told(Why.WARM_ENOUGH, need=need, mine=False)

    def _settles_until(self, now_is: Situation) -> float:
        """Return until when the miner settles on what it was told last."""
        settle = now_is.reach.settle if now_is.reach else 0.0
        own = self.stepped_at + settle if self.stepped_at else 0.0
        return max(own, now_is.settles_until or 0.0)

    def _step(self, now_is: Situation, span: _Range, need: float) -> float | None:
        """Return the power to ask for now, None for the one that is asked for."""
        reach = now_is.reach
        if reach is None or self._settles_until(now_is) > now_is.now:
            return None
        wanted = self._nearest(span, need)
        if self.asked is None:
            return wanted
        change = abs(wanted - self.asked)
        least = max(reach.step / 2, 1.0)
        if not span.steps:
            is_end = wanted in (span.low, span.high)
            least = reach.step if is_end else max(reach.step, span.high * _LEAST_CHANGE)
        return wanted if change >= least else None

    def _nearest(self, span: _Range, need: float) -> float:
        """Return what the miner can be asked for that comes nearest to a need.

        Between two steps it stays where it is, to the middle and a little beyond.
        """
        if not span.steps:
            return round(min(max(need, span.low), span.high))
        # What a step draws is learned anew all the time.
        asked = self.asked
        held = None if asked is None else min(span.steps, key=lambda w: abs(w - asked))

        def distance(watts: float) -> float:
            """Return how far it is, a little less for what is asked for already."""
            away = abs(watts - need)
            return away * 0.7 if watts == held else away

        return min(span.steps, key=distance)

    def _told(
        self,
        why: Why,
        *,
        authority: Authority = Authority.THERMOSTAT,
        mine: bool | None = None,
        watts: float | None = None,
        need: float = 0.0,
        until: float | None = None,
    ) -> Decision:
        """Return a decision with its reason."""
        return Decision(
            mine=mine,
            watts=watts,
            need=need,
            why=why,
            authority=authority,
            until=until,
        )


def _beside(asked: float, watts: float, span: _Range, step: float) -> float:
    """Return what comes nearest to some watts of all that is more than what is asked.

    With a step below 0, of all that is less; what is asked where there is no such.
    """
    if not span.steps:
        least = asked + step * _WORTH_A_START
        end = max(watts, least) if step > 0 else min(watts, least)
        return min(max(end, span.low), span.high)
    way = 1 if step > 0 else -1
    beyond = [w for w in span.steps if (w - asked) * way > asked * _SAME]
    return min(beyond, key=lambda w: abs(w - watts), default=asked)


def _restarts(now_is: Situation) -> bool:
    """Tell whether the miner restarts mining with each step."""
    return now_is.reach is not None and now_is.reach.restarts


def _number(stored: object) -> float:
    """Return a number that was stored, 0 for anything else."""
    return float(stored) if isinstance(stored, int | float) else 0.0
