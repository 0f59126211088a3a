"""The words by which entities tell what a miner does."""

from collections.abc import Callable

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers.entities.statuses import status_named
from custom_components.miner_control.domain.features import MinerStatus

ON = MinerStatus.ON
OFF = MinerStatus.OFF
IDLE = MinerStatus.IDLE
STARTING = MinerStatus.STARTING
STOPPING = MinerStatus.STOPPING
ERROR = MinerStatus.ERROR

KNOWN = {
    "on": ON,
    "mining": ON,
    "hashing": ON,
    "running": ON,
    "auto-tuning": ON,
    "off": OFF,
    "powered off": OFF,
    "idle": IDLE,
    "paused": IDLE,
    "sleeping": IDLE,
    "stopped": IDLE,
    "not mining": IDLE,
    "starting": STARTING,
    "booting": STARTING,
    "initializing": STARTING,
    "restarting": STARTING,
    "stopping": STOPPING,
    "shutting-down": STOPPING,
    "error": ERROR,
    "fault": ERROR,
    "failure": ERROR,
    "overheated": ERROR,
}
gaps = st.sampled_from([" ", "_", "-", "  "])
spellings = st.sampled_from([str.lower, str.upper, str.title, str.capitalize])


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant, as the shared fixture of that name would."""


@given(
    st.sampled_from(sorted(KNOWN)), spellings, st.sampled_from([" ", "_", "-", "  "])
)
def test_known_words(word: str, spell: Callable[[str], str], gap: str) -> None:
    """Words are known however they are written."""
    written = f" {spell(word).replace(' ', gap).replace('-', gap)} "
    assert status_named(written) is KNOWN[word]


@pytest.mark.parametrize("status", sorted(set(MinerStatus) - {MinerStatus.UNKNOWN}))
def test_own_names(status: MinerStatus) -> None:
    """Every status that says something is known by its own name."""
    assert status_named(status) is status


@pytest.mark.parametrize("text", ["", "42", "onwards", "minings", "unknown", "ok", "—"])
def test_unknown_words(text: str) -> None:
    """What may mean anything is not guessed."""
    assert status_named(text) is None
