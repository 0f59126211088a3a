"""Canaan's Avalons for the home."""

from .home import EmulatedAvalonNano3S, EmulatedAvalonQ
from .nano3 import EmulatedAvalonNano3

__all__ = ["EmulatedAvalonNano3", "EmulatedAvalonNano3S", "EmulatedAvalonQ"]
