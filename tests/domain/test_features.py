"""Feature types, statuses and bindings."""

from dataclasses import FrozenInstanceError, replace

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.errors import (
    DomainError,
    InvalidPriorityError,
    MinerControlError,
)
from custom_components.miner_control.domain.features import (
    DEFAULT_PRIORITY,
    MAX_PRIORITY,
    MIN_PRIORITY,
    MinerFeature,
    MinerFeatureType,
    MinerStatus,
)
from tests.features import FEATURES

STATUSES = {"unknown", "off", "idle", "on", "starting", "stopping", "error"}


def test_names_of_feature_types() -> None:
    """Stored bindings rest on these names."""
    assert {feature_type.value for feature_type in MinerFeatureType} == set(FEATURES)


def test_names_of_statuses() -> None:
    """Automations rest on these 7 names."""
    assert {status.value for status in MinerStatus} == STATUSES


@pytest.mark.parametrize("enum", [MinerFeatureType, MinerStatus])
def test_members_are_named_as_their_values(
    enum: type[MinerFeatureType | MinerStatus],
) -> None:
    """A member is called as its value, in capitals, and is a plain string."""
    for member in enum:
        assert member.name == member.value.upper()
        assert f"{member}" == member.value


def test_binding_has_defaults() -> None:
    """A binding is enabled and in the middle of the range."""
    binding = MinerFeature(MinerFeatureType.POWER_MONITORING, "plug")
    assert binding.enabled
    assert binding.priority == DEFAULT_PRIORITY == 50


@given(st.integers(MIN_PRIORITY, MAX_PRIORITY))
def test_priority_in_range_is_kept(priority: int) -> None:
    """Every priority from 1 to 100 is accepted."""
    binding = MinerFeature(MinerFeatureType.POWER_MONITORING, "plug", priority)
    assert binding.priority == priority


def test_range_of_priorities() -> None:
    """Priorities go from 1 to 100."""
    assert (MIN_PRIORITY, MAX_PRIORITY) == (1, 100)


@given(
    st.integers(max_value=MIN_PRIORITY - 1)
    | st.integers(min_value=MAX_PRIORITY + 1)
    | st.floats()
    | st.booleans()
    | st.text()
    | st.none()
)
def test_any_other_priority_is_refused(priority: int) -> None:
    """The error names what was refused, and is one of the domain's."""
    with pytest.raises(InvalidPriorityError) as raised:
        MinerFeature(MinerFeatureType.POWER_MONITORING, "plug", priority)
    assert raised.value.priority is priority
    assert repr(priority) in str(raised.value)
    assert isinstance(raised.value, DomainError)
    assert isinstance(raised.value, MinerControlError)


def test_binding_is_frozen() -> None:
    """A binding never changes; a changed copy is checked again."""
    binding = MinerFeature(MinerFeatureType.POWER_MONITORING, "plug")
    with pytest.raises(FrozenInstanceError):
        binding.priority = 1  # type: ignore[misc]
    with pytest.raises(InvalidPriorityError):
        replace(binding, priority=0)
    assert {binding: 1}[replace(binding)] == 1
