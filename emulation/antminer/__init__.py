"""Antminers with the original firmware."""

from .device import EmulatedAntminer

__all__ = ["EmulatedAntminer"]
