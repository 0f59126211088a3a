"""Whatever a device says, only a ControllerError leaves its controller."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from hypothesis import given
import pytest

from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.controllers.network import facts
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSetting,
    HashRate,
    OperationalData,
    Power,
    PowerLimit,
)
from emulation import EmulatedMiner
from emulation.fleet import KINDS
from tests.controllers.fuzzing import Plan, oddities, plans, profile
from tests.controllers.support import capabilities_at

from .bench import Bench, short_limits

EVERY_KIND = tuple(KINDS.values())

# No example may take longer than the limits of its calls together.
TIMEOUT = 8.0
LIMIT = 0.3


@pytest.fixture(params=EVERY_KIND, ids=lambda kind: kind.kind)
def kind(request: pytest.FixtureRequest) -> type[EmulatedMiner]:
    """Return each kind of device that is emulated."""
    found: type[EmulatedMiner] = request.param
    return found


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for facts at every refresh."""
    monkeypatch.setattr(facts, "INTERVAL", 0.0)
    monkeypatch.setattr(facts, "RETRY_INTERVAL", 0.0)


@profile(25)
@given(plan=plans)
async def test_refresh(bench: Bench, plan: Plan) -> None:
    """It reads what can be shown, or tells that it cannot; then all is as before."""
    bench.device.tamper = plan
    with short_limits(LIMIT):
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
    try:
        with short_limits(LIMIT):
            async with asyncio.timeout(TIMEOUT):
                with suppress(ControllerError):
                    found = await capabilities_at(bench.device.address)
                    assert type(found).from_dict(found.as_dict()) == found
    finally:
        bench.device.tamper = None


@profile(8)
@given(plan=plans)
async def test_commands(bench: Bench, plan: Plan) -> None:
    """A command does what it does, or tells that it failed."""
    controller = bench.controller
    bench.device.tamper = plan
    with short_limits(LIMIT):
        async with asyncio.timeout(TIMEOUT * 2):
            for command in (
                controller.set_internal_fan(FanSetting(50)),
                controller.set_locating(locating=True),
                controller.stop_mining(),
                controller.start_mining(),
            ):
                with suppress(ControllerError):
                    await command
    bench.device.tamper = None
    # A command may have been answered that the device has to restart for it.
    async with asyncio.timeout(TIMEOUT):
        while not await tells_status(bench):
            await bench.device.wait_ready()


async def tells_status(bench: Bench) -> bool:
    """Tell whether a device answers, and says what it does."""
    with suppress(ControllerError):
        return (await bench.refresh()).status is not None
    return False


@pytest.mark.parametrize(
    "odd",
    [
        Snapshot(hashrate=HashRate(True)),
        Snapshot(power=Power("12")),  # type: ignore[arg-type]
        Snapshot(operation=OperationalData(uptime=timedelta(days=10**6))),
        Snapshot(operation=OperationalData(best_difficulty=float("nan"))),
        Snapshot(power_limit=PowerLimit(100, 200, 50)),
        Snapshot(internal_fan=FanSetting(400)),
    ],
)
def test_judge(odd: Snapshot) -> None:
    """What cannot be shown is found."""
    with suppress(TypeError):
        assert oddities(odd) != []
