"""The tests run on every release of Home Assistant that the integration admits."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockEntityPlatform,
    async_call_logger_set_level,
    mock_restore_cache,
    mock_restore_cache_with_extra_data,
)

from tests.plugin_gaps import GAPS, is_open, release, release_of_plugin


@pytest.mark.parametrize(
    ("opened", "running", "made_for", "expected"),
    [
        ("2026.11.0", "2026.11.0", "2026.10.4", True),
        ("2026.11.0", "2027.1.0b2", "2026.10.4", True),
        ("2026.11.0", "2026.10.4", "2026.10.4", False),
        ("2026.11.0", "2026.11.2", "2026.11.1", False),
        ("2026.11.0", "2027.1.0", "2026.11.0", False),
        ("2027.1.0", "2026.11.0", "2026.10.4", False),
    ],
)
def test_gap_is_closed_only_where_it_is_open(
    opened: str, running: str, made_for: str, *, expected: bool
) -> None:
    """An older release never had it; a plug-in of that release has closed it."""
    releases = [release(version) for version in (opened, running, made_for)]
    assert is_open(*releases) is expected


def test_no_gap_is_kept_that_the_plugin_has_closed() -> None:
    """What nobody needs any longer goes."""
    assert not [
        close.__name__ for opened, close in GAPS if opened <= release_of_plugin()
    ]


async def test_restored_state_reaches_an_entity(hass: HomeAssistant) -> None:
    """A helper of the plug-in fills what Home Assistant restores from."""
    hass.set_state(CoreState.not_running)
    told = {"total": 7}
    mock_restore_cache_with_extra_data(hass, [(State("sensor.miner", "7"), told)])
    state, extra = await _restored(hass)
    assert (state.state, extra) == ("7", told)


async def test_restored_state_needs_no_extra_data(hass: HomeAssistant) -> None:
    """Another helper of the plug-in fills in the states alone."""
    hass.set_state(CoreState.not_running)
    mock_restore_cache(hass, [State("sensor.miner", "7", {"unit_of_measurement": "W"})])
    state, extra = await _restored(hass)
    assert state.attributes == {"unit_of_measurement": "W"}
    assert extra is None


async def _restored(hass: HomeAssistant) -> tuple[State, Mapping[str, Any] | None]:
    """Return what an entity that has just been added restores."""
    entity = RestoreEntity()
    entity.entity_id = "sensor.miner"
    await MockEntityPlatform(hass, domain="sensor").async_add_entities([entity])
    state = await entity.async_get_last_state()
    extra = await entity.async_get_last_extra_data()
    assert state
    return state, extra.as_dict() if extra else None


async def test_level_of_a_log_is_reset(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """A helper of the plug-in finds what it resets the levels with."""
    await async_setup_component(hass, "logger", {})
    level = "DEBUG"
    async with async_call_logger_set_level("miner", level, hass=hass, caplog=caplog):
        assert hass.data["logger"].overrides == {"miner": 10}
    assert not hass.data["logger"].overrides
