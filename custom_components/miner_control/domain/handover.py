"""When another controller serves a feature than before, and why that is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from .features import MinerFeatureType


@dataclass(frozen=True, slots=True)
class Handover:
    """One controller serves instead of another; a worse one after a failure."""

    from_id: str
    to_id: str
    is_failover: bool


class HandoverWatch:
    """Tell failovers and take-backs from who serves, time after time.

    Whoever serves first did not take over from anybody. Nor did a better one that
    was only late: a take-back ends a failover. A changed ranking is the user's will.
    """

    def __init__(self) -> None:
        """Start without any memory of who served."""
        self.failed_over: set[MinerFeatureType] = set()
        self._served: dict[MinerFeatureType, tuple[tuple[str, ...], str]] = {}

    def forget(self, feature_type: MinerFeatureType) -> None:
        """Forget who served, such as when the power is off."""
        self.failed_over.discard(feature_type)
        self._served.pop(feature_type, None)

    def note(
        self,
        feature_type: MinerFeatureType,
        ranking: Sequence[str],
        provider_id: str | None,
    ) -> Handover | None:
        """Note who serves now; return what that is worth telling.

        `ranking` holds the enabled controllers, best first.
        """
        ranked = tuple(ranking)
        known, served_id = self._served.get(feature_type, (ranked, None))
        if known != ranked:
            self.forget(feature_type)
            served_id = None
        if provider_id is None or provider_id == served_id:
            return None
        self._served[feature_type] = (ranked, provider_id)
        if served_id is None:
            return None
        return self._handover(feature_type, ranked, served_id, provider_id)

    def _handover(
        self,
        feature_type: MinerFeatureType,
        ranked: tuple[str, ...],
        from_id: str,
        to_id: str,
    ) -> Handover | None:
        """Return a failover, or a take-back if there was a failover before."""
        is_failover = ranked.index(to_id) > ranked.index(from_id)
        if is_failover:
            self.failed_over.add(feature_type)
        elif feature_type not in self.failed_over:
            return None
        elif to_id == ranked[0]:
            self.failed_over.discard(feature_type)
        return Handover(from_id, to_id, is_failover)
