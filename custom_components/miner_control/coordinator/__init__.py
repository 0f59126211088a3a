"""Keep controllers fresh, and decide who serves each feature of a miner."""

from .authority import MinerAuthority, OwnCommand, Protection, authority_of
from .controller import ControllerCoordinator
from .login import Purpose
from .miner import MinerCoordinator
from .state import MinerState, Resolution
from .turns import entities_turn

__all__ = [
    "ControllerCoordinator",
    "MinerAuthority",
    "MinerCoordinator",
    "MinerState",
    "OwnCommand",
    "Protection",
    "Purpose",
    "Resolution",
    "authority_of",
    "entities_turn",
]
