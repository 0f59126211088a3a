"""Fixtures that all tests share."""

import os

from hypothesis import settings
import pytest

# Before the first test: a package of that name in the test helpers hides ours else.

# A busy machine is slow now and then; that is no failure. The examples are the same
# in every run, so that a failure comes from a change; fuzzing looks for news.
settings.register_profile(
    "miner_control",
    deadline=None,
    derandomize="MINER_CONTROL_FUZZ_EFFORT" not in os.environ,
)
settings.load_profile("miner_control")


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""
