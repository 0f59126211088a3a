"""Ways to reach a miner; one module or folder each.

To add one: a class that inherits the ports it can serve, a line in `_FACTORIES`,
and a flow in `flows/`.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant

from .base import Controller, ControllerConfig
from .entities.controller import EntitiesController
from .pyasic.controller import PyasicController
from .simulated import SimulatedController

type ControllerFactory = Callable[[HomeAssistant, ControllerConfig], Controller]

_FACTORIES: Final[dict[str, ControllerFactory]] = {
    PyasicController.subentry_type: lambda _hass, config: PyasicController(config),
    EntitiesController.subentry_type: EntitiesController,
    SimulatedController.subentry_type: lambda _hass, config: SimulatedController(
        config
    ),
}

CONTROLLER_TYPES: Final[dict[str, type[Controller]]] = {
    cls.subentry_type: cls
    for cls in (PyasicController, EntitiesController, SimulatedController)
}


def create_controller(
    hass: HomeAssistant, subentry_type: str, config: ControllerConfig
) -> Controller:
    """Make the controller that a subentry describes; contact nothing."""
    return _FACTORIES[subentry_type](hass, config)
