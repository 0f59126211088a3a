"""Tests of the ways to reach a miner."""
