"""Tests of the rules that Home Assistant and HACS set for files and names."""
