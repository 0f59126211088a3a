"""Fixtures for tests with emulated Bitaxes and their kin."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from emulation.axeos import EmulatedAxe
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)

from .bench import VARIANTS, Bench, link, secret_of

type Linker = Callable[..., Awaitable[Bench]]


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
async def linked(hass: HomeAssistant) -> AsyncIterator[Linker]:
    """Return a way to start a device and to link it; both end with the test."""
    async with AsyncExitStack() as stack:

        async def start(
            kind: type[EmulatedAxe] | str, *, secret: str | None = None, **options: Any
        ) -> Bench:
            if isinstance(kind, str):
                kind, more = VARIANTS[kind]
                options = more | options
            skip_unless_ports_free(kind)
            defaults = {"warm_up": 0.0, "boot": 0.02, "time_scale": 20.0}
            device = await stack.enter_async_context(
                kind(options.pop("address", new_address()), **defaults | options)
            )
            return await link(hass, device, secret=secret or secret_of(device))

        yield start


@pytest.fixture(params=VARIANTS)
async def bench(request: pytest.FixtureRequest, linked: Linker) -> Bench:
    """Return each variant, linked."""
    return await linked(request.param)
