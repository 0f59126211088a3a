"""Who serves a feature."""

from dataclasses import dataclass

from ..controllers.base import Controller
from ..domain.features import MinerFeatureType


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who serves a feature type, and who should."""

    feature_type: MinerFeatureType
    provider: Controller | None
    first: Controller | None
    is_reachable: bool = False

    @property
    def is_fallback(self) -> bool:
        """Tell whether another one than the first serves."""
        return self.provider is not None and self.provider is not self.first
