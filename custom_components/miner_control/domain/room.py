"""How much heat a room needs, and whether its sensor can be believed.

Times are seconds on one clock that goes on over a restart, temperatures are °C.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# By how many K the room may be too cold until all power is asked for.
BAND: Final = 2.0
# In which time what is still missing is added to what is asked for.
RESET_TIME: Final = 9_000.0
# In which time what had to be added becomes what is known of the room.
LEARNING_TIME: Final = 86_400.0
# What is assumed outdoors where no sensor tells.
OUTDOORS: Final = 10.0
# The least difference between indoors and outdoors that teaches anything, in K.
_LEAST_DIFFERENCE: Final = 3.0
# At how many K above outdoors all power would be needed, at first and at most.
_FIRST_SPAN: Final = 40.0
_LEAST_SPAN: Final = 5.0
# No time that passed between two looks is longer: nothing is made up for a gap.
_LONGEST: Final = 600.0

# A leap by so many K within so many seconds is not believed before it lasts.
_LEAP: Final = 4.0
_LEAP_TIME: Final = 600.0
_LASTING: Final = 900.0
# A reading that never changes is stuck: after hours at full power, or after a day.
STUCK_AT_FULL_POWER: Final = 3 * 3600.0
STUCK: Final = 24 * 3600.0
_SAME: Final = 0.005


@dataclass(slots=True)
class RoomControl:
    """Work out the power that a room needs: by what it loses, and by what is missing.

    `gain` is what the room needs for each kelvin that it is warmer than outdoors, in
    W, as learned; `missing` the W that had to be added to that. `steady` is what it
    needs once it is as warm as it should be.
    """

    gain: float | None = None
    missing: float = 0.0
    steady: float = 0.0

    def need(
        self,
        *,
        target: float,
        room: float,
        outdoors: float | None,
        ceiling: float,
        elapsed: float,
        is_held: bool = False,
    ) -> float:
        """Return the power in W that the room needs now, from 0 to the ceiling.

        Nothing is added up while the miner `is_held` by somebody else, or while it
        heats all that it can: what is missing would only grow.
        """
        elapsed = min(max(elapsed, 0.0), _LONGEST)
        if self.gain is None:
            self.gain = ceiling / _FIRST_SPAN
        difference = max(target - (OUTDOORS if outdoors is None else outdoors), 0.0)
        error = target - room
        per_kelvin = ceiling / BAND
        known = self.gain * difference
        self.steady = min(max(known + self.missing, 0.0), ceiling)
        wished = known + per_kelvin * error + self.missing
        is_saturated = (wished >= ceiling and error > 0) or (wished <= 0 and error < 0)
        if not is_held and not is_saturated:
            self.missing += per_kelvin * error * elapsed / RESET_TIME
            self.missing = min(max(self.missing, -ceiling), ceiling)
            self._learn(difference, ceiling, elapsed)
        return min(max(wished, 0.0), ceiling)

    def forget(self) -> None:
        """Forget what was learned of the room."""
        self.gain, self.missing, self.steady = None, 0.0, 0.0

    def _learn(self, difference: float, ceiling: float, elapsed: float) -> None:
        """Turn what is missing all the time into what is known of the room.

        What is asked for stays the same by that.
        """
        if self.gain is None or difference < _LEAST_DIFFERENCE:
            return
        learned = self.missing * elapsed / LEARNING_TIME / difference
        gain = min(max(self.gain + learned, 0.0), ceiling / _LEAST_SPAN)
        self.missing -= (gain - self.gain) * difference
        self.gain = gain


@dataclass(slots=True)
class RoomSensor:
    """Tell a reading that can be believed from one that cannot."""

    celsius: float | None = None
    seen_at: float = 0.0
    changed_at: float = 0.0
    full_since: float | None = None
    _is_stuck: bool = False
    _leapt_at: float | None = None
    _leapt_to: float = 0.0

    def note(self, celsius: float, now: float, *, at_full_power: bool) -> float | None:
        """Return what to believe of a reading: itself, the one before, or None.

        None stands for a sensor that is stuck.
        """
        if self.celsius is None or self._is_believed(celsius, now):
            if self.celsius is None or abs(celsius - self.celsius) > _SAME:
                self.changed_at, self._is_stuck = now, False
            self.celsius, self.seen_at, self._leapt_at = celsius, now, None
        if not at_full_power:
            self.full_since = None
        elif self.full_since is None:
            self.full_since = now
        self._is_stuck = self._is_stuck or self._has_stuck(now)
        return None if self._is_stuck else self.celsius

    def _has_stuck(self, now: float) -> bool:
        """Tell whether the sensor shows the same for longer than any room would.

        It is stuck from then on until it shows something else.
        """
        if now - self.changed_at >= STUCK:
            return True
        heated = 0.0 if self.full_since is None else now - self.full_since
        return min(heated, now - self.changed_at) >= STUCK_AT_FULL_POWER

    def _is_believed(self, celsius: float, now: float) -> bool:
        """Tell whether the room can be that warm by now, or has been for a while."""
        assert self.celsius is not None  # noqa: S101 - the caller has looked
        if now - self.seen_at > _LEAP_TIME or abs(celsius - self.celsius) < _LEAP:
            return True
        if self._leapt_at is None or abs(celsius - self._leapt_to) >= _LEAP:
            self._leapt_at, self._leapt_to = now, celsius
        # While it is not believed, the one before counts as seen, but not for long.
        if now - self._leapt_at >= _LASTING:
            return True
        self.seen_at = now
        return False


def stored_room(control: RoomControl) -> dict[str, Any]:
    """Return what is stored of a room."""
    return {"gain": control.gain, "missing": control.missing}


def restored_room(stored: Mapping[str, Any]) -> RoomControl:
    """Return a room of which something was stored, as far as that is sound."""
    gain, missing = stored.get("gain"), stored.get("missing")
    return RoomControl(
        gain if isinstance(gain, int | float) and 0 <= gain < 1e5 else None,
        missing if isinstance(missing, int | float) and abs(missing) < 1e5 else 0.0,
    )
