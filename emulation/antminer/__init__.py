"""Antminers with the original firmware."""

from .device import EmulatedAntminer
from .l7 import EmulatedAntminerL7
from .s9 import EmulatedAntminerS9
from .s21 import EmulatedAntminerS21

__all__ = [
    "EmulatedAntminer",
    "EmulatedAntminerL7",
    "EmulatedAntminerS9",
    "EmulatedAntminerS21",
]
