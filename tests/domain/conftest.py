"""Fixtures for tests that need no Home Assistant."""

import pytest


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant, as the shared fixture of that name would."""
