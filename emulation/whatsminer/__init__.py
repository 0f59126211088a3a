"""Whatsminers."""

from .device import EmulatedWhatsminer
from .v3 import EmulatedWhatsminerV3

__all__ = ["EmulatedWhatsminer", "EmulatedWhatsminerV3"]
