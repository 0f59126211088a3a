"""Whatever entities show, only a ControllerError leaves their controller."""

from contextlib import suppress
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers.entities.roles import ROLES
from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.domain.features import MinerFeatureType
from tests.controllers.fuzzing import (
    ODD_NUMBERS,
    ODD_TEXTS,
    Gone,
    oddities,
    profile,
    values,
)
from tests.features import FEATURES

from .conftest import Link

UNITS = ("W", "kW", "°C", "°F", "V", "MHz", "rpm", "%", "TH/s", "kWh", "s", "min", "d")
STATES = ("on", "off", "unknown", "Mining", "2020-01-01T00:00:00+00:00", "0001-01-01")

states = st.one_of(
    st.sampled_from(STATES),
    st.sampled_from([text for text in ODD_TEXTS if len(text) < 256]),
    st.sampled_from([str(number)[:250] for number in ODD_NUMBERS]),
    st.floats().map(str),
    st.integers(-100, 10_000).map(str),
    st.text(max_size=30),
)
anything = values.filter(lambda value: value is not Gone.GONE)
units = st.one_of(st.sampled_from(UNITS), st.sampled_from(UNITS), anything)
attributes = st.fixed_dictionaries(
    {"unit_of_measurement": units},
    optional={
        "min": anything,
        "max": anything,
        "step": anything,
        "options": anything,
        "percentage": anything,
        "preset_mode": st.one_of(st.just("auto"), anything),
        "preset_modes": st.one_of(st.just(["auto"]), anything),
        "supported_features": anything,
    },
)


@pytest.mark.parametrize(
    ("feature", "domain"),
    [(feature, domain) for feature, role in ROLES.items() for domain in role.domains],
)
@profile(20)
@given(state=states, attributes=attributes)
async def test_entity(
    hass: HomeAssistant,
    link: Link,
    feature: MinerFeatureType,
    domain: str,
    state: str,
    attributes: dict[str, Any],
) -> None:
    """What an entity shows is a value that can be shown, or none; it may be told."""
    entity_id = f"{domain}.odd"
    hass.states.async_set(entity_id, state, attributes)
    controller = link({feature: entity_id})
    with suppress(ControllerError):
        assert oddities(await controller.async_refresh(controller.features)) == []
    with suppress(ControllerError):
        await controller._tell(feature, wish=FEATURES[feature].wish)
