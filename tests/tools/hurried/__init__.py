"""Tests of the time that leaps."""
