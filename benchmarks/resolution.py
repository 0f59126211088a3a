"""What it costs to find out who serves each feature of a miner."""

from collections.abc import Callable
from time import perf_counter

from custom_components.miner_control.domain.features import (
    MinerFeature,
    MinerFeatureType,
)
from custom_components.miner_control.domain.miner import Miner
from custom_components.miner_control.domain.resolution import ProviderSelector

from .figures import Figure

CONTROLLERS = ("network", "plug", "simulation")


def measure_resolution(rounds: int, repeats: int) -> Figure:
    """Return the microseconds for all feature types with three controllers each."""
    miner = Miner(
        MinerFeature(feature_type, controller, priority=priority)
        for priority, controller in enumerate(CONTROLLERS, 1)
        for feature_type in MinerFeatureType
    )
    selectors = {kind: ProviderSelector() for kind in MinerFeatureType}

    def resolve_all(now: float) -> None:
        """Select a provider of every feature type."""
        for kind, selector in selectors.items():
            selector.select(miner.ranked_features(kind), lambda _: True, now)

    return Figure.of(_microseconds(resolve_all, repeats) for _ in range(rounds))


def _microseconds(work: Callable[[float], None], repeats: int) -> float:
    """Return how long one call takes."""
    start = perf_counter()
    for now in range(repeats):
        work(float(now))
    return (perf_counter() - start) / repeats * 1e6
