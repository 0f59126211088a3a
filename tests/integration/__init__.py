"""Tests of what the integration does at run time, through Home Assistant itself."""
