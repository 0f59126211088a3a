"""What a fleet of miners can be told to do."""

from enum import StrEnum


class FleetMode(StrEnum):
    """How a fleet finds out how much power its miners may draw."""

    OFF = "off"
    # It decides and shows that, and does nothing.
    OBSERVE = "observe"
    BUDGET = "budget"
    SURPLUS = "surplus"

    @property
    def acts(self) -> bool:
        """Tell whether miners are told anything."""
        return self in (FleetMode.BUDGET, FleetMode.SURPLUS)


class PositiveMeans(StrEnum):
    """What a grid meter means by a positive value."""

    IMPORT = "import"
    EXPORT = "export"
