"""Tests of the emulated devices, most of them through pyasic."""
