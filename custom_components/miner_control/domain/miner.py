"""The aggregate root: one miner and the bindings of its features."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .errors import DuplicateFeatureError, FeatureNotFoundError
from .features import MIN_PRIORITY, MinerFeature, MinerFeatureType


class Miner:
    """Hold the bindings of one miner and rank them.

    Invariant: a controller is bound at most once to a feature type. Controllers
    keep the order in which they were linked; it decides between equal priorities.
    """

    def __init__(self, features: Iterable[MinerFeature] = ()) -> None:
        """Bind the features given, in their order."""
        self._features: dict[tuple[MinerFeatureType, str], MinerFeature] = {}
        self._link_order: dict[str, None] = {}
        # Bindings change seldom, and are ranked with every reading.
        self._rankings: dict[MinerFeatureType, tuple[MinerFeature, ...]] = {}
        self._enabled: dict[MinerFeatureType, tuple[MinerFeature, ...]] = {}
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
        self._forget_rankings()

    def remove_feature(
        self, feature_type: MinerFeatureType, controller_id: str
    ) -> MinerFeature:
        """Unbind a feature and return it; raise FeatureNotFoundError if unbound."""
        feature = self.get_feature(feature_type, controller_id)
        del self._features[feature_type, controller_id]
        if not self.features_by_controller(controller_id):
            del self._link_order[controller_id]
        self._forget_rankings()
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

    def change_feature(
        self,
        feature_type: MinerFeatureType,
        controller_id: str,
        *,
        priority: int | None = None,
        enabled: bool | None = None,
    ) -> MinerFeature:
        """Change what is given of a binding, and return what it is then.

        Raises InvalidPriorityError or FeatureNotFoundError.
        """
        if priority is not None:
            self.set_feature_priority(feature_type, controller_id, priority)
        if enabled is not None:
            change = self.enable_feature if enabled else self.disable_feature
            change(feature_type, controller_id)
        return self.get_feature(feature_type, controller_id)

    def rank_feature(
        self, feature_type: MinerFeatureType, controller_ids: Sequence[str]
    ) -> None:
        """Rank all bindings of a feature type, best first.

        Priorities change as little as that takes. Raises FeatureNotFoundError if the
        controllers are not exactly those that are bound.
        """
        bound = self.features_by_type(feature_type)
        if sorted(controller_ids) != sorted(f.controller_id for f in bound):
            raise FeatureNotFoundError(
                f"{feature_type} is not bound to {', '.join(controller_ids)}"
            )
        priorities = _distinct([feature.priority for feature in bound])
        for controller_id, priority in zip(controller_ids, priorities, strict=True):
            self.set_feature_priority(feature_type, controller_id, priority)

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
        return bool(self.features_by_type(feature_type))

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
        if (ranking := self._rankings.get(feature_type)) is None:
            ranking = self._rankings[feature_type] = self._rank(feature_type)
        return ranking

    def ranked_features(
        self, feature_type: MinerFeatureType
    ) -> tuple[MinerFeature, ...]:
        """Return the enabled bindings of a feature type, best first."""
        if (enabled := self._enabled.get(feature_type)) is None:
            enabled = self._enabled[feature_type] = tuple(
                f for f in self.features_by_type(feature_type) if f.enabled
            )
        return enabled

    def active_feature(self, feature_type: MinerFeatureType) -> MinerFeature | None:
        """Return the best enabled binding of a feature type, or None."""
        return next(iter(self.ranked_features(feature_type)), None)

    def _replace(self, feature: MinerFeature) -> MinerFeature:
        """Put a changed binding in the place of the one that it was made from."""
        self._features[feature.feature_type, feature.controller_id] = feature
        self._forget_rankings()
        return feature

    def _rank(self, feature_type: MinerFeatureType) -> tuple[MinerFeature, ...]:
        """Sort all bindings of a feature type, best first."""
        order = {controller_id: n for n, controller_id in enumerate(self._link_order)}
        return tuple(
            sorted(
                (f for f in self._features.values() if f.feature_type is feature_type),
                key=lambda f: (-f.priority, order[f.controller_id]),
            )
        )

    def _forget_rankings(self) -> None:
        """Rank anew when it is asked for next, since a binding has changed."""
        self._rankings.clear()
        self._enabled.clear()


def _distinct(priorities: Sequence[int]) -> list[int]:
    """Return falling priorities without twins, as near as can be to some that fall."""
    distinct: list[int] = []
    for place, priority in enumerate(priorities, 1):
        highest = distinct[-1] - 1 if distinct else priority
        # So much room has to be left for those below.
        lowest = MIN_PRIORITY + len(priorities) - place
        distinct.append(max(min(priority, highest), lowest))
    return distinct
