"""Bitaxes and their kin: AxeOS, NerdOS, NMAxe and Lucky Miner."""

from .bitaxe import BITAXES, EmulatedBitaxe, EmulatedBitaxeHex, EmulatedBitaxeTurbo
from .kin import EmulatedAxe
from .lucky import EmulatedLuckyLV07, EmulatedLuckyLV08
from .nerd import (
    EmulatedNerdOctaxe,
    EmulatedNerdQaxe,
    EmulatedNerdQaxeOld,
    EmulatedNerdQaxeWithOtp,
    EmulatedNerdQX,
)
from .nmaxe import EmulatedNMAxe

__all__ = [
    "BITAXES",
    "EmulatedAxe",
    "EmulatedBitaxe",
    "EmulatedBitaxeHex",
    "EmulatedBitaxeTurbo",
    "EmulatedLuckyLV07",
    "EmulatedLuckyLV08",
    "EmulatedNMAxe",
    "EmulatedNerdOctaxe",
    "EmulatedNerdQX",
    "EmulatedNerdQaxe",
    "EmulatedNerdQaxeOld",
    "EmulatedNerdQaxeWithOtp",
]
