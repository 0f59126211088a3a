"""Whatever happens to providers, one that can serve does, and steadily."""

from copy import deepcopy
from itertools import pairwise
from typing import Literal

from hypothesis import given, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from custom_components.miner_control.domain.features import (
    MinerFeature,
    MinerFeatureType,
)
from custom_components.miner_control.domain.miner import Miner
from custom_components.miner_control.domain.resolution import (
    TAKE_BACK_AFTER,
    ProviderSelector,
)

# What can be seen of a provider: a command that failed, too.
type Sight = Literal["well", "ill", "refusing"]

FEATURE = MinerFeatureType.POWER_MONITORING
CONTROLLERS = ("asic", "plug", "model")
HOUR = 3600

controllers = st.sampled_from(CONTROLLERS)
# Whole seconds, so that 30 of them are exactly 30.
pauses = st.integers(0, 40)


class SelectorMachine(RuleBasedStateMachine):
    """Keep the whole history of each provider, and judge every selection by it."""

    def __init__(self) -> None:
        """Start with providers that are all ill."""
        super().__init__()
        self.selector = ProviderSelector()
        self.miner = Miner(MinerFeature(FEATURE, name) for name in CONTROLLERS)
        self.now = 0
        self.healthy: set[str] = set()
        self.forget()

    @rule()
    def forget(self) -> None:
        """Forget what happened so far."""
        self.selector.forget()
        self.serving: str | None = None
        # What was seen of each provider, and when.
        self.history: dict[str, list[tuple[int, Sight]]] = {
            controller: [] for controller in CONTROLLERS
        }

    @rule(controller=controllers, enabled=st.booleans())
    def enable(self, controller: str, *, enabled: bool) -> None:
        """Have the user enable or disable a provider."""
        if enabled:
            self.miner.enable_feature(FEATURE, controller)
        else:
            self.miner.disable_feature(FEATURE, controller)

    @rule(controller=controllers, priority=st.sampled_from([1, 50, 100]))
    def rank(self, controller: str, priority: int) -> None:
        """Have the user rank a provider."""
        self.miner.set_feature_priority(FEATURE, controller, priority)

    @rule(controller=controllers)
    def fail_command(self, controller: str) -> None:
        """Let a command of a provider fail."""
        self.selector.report_failure(controller, self.now)
        self.history[controller].append((self.now, "refusing"))
        if self.serving == controller:
            self.serving = None

    @rule(seconds=pauses, healthy=st.sets(controllers))
    def select(self, seconds: int, healthy: set[str]) -> None:
        """Select a provider after a while, and check that it is the right one."""
        self.now += seconds
        self.healthy = healthy
        ranking = self.miner.ranked_features(FEATURE)
        for feature in ranking:
            controller = feature.controller_id
            sight: Sight = "well" if controller in self.healthy else "ill"
            self.history[controller].append((self.now, sight))
        before = self.serving
        self.serving = self.selector.select(
            ranking, self.healthy.__contains__, self.now
        )
        self.check(before, [f.controller_id for f in ranking])

    def check(self, before: str | None, ranking: list[str]) -> None:
        """Check a selection against who could serve, best first."""
        candidates = [name for name in ranking if name in self.healthy]
        assert (self.serving is None) is (not candidates)
        if self.serving is None:
            return
        assert self.serving in candidates
        better = candidates[: candidates.index(self.serving)]
        assert not any(map(self.is_trusted, better))
        if before in candidates and before != self.serving:
            # Nobody loses a feature to others than a better one that is trusted.
            assert candidates.index(self.serving) < candidates.index(before)
            assert self.is_trusted(self.serving)
        if before != self.serving and not self.is_trusted(self.serving):
            assert not any(map(self.is_trusted, candidates))
            assert self.serving == candidates[0]

    def is_trusted(self, controller: str) -> bool:
        """Tell whether a provider never failed, or has been healthy for long.

        One that was ill from the start did not fail. A failed command is a failure
        from which a provider recovers in the same moment.
        """
        history = self.history[controller]
        while history and history[0][1] == "ill":
            history = history[1:]
        ends = [index for index, (_, sight) in enumerate(history) if sight != "well"]
        if not ends:
            return True
        recovery = ends[-1] + (history[ends[-1]][1] == "ill")
        if recovery == len(history):
            return False
        return self.now - history[recovery][0] >= TAKE_BACK_AFTER

    @invariant()
    def only_announced_changes_come(self) -> None:
        """Change nothing unannounced as long as health stays the same."""
        ranking = self.miner.ranked_features(FEATURE)
        selector = deepcopy(self.selector)
        provider = selector.select(ranking, self.healthy.__contains__, self.now)
        change = selector.next_change(self.now)
        later = self.now + HOUR if change is None else change - 0.5
        if later >= self.now:
            assert provider == selector.select(
                ranking, self.healthy.__contains__, later
            )


def test_selection_is_right_whatever_happens() -> None:
    """No history makes a selector choose a wrong provider."""
    run_state_machine_as_test(SelectorMachine)


BEST, SPARE = MinerFeature(FEATURE, "plug", 80), MinerFeature(FEATURE, "asic", 40)


def served(history: list[tuple[int, bool]]) -> list[tuple[int, str | None]]:
    """Return who served when, with a spare that is always healthy.

    `history` holds how long the best provider was ill or well each time.
    """
    selector = ProviderSelector()
    times: list[tuple[int, str | None]] = []
    for length, healthy in history:
        well = {"plug", "asic"} if healthy else {"asic"}
        for _ in range(length):
            now = len(times)
            provider = selector.select([BEST, SPARE], well.__contains__, now)
            times.append((now, provider))
    return times


@given(st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=1, max_size=20))
def test_providers_do_not_flap(history: list[tuple[int, bool]]) -> None:
    """Nobody takes back within 30 s of having failed."""
    lost: int | None = None
    for (_, before), (now, after) in pairwise(served(history)):
        if (before, after) == ("plug", "asic"):
            lost = now
        elif (before, after) == ("asic", "plug") and lost is not None:
            assert now - lost >= TAKE_BACK_AFTER


@given(st.lists(st.integers(1, 29), min_size=2, max_size=20))
def test_restless_provider_never_takes_back(lengths: list[int]) -> None:
    """One that is never well for 30 s serves until its first failure only."""
    history = [(length, index % 2 == 0) for index, length in enumerate(lengths)]
    failed_at = lengths[0]
    for now, provider in served(history):
        assert provider == ("plug" if now < failed_at else "asic")
