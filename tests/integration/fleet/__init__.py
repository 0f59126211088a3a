"""Fleets in Home Assistant."""
