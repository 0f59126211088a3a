"""Fixtures for tests with emulated devices."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from emulation import EmulatedAvalonNano3, EmulatedAvalonQ, EmulatedMiner
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)

from .bench import KINDS, Bench, link

type Runner = Callable[..., Awaitable[Any]]

# On an Avalon, a command takes effect 5 s later by its own clock.
_TIME_SCALE: dict[type[EmulatedMiner], float] = {
    EmulatedAvalonNano3: 100.0,
    EmulatedAvalonQ: 100.0,
}


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Leave Home Assistant out of it."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Do without it: it takes longer than all that these tests do."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
def address() -> str:
    """Return an address of its own, at which nothing answers."""
    return new_address()


@pytest.fixture
async def run() -> AsyncIterator[Runner]:
    """Return a way to start a device, which ends with the test."""
    async with AsyncExitStack() as stack:

        async def start(kind: type[EmulatedMiner], **options: Any) -> EmulatedMiner:
            skip_unless_ports_free(kind)
            defaults = {
                "warm_up": 0.2,
                "boot": 0.05,
                "time_scale": _TIME_SCALE.get(kind, 1.0),
            }
            device = kind(options.pop("address", new_address()), **defaults | options)
            return await stack.enter_async_context(device)

        yield start


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def kind(request: pytest.FixtureRequest) -> type[EmulatedMiner]:
    """Return each kind of device."""
    found: type[EmulatedMiner] = request.param
    return found


@pytest.fixture
async def bench(kind: type[EmulatedMiner], run: Runner) -> Bench:
    """Return a running device of each kind, and its controller."""
    return await link(await run(kind))
