"""Which changes of who serves are worth telling."""

import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.handover import Handover, HandoverWatch

RANKING = ("a", "b", "c")
POWER = F.POWER_MONITORING


def told(watch: HandoverWatch, *served: str | None) -> list[Handover | None]:
    """Return what is told while controllers serve, one after the other."""
    return [watch.note(POWER, RANKING, provider) for provider in served]


@pytest.fixture(name="watch")
def watch_fixture() -> HandoverWatch:
    """Return a watch that has seen nothing."""
    return HandoverWatch()


@pytest.mark.parametrize("first", ["a", "b", None])
def test_first_is_no_news(watch: HandoverWatch, first: str | None) -> None:
    """Whoever serves when it begins took over from nobody."""
    assert told(watch, first, first) == [None, None]
    assert watch.failed_over == set()


def test_failover_and_take_back(watch: HandoverWatch) -> None:
    """Each is told once."""
    assert told(watch, "a", "b", "b") == [None, Handover("a", "b", True), None]
    assert watch.failed_over == {POWER}
    assert told(watch, "a", "a") == [Handover("b", "a", False), None]
    assert watch.failed_over == set()


def test_further_failover(watch: HandoverWatch) -> None:
    """The next one may fail, too, and take back before the first one does."""
    assert told(watch, "a", "b", "c")[1:] == [
        Handover("a", "b", True),
        Handover("b", "c", True),
    ]
    assert told(watch, "b") == [Handover("c", "b", False)]
    assert watch.failed_over == {POWER}
    assert told(watch, "a") == [Handover("b", "a", False)]
    assert watch.failed_over == set()


def test_nobody_in_between(watch: HandoverWatch) -> None:
    """Nobody serving is no handover, but does not hide one."""
    assert told(watch, "a", None, "b") == [None, None, Handover("a", "b", True)]
    assert told(watch, None, "a") == [None, Handover("b", "a", False)]


def test_late_first_is_no_take_back(watch: HandoverWatch) -> None:
    """A better one that only comes up had not failed."""
    assert told(watch, "b", "a") == [None, None]
    assert told(watch, "b") == [Handover("a", "b", True)]


def test_changed_ranking_is_no_news(watch: HandoverWatch) -> None:
    """What the user changes nobody needs to be told, nor what it ends."""
    told(watch, "a", "b")
    assert watch.note(POWER, ("b", "a", "c"), "b") is None
    assert watch.failed_over == set()
    assert watch.note(POWER, ("b", "a", "c"), "a") == Handover("b", "a", True)


def test_forgotten_is_like_never_seen(watch: HandoverWatch) -> None:
    """After the power was off everything begins anew."""
    told(watch, "a", "b")
    watch.forget(POWER)
    assert watch.failed_over == set()
    assert told(watch, "c", "a") == [None, None]


def test_features_are_apart(watch: HandoverWatch) -> None:
    """What happens to one feature is not what happens to another."""
    watch.note(F.HASHRATE_MONITORING, RANKING, "a")
    assert told(watch, "a", "b")[1] == Handover("a", "b", True)
    assert watch.failed_over == {POWER}
    assert watch.note(F.HASHRATE_MONITORING, RANKING, "a") is None
