"""Have each kind of miner heat the house for a month, by two thermostats."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Final, Protocol

from custom_components.miner_control.domain.thermostat import (
    HeatingLimits,
    Situation,
    Thermostat,
)

from .house import DAY, HOUR, STEP, House, Weather, comfort
from .miners import HeatingMiner

DAYS: Final = 30
# While the thermostat learns the room, nothing is counted.
LEARNING: Final = 2 * DAY
# How often a thermostat looks.
LOOK: Final = 60.0
# What a sensor of the room is wrong by, and rounds to.
NOISE: Final = 0.03
RESOLUTION: Final = 0.1


class Regulator(Protocol):
    """What looks at a room and tells a miner what to do."""

    def look(self, now: float, room: float, outdoors: float) -> None:
        """Look at the room, and tell the miner what it is to do."""


@dataclass
class OurThermostat:
    """The thermostat of this project."""

    miner: HeatingMiner
    has_outdoor_sensor: bool = True
    brain: Thermostat = field(default_factory=lambda: Thermostat(HeatingLimits()))
    seconds: list[float] = field(default_factory=list)

    def look(self, now: float, room: float, outdoors: float) -> None:
        """Decide, and note how long that took."""
        situation = Situation(
            now=now,
            target=comfort(now),
            room=room,
            outdoors=outdoors if self.has_outdoor_sensor else None,
            watts=self.miner.watts,
            usual_watts=self.miner.full,
            is_mining=self.miner.is_mining,
            hashes=self.miner.watts > self.miner.full / 4,
            reach=self.miner.reach,
        )
        begin = perf_counter()
        decision = self.brain.decide(situation)
        self.seconds.append(perf_counter() - begin)
        if decision.mine is None and decision.watts is None:
            return
        self.miner.tell(now, mine=decision.mine, watts=decision.watts)
        self.brain.note_told(decision, now)
        reach = self.miner.reach
        if reach and reach.restarts and decision.mine is None:
            self.brain.note_restart(now)


@dataclass
class GenericThermostat:
    """The rules of Home Assistant's generic thermostat, as it documents them.

    It turns on at the cold tolerance below the target, off at the hot one above it,
    and does neither before `min_cycle` seconds have passed.
    """

    miner: HeatingMiner
    tolerance: float = 0.3
    min_cycle: float = 1800.0
    _changed_at: float = 0.0

    def look(self, now: float, room: float, outdoors: float) -> None:  # noqa: ARG002
        """Turn the miner on or off where the room has left the tolerances."""
        if now - self._changed_at < self.min_cycle:
            return
        is_on, target = self.miner.is_mining, comfort(now)
        if is_on and room >= target + self.tolerance:
            self._turn(now, on=False)
        elif not is_on and room <= target - self.tolerance:
            self._turn(now, on=True)

    def _turn(self, now: float, *, on: bool) -> None:
        """Turn the miner on, at full power, or off."""
        self.miner.tell(now, mine=on, watts=self.miner.full if on else None)
        self._changed_at = now


@dataclass(slots=True)
class Month:
    """What came of a month: K, starts, kWh and seconds."""

    name: str
    deviation: float
    overshoot: float
    starts_a_day: float
    most_starts: int
    quick: int
    kilowatt_hours: float
    decision: float
    course: list[tuple[float, float, float, float, float]]


def heat(
    miner: HeatingMiner,
    regulate: Callable[[HeatingMiner], Regulator],
    *,
    days: int = DAYS,
) -> Month:
    """Heat the house for some days, and return how well that went.

    The deviation is that of the room from what is wanted while the miner could do
    something about it: not while the house cools down with the miner at rest, nor
    while it warms up with all power. The overshoot is how far the room got above the
    target by the miner's own heat.
    """
    house, weather, regulator = House(), Weather(), regulate(miner)
    random = Random(16)  # noqa: S311 - it makes noise
    course: list[tuple[float, float, float, float, float]] = []
    off_by: list[float] = []
    above = [0.0]
    starts: dict[int, int] = {}
    now, last_heated, wanted, reached = 0.0, 0.0, comfort(0.0), False
    while now < days * DAY:
        outdoors = weather.outdoors(now)
        if now % LOOK == 0:
            noisy = house.air + random.gauss(0, NOISE)
            before = miner.starts
            regulator.look(now, round(noisy / RESOLUTION) * RESOLUTION, outdoors)
            day = int(now // DAY)
            starts[day] = starts.get(day, 0) + miner.starts - before
        miner.step(now, STEP)
        house.step(STEP, miner.heat + weather.sun(now), outdoors)
        now += STEP
        target = comfort(now)
        if target != wanted:
            wanted, reached = target, False
        # Reached from whichever side: from then on the thermostat is to blame.
        reached = reached or abs(house.air - target) <= 0.3
        if miner.watts > miner.full / 4:
            last_heated = now
        if now >= LEARNING and reached:
            off_by.append(abs(house.air - target))
            if now - last_heated <= HOUR:
                above.append(house.air - target)
        if now % 600 == 0:
            course.append((now, house.air, target, miner.watts, outdoors))
    seconds = regulator.seconds if isinstance(regulator, OurThermostat) else [0.0]
    return Month(
        name=miner.name,
        deviation=sum(off_by) / len(off_by),
        overshoot=max(above),
        starts_a_day=miner.starts / days,
        most_starts=max(starts.values()),
        quick=miner.quick,
        kilowatt_hours=miner.energy,
        decision=sum(seconds) / len(seconds),
        course=course,
    )
