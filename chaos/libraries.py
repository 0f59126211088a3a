"""The libraries that reach devices: which miner needs which, and what if one breaks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Final

from emulation import fleet as emulated
from emulation.antminer import EmulatedAntminer, EmulatedAntminerS21
from emulation.avalon import EmulatedAvalonNano3S, EmulatedAvalonQ
from emulation.axeos import EmulatedBitaxe
from emulation.braiins import EmulatedBraiins
from emulation.elphapex import EmulatedElphapex
from emulation.luxos import EmulatedLuxOs
from emulation.vnish import EmulatedVnish
from emulation.whatsminer import EmulatedWhatsminer

# The package of each, by its protocol.
PACKAGES: Final[Mapping[str, str]] = {"pyasic": "pyasic", "asic_rs": "pyasic_rs"}

# What both of them know, and tell the device of by its MAC address.
_KNOWN_TO_BOTH: Final = frozenset(
    kind.kind
    for kind in (
        EmulatedAntminer,
        EmulatedAntminerS21,
        EmulatedAvalonNano3S,
        EmulatedAvalonQ,
        EmulatedBraiins,
        EmulatedElphapex,
        EmulatedLuxOs,
        EmulatedVnish,
        EmulatedWhatsminer,
    )
)
# What needs no library is reached by a protocol of its own.
_BY_PYASIC: Final = frozenset(emulated.KINDS) - {EmulatedBitaxe.kind}

# So many miners of a kind are linked alike: one by flows, and one after it.
_ALIKE: Final = 2


@dataclass(frozen=True, slots=True)
class Way:
    """How a device is linked: by a protocol, and by the other library behind it."""

    protocol: str = "auto"
    standby: bool = False

    def protocols(self, kind: str) -> tuple[str, ...]:
        """Return the protocols that need a library, the first one in front."""
        if kind not in _BY_PYASIC:
            return ()
        first = "pyasic" if self.protocol == "auto" else self.protocol
        others = (each for each in PACKAGES if each != first)
        return (first, *others) if self.standby else (first,)


ALONE: Final = Way()
_WAYS: Final = (ALONE, Way(standby=True), Way("asic_rs", standby=True))


def ways(kinds: Sequence[str], random: Random) -> list[Way]:
    """Return how each of some miners is linked, by their kinds."""
    orders = {kind: random.sample(_WAYS, len(_WAYS)) for kind in sorted(set(kinds))}
    met: Counter[str] = Counter()
    found = []
    for kind in kinds:
        number, met[kind] = met[kind] // _ALIKE, met[kind] + 1
        way = orders[kind][number % len(_WAYS)]
        found.append(way if kind in _KNOWN_TO_BOTH else ALONE)
    return found


@dataclass(slots=True)
class Breakage:
    """The time in which a library cannot be imported; without an end it goes on."""

    package: str
    begin: float
    end: float = inf

    @property
    def library(self) -> str:
        """Return the name of the library, as Home Assistant tells it."""
        return self.package.replace("_", "-")

    def holds(self, time: float) -> bool:
        """Tell whether the library is broken at a time."""
        return self.begin <= time <= self.end


def breakage_at(breakages: Iterable[Breakage], time: float) -> Breakage | None:
    """Return what is broken at a time, None if nothing is."""
    return next((each for each in breakages if each.holds(time)), None)
