"""The energy that a miner used, counted without jumps."""

from dataclasses import dataclass
from typing import Final

from .counters import CounterTrack, Explanation

# Longer than any interval between two looks at a provider that serves.
MAX_GAP: Final = 120.0
# A counter may have counted that many times what was measured: meters differ.
_DOUBT: Final = 3.0
# What a counter may be off by: this long at the highest power, but not less than kWh.
_SPARE_SECONDS: Final = 3600.0
_LEAST_SPARE: Final = 0.1
# Where nobody measures the power: more than any single miner draws in W, and in kWh
# what hardly any counter is off by.
_MOST_WATTS: Final = 20_000.0
_MOST_SPARE: Final = 10.0
# For how long the highest power is remembered, in seconds.
_PEAK_SECONDS: Final = 3600.0
# A power in W that is suddenly so high has to be told twice, or for this long.
_SUSPICIOUS_WATTS: Final = 5000.0
_SUSPICIOUS_SECONDS: Final = 300.0
# For how many seconds after a cut a counter may still tell of the time before it.
_LAG: Final = 15.0
_WATT_SECONDS_PER_KWH: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergySample:
    """What is told at a time in seconds, on a clock that never goes back.

    `counter` is what the counter of a provider tells in kWh, and counts if it is
    given. Else the power counts, that a meter tells in W. `is_off` tells that the
    miner is known to have no power.
    """

    provider_id: str | None = None
    time: float
    counter: float | None = None
    watts: float | None = None
    meter_id: str | None = None
    is_off: bool = False

    @property
    def power_id(self) -> str | None:
        """Return who tells the power."""
        return self.meter_id or self.provider_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReading:
    """What a provider's counter told when a total of energy had been counted."""

    provider_id: str
    counter: float
    total: float


class EnergyCounter:
    """Count kWh from a provider's own counter, or from its power.

    The count never goes back, and nothing is counted while the power is known to be
    off. Power counts from one sample of a meter to its next, but not across a gap. A
    counter knows what happened meanwhile, also while nobody looked; it is believed
    as far as the power explains that.
    """

    def __init__(
        self,
        total: float = 0.0,
        told: CounterReading | None = None,
        *,
        watts: float | None = None,
        elapsed: float = 0.0,
    ) -> None:
        """Go on from a total in kWh, and from what a counter told before.

        `watts` is the highest power at that time, which was `elapsed` seconds ago.
        """
        self.total = total
        self._power = _Power(watts)
        self._last: EnergySample | None = None
        self._off_since: float | None = None
        self._track: CounterTrack | None = None
        # Until the counter is heard: it knows what was used while nobody looked.
        self._is_resuming = told is not None
        if told is not None:
            self._track = CounterTrack(
                told.provider_id, told.counter, told.total, self._power.explanation
            )
            self._track.note_absence()
        self._power.pass_time(elapsed)

    @property
    def told(self) -> CounterReading | None:
        """Return what the counter told that served last, to go on from there."""
        if self._track is None:
            return None
        mark = self._track.mark
        return CounterReading(
            provider_id=self._track.provider_id, counter=mark.counter, total=mark.total
        )

    @property
    def watts(self) -> float | None:
        """Return the highest power of late in W, None where nobody measured it."""
        return self._power.highest

    def add(self, sample: EnergySample | None) -> float:
        """Take a sample, None where nobody serves, and return the total in kWh."""
        last, self._last = self._last, sample
        if sample is None:
            self._power.forget_doubt()
            return self.total
        drawn = self._power.add(last, sample)
        self._note_power(sample)
        if sample.counter is not None and sample.provider_id is not None:
            self._count(sample, sample.provider_id, sample.counter)
        else:
            if self._track is not None:
                self._track.note_absence()
            if last is not None and last.counter is None:
                self.total += drawn
        return self.total

    def _note_power(self, sample: EnergySample) -> None:
        """Remember since when the power is off."""
        if not sample.is_off:
            self._off_since = None
        elif self._off_since is None:
            self._off_since = sample.time

    def _count(self, sample: EnergySample, provider_id: str, counter: float) -> None:
        """Count what a counter adds."""
        power = self._power.explanation
        if self._track is None or self._track.provider_id != provider_id:
            self._track = CounterTrack(provider_id, counter, self.total, power)
        elif self._off_since is None or self._is_resuming:
            self.total = self._track.follow(counter, self.total, power)
        else:
            may_lag = sample.time - self._off_since < _LAG
            self.total = self._track.skip(counter, self.total, power, may_lag=may_lag)
        self._is_resuming = False


