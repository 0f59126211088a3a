"""Tests of the user interface: a real browser drives a real Home Assistant.

They take pictures for the documents if TAKE_PICTURES is set.
"""
