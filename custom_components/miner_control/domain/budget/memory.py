"""What a fleet remembers from tick to tick, and through a restart."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What is remembered of one member; times are seconds since the epoch.

    `mining` is whether it mined at the last tick, and `asked` what it was told in W
    with 0 for a stop. `ordered_at` is when it was told to start, while it has not.
    `enough_since` is since when there is enough for it to start, and `lack_since` since
    when there is too little for it to go on. `failed_at` is when it had not started
    although it was told to. `rise_since` and `fall_since` are since when one whose
    steps restart it could go up, and cannot stay where it is. `starts` are when it
    started in the last 24 hours. `restarted_at` is when it was last told a power that
    restarts it, which is one of those.
    """

    mining: bool | None = None
    asked: float | None = None
    asked_at: float | None = None
    started_at: float | None = None
    stopped_at: float | None = None
    enough_since: float | None = None
    lack_since: float | None = None
    ordered_at: float | None = None
    failed_at: float | None = None
    rise_since: float | None = None
    fall_since: float | None = None
    restarted_at: float | None = None
    starts: tuple[float, ...] = ()


NO_TRACK: Final = Track()
_TIMES: Final = tuple(
    f.name for f in fields(Track) if f.name.endswith(("_at", "_since"))
)
# Beyond any time or power.
_MOST: Final = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that a fleet remembers.

    `quick` and `slow` are the smoothed surplus in W, and `others` what else was loaded
    on each circuit when its meter was last heard.
    """

    ticked_at: float | None = None
    last_start: float | None = None
    latched_at: float | None = None
    quick: float | None = None
    slow: float | None = None
    smoothed_at: float | None = None
    others: Mapping[str, float] = field(default_factory=dict)
    tracks: Mapping[str, Track] = field(default_factory=dict)

    def latch(self, now: float) -> Self:
        """Return a memory in which the emergency stop is set."""
        return replace(self, latched_at=now)

    def unlatch(self) -> Self:
        """Return a memory in which the emergency stop is reset."""
        return replace(self, latched_at=None)

    def at(self, now: float) -> Self:
        """Return a memory that fits a clock which may have been set back.

        All times go back with the clock, so that what is left of them stays the same.
        """
        if self.ticked_at is None or now >= self.ticked_at:
            return self
        back = self.ticked_at - now
        return replace(
            self,
            ticked_at=now,
            last_start=_earlier(self.last_start, back),
            latched_at=_earlier(self.latched_at, back),
            smoothed_at=_earlier(self.smoothed_at, back),
            tracks={name: _set_back(t, back) for name, t in self.tracks.items()},
        )

    def without_orders(self) -> Self:
        """Return a memory of a tick whose decisions nobody carries out."""
        return replace(self.without_orders_to(self.tracks), last_start=None)

    def without_orders_to(self, members: Collection[str]) -> Self:
        """Return a memory in which some members were told nothing."""
        tracks = {
            member_id: _without_order(track, self.ticked_at)
            if member_id in members
            else track
            for member_id, track in self.tracks.items()
        }
        return replace(self, tracks=tracks)

    def to_dict(self) -> dict[str, Any]:
        """Return what can be stored as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Return what was stored; whatever does not fit is forgotten."""
        known = _mapping(stored)
        ticked_at = _number(known.get("ticked_at"))
        return cls(
            ticked_at=ticked_at,
            last_start=_time(known.get("last_start"), ticked_at),
            latched_at=_latch(known.get("latched_at")),
            quick=_number(known.get("quick")),
            slow=_number(known.get("slow")),
            smoothed_at=_time(known.get("smoothed_at"), ticked_at),
            others=_each(known.get("others"), _number),
            tracks=_each(known.get("tracks"), partial(_track, ticked_at)),
        )


def _without_order(track: Track, ticked_at: float | None) -> Track:
    """Return what is remembered of a member that was told nothing at the last tick."""
    track = replace(track, asked=None, asked_at=None, ordered_at=None)
    if track.restarted_at is None or track.restarted_at != ticked_at:
        return track
    # It does not restart either: that was counted with what it was to be told.
    starts = track.starts[:-1]
    before = starts[-1] if starts else None
    return replace(track, starts=starts, started_at=before, restarted_at=None)


def _earlier(time: float | None, seconds: float) -> float | None:
    """Return a time that many seconds earlier."""
    return None if time is None else time - seconds


def _set_back(track: Track, seconds: float) -> Track:
    """Return a track whose times are that many seconds earlier."""
    times: dict[str, Any] = {
        name: _earlier(getattr(track, name), seconds) for name in _TIMES
    }
    starts = tuple(start - seconds for start in track.starts)
    return replace(track, starts=starts, **times)


def _mapping(value: object) -> Mapping[Any, Any]:
    """Return a value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    """Return a value if it is a number that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # As a number of any size, before it is made one of limited size.
    if not -_MOST < value < _MOST:
        return None
    return float(value)


def _time(value: object, ticked_at: float | None) -> float | None:
    """Return a time if it is one: nothing has happened after the last tick."""
    time = _number(value)
    return None if time is None or ticked_at is None else min(time, ticked_at)


def _times(value: object, ticked_at: float | None) -> tuple[float, ...]:
    """Return those of some values that are times."""
    if not isinstance(value, list | tuple):
        return ()
    times = (_time(each, ticked_at) for each in value)
    return tuple(time for time in times if time is not None)


def _latch(value: object) -> float | None:
    """Return when the latch was set; one that nobody understands is set."""
    return None if value is None else _number(value) or 0.0


def _each[T](value: object, read: Callable[[object], T | None]) -> dict[str, T]:
    """Return what can be read of a mapping from names."""
    return {
        name: found
        for name, stored in _mapping(value).items()
        if isinstance(name, str) and (found := read(stored)) is not None
    }


def _track(ticked_at: float | None, value: object) -> Track | None:
    """Return what is remembered of a member."""
    known = _mapping(value)
    if not known:
        return None
    mining = known.get("mining")
    return Track(
        mining=mining if isinstance(mining, bool) else None,
        asked=_number(known.get("asked")),
        starts=_times(known.get("starts"), ticked_at),
        **{name: _time(known.get(name), ticked_at) for name in _TIMES},
    )
