"""Share a budget of power among miners."""

from .allocation import allocate, let_go
from .memory import Memory, Track
from .model import (
    Action,
    Allocation,
    Cap,
    Circuit,
    Condition,
    Hold,
    LettingGo,
    Member,
    Settings,
    Share,
    Source,
    SourceKind,
)
from .reasons import Reason, ReasonKey

__all__ = [
    "Action",
    "Allocation",
    "Cap",
    "Circuit",
    "Condition",
    "Hold",
    "LettingGo",
    "Member",
    "Memory",
    "Reason",
    "ReasonKey",
    "Settings",
    "Share",
    "Source",
    "SourceKind",
    "Track",
    "allocate",
    "let_go",
]
