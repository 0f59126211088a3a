"""Measure the integration beside the usual way of reading miners."""
