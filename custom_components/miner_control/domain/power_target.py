"""Which setting of a miner comes nearest to the watts that are asked of it.

A miner is slowed down by what it offers: a limit of its power, presets, or steps of
its clock. What a setting draws is known by its name, or learned from a meter. Nothing
here waits or looks at a clock; times are seconds on any clock that never goes back.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
import re
from typing import Any, Final, Self

from .features import MinerFeatureType, MinerStatus
from .values import PowerLimit, Presets, Settling, Tuning

# How many settings are remembered with what they draw; the oldest go first.
MOST_LEARNED: Final = 64
# The weight of what was measured last in what is learned: rooms get warm and cold.
LEARNING: Final = 0.3
# A meter that shows less or more than these shares of what a device was told measures
# something else, or the device is held back by something else.
_LEAST_BELIEVED: Final = 0.6
_MOST_BELIEVED: Final = 1.5
# By which share of the target its watts may be missed before another setting is tried.
TOLERANCE: Final = 0.03
# The same where each step restarts mining.
RESTARTING_TOLERANCE: Final = 0.06

# Where a device names no lowest limit that makes sense, it is kept above this share of
# the highest: most boards cannot hold less.
_LEAST_SHARE: Final = 0.4
_REAL_MINIMUM: Final = 0.2
# How far above a limit that could not be held the next one lies, as a share of the
# highest.
_FLOOR_MARGIN: Final = 0.07
# What a chip draws whatever its clock, as a share of what it draws at most.
_FIXED_SHARE: Final = 0.2
# How finely a power can be asked for, in W, from these watts on.
_COARSE_FROM: Final = 500.0
_COARSE: Final = 10.0
# The share of the highest power below which a change is not worth a command.
_LEAST_CHANGE: Final = 0.02
_LEAST_RESTARTING_CHANGE: Final = 0.05

# Two restarts of mining that nobody asked for, within so many seconds, show that a
# setting cannot be held.
RESTARTS_WINDOW: Final = 900.0
MOST_RESTARTS: Final = 2
# What looks like two restarts within so many seconds is one.
SAME_RESTART: Final = 45.0
# By how many seconds a time since the start may be wrong.
_UPTIME_SLACK: Final = 5.0

_NAMED_WATTS = re.compile(r"^(\d{3,5})(?:\.\d+)?\s*(?:w\b|watts?\b|$)", re.IGNORECASE)
_NAMED_CLOCK = re.compile(r"(\d{2,4})\s*MHz", re.IGNORECASE)
# What modes draw, as shares of the usual one, until it is measured. Those that rest,
# or of which nobody knows what they are, are never chosen.
_SHARES: Final[Mapping[str, float]] = {
    "eco": 0.65,
    "economy": 0.65,
    "efficiency": 0.65,
    "low": 0.65,
    "quiet": 0.65,
    "silent": 0.65,
    "night": 0.65,
    "mid": 0.85,
    "middle": 0.85,
    "medium": 0.85,
    "balanced": 0.85,
    "default": 1.0,
    "normal": 1.0,
    "standard": 1.0,
    "high": 1.2,
    "performance": 1.2,
    "turbo": 1.3,
    "super": 1.3,
    "boost": 1.3,
}


class Means(StrEnum):
    """How a miner can be slowed down, the best first."""

    POWER_LIMIT = "power_limit"
    PRESET = "preset"
    TUNING = "tuning"
    DUTY = "duty"


FEATURES: Final[Mapping[Means, MinerFeatureType]] = {
    Means.POWER_LIMIT: MinerFeatureType.POWER_LIMIT_CONTROL,
    Means.PRESET: MinerFeatureType.PRESET_CONTROL,
    Means.TUNING: MinerFeatureType.TUNING_CONTROL,
    Means.DUTY: MinerFeatureType.MINING_CONTROL,
}


class Reason(StrEnum):
    """Why a miner is set as it is."""

    AS_ASKED = "as_asked"
    BELOW_FLOOR = "below_floor"
    CORRECTED = "corrected"
    CANNOT_HOLD = "cannot_hold"
    SETTLING = "settling"
    WAITS_TO_SETTLE = "waits_to_settle"
    WAITS_TO_MINE = "waits_to_mine"
    CHANGED_ELSEWHERE = "changed_elsewhere"
    FAILED = "failed"
    DUTY_ON = "duty_on"
    DUTY_OFF = "duty_off"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a miner is set to: W, the name of a preset, or MHz.

    The same clock draws more with more volts: `variant` tells such settings apart.
    """

    means: Means
    value: float | str
    variant: str = ""

    @property
    def group(self) -> str:
        """Return what settings have in common that can be compared."""
        return f"{self.means}{self.variant}"

    @property
    def key(self) -> str:
        """Return what the setting is remembered by."""
        value = self.value
        return f"{self.group}:{value if isinstance(value, str) else f'{value:g}'}"

    @property
    def text(self) -> str:
        """Return the setting in words that are the same in all languages."""
        units = {Means.POWER_LIMIT: " W", Means.TUNING: " MHz"}
        value = self.value
        shown = value if isinstance(value, str) else f"{value:g}"
        return f"{shown}{units.get(self.means, '')}"

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "means": self.means.value,
            "value": self.value,
            "variant": self.variant,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored; raise KeyError or ValueError for what is no setting."""
        value = stored["value"]
        value = value if isinstance(value, str) else float(value)
        return cls(Means(stored["means"]), value, str(stored.get("variant", "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerReach:
    """Between which watts a miner can be set, and how finely.

    `steps` holds the watts of its settings, the lowest first; nothing where it takes
    any. `step` is the smallest change that is worth a command. After one, nothing
    follows for `settle` seconds. One that `restarts` counts as a start.
    """

    floor: float
    ceiling: float
    steps: tuple[float, ...] = ()
    step: float = 1.0
    settle: float = 60.0
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A setting, and what it draws by what is written on it.

    `nominal` is W, or a share of the usual where `Offer.in_watts` is False.
    """

    setting: Setting
    nominal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a provider can be set to, and to what it is set now.

    It has `options`, or takes any watts from `minimum` to `maximum` in `step`s.
    """

    means: Means
    settling: Settling
    current: Setting | None = None
    options: tuple[Option, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    step: float = 1.0
    in_watts: bool = True
    variant: str = ""

    @property
    def group(self) -> str:
        """Return what all its settings have in common."""
        return f"{self.means}{self.variant}"

    @property
    def width(self) -> float:
        """Return how far limits differ at least that are not nearly the same."""
        return max(self.step, (self.maximum - self.minimum) / MOST_LEARNED)

    def nominal_of(self, setting: Setting) -> float | None:
        """Return what a setting draws by what is written on it; None for a stranger."""
        if setting.group != self.group:
            return None
        if self.options:
            found = (o.nominal for o in self.options if o.setting == setting)
            return next(found, None)
        return None if isinstance(setting.value, str) else setting.value

    def shows(self, setting: Setting) -> bool | None:
        """Tell whether it is set so, as near as it can show; None if it shows nothing.

        A limit is often rounded by whoever took it.
        """
        if self.current is None:
            return None
        if self.current.means is not setting.means:
            return None
        found, wanted = self.current.value, setting.value
        if isinstance(found, str) or isinstance(wanted, str):
            return found == wanted
        if setting.means is Means.TUNING:
            return abs(found - wanted) <= self.step / 2
        return abs(found - wanted) <= max(self.step, wanted * 0.02)


def offer_of_limit(limit: PowerLimit, settling: Settling) -> Offer | None:
    """Return what a limit of the power offers; None if it makes no difference."""
    means, settings = Means.POWER_LIMIT, sorted(set(limit.levels))
    current = None if limit.watts is None else Setting(means, float(limit.watts))
    if settings:
        return Offer(
            means=means,
            settling=settling,
            current=current,
            options=tuple(
                Option(Setting(means, float(watts)), float(watts)) for watts in settings
            ),
        )
    low, high = float(limit.minimum), float(limit.maximum)
    if low < high * _REAL_MINIMUM:
        low = _on_step(high * _LEAST_SHARE, low, limit.step)
    if not 0 <= low < high:
        return None
    return Offer(
        means=means,
        settling=settling,
        current=current,
        minimum=low,
        maximum=high,
        step=limit.step or 1.0,
    )


def offer_of_presets(presets: Presets, settling: Settling) -> Offer | None:
    """Return what presets offer of which it is known what they draw; None without."""
    means = Means.PRESET
    current = Setting(means, presets.current) if presets.current else None
    for tell, in_watts in ((_watts_in, True), (_clock_in, False), (_share_of, False)):
        found = {name: tell(name) for name in presets.options}
        options = [
            Option(Setting(means, name), nominal)
            for name, nominal in found.items()
            if nominal is not None
        ]
        if len(options) > 1:
            options.sort(key=lambda each: each.nominal)
            return Offer(
                means=means,
                settling=settling,
                current=current,
                options=tuple(options),
                in_watts=in_watts,
            )
    return None


def offer_of_tuning(
    tuning: Tuning, settling: Settling, learned: Learned
) -> Offer | None:
    """Return what the clocks offer that the device itself names; None without.

    More than the usual one is only what somebody has chosen before.
    """
    frequency, voltage = tuning.frequency, tuning.voltage
    if frequency is None or not frequency.options:
        return None
    variant = f"@{voltage.value:g}" if voltage and voltage.value is not None else ""
    means = Means.TUNING
    value, most = frequency.value, frequency.usual
    if most is not None:
        most = max(most, value or 0.0, *learned.clocks())
    clocks = sorted(o for o in frequency.options if most is None or o <= most)
    if len(clocks) < 2:
        return None
    return Offer(
        means=means,
        settling=settling,
        current=None if value is None else Setting(means, float(value), variant),
        options=tuple(
            Option(Setting(means, float(mhz), variant), _share_at(mhz, clocks[-1]))
            for mhz in clocks
        ),
        in_watts=False,
        variant=variant,
        step=frequency.step,
    )


def offer_of_duty(settling: Settling) -> Offer:
    """Return the offer of what can only mine or rest."""
    only = Setting(Means.DUTY, "on")
    return Offer(
        means=Means.DUTY,
        settling=settling,
        current=only,
        options=(Option(only, 1.0),),
        in_watts=False,
    )


def _on_step(watts: float, start: float, step: float) -> float:
    """Return the lowest value that can be set and is not below some watts."""
    width = step or 1.0
    return start + -((start - watts) // width) * width


def _share_at(clock: float, highest: float) -> float:
    """Return what a clock draws, as a share of what the highest one does."""
    return _FIXED_SHARE + (1 - _FIXED_SHARE) * clock / highest


def _watts_in(name: str) -> float | None:
    """Return the watts that a preset is named by."""
    found = _NAMED_WATTS.match(name.strip())
    return float(found[1]) if found else None


def _clock_in(name: str) -> float | None:
    """Return a share that follows from the clock that a preset is named by."""
    found = _NAMED_CLOCK.search(name)
    return _share_at(float(found[1]), 1000.0) if found else None


def _share_of(name: str) -> float | None:
    """Return what a mode draws as a share of the usual one, by its name."""
    words = re.split(r"[\s_-]+", name.strip().lower())
    return next((_SHARES[word] for word in words if word in _SHARES), None)


class Learned:
    """What settings were seen to draw, and which of them cannot be held."""

    def __init__(
        self,
        watts: Mapping[str, float] | None = None,
        floors: Mapping[str, float] | None = None,
    ) -> None:
        """Know what was stored."""
        self.watts: dict[str, float] = dict(watts or {})
        # The highest nominal of each group that could not be held.
        self.floors: dict[str, float] = dict(floors or {})

    def learn(self, offer: Offer, setting: Setting, watts: float) -> bool:
        """Learn what a setting draws; return whether that could be true."""
        nominal = offer.nominal_of(setting)
        if nominal is None or watts <= 0:
            return False
        if offer.in_watts and not _is_believed(watts, nominal):
            return False
        before = self.watts.pop(setting.key, None)
        if before is None and not offer.options:
            # Of limits that are nearly the same, one tells it.
            self._forget_near(offer, nominal)
        fresh = watts if before is None else before + LEARNING * (watts - before)
        self.watts[setting.key] = round(fresh, 2)
        while len(self.watts) > MOST_LEARNED:
            del self.watts[next(iter(self.watts))]
        return True

    def clocks(self) -> Iterable[float]:
        """Yield the clocks of which it is known what they draw."""
        for key in self.watts:
            group, _, value = key.rpartition(":")
            if group.startswith(Means.TUNING):
                yield float(value)

    def forget(self) -> None:
        """Forget all of it."""
        self.watts.clear()
        self.floors.clear()

    def cannot_hold(self, offer: Offer, setting: Setting) -> bool:
        """Note that a setting cannot be held; return whether anything else is left."""
        nominal = offer.nominal_of(setting)
        if nominal is None:
            return False
        before = self.floors.get(offer.group)
        self.floors[offer.group] = nominal if before is None else max(before, nominal)
        if not Curve(offer, self).has_settings:
            if before is None:
                del self.floors[offer.group]
            else:
                self.floors[offer.group] = before
            return False
        return True

    def _forget_near(self, offer: Offer, nominal: float) -> None:
        """Forget what was learned of limits that are nearly the same as a new one."""
        for key in list(self.watts):
            told = _told_in(key, offer.group)
            if told is not None and abs(told - nominal) < offer.width:
                del self.watts[key]


def _is_believed(watts: float, nominal: float) -> bool:
    """Tell whether a device that was told some watts can draw others."""
    return _LEAST_BELIEVED * nominal <= watts <= _MOST_BELIEVED * nominal


def _told_in(key: str, group: str) -> float | None:
    """Return the watts that were told, by what a setting is remembered by."""
    found, _, value = key.rpartition(":")
    if found != group:
        return None
    try:
        return float(value)
    except ValueError:
        return None


class Curve:
    """What the settings of an offer draw, with all that was learned.

    What was not measured is worked out from its neighbours that were. `usual` is what
    the device draws at its usual setting, where nothing was measured yet.
    """

    def __init__(
        self, offer: Offer, learned: Learned, usual: float | None = None
    ) -> None:
        """Draw the curve of an offer."""
        self.offer = offer
        self._usual = usual
        self._floor = learned.floors.get(offer.group)
        self._points = sorted(self._measured(learned.watts))
        self._told = [nominal for nominal, _ in self._points]
        # What each of them draws, or any that is higher: no lower one draws more.
        drawn = (told * ratio for told, ratio in reversed(self._points))
        self._caps = [*accumulate(drawn, min)][::-1]
        self.options = tuple(
            option
            for option in offer.options
            if self._floor is None or option.nominal > self._floor
        )
        margin = max(offer.step, offer.maximum * _FLOOR_MARGIN)
        self.minimum = (
            offer.minimum
            if self._floor is None
            else max(
                offer.minimum,
                _on_step(self._floor + margin, offer.minimum, offer.step),
            )
        )

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is left that can be set, or nothing is known of it."""
        is_unknown = not self._points and self._usual is None
        return not self.has_settings or (is_unknown and not self.offer.in_watts)

    @property
    def has_settings(self) -> bool:
        """Tell whether anything is left that can be held."""
        if self.offer.options:
            return bool(self.options)
        return self.minimum <= self.offer.maximum

    @property
    def reach(self) -> PowerReach | None:
        """Return between which watts the device can be set; None if at none."""
        if self.is_empty:
            return None
        settling = self.offer.settling
        if self.options:
            steps = tuple(sorted(self._drawn(o.nominal) for o in self.options))
            gaps = (b - a for a, b in pairwise(steps) if b > a)
            return PowerReach(
                floor=steps[0],
                ceiling=steps[-1],
                steps=steps,
                step=max(1.0, min(gaps, default=1.0)),
                settle=settling.seconds,
                restarts=settling.restarts,
            )
        ceiling = self._drawn(self.offer.maximum)
        least = _LEAST_RESTARTING_CHANGE if settling.restarts else _LEAST_CHANGE
        return PowerReach(
            floor=self._drawn(self.minimum),
            ceiling=ceiling,
            step=max(self.offer.step, round(ceiling * least)),
            settle=settling.seconds,
            restarts=settling.restarts,
        )

    def watts_of(self, setting: Setting) -> float | None:
        """Return what a setting draws, as far as anybody knows."""
        nominal = self.offer.nominal_of(setting)
        if nominal is None or self.is_empty:
            return None
        return self._drawn(nominal)

    def choose(self, target: float) -> Setting:
        """Return the setting that draws most and not more than a target.

        Where all draw more it is the lowest. The curve must not be empty.
        """
        if self.options:
            drawn = [(self._drawn(o.nominal), o) for o in self.options]
            within = [each for each in drawn if each[0] <= target]
            best = (
                max(within, key=lambda each: each[0])
                if within
                else min(drawn, key=lambda each: each[0])
            )
            return best[1].setting
        low, step = self.minimum, self.offer.step
        numbers = range(int((self.offer.maximum - low) // step) + 1)

        def draws(number: int) -> float:
            """Return what so many steps above the lowest limit draw."""
            return self._drawn(low + number * step)

        fits = max(bisect_right(numbers, target, key=draws) - 1, 0)
        # Of limits that draw the same since none of them is reached, no more is told
        # than was asked for: it may be reached again.
        least = bisect_left(numbers, draws(fits), key=draws)
        number = min(max(int((target - low) // step), least), fits)
        return Setting(self.offer.means, round(low + number * step, 3))

    def _measured(self, watts: Mapping[str, float]) -> Iterable[tuple[float, float]]:
        """Yield what was told and how much of it was drawn, for what was learned."""
        if self.offer.options:
            for option in self.offer.options:
                if (drawn := watts.get(option.setting.key)) is not None:
                    yield option.nominal, drawn / option.nominal
            return
        for key, drawn in watts.items():
            told = _told_in(key, self.offer.group)
            if told:
                yield told, drawn / told

    def _drawn(self, nominal: float) -> float:
        """Return the watts that are drawn of what is written on a setting.

        A limit draws no more than a higher one that is not reached.
        """
        watts = nominal * self._ratio(nominal)
        place = bisect_left(self._told, nominal)
        if self.offer.options or place == len(self._caps):
            return watts
        return min(watts, self._caps[place])

    def _ratio(self, nominal: float) -> float:
        """Return what is drawn of what is told: measured, or between what was.

        A limit that is not reached says nothing of lower ones, which are, nor of
        higher ones, unless they are nearly the same.
        """
        if not self._points:
            return 1.0 if self.offer.in_watts else (self._usual or 1.0)
        place = bisect_left(self._told, nominal)
        if place < len(self._told) and self._told[place] == nominal:
            return self._points[place][1]
        if 0 < place < len(self._points):
            (left, low), (right, high) = self._points[place - 1], self._points[place]
            return low + (high - low) * (nominal - left) / (right - left)
        told, ratio = self._points[min(place, len(self._points) - 1)]
        is_same = not self.offer.options and 0 <= nominal - told < self.offer.width
        return ratio if is_same or not self.offer.in_watts else max(1.0, ratio)


def usual_watts(offer: Offer, rated: float | None) -> float | None:
    """Return what a device draws at its usual setting, by what it draws at most."""
    highest = max((o.nominal for o in offer.options), default=0.0)
    return rated / highest if rated and highest else None


def is_missed(curve: Curve, setting: Setting, target: float) -> bool:
    """Tell whether another setting comes so much nearer that it is worth a step."""
    best, now = curve.choose(target), curve.watts_of(setting)
    if best == setting or now is None:
        return now is None
    then = curve.watts_of(best)
    if then is None:
        return False
    restarts = curve.offer.settling.restarts
    slack = target * (RESTARTING_TOLERANCE if restarts else TOLERANCE)
    if now > target:
        return now - target > slack and then < now
    return then - now > slack


def number_step(reach: PowerReach) -> float:
    """Return how finely a person may ask for watts."""
    return _COARSE if reach.ceiling >= _COARSE_FROM and not reach.steps else 1.0


class RestartWatch:
    """Find restarts of mining that nobody asked for."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._restarts: list[float] = []
        self._uptime: float | None = None
        self._status: MinerStatus | None = None
        self._forgiven = 0

    def forgive(self, restarts: int) -> None:
        """Begin to count anew, and not what follows from a command."""
        self._restarts, self._forgiven = [], restarts

    def forget_uptime(self) -> None:
        """Forget for how long the miner was up: somebody else tells it from now on."""
        self._uptime = None

    def note(
        self,
        now: float,
        *,
        status: MinerStatus | None,
        uptime: float | None,
        is_asked_for: bool,
    ) -> bool:
        """Note what the miner does; tell whether it restarted once too often."""
        is_new = self._is_restart(status, uptime)
        self._status = status or self._status
        self._uptime = self._uptime if uptime is None else uptime
        if is_asked_for or not is_new:
            return False
        if self._restarts and now - self._restarts[-1] < SAME_RESTART:
            return False
        if self._forgiven:
            self._forgiven -= 1
            return False
        recent = [at for at in self._restarts if now - at <= RESTARTS_WINDOW]
        self._restarts = [*recent, now]
        return len(self._restarts) >= MOST_RESTARTS

    def _is_restart(self, status: MinerStatus | None, uptime: float | None) -> bool:
        """Tell whether mining has begun anew since it was looked at last."""
        was_up = self._uptime
        is_less = (
            uptime is not None
            and was_up is not None
            and uptime + _UPTIME_SLACK < was_up
        )
        if is_less:
            return True
        return self._status is MinerStatus.ON and status is MinerStatus.STARTING