class _Power:
    """Sum up what the power explains."""

    def __init__(self, highest: float | None) -> None:
        """Begin with the highest power that is known in W."""
        self.explanation = Explanation()
        self._peaks: tuple[float | None, float | None] = (highest, None)
        self._peak_begin: float | None = None
        self._time: float | None = None
        self._was_off = False
        # For how long a power has been told that is not believed yet.
        self._doubtful = 0.0
        self._note_spare()

    @property
    def highest(self) -> float | None:
        """Return the highest power of the last hour or so."""
        return max((p for p in self._peaks if p is not None), default=None)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in which a miner may have run that nobody looked at."""
        highest = self.highest
        watts = _MOST_WATTS if highest is None else highest * _DOUBT
        self.explanation.at_most += watts * max(seconds, 0.0) / _WATT_SECONDS_PER_KWH

    def forget_doubt(self) -> None:
        """Forget what was told before nobody told anything."""
        self._doubtful = 0.0

    def add(self, last: EnergySample | None, sample: EnergySample) -> float:
        """Take a sample and the one before; return what was drawn between, in kWh."""
        before, self._time = self._time, sample.time
        was_off, self._was_off = self._was_off, sample.is_off
        drawn = 0.0
        if last is not None and not last.is_off:
            drawn = self._between(last, sample)
        if before is not None and not was_off:
            self.pass_time(sample.time - before)
        self.explanation.drawn += drawn
        return drawn

    def _between(self, last: EnergySample, sample: EnergySample) -> float:
        """Return the energy between two samples in kWh, 0 if they do not fit."""
        elapsed = sample.time - last.time
        if last.watts is None or last.power_id != sample.power_id:
            self.forget_doubt()
            return 0.0
        if sample.watts is None or not 0 < elapsed <= MAX_GAP:
            self.forget_doubt()
            return 0.0
        # Power holds until it changes: a plug speaks only then.
        watts = last.watts
        if self._is_suspicious(watts):
            elapsed += self._doubtful
            is_same = sample.watts == watts and not sample.is_off
            if is_same and elapsed < _SUSPICIOUS_SECONDS:
                self._doubtful = elapsed
                return 0.0
            others = sample.watts if not sample.is_off else self.highest
            watts = min(watts, others or 0.0)
        self.forget_doubt()
        self._note_peak(watts, sample.time)
        return watts * elapsed / _WATT_SECONDS_PER_KWH

    def _is_suspicious(self, watts: float) -> bool:
        """Tell whether a power is far beyond all that was told of late."""
        highest = self.highest
        if highest is None or watts <= _SUSPICIOUS_WATTS:
            return False
        return watts > highest * _DOUBT

    def _note_peak(self, watts: float, time: float) -> None:
        """Remember a power that was told twice, and forget what was long ago."""
        now, before = self._peaks
        if self._peak_begin is None or time - self._peak_begin > _PEAK_SECONDS:
            self._peak_begin, now, before = time, None, now
        self._peaks = (watts if now is None else max(now, watts), before)
        self._note_spare()

    def _note_spare(self) -> None:
        """Work out what a counter may be off by."""
        highest = self.highest
        if highest is None:
            self.explanation.spare = _MOST_SPARE
        else:
            used = highest * _SPARE_SECONDS / _WATT_SECONDS_PER_KWH
            self.explanation.spare = max(used, _LEAST_SPARE)
