"""A member in one tick: what it draws, what it may draw, and what binds it."""

from dataclasses import replace
from math import inf
from typing import Final

from .circuits import Feed
from .memory import Track
from .model import Action, Condition, Member, Settings
from .reasons import Reason

_DAY: Final = 86_400.0
# So often, at the most, the wait for a start is doubled: the gaps between clouds are
# not much longer than what it comes to then.
_MOST_DOUBLED: Final = 3


class Candidate:
    """A member that asks for its share.

    `current` is what it is told to draw, 0 where it does not mine. `may` is the most
    that it may draw, its start included; it draws between `drawn` and `claimed` just
    now. `granted` is what it gets in this tick. `surge` is what a rise draws beyond
    that. Although it was told less, it draws what it is `obstinate` about, and `steady`
    after it has settled. It goes on with what it `stays` at, or stops. `starts` holds
    when it started in this day.
    """

    __slots__ = (
        "cap",
        "ceiling",
        "claimed",
        "condition",
        "current",
        "drawn",
        "enough_since",
        "fall_since",
        "feed",
        "floor",
        "granted",
        "is_running",
        "is_wanted",
        "lack",
        "lack_since",
        "may",
        "may_stop",
        "member",
        "obeys",
        "obstacle",
        "obstinate",
        "place",
        "reason",
        "rise_since",
        "settles_until",
        "starts",
        "stays",
        "steady",
        "surge",
        "track",
    )

    def __init__(
        self,
        member: Member,
        condition: Condition,
        track: Track,
        feed: Feed,
        settings: Settings,
        now: float,
    ) -> None:
        """Work out what it draws and may draw now."""
        self.member = member
        self.condition = condition
        self.track = track
        self.feed = feed
        self.floor = member.floor
        self.ceiling = max(member.ceiling, member.floor)
        # What protects the miner, and stands above a person's command.
        self.cap = inf
        # Whether the fleet can do anything about it.
        self.obeys = condition.available and condition.reachable_means
        self.is_running = condition.mining or track.ordered_at is not None
        self.may_stop = member.may_stop or not condition.mining
        self.current = self._told() if self.is_running else 0.0
        changed = latest(track.asked_at, track.started_at)
        self.starts = self._starts_of_day(settings, now)
        self.settles_until = self._settles_until(changed, now)
        is_starting = self.is_running and self._is_starting(now)
        is_surging = is_starting or member.restarts or not self.is_running
        self.surge = member.reserve if is_surging else 0.0
        self.may = self._most() + (member.reserve if is_starting else 0.0)
        self.drawn, self.claimed = self._draw(_until(changed, settings.lag, now))
        self.obstinate = self.steady = 0.0
        if condition.power is not None and condition.power > (track.asked or 0.0):
            self._note_excess(condition.power, settings, now)
        self.granted = 0.0
        # What is kept for it on its circuits before anybody gets anything.
        self.place = 0.0
        self.is_wanted = False
        self.obstacle: Reason | None = None
        self.reason: Reason | None = None
        self.enough_since = track.enough_since
        self.lack_since = track.lack_since
        self.rise_since = track.rise_since
        self.fall_since = track.fall_since
        self.stays = self.floor
        # By how much what is left falls short of that.
        self.lack = 0.0

    def burden(self, watts: float) -> float:
        """Return what it weighs on its circuits with a share."""
        return max(self.obstinate, watts) if self.obstinate else watts

    def cost(self, watts: float) -> float:
        """Return what it takes from the budget with a share."""
        return max(self.steady, watts) if self.steady else watts

    def within(self, left: float) -> float:
        """Return the most that it can be told with what is left besides its share.

        One that draws more than it is told takes that off what is left, and will draw
        more by as much of what it is told next.
        """
        cost = self.cost(self.granted)
        if cost <= self.granted:
            return self.granted + max(0.0, left)
        excess = max(1.0, cost / self.current) if self.current else 1.0
        return max(self.granted, (cost + left) / excess)

    def snap(self, watts: float) -> float:
        """Return the highest power not above some watts that it can be set to.

        That is 0 where it cannot go so low.
        """
        if watts < self.floor:
            return 0.0
        if not self.member.steps:
            return watts
        for step in reversed(self.member.steps):
            if step <= watts:
                return step
        return self.floor

    def own_draw(self) -> float:
        """Return what it draws, as well as that is known."""
        power = self.condition.power
        return self.current if power is None else power

    @property
    def need(self) -> float:
        """Return the least with which it starts, or goes on."""
        if self.is_running and self.member.restarts:
            return max(self.floor, min(self.current, self.ceiling))
        return self.floor

    def forget_waits(self) -> None:
        """Forget since when something has lasted: nobody looks whether it goes on."""
        self.enough_since = self.lack_since = self.rise_since = self.fall_since = None

    @property
    def patience(self) -> float:
        """Return how many times longer than the first time it waits for a start.

        Each start of the day doubles it: on a clear day it starts soon, and among
        clouds it does not start and stop with each of them.
        """
        return 2.0 ** min(len(self.starts), _MOST_DOUBLED)

    def starts_again_at(self, settings: Settings) -> float | None:
        """Return until when it has started often enough; None if it has not yet."""
        if len(self.starts) < max(1, settings.most_starts):
            return None
        return settings.day_ends or self.starts[-max(1, settings.most_starts)] + _DAY

    # Until when something binds it; None where it does not.

    def runs_until(self, now: float) -> float | None:
        """Return until when it may not be stopped."""
        return _until(self.track.started_at, self.member.min_on, now)

    def rests_until(self, now: float) -> float | None:
        """Return until when it may not be started."""
        return _until(self.track.stopped_at, self.member.min_off, now)

    def retries_at(self, retry: float, now: float) -> float | None:
        """Return when it is told to start again, after it did not."""
        return _until(self.track.failed_at, retry, now)

    def steps_from(self, now: float) -> float | None:
        """Return until when its power may not be changed without need."""
        if not self.member.restarts:
            return self.settles_until
        return latest(self.settles_until, self.runs_until(now))

    def conclude(self, action: Action, now: float) -> Track:
        """Return what is to be remembered of it."""
        track = self.track
        if not self.obeys:
            return track
        if (
            self.granted == track.asked
            and action is not Action.START
            and self.enough_since == track.enough_since
            and self.lack_since == track.lack_since
            and self.rise_since == track.rise_since
            and self.fall_since == track.fall_since
        ):
            return track
        is_changed = self.granted != track.asked and action is not Action.KEEP
        is_step = action in (Action.RAISE, Action.LOWER)
        is_restart = is_changed and is_step and self.member.restarts
        if is_restart:
            track = replace(note_start(track, now), restarted_at=now)
        return replace(
            track,
            asked=self.granted,
            asked_at=now if is_changed else track.asked_at,
            ordered_at=now if action is Action.START else self._order(),
            enough_since=self.enough_since,
            lack_since=self.lack_since,
            rise_since=self.rise_since,
            fall_since=self.fall_since,
        )

    def _starts_of_day(self, settings: Settings, now: float) -> tuple[float, ...]:
        """Return when it started in this day."""
        if not self.track.starts:
            return ()
        begin = max(settings.day_begins, now - _DAY)
        return tuple(start for start in self.track.starts if start > begin)

    def _order(self) -> float | None:
        """Return when it was told to start, if it still is to."""
        return self.track.ordered_at if self.granted else None

    def _told(self) -> float:
        """Return what it is told to draw while it runs."""
        if self.condition.target:
            return self.condition.target
        if self.floor >= self.ceiling:
            return self.ceiling
        if self.track.asked:
            return self.track.asked
        return self.condition.power or self.ceiling

    def _most(self) -> float:
        """Return the most that it may draw now."""
        power = self.condition.power or 0.0
        if self.condition.available:
            return max(power, self.current)
        # It vanished: only one that was seen to be stopped, and not told to start, is.
        is_stopped = self.track.mining is False and self.track.ordered_at is None
        return power if is_stopped else max(power, self._told(), self.floor)

    def _draw(self, lags_until: float | None) -> tuple[float, float]:
        """Return the least and the most that it draws now.

        A miner that mines draws at least its floor. After a change, its power may be
        old.
        """
        power = self.condition.power
        if power is not None:
            return power, power if lags_until is None else self.may
        is_steady = self.condition.mining and not self.condition.starting
        return self.floor if is_steady else 0.0, self.may

    def _settles_until(self, changed: float | None, now: float) -> float | None:
        """Return until when it has not settled after its last change."""
        if self.condition.starting:
            # It settles when it hashes, and nobody knows when that will be.
            return now + max(self.member.settle, 1.0)
        if self.condition.settled and self.condition.target == self.track.asked:
            changed = self.track.started_at
        if self.condition.changed_at is not None:
            changed = latest(_past(self.condition.changed_at, now), changed)
        return _until(changed, self.member.settle, now)

    def _is_starting(self, now: float) -> bool:
        """Tell whether it may draw what only a start draws."""
        if self.condition.starting or self.track.ordered_at is not None:
            return True
        return _until(self.track.started_at, self.member.settle, now) is not None

    def _note_excess(self, power: float, settings: Settings, now: float) -> None:
        """Note what it draws though it was told less, some seconds ago."""
        if self.track.asked is None:
            return
        told = self.track.asked_at
        settle = max(self.member.settle, settings.lag)
        self.obstinate = power if _until(told, settings.proof, now) is None else 0.0
        self.steady = power if _until(told, settle, now) is None else 0.0


