"""The aggregate root: one miner and its bindings."""

from typing import Any

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

POWER = MinerFeatureType.POWER_MONITORING
HASHRATE = MinerFeatureType.HASHRATE_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING


@pytest.fixture
def miner() -> Miner:
    """Return an ASIC that hangs on a smart plug."""
    return Miner(
        [
            MinerFeature(HASHRATE, "asic", 50),
            MinerFeature(POWER, "asic", 40),
            MinerFeature(POWER, "plug", 80),
            MinerFeature(STATUS, "plug", 80),
        ]
    )


def active(miner: Miner, feature_type: MinerFeatureType) -> str | None:
    """Return the controller whose binding is active."""
    feature = miner.active_feature(feature_type)
    return feature.controller_id if feature else None


def test_new_miner_is_empty() -> None:
    """A miner without controllers has no features."""
    miner = Miner()
    assert miner.features == ()
    assert miner.controller_ids == ()
    assert miner.active_feature(POWER) is None
    assert not miner.has_feature(POWER)


def test_highest_priority_is_active(miner: Miner) -> None:
    """The best enabled binding serves."""
    assert active(miner, POWER) == "plug"
    assert active(miner, HASHRATE) == "asic"
    assert active(miner, MinerFeatureType.MINING_CONTROL) is None


def test_disabled_binding_gives_way(miner: Miner) -> None:
    """A disabled binding stays bound, but does not rank."""
    disabled = miner.disable_feature(POWER, "plug")
    assert not disabled.enabled
    assert active(miner, POWER) == "asic"
    assert [f.controller_id for f in miner.features_by_type(POWER)] == ["plug", "asic"]
    assert [f.controller_id for f in miner.ranked_features(POWER)] == ["asic"]
    assert miner.enable_feature(POWER, "plug").enabled
    assert active(miner, POWER) == "plug"


def test_priority_changes_the_ranking(miner: Miner) -> None:
    """A binding that is given a higher priority takes over."""
    assert miner.set_feature_priority(POWER, "asic", 90).priority == 90
    assert active(miner, POWER) == "asic"


def test_equal_priorities_go_by_link_order(miner: Miner) -> None:
    """Of equals, the controller that was linked first serves."""
    miner.set_feature_priority(POWER, "asic", 80)
    assert active(miner, POWER) == "asic"


def test_relinked_controller_goes_last(miner: Miner) -> None:
    """A controller that was unlinked and linked again was linked last."""
    miner.set_feature_priority(POWER, "plug", 40)
    miner.remove_features_by_controller("asic")
    miner.add_feature(MinerFeature(POWER, "asic", 40))
    assert miner.controller_ids == ("plug", "asic")
    assert active(miner, POWER) == "plug"


def test_rebound_feature_keeps_its_controllers_place(miner: Miner) -> None:
    """What counts is when the controller was linked, not when the feature was bound."""
    miner.set_feature_priority(POWER, "plug", 40)
    miner.add_feature(miner.remove_feature(POWER, "asic"))
    assert active(miner, POWER) == "asic"


def test_features_by_controller(miner: Miner) -> None:
    """A controller's bindings come in the order in which they were added."""
    assert [f.feature_type for f in miner.features_by_controller("plug")] == [
        POWER,
        STATUS,
    ]
    assert miner.features_by_controller("nobody") == ()


@pytest.mark.parametrize(
    ("feature_type", "controller_id", "expected"),
    [
        (POWER, None, True),
        (POWER, "asic", True),
        (HASHRATE, "plug", False),
        (MinerFeatureType.VOLTAGE_MONITORING, None, False),
    ],
)
def test_has_feature(
    miner: Miner,
    feature_type: MinerFeatureType,
    controller_id: str | None,
    *,
    expected: bool,
) -> None:
    """A feature is there if anybody is bound to it, or the one asked for."""
    assert miner.has_feature(feature_type, controller_id) is expected


def test_binding_twice_is_refused(miner: Miner) -> None:
    """The error says what is bound already, and nothing changes."""
    before = miner.features
    with pytest.raises(DuplicateFeatureError, match=r"power_monitoring.*plug"):
        miner.add_feature(MinerFeature(POWER, "plug", 1))
    assert miner.features == before


def test_removing_a_controller_returns_its_bindings(miner: Miner) -> None:
    """Nothing of a removed controller is left."""
    bound = miner.features_by_controller("plug")
    assert miner.remove_features_by_controller("plug") == bound
    assert miner.controller_ids == ("asic",)
    assert active(miner, POWER) == "asic"
    assert miner.remove_features_by_controller("plug") == ()


@pytest.mark.parametrize("controller_id", ["plug", "nobody"])
def test_what_is_not_bound_cannot_be_changed(miner: Miner, controller_id: str) -> None:
    """Every change of an unknown binding says so."""
    before = miner.features
    with pytest.raises(FeatureNotFoundError, match=f"hashrate.*{controller_id}"):
        miner.remove_feature(HASHRATE, controller_id)
    with pytest.raises(FeatureNotFoundError):
        miner.enable_feature(HASHRATE, controller_id)
    with pytest.raises(FeatureNotFoundError):
        miner.disable_feature(HASHRATE, controller_id)
    with pytest.raises(FeatureNotFoundError):
        miner.set_feature_priority(HASHRATE, controller_id, 1)
    assert miner.features == before


def test_invalid_priority_changes_nothing(miner: Miner) -> None:
    """A refused priority leaves the binding as it was."""
    with pytest.raises(InvalidPriorityError):
        miner.set_feature_priority(POWER, "plug", 101)
    assert miner.get_feature(POWER, "plug").priority == 80


@pytest.mark.parametrize(
    ("changes", "priority", "enabled"),
    [
        ({}, 80, True),
        ({"priority": 9}, 9, True),
        ({"enabled": False}, 80, False),
        ({"priority": 9, "enabled": False}, 9, False),
    ],
)
def test_only_what_is_given_is_changed(
    miner: Miner, changes: dict[str, Any], priority: int, *, enabled: bool
) -> None:
    """The ranking follows at once, whatever was asked for before."""
    assert active(miner, POWER) == "plug"
    changed = miner.change_feature(POWER, "plug", **changes)
    assert (changed.priority, changed.enabled) == (priority, enabled)
    assert miner.get_feature(POWER, "plug") is changed
    assert active(miner, POWER) == ("asic" if changes else "plug")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((80, 40, 10), (80, 40, 10)),
        ((50, 50, 50), (50, 49, 48)),
        ((80, 3, 3), (80, 3, 2)),
        ((1, 1, 1), (3, 2, 1)),
        ((100, 2, 1), (100, 2, 1)),
        ((2, 2, 2), (3, 2, 1)),
    ],
)
def test_all_are_ranked(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """The order is the one given, with priorities near those that were there."""
    ids = ["asic", "plug", "meter"]
    miner = Miner(
        MinerFeature(POWER, controller_id, priority)
        for controller_id, priority in zip(ids, before, strict=True)
    )
    miner.rank_feature(POWER, ["meter", "asic", "plug"])
    ranked = miner.features_by_type(POWER)
    assert [f.controller_id for f in ranked] == ["meter", "asic", "plug"]
    assert tuple(f.priority for f in ranked) == after


@pytest.mark.parametrize("order", [[], ["asic"], ["asic", "asic"], ["asic", "meter"]])
def test_only_all_can_be_ranked(miner: Miner, order: list[str]) -> None:
    """Whoever is bound has a place, and nobody else."""
    before = miner.features
    with pytest.raises(FeatureNotFoundError):
        miner.rank_feature(POWER, order)
    assert miner.features == before
