"""Keep controllers fresh, and decide who serves each feature of a miner."""

from .controller import ControllerCoordinator
from .login import Purpose
from .memory import MinerMemory
from .miner import MinerCoordinator
from .resolution import Resolution
from .turns import entities_turn

__all__ = [
    "ControllerCoordinator",
    "MinerCoordinator",
    "MinerMemory",
    "Purpose",
    "Resolution",
    "entities_turn",
]
