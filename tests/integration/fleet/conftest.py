"""A yard with three simulated miners."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.integration.bench import Clock

from .yard import Yard


@pytest.fixture(autouse=True)
def _storage(hass_storage: dict[str, Any]) -> None:
    """Keep what is remembered from the disk, and from other tests."""


@pytest.fixture
async def yard(hass: HomeAssistant, clock: Clock) -> Yard:
    """Return a yard with two simulated miners that mine."""
    found = Yard(hass, clock)
    await found.add_miner()
    await found.add_miner()
    await clock.advance(120)
    return found
