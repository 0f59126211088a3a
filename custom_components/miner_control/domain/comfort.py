"""Which temperature a room should have: by hand, by a preset, or by a schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Mode(StrEnum):
    """What a thermostat follows: nothing, a temperature, or a schedule."""

    OFF = "off"
    HEAT = "heat"
    AUTO = "auto"


class Preset(StrEnum):
    """How warm it should be, by what people do."""

    AWAY = "away"
    SLEEP = "sleep"
    COMFORT = "comfort"
    BOOST = "boost"


# These go before a schedule: nobody is at home, or it shall be warm at once.
_BEFORE_SCHEDULE: Final = (Preset.AWAY, Preset.BOOST)


@dataclass(slots=True, kw_only=True)
class Comfort:
    """What was chosen for a room, over a restart."""

    temperatures: Mapping[Preset, float]
    mode: Mode = Mode.OFF
    preset: Preset | None = Preset.COMFORT
    # What was set by hand; in the mode that follows a schedule, until that changes.
    by_hand: float | None = None

    def target(self, scheduled: Preset | float | None) -> float:
        """Return the temperature to aim at in a mode that heats."""
        if self.by_hand is not None:
            return self.by_hand
        preset = self.preset or Preset.COMFORT
        follows = self.mode is Mode.AUTO and preset not in _BEFORE_SCHEDULE
        if follows and scheduled is not None:
            if isinstance(scheduled, Preset):
                return self.temperatures[scheduled]
            return scheduled
        return self.temperatures[preset]

    def set_by_hand(self, celsius: float) -> None:
        """Aim at a temperature that somebody chose."""
        self.by_hand = celsius
        if self.mode is not Mode.AUTO:
            self.preset = None

    def choose(self, preset: Preset | None) -> None:
        """Aim at what a preset stands for; None ends it."""
        if preset is None and self.preset is not None and self.by_hand is None:
            self.by_hand = self.temperatures[self.preset]
        elif preset is not None:
            self.by_hand = None
        self.preset = preset

    def note_schedule_changed(self) -> None:
        """Let the schedule decide again, where one is followed."""
        if self.mode is Mode.AUTO:
            self.by_hand = None

    def store(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"mode": self.mode, "preset": self.preset, "by_hand": self.by_hand}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on with what was kept, as far as that is sound."""
        if stored.get("mode") in set(Mode):
            self.mode = Mode(stored["mode"])
        if "preset" in stored:
            known = stored["preset"] in set(Preset)
            self.preset = Preset(stored["preset"]) if known else None
        by_hand = stored.get("by_hand")
        self.by_hand = float(by_hand) if isinstance(by_hand, int | float) else None
