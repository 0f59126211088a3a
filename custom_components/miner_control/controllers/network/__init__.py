"""Reach a device on the network: what all protocols have in common."""
