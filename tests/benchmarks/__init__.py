"""Tests of the benchmark: that it measures, and tells what it measured."""
