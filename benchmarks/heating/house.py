"""A house whose air and walls store heat, and the weather around it.

Nothing is measured by a clock: a month takes a second or two. The weather is made up
of waves and of noise that is drawn from a seed, so that every run has the same.
"""

from dataclasses import dataclass, field
from math import cos, pi, sin
from random import Random
from typing import Final

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
# How finely the model moves on, in seconds.
STEP: Final = 30.0


@dataclass(slots=True)
class Weather:
    """The air outdoors in °C, and the sun through the windows in W."""

    mean: float = 3.0
    seed: int = 16
    sunny: float = 350.0
    _fronts: list[float] = field(default_factory=list)
    _clouds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw the weather of each day, which drifts from one to the next."""
        random = Random(self.seed)  # noqa: S311 - it makes weather
        front = 0.0
        for _ in range(64):
            front = 0.75 * front + random.gauss(0, 2.2)
            self._fronts.append(front)
            self._clouds.append(random.random())

    def outdoors(self, now: float) -> float:
        """Return the temperature outdoors, coldest before the sun rises."""
        day, part = divmod(now / DAY, 1)
        before, after = self._fronts[int(day)], self._fronts[int(day) + 1]
        daily = -3.0 * cos(2 * pi * (part - 0.2))
        return self.mean + before + (after - before) * part + daily

    def sun(self, now: float) -> float:
        """Return what the sun gives through the windows from 8 to 17 o'clock."""
        day, part = divmod(now / DAY, 1)
        hour = part * 24
        if not 8 < hour < 17:
            return 0.0
        height = sin(pi * (hour - 8) / 9)
        return self.sunny * height * self._clouds[int(day)]


@dataclass(slots=True)
class House:
    """The room that is heated: air with furniture, and walls behind it.

    `loss` is in W for each kelvin to the air outdoors, most of it through the walls.
    """

    loss: float = 70.0
    air_capacity: float = 3.0e6
    wall_capacity: float = 2.0e7
    coupling: float = 650.0
    air: float = 20.0
    walls: float = 18.5

    def step(self, seconds: float, heat: float, outdoors: float) -> None:
        """Let time pass with so much heat given to the air."""
        drafts = 0.4 * self.loss * (self.air - outdoors)
        outside = 0.6 * self.loss * (self.walls - outdoors)
        between = self.coupling * (self.air - self.walls)
        self.air += (heat - drafts - between) * seconds / self.air_capacity
        self.walls += (between - outside) * seconds / self.wall_capacity


def comfort(now: float) -> float:
    """Return what a family wants: 21 °C by day, 18.5 °C at night."""
    hour = now / HOUR % 24
    return 21.0 if 6 <= hour < 22 else 18.5
