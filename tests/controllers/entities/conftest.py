"""Fixtures for entities that a user chose."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers.base import ControllerConfig
from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
    capabilities,
)
from custom_components.miner_control.domain.features import MinerFeatureType

type Choose = Callable[[Mapping[MinerFeatureType, str]], EntitiesController]
type Measure = Callable[..., None]
type Link = Callable[..., EntitiesController]


@pytest.fixture
def choose(hass: HomeAssistant) -> Choose:
    """Return a way to make the controller of some entities."""

    def choose(chosen: Mapping[MinerFeatureType, str]) -> EntitiesController:
        references = {feature.value: entity for feature, entity in chosen.items()}
        config = ControllerConfig(
            controller_id="plug",
            title="Plug",
            data={"entities": references},
            capabilities=capabilities(chosen),
        )
        return EntitiesController(hass, config)

    return choose


@pytest.fixture
def measure(hass: HomeAssistant) -> Measure:
    """Return a way to let an entity have a state."""

    def measure(entity_id: str, state: object, unit: str | None = None) -> None:
        attributes = {} if unit is None else {"unit_of_measurement": unit}
        hass.states.async_set(entity_id, str(state), attributes)

    return measure


@pytest.fixture
def link(hass: HomeAssistant) -> Link:
    """Return how to link entities: features by name, and what else is stored."""

    def link(entities: dict[str, str], **data: Any) -> EntitiesController:
        config = ControllerConfig(
            controller_id="id",
            title="Entities",
            data={"entities": entities, **data},
            capabilities=capabilities(entities),
        )
        return EntitiesController(hass, config)

    return link