def follow(track: Track, condition: Condition, settings: Settings, now: float) -> Track:
    """Return what is remembered of a member, with what has happened to it."""
    if not condition.available:
        return track
    track = _follow_mining(track, condition, settings, now)
    if condition.started_at is None and condition.stopped_at is None:
        return track
    started = latest(track.started_at, _past(condition.started_at, now))
    stopped = latest(track.stopped_at, _past(condition.stopped_at, now))
    if started == track.started_at and stopped == track.stopped_at:
        return track
    return replace(track, started_at=started, stopped_at=stopped)


def _follow_mining(
    track: Track, condition: Condition, settings: Settings, now: float
) -> Track:
    """Return what is remembered, with a start or a stop that has happened."""
    mining, ordered = condition.mining, track.ordered_at
    if mining and (track.mining is not True or ordered is not None):
        if track.mining is False or ordered is not None:
            track = note_start(track, now)
        return replace(track, mining=True, ordered_at=None, failed_at=None)
    if mining:
        return track
    if track.mining is not False:
        stopped = now if track.mining else track.stopped_at
        track = replace(track, mining=False, stopped_at=stopped)
    if ordered is not None and now - ordered >= settings.patience:
        return replace(track, ordered_at=None, asked=0.0, failed_at=now)
    return track


def note_start(track: Track, now: float) -> Track:
    """Return what is remembered of a member that starts now."""
    starts = tuple(start for start in track.starts if start > now - _DAY)
    return replace(track, started_at=now, starts=(*starts, now))


def latest(one: float | None, other: float | None) -> float | None:
    """Return the later of two times, of which none may be known."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _until(since: float | None, seconds: float, now: float) -> float | None:
    """Return when some seconds are over, None if they are."""
    if since is None or seconds <= 0.0:
        return None
    until = since + seconds
    return until if until > now else None


def _past(time: float | None, now: float) -> float | None:
    """Return a time, unless it is still to come: then it is of another clock."""
    return None if time is None or time > now else time
