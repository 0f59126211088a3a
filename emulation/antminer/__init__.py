"""Antminers with the original firmware."""

from .device import EmulatedAntminer
from .s21 import EmulatedAntminerS21

__all__ = ["EmulatedAntminer", "EmulatedAntminerS21"]
