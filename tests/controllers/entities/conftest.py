"""Entities to link, and a controller that links them."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers.base import ControllerConfig
from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
    capabilities,
)

type Link = Callable[..., EntitiesController]


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
