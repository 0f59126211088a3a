"""Tests of the flows that register miners and link controllers."""
