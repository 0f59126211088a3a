"""What the user says of an entity that its state does not: scale, offset, age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from ...const import CONF_MAX_AGE, CONF_OFFSET, CONF_SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """How the number of an entity becomes the true one, and when it is too old.

    The number is scaled and shifted in the entity's own unit, before conversion.
    """

    scale: float = 1.0
    offset: float = 0.0
    max_age: timedelta | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a subentry stores."""
        seconds = data.get(CONF_MAX_AGE)
        return cls(
            scale=data.get(CONF_SCALE, 1.0),
            offset=data.get(CONF_OFFSET, 0.0),
            max_age=timedelta(seconds=seconds) if seconds else None,
        )

    def apply(self, number: float) -> float:
        """Return what is meant by the number that an entity shows."""
        return number * self.scale + self.offset

    def undo(self, number: float) -> float:
        """Return the number that an entity has to be set to."""
        return (number - self.offset) / self.scale
