"""Antminers with LuxOS."""

from .device import EmulatedLuxOs

__all__ = ["EmulatedLuxOs"]
