"""Antminers with the VNish firmware."""

from .device import EmulatedVnish
from .presets import PRESETS, Preset

__all__ = ["PRESETS", "EmulatedVnish", "Preset"]
