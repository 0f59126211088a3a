"""Keep controllers fresh, and decide who serves each feature of a miner."""

from .controller import ControllerCoordinator
from .login import Purpose
from .memory import MinerMemory
from .miner import MinerCoordinator
from .resolution import Resolution

__all__ = [
    "ControllerCoordinator",
    "MinerCoordinator",
    "MinerMemory",
    "Purpose",
    "Resolution",
]
