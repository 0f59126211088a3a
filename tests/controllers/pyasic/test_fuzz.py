"""Whatever a device says, only a ControllerError leaves its controller."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
import json
from typing import Any, cast

from hypothesis import given
import pytest

from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.controllers.network import facts
from custom_components.miner_control.controllers.pyasic.dialects import Dialect
from custom_components.miner_control.domain.features import MinerFeatureType
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

from . import test_bosminer, test_goldshell, test_iceriver
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


def goldshell(plan: Plan) -> Dialect:
    """Return a Goldshell whose answers are tampered with."""
    device = test_goldshell.Device()
    rpc, shown = device.dialect.miner.rpc, cast("Any", device.dialect.device)
    for name, table in device.told.items():
        setattr(rpc, name.lower(), answering(plan, name, {name: table}))
    shown.page = answering(plan, "setting", device.settings)
    return device.dialect


def iceriver(plan: Plan) -> Dialect:
    """Return an IceRiver whose answers are tampered with."""
    dialect = test_iceriver.device({})
    panel = answering(plan, "userpanel", {"data": test_iceriver.panel()})
    dialect.miner.web.userpanel = panel
    return dialect


def bosminer(plan: Plan) -> Dialect:
    """Return an S9 with older Braiins OS whose answers are tampered with."""
    dialect = test_bosminer.device({})
    for name, table in test_bosminer.answers().items():
        setattr(dialect.miner.rpc, name, answering(plan, name, {name.upper(): table}))
    return dialect


def answering(plan: Plan, name: str, content: Any) -> Callable[..., Awaitable[Any]]:
    """Return a question whose answer is what a plan makes of it."""

    async def answer(*_: Any) -> Any:
        told = plan(name, deepcopy(content))
        return json.loads(told) if isinstance(told, bytes) else told

    return answer


@pytest.mark.parametrize("make", [goldshell, iceriver, bosminer])
@profile(40)
@given(plan=plans)
async def test_devices_that_are_not_emulated(
    make: Callable[[Plan], Dialect], plan: Plan
) -> None:
    """What can be shown is read of them, too, whatever they say."""
    dialect = make(plan)
    assert oddities(await dialect.read_extras(frozenset(MinerFeatureType))) == []
    await dialect.read_signs()
    if make is bosminer:
        return
    await dialect.read_mac()
    await dialect.explore()
    if make is goldshell:
        for command in (dialect.stop_mining, dialect.start_mining):
            with suppress(ControllerError):
                await command()


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
