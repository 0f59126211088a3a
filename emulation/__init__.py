"""Emulated mining devices and smart plugs on loopback addresses."""

from .antminer import EmulatedAntminer
from .avalon import EmulatedAvalonNano3
from .axeos import EmulatedBitaxe
from .device import EmulatedMiner, Pool
from .faults import Fault
from .plug import SmartPlug
from .vnish import EmulatedVnish
from .whatsminer import EmulatedWhatsminer

__all__ = [
    "EmulatedAntminer",
    "EmulatedAvalonNano3",
    "EmulatedBitaxe",
    "EmulatedMiner",
    "EmulatedVnish",
    "EmulatedWhatsminer",
    "Fault",
    "Pool",
    "SmartPlug",
]
