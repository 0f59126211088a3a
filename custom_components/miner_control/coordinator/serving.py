"""Find out who serves each feature of a miner: the best binding that is healthy."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import monotonic
from typing import cast

from ..const import LOGGER
from ..controllers.base import Controller
from ..domain.features import MinerFeature, MinerFeatureType
from ..domain.miner import Miner
from ..domain.ports import PORTS, FeaturePort, PowerMonitorPort
from ..domain.resolution import ProviderSelector
from ..domain.values import is_plausible
from .controller import ControllerCoordinator
from .state import Resolution


class Serving:
    """Resolve the features of one miner, and remember who served and who failed."""

    def __init__(
        self,
        title: str,
        miner: Miner,
        controllers: Mapping[str, ControllerCoordinator],
        stands_still: Callable[[Controller], bool],
    ) -> None:
        """Serve a miner; `stands_still` tells which meters are not believed now."""
        self._title = title
        self.miner = miner
        self._controllers = controllers
        self._stands_still = stands_still
        # Of what is bound, or was.
        self._selectors: defaultdict[MinerFeatureType, ProviderSelector] = defaultdict(
            ProviderSelector
        )
        self.resolutions: dict[MinerFeatureType, Resolution] = {}

    def provider[P: FeaturePort](self, port: type[P]) -> P | None:
        """Return the controller that serves a port, by what was resolved last."""
        resolution = self.resolutions.get(port.feature_type)
        return None if resolution is None else cast("P | None", resolution.provider)

    def controller(self, controller_id: str) -> Controller:
        """Return a controller by its id."""
        return self._controllers[controller_id].controller

    def healthy[P: FeaturePort](self, port: type[P]) -> list[P]:
        """Return all that could serve a port now, best first."""
        ranked = self.miner.ranked_features(port.feature_type)
        found = [self.controller(f.controller_id) for f in ranked if self.is_healthy(f)]
        return cast("list[P]", found)

    def candidates[P: FeaturePort](self, port: type[P]) -> list[P]:
        """Return all that may be told to serve a port: the provider, then by rank."""
        provider = self.provider(port)
        return sorted(self.healthy(port), key=lambda each: each is not provider)

    def is_healthy(self, feature: MinerFeature) -> bool:
        """Tell whether a binding could serve now."""
        port = PORTS[feature.feature_type]
        return self._is_healthy(port, monotonic(), feature.controller_id)

    def _is_healthy(
        self, port: type[FeaturePort], now: float, controller_id: str
    ) -> bool:
        """Tell whether a controller could serve a port."""
        coordinator = self._controllers[controller_id]
        controller = coordinator.controller
        if not (coordinator.is_available and controller.can_serve(port.feature_type)):
            return False
        stale_at = coordinator.stale_at
        if stale_at is not None and now >= stale_at:
            return False
        if port is PowerMonitorPort and self._stands_still(controller):
            return False
        reading = port.reading
        return reading is None or is_plausible(getattr(controller, reading))

    def _is_reachable(self, feature: MinerFeature) -> bool:
        """Tell whether a binding's controller is there, whatever it reads."""
        coordinator = self._controllers[feature.controller_id]
        return coordinator.is_available and coordinator.controller.can_serve(
            feature.feature_type
        )

    def resolve(self, feature_types: Iterable[MinerFeatureType], now: float) -> None:
        """Select who serves some feature types."""
        for feature_type in feature_types:
            if ranked := self.miner.ranked_features(feature_type):
                self._resolve(feature_type, ranked, now)
            else:
                self.resolutions.pop(feature_type, None)

    def _resolve(
        self,
        feature_type: MinerFeatureType,
        ranked: tuple[MinerFeature, ...],
        now: float,
    ) -> None:
        """Select who serves a feature type that is bound."""
        is_healthy = partial(self._is_healthy, PORTS[feature_type], now)
        provider_id = self._selectors[feature_type].select(ranked, is_healthy, now)
        resolution = Resolution(
            feature_type,
            provider=None if provider_id is None else self.controller(provider_id),
            first=self.controller(ranked[0].controller_id),
            # Who is healthy is reachable, so mostly there is nothing to look for.
            is_reachable=provider_id is not None
            or any(map(self._is_reachable, ranked)),
        )
        before = self.resolutions.get(feature_type)
        if before == resolution:
            return
        self.resolutions[feature_type] = resolution
        if before is not None and before.provider is not resolution.provider:
            self._log_change(resolution)

    def _log_change(self, resolution: Resolution) -> None:
        """Log that another controller serves a feature from now on."""
        provider = resolution.provider
        LOGGER.debug(
            "%s: %s is served by %s",
            self._title,
            resolution.feature_type,
            provider.title if provider else "nobody",
        )

    def degraded(
        self, *, is_known_off: bool
    ) -> dict[MinerFeatureType, Controller | None]:
        """Return the features not served by their first binding, and who serves.

        While the power is off nobody expects the network to serve. A controller
        that is there but has no value to tell has not failed.
        """
        return {
            resolution.feature_type: resolution.provider
            for resolution in self.resolutions.values()
            if resolution.provider is not resolution.first
            and not (is_known_off and _needs_power(resolution.first))
            and (resolution.provider is not None or not resolution.is_reachable)
        }

    def report_failure(
        self, feature_type: MinerFeatureType, failed: FeaturePort, now: float
    ) -> None:
        """Count a failed command against a provider."""
        self._selectors[feature_type].report_failure(
            cast("Controller", failed).controller_id, now
        )

    def forget_failures(self) -> None:
        """Forget who failed: the power was off, which is nobody's fault."""
        for selector in self._selectors.values():
            selector.forget()

    def changes_at(self, now: float) -> list[float | None]:
        """Return when time alone changes who serves."""
        return [
            *(selector.next_change(now) for selector in self._selectors.values()),
            *(coordinator.stale_at for coordinator in self._controllers.values()),
        ]


def _needs_power(controller: Controller | None) -> bool:
    """Tell whether a controller cannot serve while the power is off."""
    return controller is not None and controller.needs_power
