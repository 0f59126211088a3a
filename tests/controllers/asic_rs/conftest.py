"""Fixtures for tests with emulated devices."""

import pytest

from emulation import EmulatedMiner
from tests.controllers.pyasic.conftest import (
    Runner,
    _custom_integrations,
    _sockets,
    address,
    enable_event_loop_debug,
    run,
)

from .bench import KINDS, Bench, link

__all__ = [
    "_custom_integrations",
    "_sockets",
    "address",
    "enable_event_loop_debug",
    "run",
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def kind(request: pytest.FixtureRequest) -> type[EmulatedMiner]:
    """Return each kind of device that asic-rs knows."""
    found: type[EmulatedMiner] = request.param
    return found


@pytest.fixture
async def bench(kind: type[EmulatedMiner], run: Runner) -> Bench:
    """Return a running device of each kind, and its controller."""
    return await link(await run(kind))
