"""Whatever an AxeOS device says, only a ControllerError leaves its controller."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hypothesis import given
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from tests.controllers.fuzzing import Plan, oddities, plans, profile

from .bench import Bench
from .conftest import Linker

# One of each family, and the oldest and the newest of the first.
FAMILIES = ("axeos-2.4", "axeos-2.15", "nerdqaxe", "nmaxe", "lv07", "lv08")
# No example may take longer than the limits of its calls together.
TIMEOUT = 8.0
LIMIT = 0.3


@contextmanager
def short_limits() -> Iterator[None]:
    """Do not wait for a device that is out of order as long as for a real one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("READ_TIMEOUT", "COMMAND_TIMEOUT", "LOGIN_TIMEOUT"):
            patch.setattr(network_controller, name, LIMIT)
        yield


@pytest.fixture(params=FAMILIES)
async def bench(request: pytest.FixtureRequest, linked: Linker) -> Bench:
    """Return a device of each family, linked."""
    return await linked(request.param)


@profile(15)
@given(plan=plans)
async def test_refresh(bench: Bench, plan: Plan) -> None:
    """It reads what can be shown, or tells that it cannot; then all is as before."""
    bench.device.tamper = plan
    with short_limits():
        async with asyncio.timeout(TIMEOUT):
            for _ in range(2):
                with suppress(ControllerError):
                    assert oddities(await bench.refresh()) == []
                assert oddities(bench.controller.snapshot) == []
                assert bench.controller.is_mining in (True, False, None)
    bench.device.tamper = None
    assert (await bench.refresh()).hashrate is not None


@profile(8)
@given(plan=plans)
async def test_identification(bench: Bench, plan: Plan) -> None:
    """It finds a device that can be stored, or none."""
    bench.device.tamper = plan
    address = NetworkAddress(host=bench.device.address)
    try:
        with short_limits(), suppress(ControllerError):
            async with asyncio.timeout(TIMEOUT):
                found = (await identify(bench.hass, address, "axeos")).capabilities
                assert type(found).from_dict(found.as_dict()) == found
    finally:
        bench.device.tamper = None
