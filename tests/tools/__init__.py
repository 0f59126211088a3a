"""Tests of the tools that several programs share."""
