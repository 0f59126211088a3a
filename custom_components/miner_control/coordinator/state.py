"""What is known of a miner at one time: the data that entities read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

from ..controllers.base import Controller
from ..domain.features import MinerFeatureType, MinerStatus
from ..domain.ports import FeaturePort, MiningControlPort, PowerControlPort


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerState:
    """Who serves each feature of a miner, and what the miner does.

    `command` is what a command is doing to it. Its power `is_known_off`, or it
    `is_restarting` because it was told something. `degraded` holds the features that
    are not served by their first binding, with who serves them instead.
    """

    status: MinerStatus | None = None
    command: MinerStatus | None = None
    is_known_off: bool = False
    is_restarting: bool = False
    resolutions: Mapping[MinerFeatureType, Resolution] = field(
        default_factory=lambda: MappingProxyType({})
    )
    degraded: Mapping[MinerFeatureType, Controller | None] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def resolution(self, port: type[FeaturePort]) -> Resolution | None:
        """Return who serves a port; None if nothing enabled is bound to it."""
        return self.resolutions.get(port.feature_type)

    def provider[P: FeaturePort](self, port: type[P]) -> P | None:
        """Return the controller that serves a port now."""
        resolution = self.resolutions.get(port.feature_type)
        return None if resolution is None else cast("P | None", resolution.provider)

    @property
    def stand_in(self) -> Resolution | None:
        """Return who switches the power where nobody controls mining."""
        power, mining = map(self.resolution, (PowerControlPort, MiningControlPort))
        if power is None or power.provider is None:
            return None
        if mining is None:
            return power
        if mining.provider is not None:
            return None
        return replace(mining, provider=power.provider)
