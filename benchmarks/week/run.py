"""Let a week pass, and see what became of the surplus."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .drivers import Driver
from .miners import Model, all_kinds

_TICK = 10.0
_BEGIN = 1_745_193_600.0
_DAY = 86_400.0


@dataclass
class Week:
    """What became of the surplus; energy is in kWh, the curve in W per minute."""

    usable: float = 0.0
    used: float = 0.0
    drawn: float = 0.0
    bought: float = 0.0
    most_starts: int = 0
    starts: dict[str, list[int]] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)

    @property
    def used_share(self) -> float:
        """Return the share of the usable surplus that was used."""
        return self.used / self.usable

    @property
    def grid_share(self) -> float:
        """Return the share of the miners' energy that was bought."""
        return self.bought / self.drawn


def live(driver: Driver, surplus: Sequence[float]) -> Week:
    """Let the minutes pass whose surplus is given."""
    models, week = all_kinds(), Week()
    lowest = min(model.member.floor for model in models)
    most = sum(model.member.ceiling for model in models)
    for tick in range(len(surplus) * 6):
        # What a stopped miner draws belongs to the household.
        standby = sum(model.power for model in models if not model.told)
        left = surplus[tick // 6] - standby
        drawn = sum(model.power for model in models if model.told)
        usable = min(left, most) if left >= lowest else 0.0
        share = _TICK / 3_600_000
        week.usable += usable * share
        week.used += min(drawn, usable) * share
        week.drawn += drawn * share
        week.bought += max(0.0, drawn - max(0.0, left)) * share
        if tick % 6 == 0:
            week.curve.append(drawn)
        driver.tick(models, left - drawn, _BEGIN + tick * _TICK)
        for model in models:
            model.step(_TICK)
        if tick % (_DAY / _TICK) == _DAY / _TICK - 1:
            _note_day(week, models)
    week.most_starts = max((max(days) for days in week.starts.values()), default=0)
    return week


def _note_day(week: Week, models: Sequence[Model]) -> None:
    """Note how often each miner started in a day."""
    for model in models:
        week.starts.setdefault(model.member.id, []).append(model.starts)
        model.starts = 0
