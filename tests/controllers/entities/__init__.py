"""Tests of entities of Home Assistant as a way to reach a miner."""
