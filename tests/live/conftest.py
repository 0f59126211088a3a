"""A Home Assistant that is started and stopped like any other."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulation.support import loopback_allowed
from tools.home.home import Home
from tools.home.ports import free_port
from tools.home.processes import Family

from .server import Server


def pytest_configure(config: pytest.Config) -> None:
    """Register this folder's marker."""
    config.addinivalue_line("markers", "live: starts a real Home Assistant")


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Have no Home Assistant in this process."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let Home Assistant and devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Return a Home Assistant with a folder of its own, not started yet."""
    async with aiohttp.ClientSession() as session, Family() as family:
        yield Server(Home(tmp_path), family, session, free_port())
