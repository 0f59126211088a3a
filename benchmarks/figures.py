"""Figures of several rounds: their middle, and how far they spread."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Self, override


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several rounds, with the lowest and the highest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Return the figure of some rounds, of which there must be one at least."""
        rounds = sorted(values)
        return cls(median(rounds), rounds[0], rounds[-1])

    def ratio_to(self, other: Figure) -> float:
        """Return how many times the other this one is."""
        return self.middle / other.middle if other.middle else float("nan")

    @override
    def __str__(self) -> str:
        """Show the middle, and the spread where there is any."""
        if self.low == self.high:
            return f"{self.middle:.3g}"
        return f"{self.middle:.3g} ({self.low:.3g}-{self.high:.3g})"
