"""Whatever is done to a miner, it behaves as a list of bindings would."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
import pytest

from custom_components.miner_control.domain.errors import (
    DuplicateFeatureError,
    FeatureNotFoundError,
    InvalidPriorityError,
)
from custom_components.miner_control.domain.features import (
    MinerFeature,
    MinerFeatureType,
)
from custom_components.miner_control.domain.miner import Miner

TYPES = list(MinerFeatureType)[:3]
CONTROLLERS = ["asic", "plug", "fan"]

types = st.sampled_from(TYPES)
controllers = st.sampled_from(CONTROLLERS)
# Few priorities, so that many are equal.
priorities = st.sampled_from([1, 50, 100])
bad_priorities = st.sampled_from([-1, 0, 101])


class MinerMachine(RuleBasedStateMachine):
    """Do the same to a miner and to a plain list, and compare them."""

    def __init__(self) -> None:
        """Start with a miner that has no bindings."""
        super().__init__()
        self.miner = Miner()
        self.bound: list[MinerFeature] = []
        self.linked: list[str] = []

    def find(self, feature_type: MinerFeatureType, controller_id: str) -> int | None:
        """Return where a binding is in the list."""
        return next(
            (
                index
                for index, feature in enumerate(self.bound)
                if feature.feature_type is feature_type
                and feature.controller_id == controller_id
            ),
            None,
        )

    def forget_unlinked(self) -> None:
        """Drop controllers without bindings from the list."""
        bound = {feature.controller_id for feature in self.bound}
        self.linked = [linked for linked in self.linked if linked in bound]

    @rule(
        feature=st.builds(MinerFeature, types, controllers, priorities, st.booleans())
    )
    def add(self, feature: MinerFeature) -> None:
        """Bind a feature, which works once."""
        if self.find(feature.feature_type, feature.controller_id) is not None:
            with pytest.raises(DuplicateFeatureError):
                self.miner.add_feature(feature)
            return
        self.miner.add_feature(feature)
        self.bound.append(feature)
        if feature.controller_id not in self.linked:
            self.linked.append(feature.controller_id)

    @rule(feature_type=types, controller_id=controllers)
    def remove(self, feature_type: MinerFeatureType, controller_id: str) -> None:
        """Unbind a feature, which works if it is bound."""
        index = self.find(feature_type, controller_id)
        if index is None:
            with pytest.raises(FeatureNotFoundError):
                self.miner.remove_feature(feature_type, controller_id)
            return
        removed = self.miner.remove_feature(feature_type, controller_id)
        assert removed == self.bound.pop(index)
        self.forget_unlinked()

    @precondition(lambda self: self.bound)
    @rule(controller_id=controllers)
    def remove_controller(self, controller_id: str) -> None:
        """Unbind all that a controller serves."""
        removed = [f for f in self.bound if f.controller_id == controller_id]
        assert self.miner.remove_features_by_controller(controller_id) == tuple(removed)
        self.bound = [f for f in self.bound if f not in removed]
        self.forget_unlinked()

    @rule(feature_type=types, controller_id=controllers)
    def enable(self, feature_type: MinerFeatureType, controller_id: str) -> None:
        """Enable a binding."""
        self.change(feature_type, controller_id, self.miner.enable_feature, True)

    @rule(feature_type=types, controller_id=controllers)
    def disable(self, feature_type: MinerFeatureType, controller_id: str) -> None:
        """Disable a binding."""
        self.change(feature_type, controller_id, self.miner.disable_feature, False)

    def change(
        self,
        feature_type: MinerFeatureType,
        controller_id: str,
        method: Callable[[MinerFeatureType, str], MinerFeature],
        enabled: bool,  # noqa: FBT001
    ) -> None:
        """Enable or disable a binding, which works if there is one."""
        index = self.find(feature_type, controller_id)
        if index is None:
            with pytest.raises(FeatureNotFoundError):
                method(feature_type, controller_id)
            return
        self.bound[index] = replace(self.bound[index], enabled=enabled)
        assert method(feature_type, controller_id) == self.bound[index]

    @rule(feature_type=types, controller_id=controllers, priority=priorities)
    def set_priority(
        self, feature_type: MinerFeatureType, controller_id: str, priority: int
    ) -> None:
        """Rank a binding, which works if there is one."""
        index = self.find(feature_type, controller_id)
        if index is None:
            with pytest.raises(FeatureNotFoundError):
                self.miner.set_feature_priority(feature_type, controller_id, priority)
            return
        self.bound[index] = replace(self.bound[index], priority=priority)
        changed = self.miner.set_feature_priority(feature_type, controller_id, priority)
        assert changed == self.bound[index]

    @rule(feature_type=types, controller_id=controllers, priority=bad_priorities)
    def set_bad_priority(
        self, feature_type: MinerFeatureType, controller_id: str, priority: int
    ) -> None:
        """Rank a binding out of range, which never works."""
        with pytest.raises((InvalidPriorityError, FeatureNotFoundError)):
            self.miner.set_feature_priority(feature_type, controller_id, priority)

    @invariant()
    def has_the_same_bindings(self) -> None:
        """Have the list's bindings, in its order, each of them once."""
        assert list(self.miner.features) == self.bound
        keys = {(f.feature_type, f.controller_id) for f in self.miner.features}
        assert len(keys) == len(self.miner.features)
        assert list(self.miner.controller_ids) == self.linked

    @invariant()
    def finds_bindings_by_controller(self) -> None:
        """Give every controller its own bindings, and no others."""
        for controller_id in CONTROLLERS:
            assert self.miner.features_by_controller(controller_id) == tuple(
                f for f in self.bound if f.controller_id == controller_id
            )

    @invariant()
    def tells_what_is_bound(self) -> None:
        """Find a feature bound if the list has a binding of it."""
        for feature_type in TYPES:
            by_anybody = any(f.feature_type is feature_type for f in self.bound)
            assert self.miner.has_feature(feature_type) is by_anybody
            for controller_id in CONTROLLERS:
                bound = self.find(feature_type, controller_id) is not None
                assert self.miner.has_feature(feature_type, controller_id) is bound

    @invariant()
    def ranks_by_priority_then_by_link_order(self) -> None:
        """Rank all bindings of a type, each before those that it beats."""
        for feature_type in TYPES:
            ranked = self.miner.features_by_type(feature_type)
            bound = {f for f in self.bound if f.feature_type is feature_type}
            assert set(ranked) == bound
            assert len(ranked) == len(bound)
            assert all(self.beats(better, worse) for better, worse in pairwise(ranked))

    def beats(self, better: MinerFeature, worse: MinerFeature) -> bool:
        """Tell whether a binding goes before another one."""
        if better.priority != worse.priority:
            return better.priority > worse.priority
        linked = self.linked.index
        return linked(better.controller_id) < linked(worse.controller_id)

    @invariant()
    def best_enabled_binding_is_active(self) -> None:
        """Let an enabled binding be active that no other enabled one beats."""
        for feature_type in TYPES:
            active = self.miner.active_feature(feature_type)
            enabled = {
                f for f in self.bound if f.feature_type is feature_type and f.enabled
            }
            assert set(self.miner.ranked_features(feature_type)) == enabled
            assert (active is None) is (not enabled)
            if active is not None:
                assert active in enabled
                assert all(self.beats(active, other) for other in enabled - {active})


def test_miner_behaves_as_a_list_of_bindings() -> None:
    """No sequence of operations breaks the aggregate."""
    run_state_machine_as_test(MinerMachine)
