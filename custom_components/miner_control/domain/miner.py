"""The aggregate root: one miner and the bindings of its features."""

from collections.abc import Iterable
from dataclasses import replace

from .errors import DuplicateFeatureError, FeatureNotFoundError
from .features import MinerFeature, MinerFeatureType


class Miner:
    """Hold the bindings of one miner and rank them.

    Invariant: a controller is bound at most once to a feature type. Controllers
    keep the order in which they were linked; it decides between equal priorities.
    """

    def __init__(self, features: Iterable[MinerFeature] = ()) -> None:
        """Bind the features given, in their order."""
        self._features: dict[tuple[MinerFeatureType, str], MinerFeature] = {}
        self._link_order: dict[str, None] = {}
        for feature in features:
            self.add_feature(feature)

    @property
    def features(self) -> tuple[MinerFeature, ...]:
        """Return all bindings in the order in which they were added."""
        return tuple(self._features.values())

    @property
    def controller_ids(self) -> tuple[str, ...]:
        """Return the controllers that have a binding, first linked first."""
        return tuple(self._link_order)

    def add_feature(self, feature: MinerFeature) -> None:
        """Bind a feature; raise DuplicateFeatureError if it is bound already."""
        key = (feature.feature_type, feature.controller_id)
        if key in self._features:
            raise DuplicateFeatureError(
                f"{feature.feature_type} is already served by {feature.controller_id}"
            )
        self._features[key] = feature
        self._link_order.setdefault(feature.controller_id)

    def remove_feature(
        self, feature_type: MinerFeatureType, controller_id: str
    ) -> MinerFeature:
        """Unbind a feature and return it; raise FeatureNotFoundError if unbound."""
        feature = self.get_feature(feature_type, controller_id)
        del self._features[feature_type, controller_id]
        if not self.features_by_controller(controller_id):
            del self._link_order[controller_id]
        return feature

    def remove_features_by_controller(
        self, controller_id: str
    ) -> tuple[MinerFeature, ...]:
        """Unbind everything that a controller serves and return it."""
        return tuple(
            self.remove_feature(feature.feature_type, controller_id)
            for feature in self.features_by_controller(controller_id)
        )

    def enable_feature(
        self, feature_type: MinerFeatureType, controller_id: str
    ) -> MinerFeature:
        """Let a controller serve a feature; raise FeatureNotFoundError if unbound."""
        feature = self.get_feature(feature_type, controller_id)
        return self._replace(replace(feature, enabled=True))

    def disable_feature(
        self, feature_type: MinerFeatureType, controller_id: str
    ) -> MinerFeature:
        """Keep a controller from serving a feature that it is bound to."""
        feature = self.get_feature(feature_type, controller_id)
        return self._replace(replace(feature, enabled=False))

    def set_feature_priority(
        self, feature_type: MinerFeatureType, controller_id: str, priority: int
    ) -> MinerFeature:
        """Rank a binding; raise InvalidPriorityError or FeatureNotFoundError."""
        feature = self.get_feature(feature_type, controller_id)
        return self._replace(replace(feature, priority=priority))

    def get_feature(
        self, feature_type: MinerFeatureType, controller_id: str
    ) -> MinerFeature:
        """Return a binding; raise FeatureNotFoundError if there is none."""
        try:
            return self._features[feature_type, controller_id]
        except KeyError as err:
            raise FeatureNotFoundError(
                f"{feature_type} is not bound to {controller_id}"
            ) from err

    def has_feature(
        self, feature_type: MinerFeatureType, controller_id: str | None = None
    ) -> bool:
        """Tell whether a feature is bound, to any controller or to the one given."""
        if controller_id is not None:
            return (feature_type, controller_id) in self._features
        return any(bound is feature_type for bound, _ in self._features)

    def features_by_controller(self, controller_id: str) -> tuple[MinerFeature, ...]:
        """Return the bindings of one controller."""
        return tuple(
            feature
            for feature in self._features.values()
            if feature.controller_id == controller_id
        )

    def features_by_type(
        self, feature_type: MinerFeatureType
    ) -> tuple[MinerFeature, ...]:
        """Return all bindings of a feature type, best first, disabled ones too."""
        order = list(self._link_order)
        return tuple(
            sorted(
                (f for f in self._features.values() if f.feature_type is feature_type),
                key=lambda f: (-f.priority, order.index(f.controller_id)),
            )
        )

    def ranked_features(
        self, feature_type: MinerFeatureType
    ) -> tuple[MinerFeature, ...]:
        """Return the enabled bindings of a feature type, best first."""
        return tuple(f for f in self.features_by_type(feature_type) if f.enabled)

    def active_feature(self, feature_type: MinerFeatureType) -> MinerFeature | None:
        """Return the best enabled binding of a feature type, or None."""
        return next(iter(self.ranked_features(feature_type)), None)

    def _replace(self, feature: MinerFeature) -> MinerFeature:
        """Put a changed binding in the place of the one that it was made from."""
        self._features[feature.feature_type, feature.controller_id] = feature
        return feature
