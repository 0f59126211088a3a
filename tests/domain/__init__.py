"""Tests of the domain, which needs no Home Assistant."""
