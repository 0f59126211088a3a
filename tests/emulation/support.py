"""What tests need that talk to emulated devices."""

import asyncio
from collections.abc import Callable, Iterator
import contextlib
import itertools
import json
import logging
import os
import socket
from typing import Any

import pytest
import pytest_socket

from emulation import EmulatedMiner
from emulation.fleet import may_bind
from emulation.network import HTTP_PORT

_ROOT_LEVEL = logging.getLogger().level
import pyasic  # noqa: E402

# pyasic's import changes the level of everybody's logger.
logging.getLogger().setLevel(_ROOT_LEVEL)

LOOPBACK = "127.0.0.0/8"


class AddressPool:
    """Hand out loopback addresses that no other test process uses.

    Process numbers differ between the workers of one run and between runs at
    the same time, so that they need not know of each other.
    """

    def __init__(self) -> None:
        """Take the network that belongs to this process."""
        number = os.getpid()
        self._network = f"127.{number // 250 % 200 + 40}.{number % 250}"
        self._hosts = itertools.count(1)

    def __call__(self) -> str:
        """Return an address that was not handed out before."""
        host = next(self._hosts) % 250
        return f"{self._network}.{host + 1}"


new_address = AddressPool()


@contextlib.contextmanager
def loopback_allowed() -> Iterator[None]:
    """Let a test use sockets, on loopback addresses only.

    That holds until the next test begins, which is restricted anew: Home Assistant is
    taken down last, and speaks to devices until then.
    """
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts([LOOPBACK])
    yield


@contextlib.contextmanager
def occupied(address: str, port: int) -> Iterator[None]:
    """Listen on a port, so that nobody else can."""
    with socket.socket() as occupant:
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        occupant.bind((address, port))
        occupant.listen()
        yield


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def skip_unless_ports_free(kind: type[EmulatedMiner]) -> None:
    """Skip a test whose device needs a port that this user may not have."""
    if HTTP_PORT in kind.ports and not may_bind("127.0.0.1", HTTP_PORT):
        pytest.skip(f"port {HTTP_PORT} may not be bound here")


async def identify(address: str) -> Any:
    """Return pyasic's object for a device, which must be known to it."""
    found = await pyasic.get_miner(address)
    assert found is not None
    return found


async def read(library: Any, *names: str) -> Any:
    """Return pyasic's data; without names, all but the configuration."""
    if names:
        return await library.get_data(include=list(names))
    return await library.get_data(exclude=["config"])


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition, or fail."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


async def ask(address: str, command: str, **more: object) -> dict[str, Any]:
    """Send one RPC command and return its answer."""
    return parse(await ask_raw(address, json.dumps({"command": command, **more})))


async def ask_raw(address: str, *pieces: str) -> bytes:
    """Send a request to the RPC port, piece by piece."""
    reader, writer = await asyncio.open_connection(address, 4028)
    try:
        for piece in pieces:
            writer.write(piece.encode())
            await writer.drain()
            await asyncio.sleep(0)
        return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def parse(answer: bytes) -> dict[str, Any]:
    """Read a JSON answer, with or without the end of a C string."""
    content: dict[str, Any] = json.loads(answer.rstrip(b"\0"))
    return content
