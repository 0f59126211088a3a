"""Antminers with Braiins OS."""

from .device import EmulatedBraiins

__all__ = ["EmulatedBraiins"]
