"""Bitaxes and their kin by their own web API."""
