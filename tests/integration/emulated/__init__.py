"""Tests with emulated devices, over real sockets and in real time."""
