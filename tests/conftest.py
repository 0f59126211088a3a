"""Fixtures that all tests share."""

from collections.abc import Iterator

import pytest

# Before the first test: a package of that name in the test helpers hides ours else.
import custom_components.miner_control


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""
