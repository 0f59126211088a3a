"""Five kinds of miners as a room feels them: what they take, and how slowly."""

from dataclasses import dataclass
from math import exp
from typing import Final

from custom_components.miner_control.domain.power_target import PowerReach


@dataclass(slots=True)
class HeatingMiner:
    """A miner that warms up, follows what it is told, and counts what that cost.

    `lag` is the time in seconds that its heat takes to reach the room; `startup` how
    long it hashes nothing after a start, or after a step that restarts mining.
    """

    name: str
    reach: PowerReach | None
    full: float
    lag: float = 240.0
    startup: float = 120.0
    is_mining: bool = False
    told: float = 0.0
    watts: float = 0.0
    heat: float = 0.0
    starts: int = 0
    quick: int = 0
    energy: float = 0.0
    _busy_until: float = 0.0
    _told_at: float | None = None

    def tell(self, now: float, *, mine: bool | None, watts: float | None) -> None:
        """Have the miner do something, and note whether that came too soon."""
        if mine is not None and mine is not self.is_mining:
            self.is_mining = mine
            if mine:
                self._restart(now)
        if watts is None or self.reach is None:
            return
        if self._told_at is not None and now - self._told_at < self.reach.settle:
            self.quick += 1
        self._told_at, self.told = now, watts
        if self.reach.restarts and self.is_mining and mine is None:
            self._restart(now)

    def step(self, now: float, seconds: float) -> None:
        """Let time pass."""
        setting = self.full if self.reach is None else self.told
        works = self.is_mining and now >= self._busy_until
        self.watts = setting if works else 15.0 + 0.1 * setting * self.is_mining
        self.heat += (self.watts - self.heat) * (1 - exp(-seconds / self.lag))
        self.energy += self.watts * seconds / 3.6e6

    def _restart(self, now: float) -> None:
        """Begin to mine anew."""
        self.starts += 1
        self._busy_until = now + self.startup


def miners() -> tuple[HeatingMiner, ...]:
    """Return one of each kind, all off."""
    return (
        HeatingMiner(
            "limit in W, live",
            PowerReach(floor=800, ceiling=2400, step=48, settle=120),
            2400,
        ),
        HeatingMiner(
            "limit in W, tunes itself anew",
            PowerReach(floor=800, ceiling=2400, step=120, settle=900, restarts=True),
            2400,
        ),
        HeatingMiner(
            "presets, live",
            PowerReach(
                floor=800,
                ceiling=2400,
                steps=tuple(range(800, 2401, 200)),
                step=200,
                settle=300,
            ),
            2400,
        ),
        HeatingMiner(
            "three modes, each restarts mining",
            PowerReach(
                floor=800,
                ceiling=2000,
                steps=(800, 1400, 2000),
                step=600,
                settle=600,
                restarts=True,
            ),
            2000,
        ),
        HeatingMiner(ON_OFF, None, 1500),
    )


ON_OFF: Final = "only on or off"
