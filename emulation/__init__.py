"""Emulated mining devices and smart plugs on loopback addresses.

Each device has an address of its own and the ports of the real one, so that
unmodified client libraries identify, read and control it:

    async with EmulatedAntminer("127.0.10.1") as miner:
        async with SmartPlug("127.0.10.101", miner) as plug:
            await plug.turn_off()
            assert miner.watts == 0

What a device truly does is told by its properties (`mining`, `hashrate`,
`watts` and so on), whatever its interface says under a fault.
"""

from .antminer import EmulatedAntminer, EmulatedAntminerS21
from .avalon import EmulatedAvalonNano3, EmulatedAvalonNano3S, EmulatedAvalonQ
from .axeos import EmulatedBitaxe
from .braiins import EmulatedBraiins
from .device import EmulatedMiner, Pool
from .elphapex import EmulatedElphapex
from .faults import Fault
from .luxos import EmulatedLuxOs
from .plug import SmartPlug
from .vnish import EmulatedVnish
from .whatsminer import EmulatedWhatsminer, EmulatedWhatsminerV3

__all__ = [
    "EmulatedAntminer",
    "EmulatedAntminerS21",
    "EmulatedAvalonNano3",
    "EmulatedAvalonNano3S",
    "EmulatedAvalonQ",
    "EmulatedBitaxe",
    "EmulatedBraiins",
    "EmulatedElphapex",
    "EmulatedLuxOs",
    "EmulatedMiner",
    "EmulatedVnish",
    "EmulatedWhatsminer",
    "EmulatedWhatsminerV3",
    "Fault",
    "Pool",
    "SmartPlug",
]
