"""Where firmware differs: what pyasic does not read, or does not do safely.

A dialect adds what its firmware has and pyasic leaves out, puts right what pyasic
has wrong, and replaces commands that would do harm. `dialect_for` picks one by the
classes that pyasic's object is made of. What each firmware does was measured
against pyasic 0.79.0. To add one: a class here, and a line in `_DIALECTS`.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from ..device import PyasicDevice
from .antminer import AntminerDialect, HiveonDialect
from .antminer_old import OldAntminerDialect
from .avalon import (
    AvalonDialect,
    AvalonMini3Dialect,
    AvalonNano3Dialect,
    AvalonNano3sDialect,
    AvalonQDialect,
)
from .axeos import AxeOsDialect
from .base import Dialect
from .blackminer import BlackMinerDialect
from .bosminer import BosMinerDialect
from .braiins import BraiinsDialect
from .elphapex import ElphapexDialect
from .goldshell import GoldshellDialect
from .iceriver import IceRiverDialect
from .luxos import LuxOsDialect
from .mskminer import MskDialect
from .vnish import VnishDialect
from .whatsminer import WhatsminerDialect
from .whatsminer_v3 import WhatsminerV3Dialect

__all__ = ["Dialect", "dialect_for"]

# The special ones before those of the classes that they derive from in pyasic.
_DIALECTS: Final[tuple[type[Dialect], ...]] = (
    AntminerDialect,
    HiveonDialect,
    AxeOsDialect,
    WhatsminerDialect,
    WhatsminerV3Dialect,
    AvalonNano3Dialect,
    AvalonNano3sDialect,
    AvalonQDialect,
    AvalonMini3Dialect,
    AvalonDialect,
    VnishDialect,
    LuxOsDialect,
    BraiinsDialect,
    BosMinerDialect,
    ElphapexDialect,
    GoldshellDialect,
    IceRiverDialect,
    MskDialect,
    BlackMinerDialect,
    OldAntminerDialect,
)


def dialect_for(
    device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
) -> Dialect:
    """Return the dialect that a device speaks."""
    for dialect in _DIALECTS:
        if dialect.backends & device.lineage:
            return dialect(device, memory)
    return Dialect(device, memory)
