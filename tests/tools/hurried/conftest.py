"""Sockets for what is run in hurried time."""

from collections.abc import Iterator

import pytest

from tests.emulation.support import loopback_allowed


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Leave the usual Home Assistant out of it."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield
