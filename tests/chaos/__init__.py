"""Tests of the chaos: each of its counts finds what is planted for it."""
