"""Who serves a feature, step by step."""

import pytest

from custom_components.miner_control.domain.features import (
    MinerFeature,
    MinerFeatureType,
)
from custom_components.miner_control.domain.resolution import (
    TAKE_BACK_AFTER,
    ProviderSelector,
)

POWER = MinerFeatureType.POWER_MONITORING
RANKED = [
    MinerFeature(POWER, "plug", 80),
    MinerFeature(POWER, "asic", 40),
    MinerFeature(POWER, "model", 10),
]


@pytest.fixture
def selector() -> ProviderSelector:
    """Return a selector that remembers nothing."""
    return ProviderSelector()


def select(selector: ProviderSelector, healthy: str, now: float) -> str | None:
    """Select among the ranked; `healthy` names those that are."""
    return selector.select(RANKED, healthy.split().__contains__, now)


def test_take_back_after_30_seconds() -> None:
    """The time is the one that the manual tells."""
    assert TAKE_BACK_AFTER == 30


def test_best_healthy_provider_serves(selector: ProviderSelector) -> None:
    """The first ranked one serves, and the selector says so."""
    assert select(selector, "plug asic model", 0) == "plug"
    assert selector.provider_id == "plug"


@pytest.mark.parametrize(
    ("healthy", "expected"),
    [("asic model", "asic"), ("model", "model"), ("", None)],
)
def test_next_ranked_serves_at_once(
    selector: ProviderSelector, healthy: str, expected: str | None
) -> None:
    """The moment a provider fails, the best of the others serves."""
    select(selector, "plug asic model", 0)
    assert select(selector, healthy, 0) == expected


def test_nobody_is_bound(selector: ProviderSelector) -> None:
    """Without bindings nobody serves."""
    assert selector.select([], lambda _: True, 0) is None


def test_takes_back_after_a_time_of_health(selector: ProviderSelector) -> None:
    """A provider that recovered waits, counted from its recovery."""
    select(selector, "plug asic", 0)
    select(selector, "asic", 100)
    assert select(selector, "plug asic", 200) == "asic"
    assert selector.next_change(200) == 230
    assert select(selector, "plug asic", 229.9) == "asic"
    assert select(selector, "plug asic", 230) == "plug"
    assert selector.next_change(230) is None


def test_relapse_starts_the_time_again(selector: ProviderSelector) -> None:
    """Only health without a break counts."""
    select(selector, "plug asic", 0)
    select(selector, "asic", 1)
    select(selector, "plug asic", 10)
    select(selector, "asic", 39)
    assert selector.next_change(39) is None
    assert select(selector, "plug asic", 41) == "asic"
    assert select(selector, "plug asic", 70) == "asic"
    assert select(selector, "plug asic", 71) == "plug"


def test_takes_back_at_once_if_nobody_else_can(selector: ProviderSelector) -> None:
    """A provider that just recovered is better than none, and then stays."""
    select(selector, "plug asic", 0)
    select(selector, "asic", 1)
    assert select(selector, "plug", 2) == "plug"
    assert select(selector, "plug asic", 3) == "plug"


def test_steady_provider_goes_before_one_that_recovers(
    selector: ProviderSelector,
) -> None:
    """When the fallback fails, one that never failed takes its place."""
    select(selector, "plug asic model", 0)
    select(selector, "asic model", 1)
    assert select(selector, "plug model", 2) == "model"


def test_stopgap_stays_when_a_worse_one_appears(selector: ProviderSelector) -> None:
    """A provider that took back early is not given up for a worse one."""
    select(selector, "plug", 0)
    select(selector, "", 1)
    assert select(selector, "plug", 2) == "plug"
    assert select(selector, "plug asic", 3) == "plug"


def test_best_serves_if_all_just_recovered(selector: ProviderSelector) -> None:
    """Among equally doubtful ones the rank decides."""
    select(selector, "plug asic", 0)
    select(selector, "", 1)
    assert select(selector, "plug asic", 2) == "plug"


def test_late_starter_did_not_fail(selector: ProviderSelector) -> None:
    """One that was never healthy serves as soon as it is."""
    assert select(selector, "asic", 0) == "asic"
    assert select(selector, "plug asic", 1) == "plug"


def test_disabled_provider_never_serves(selector: ProviderSelector) -> None:
    """What is not ranked does not serve, even if it did so far."""
    select(selector, "plug asic", 0)
    assert selector.select(RANKED[1:], lambda _: True, 1) == "asic"


def test_new_ranking_counts_at_once(selector: ProviderSelector) -> None:
    """A binding that the user put first serves first."""
    select(selector, "plug asic", 0)
    assert selector.select([RANKED[1], RANKED[0]], lambda _: True, 1) == "asic"


def test_failed_command_counts_as_a_failure(selector: ProviderSelector) -> None:
    """A provider whose command failed gives way, though it seems healthy."""
    select(selector, "plug asic", 0)
    selector.report_failure("plug", 10)
    assert selector.provider_id is None
    assert select(selector, "plug asic", 10) == "asic"
    assert selector.next_change(10) == 40
    assert select(selector, "plug asic", 39) == "asic"
    assert select(selector, "plug asic", 40) == "plug"


def test_failed_command_of_another_one(selector: ProviderSelector) -> None:
    """Who serves goes on when somebody else's command failed."""
    select(selector, "plug asic", 0)
    selector.report_failure("asic", 1)
    assert selector.provider_id == "plug"
    assert select(selector, "plug asic model", 2) == "plug"
    assert select(selector, "asic model", 3) == "model"


def test_failed_command_before_any_health(selector: ProviderSelector) -> None:
    """One that failed while it was down has to be healthy for a while."""
    select(selector, "asic", 0)
    selector.report_failure("plug", 0)
    select(selector, "asic", 10)
    assert select(selector, "plug asic", 100) == "asic"
    assert select(selector, "plug asic", 130) == "plug"


def test_forgotten_failures_do_not_count(selector: ProviderSelector) -> None:
    """After a power cut everybody starts anew."""
    select(selector, "plug asic", 0)
    select(selector, "asic", 1)
    selector.forget()
    assert selector.provider_id is None
    assert selector.next_change(1) is None
    assert select(selector, "plug asic", 2) == "plug"


def test_time_can_be_set() -> None:
    """A selector can be told how long a provider has to be healthy."""
    selector = ProviderSelector(take_back_after=5)
    select(selector, "plug asic", 0)
    select(selector, "asic", 1)
    assert select(selector, "plug asic", 2) == "asic"
    assert select(selector, "plug asic", 7) == "plug"


def test_next_change_is_the_earliest(selector: ProviderSelector) -> None:
    """Of several that recover, the first to be trusted again counts."""
    select(selector, "plug asic model", 0)
    select(selector, "model", 1)
    select(selector, "asic model", 5)
    select(selector, "plug asic model", 8)
    assert selector.next_change(8) == 35
    assert selector.next_change(35) == 38
    assert selector.next_change(38) is None
