"""How long the firmware of a device takes to do what it was set to."""

from collections.abc import Mapping
from typing import Final

from ...domain.values import Settling
from ..base import Capabilities

# By a word of the firmware or, where that says little, of the make: the first that
# fits. A stock Antminer, an Avalon and VNish begin their mining anew with another mode
# or preset, a Whatsminer restarts and tunes its chips again.
_SETTLING: Final[Mapping[str, Settling]] = {
    "vnish": Settling(180.0, restarts=True),
    "luxos": Settling(120.0),
    "bos": Settling(180.0),
    "braiins": Settling(180.0),
    "axeos": Settling(60.0),
    "nerdos": Settling(60.0),
    "nmaxe": Settling(60.0),
    "axeforge": Settling(60.0),
    "lucky": Settling(60.0),
    "whatsminer": Settling(600.0, restarts=True),
    "avalon": Settling(180.0, restarts=True),
    "antminer": Settling(300.0, restarts=True),
}
# What is not known is taken for one that restarts: nobody then asks too much of it.
_UNKNOWN: Final = Settling(300.0, restarts=True)


def settling_of(known: Capabilities) -> Settling:
    """Return how a device takes what it is set to, by its firmware."""
    name = f"{known.make or ''} {known.firmware or ''}".lower()
    return next((s for word, s in _SETTLING.items() if word in name), _UNKNOWN)
