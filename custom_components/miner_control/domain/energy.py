"""The energy that a miner used, counted without jumps."""

from dataclasses import dataclass
from typing import Final

# Longer than any interval between two looks at a provider that serves.
MAX_GAP: Final = 120.0
_WATT_SECONDS_PER_KWH: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergySample:
    """What the provider of energy or of power tells at a time in seconds.

    One of the two is given: the provider's counter in kWh, or its power in W.
    """

    provider_id: str
    time: float
    counter: float | None = None
    watts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReading:
    """What a provider's counter told when a total of energy had been counted."""

    provider_id: str
    counter: float
    total: float


class EnergyCounter:
    """Count kWh from a provider's own counter, or from its power.

    The count never goes back. Only what lies between two samples of the same
    provider and of the same kind counts; a change of either starts anew, and so
    does a counter that was reset. Nothing is counted across a gap in the power;
    a provider's own counter knows what happened meanwhile, also while nobody
    looked, if it is known what it told before.
    """

    def __init__(self, total: float = 0.0, told: CounterReading | None = None) -> None:
        """Go on from a total in kWh, and from what a counter told before."""
        self.total = total
        # What the counter told that served last, to go on from after a restart.
        self.told = told
        self._last: EnergySample | None = None
        self._is_resuming = told is not None
        self._first_counter: float | None = None

    def add(self, sample: EnergySample | None) -> float:
        """Take a sample, None where nobody serves, and return the total in kWh."""
        last, self._last = self._last, sample
        if sample is None:
            return self.total
        if self._has_no_news(last, sample):
            self._is_resuming, self._first_counter = True, sample.counter
        if not self._resume(sample) and last is not None:
            self.total += _between(last, sample)
        if sample.counter is not None and not self._is_resuming:
            self.told = CounterReading(
                provider_id=sample.provider_id, counter=sample.counter, total=self.total
            )
        return self.total

    def _has_no_news(self, last: EnergySample | None, sample: EnergySample) -> bool:
        """Tell whether a counter is back with what it had told before it was away."""
        if self.told is None or sample.counter != self.told.counter:
            return False
        is_back = last is None or last.counter is None
        return is_back and sample.provider_id == self.told.provider_id

    def _resume(self, sample: EnergySample) -> bool:
        """Count what a counter counted while we were away; tell whether it told that.

        Others may have counted a part of it by now. The first that is heard of the
        counter may be from before they did, so its next news are needed as well.
        """
        told, counter = self.told, sample.counter
        if counter is None or told is None or not self._is_resuming:
            return False
        if sample.provider_id != told.provider_id or counter < told.counter:
            self._is_resuming = False
            return False
        self.total = max(self.total, told.total + counter - told.counter)
        if self._first_counter is None:
            self._first_counter = counter
        self._is_resuming = counter == self._first_counter
        return True


def _between(last: EnergySample, sample: EnergySample) -> float:
    """Return the energy between two samples in kWh, 0 if they do not fit."""
    if last.provider_id != sample.provider_id:
        return 0.0
    if last.counter is not None and sample.counter is not None:
        return max(0.0, sample.counter - last.counter)
    if last.watts is None or sample.watts is None:
        return 0.0
    elapsed = sample.time - last.time
    if not 0 < elapsed <= MAX_GAP:
        return 0.0
    # Power holds until it changes: a plug speaks only then.
    return last.watts * elapsed / _WATT_SECONDS_PER_KWH
