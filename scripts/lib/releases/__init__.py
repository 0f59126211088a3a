"""Releases of Home Assistant: their packages, locks, and environments.

All but the check of compatibility runs on a bare Python, before there is any
environment of the project's own.
"""
