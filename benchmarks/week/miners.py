"""Six miners of different kinds, as simple models of what they draw."""

from dataclasses import dataclass, field
from typing import Any

from custom_components.miner_control.domain.budget import Condition, Member


@dataclass
class Model:
    """A miner that draws more or less than it is told, and not at once.

    It boots for `boot` seconds before it hashes, with `booting` W, and then takes
    `ramp` seconds to its watts. It draws `error` times what it is told.
    """

    member: Member
    boot: float = 30.0
    booting: float = 40.0
    ramp: float = 30.0
    error: float = 1.0
    standby: float = 8.0
    told: float = 0.0
    power: float = field(init=False)
    starts: int = 0
    _boots: float = 0.0

    def __post_init__(self) -> None:
        """Begin idle."""
        self.power = self.standby

    @property
    def condition(self) -> Condition:
        """Return what the fleet sees of it."""
        return Condition(
            power=self.power,
            target=self.told or None,
            mining=self.told > 0,
            starting=self._boots > 0,
        )

    def tell(self, watts: float) -> None:
        """Start it, stop it, or have it draw other watts."""
        if watts == self.told:
            return
        if watts and (not self.told or self.member.restarts):
            self.starts += 1
            self._boots = self.boot
        self.told = watts

    def step(self, seconds: float) -> None:
        """Let some seconds pass."""
        if not self.told:
            self.power, self._boots = self.standby, 0.0
        elif self._boots > 0:
            self._boots -= seconds
            self.power = self.booting
        else:
            goal = self.told * self.error
            self.power += (goal - self.power) * min(1.0, seconds / self.ramp)


def all_kinds() -> list[Model]:
    """Return one of each kind, as their owner would set them.

    Those that follow the sun best come first: they run for the longest.
    """
    return [
        Model(
            _member(
                "frequency steps",
                priority=95,
                floor=60,
                ceiling=110,
                steps=(60, 70, 80, 90, 100, 110),
                step=10,
                settle=30,
            ),
            boot=20,
            booting=15,
            ramp=10,
            standby=3,
        ),
        Model(
            _member(
                "power limit",
                priority=90,
                floor=900,
                ceiling=3000,
                step=50,
                settle=40,
            ),
            boot=60,
            error=0.99,
        ),
        Model(
            _member(
                "presets",
                priority=80,
                floor=1000,
                ceiling=2800,
                steps=tuple(range(1000, 2801, 200)),
                step=200,
                settle=90,
            ),
            boot=90,
            error=1.03,
        ),
        Model(
            _member(
                "slow start",
                priority=70,
                floor=1400,
                ceiling=2800,
                step=100,
                settle=90,
            ),
            boot=300,
            booting=60,
            ramp=60,
            error=1.01,
        ),
        Model(
            _member(
                "modes that restart",
                priority=60,
                floor=800,
                ceiling=1600,
                steps=(800, 1300, 1600),
                step=300,
                settle=300,
                restarts=True,
            ),
            boot=180,
            booting=90,
            error=0.98,
        ),
        Model(
            _member("on/off only", priority=50, floor=1250, ceiling=1250, settle=60),
            ramp=15,
            error=1.02,
            standby=0,
        ),
    ]


def _member(name: str, **details: Any) -> Member:
    """Return a member that runs for 10 minutes at least, and rests for 5."""
    return Member(id=name, min_on=600, min_off=300, **details)
