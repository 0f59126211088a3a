"""Tests of how a fleet shares its power."""
