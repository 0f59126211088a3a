"""A room that an emulated miner heats."""

from math import exp

from .device import EmulatedMiner

_JOULES_PER_KWH = 3_600_000.0


class Room:
    """A room that loses to the cold what the miner's power does not make up for.

    Nothing runs in the background: how warm it is follows from the energy that the
    miner has drawn since it was looked at last.
    """

    def __init__(
        self,
        miner: EmulatedMiner,
        *,
        temperature: float = 20.0,
        outdoors: float = 8.0,
        loss: float = 100.0,
        capacity: float = 600_000.0,
    ) -> None:
        """Have a temperature in °C.

        The room loses `loss` W for each kelvin that it is warmer than outdoors, and
        takes `capacity` J to get one warmer.
        """
        self._miner = miner
        self._outdoors = outdoors
        self._loss = loss
        self._time_constant = capacity / loss
        self._known = temperature
        self._energy = miner.energy
        self._at = miner.clock.now()

    @property
    def temperature(self) -> float:
        """Return how warm it is now."""
        now, energy = self._miner.clock.now(), self._miner.energy
        elapsed = now - self._at
        if elapsed > 0.0:
            watts = (energy - self._energy) * _JOULES_PER_KWH / elapsed
            steady = self._outdoors + watts / self._loss
            share = exp(-elapsed / self._time_constant)
            self._known = steady + (self._known - steady) * share
            self._at, self._energy = now, energy
        return self._known
