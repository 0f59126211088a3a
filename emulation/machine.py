"""The physics of a mining machine: hash rate, watts, temperatures, energy."""

from dataclasses import dataclass
import math

from .clock import Clock, Ramp

PSU_EFFICIENCY = 0.93
"""Share of the wall's watts that the machine itself can measure."""

AMBIENT = 24.0
_RIPPLE_PERIOD = 47.0
_SECONDS_PER_SHARE = 6.0
_KWH = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Rating:
    """What a model does at full load, as its own API measures it."""

    hashrate: float
    """TH/s."""
    watts: float
    idle_watts: float
    boot_watts: float
    frequency: float
    """MHz."""
    boards: int = 3
    chips: int = 100
    """Chips on each board."""
    fans: int = 4
    fan_rpm: int = 6000
    chip_rise: float = 46.0
    """Degrees above the ambient temperature."""
    board_rise: float = 38.0
    chip_spread: float = 0.15
    """By which share of that rise the hottest and the coolest chip differ from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a machine does at a moment."""

    hashrate: float = 0.0
    """TH/s."""
    watts: float = 0.0
    """From the wall."""
    own_watts: float = 0.0
    chip_temperature: float = AMBIENT


class Machine:
    """The body of a device, without any interface."""

    def __init__(
        self,
        rating: Rating,
        clock: Clock,
        *,
        warm_up: float,
        ripple: float = 0.0,
        phase: float = 0.0,
    ) -> None:
        """Be off."""
        self.rating = rating
        self.clock = clock
        self.warm_up = warm_up
        self._ripple = ripple
        self._phase = phase
        self._load = Ramp(clock)
        self._draw = Ramp(clock)
        self._counted_from = 0.0
        # How often it began to hash from nothing.
        self.starts = 0
        # What it did when it last lost its work: how far a warm-up had come.
        self.last_figures = Figures()

    @property
    def load(self) -> float:
        """Return the share of the rated hash rate that it makes now."""
        return self._load.value * self._wave()

    @property
    def hashrate(self) -> float:
        """Return the hash rate now in TH/s."""
        return self.rating.hashrate * self.load

    @property
    def own_watts(self) -> float:
        """Return the watts that the machine measures behind its supply."""
        return self._draw.value * self._wave()

    @property
    def wall_watts(self) -> float:
        """Return the watts that it draws from the wall."""
        return self.own_watts / PSU_EFFICIENCY

    @property
    def energy(self) -> float:
        """Return the kWh drawn from the wall since it was made."""
        return self._draw.integral / PSU_EFFICIENCY / _KWH

    @property
    def shares(self) -> int:
        """Return the shares accepted since counting was begun."""
        return int(self.worked / _SECONDS_PER_SHARE)

    @property
    def worked(self) -> float:
        """Return the seconds at full load since counting was begun."""
        return self._load.integral - self._counted_from

    @property
    def chip_temperature(self) -> float:
        """Return the mean temperature of the chips."""
        return AMBIENT + self.rating.chip_rise * self._load.value

    @property
    def chip_spread(self) -> float:
        """Return by how much the hottest and the coolest chip differ from the mean."""
        return (self.chip_temperature - AMBIENT) * self.rating.chip_spread

    @property
    def board_temperature(self) -> float:
        """Return the mean temperature of the boards."""
        return AMBIENT + self.rating.board_rise * self._load.value

    def off(self) -> None:
        """Draw nothing."""
        self._lose_work()
        self._draw.go(0.0)

    def boot(self) -> None:
        """Draw what the control board needs to come up."""
        self._lose_work()
        self._draw.go(self.rating.boot_watts)

    def idle(self) -> None:
        """Stop hashing at once, while the watts take a moment to fall."""
        self._lose_work()
        self._draw.go(self.rating.idle_watts, self.warm_up / 3)

    def hash_at(self, load: float, watts: float, lag: float = 0.0) -> None:
        """Ramp to a share of the rated hash rate and the watts that it takes.

        The watts may lag behind: some firmware tunes its chips for minutes.
        """
        self.starts += self._load.target == 0.0 < load
        if self._load.target != load or self._load.value == 0.0:
            self._load.go(load, self.warm_up)
            self._draw.go(watts, max(self.warm_up, lag))
        elif self._draw.target != watts:
            self._draw.go(watts, lag)

    def settle(self) -> None:
        """Skip the ramp."""
        self._load.go(self._load.target)
        self._draw.go(self._draw.target)

    def halt(self) -> None:
        """Lose the work in hand, as a restart of the mining software does."""
        self._lose_work()
        self._draw.go(self.rating.idle_watts)

    def restart_counters(self) -> None:
        """Count shares from zero again."""
        self._counted_from = self._load.integral

    def watts_at(self, load: float) -> float:
        """Return the watts that the machine measures at a steady load."""
        rating = self.rating
        return rating.idle_watts + (rating.watts - rating.idle_watts) * load

    def load_at(self, watts: float) -> float:
        """Return the load that takes a number of watts."""
        rating = self.rating
        usable = max(0.0, watts - rating.idle_watts)
        return usable / (rating.watts - rating.idle_watts)

    def _lose_work(self) -> None:
        """Hash nothing from now on."""
        if self._load.value:
            self.last_figures = Figures(
                hashrate=self.hashrate,
                watts=self.wall_watts,
                own_watts=self.own_watts,
                chip_temperature=self.chip_temperature,
            )
        self._load.go(0.0)

    def _wave(self) -> float:
        angle = 2 * math.pi * self.clock.now() / _RIPPLE_PERIOD + self._phase
        return 1.0 + self._ripple * math.sin(angle)
