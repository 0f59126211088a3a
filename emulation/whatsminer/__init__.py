"""Whatsminers."""

from .device import EmulatedWhatsminer

__all__ = ["EmulatedWhatsminer"]
