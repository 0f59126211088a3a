"""Fixtures for tests with emulated devices."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
import contextlib
from typing import Any

import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)

from .support import loopback_allowed, new_address, skip_unless_ports_free, until

type Runner = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Leave Home Assistant out of it."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
def address() -> str:
    """Return an address of its own."""
    return new_address()


@pytest.fixture
async def run() -> AsyncIterator[Runner]:
    """Return a way to start a device, which ends with the test."""
    before = asyncio.all_tasks()
    async with contextlib.AsyncExitStack() as stack:

        async def start(kind: type[EmulatedMiner], **options: Any) -> EmulatedMiner:
            skip_unless_ports_free(kind)
            options = {"warm_up": 0.2, "boot": 0.05} | options
            return await stack.enter_async_context(kind(new_address(), **options))

        yield start

    def is_quiet() -> bool:
        return asyncio.all_tasks() <= before | {asyncio.current_task()}

    # pyasic leaves tasks behind when it fails; without devices they end soon.
    await until(is_quiet)


@pytest.fixture
async def antminer(run: Runner) -> EmulatedAntminer:
    """Return a running Antminer."""
    device: EmulatedAntminer = await run(EmulatedAntminer)
    return device


@pytest.fixture
async def whatsminer(run: Runner) -> EmulatedWhatsminer:
    """Return a running Whatsminer."""
    device: EmulatedWhatsminer = await run(EmulatedWhatsminer)
    return device


@pytest.fixture
async def bitaxe(run: Runner) -> EmulatedBitaxe:
    """Return a running Bitaxe."""
    device: EmulatedBitaxe = await run(EmulatedBitaxe)
    return device


@pytest.fixture
async def avalon(run: Runner) -> EmulatedAvalonNano3:
    """Return a running Avalon Nano 3 on whose clock a second takes 20 ms."""
    device: EmulatedAvalonNano3 = await run(EmulatedAvalonNano3, time_scale=50)
    return device


@pytest.fixture
async def vnish(run: Runner) -> EmulatedVnish:
    """Return a running VNish machine whose web page is the quicker one."""
    device: EmulatedVnish = await run(EmulatedVnish, socket_delay=0.1)
    return device
