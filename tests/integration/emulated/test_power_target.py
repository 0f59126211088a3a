"""The power of every kind of device follows its target, whatever slows it down.

The devices draw other watts than they are told, and are a while late.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.network.settling import settling_of
from custom_components.miner_control.coordinator import power_target
from custom_components.miner_control.coordinator.power_target import PowerTarget
from custom_components.miner_control.domain import power_target as domain
from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    SmartPlug,
)
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import PLUG_SWITCH, entities, subentry
from tests.integration.controlling import call

from .rig import PlugEntities

# How long a step settles here, in seconds.
SETTLE = 0.4
KINDS: dict[str, tuple[type[EmulatedMiner], str]] = {
    kind.kind: (kind, protocol)
    for kind, protocol in (
        (EmulatedAntminer, "pyasic"),
        (EmulatedAntminerS21, "pyasic"),
        (EmulatedWhatsminer, "pyasic"),
        (EmulatedWhatsminerV3, "pyasic"),
        (EmulatedVnish, "pyasic"),
        (EmulatedLuxOs, "pyasic"),
        (EmulatedBraiins, "pyasic"),
        (EmulatedAvalonNano3, "pyasic"),
        (EmulatedAvalonNano3S, "pyasic"),
        (EmulatedAvalonQ, "pyasic"),
    )
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have settings take effect soon, and learn as soon as they did."""
    monkeypatch.setattr(
        network_controller,
        "settling_of",
        lambda known: replace(settling_of(known), seconds=SETTLE),
    )
    monkeypatch.setattr(network_controller, "READ_TIMEOUT", 10.0)
    monkeypatch.setattr(power_target, "LEARNING_INTERVAL", 0.1)
    monkeypatch.setattr(power_target, "_PAUSE_OF_STARTS", 0.1)
    monkeypatch.setattr(power_target, "_AFTERMATH", 0.1)
    monkeypatch.setattr(domain, "SAME_RESTART", 0.1)
    monkeypatch.setattr(domain, "_UPTIME_SLACK", 0.5)


@pytest.fixture(params=KINDS)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[EmulatedMiner]:
    """Return a device of each kind that can be slowed down."""
    kind, _ = KINDS[request.param]
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0.05, boot=0.05) as running:
        running.draw(factor=1.05, offset=running.rating.watts * 0.01, lag=0.2)
        running.machine.settle()
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Bench]:
    """Return a miner whose device hangs on a plug that measures."""
    _, protocol = KINDS[device.kind]
    found = await identify(hass, NetworkAddress(host=device.address), protocol)
    linked = subentry(
        "network",
        "ASIC",
        found.capabilities,
        unique_id=found.capabilities.mac,
        host=device.address,
        protocol=protocol,
        scan_interval=3600,
    )
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"plug": {"initial": True}}}
    )
    assert hass.states.get(PLUG_SWITCH)
    async with AsyncExitStack() as stack:
        plug = await stack.enter_async_context(SmartPlug(new_address(), device))
        await stack.enter_async_context(PlugEntities(hass, plug))
        bench = Bench(hass, linked, entities())
        await bench.set_up()
        yield bench


def target_of(miner: Bench) -> PowerTarget:
    """Return the power target of a miner."""
    return miner.coordinator.power_target


async def until(miner: Bench, is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Read the miner again and again until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await miner.coordinator.async_refresh_all()
            await asyncio.sleep(0.05)


def has_learned(miner: Bench) -> bool:
    """Tell whether it is known what the miner draws as it is set."""
    target = target_of(miner)
    now = target._setting_now()
    return now is not None and now.key in target.learned.watts


async def rests(miner: Bench, device: EmulatedMiner) -> None:
    """Wait until the miner has settled, and nothing is left to be corrected."""
    target, quiet = target_of(miner), 0
    for _ in range(200):
        await miner.coordinator.async_refresh_all()
        await asyncio.sleep(0.1)
        is_busy = (
            target.settles_until is not None
            or target._is_waiting
            or target._is_planned
            or not has_learned(miner)
            or not device.mining
        )
        quiet = 0 if is_busy else quiet + 1
        if quiet == 4:
            return
    pytest.fail(f"no rest: {target.report}, {device.watts} W, {miner.status}")


def settings(device: EmulatedMiner) -> Any:
    """Return what must never change by a power target."""
    return deepcopy(device.pools)


async def test_power_follows_the_target(miner: Bench, device: EmulatedMiner) -> None:
    """From all down to half of it: within 7 % of the target, or one step."""
    pools = settings(device)
    await until(miner, lambda: has_learned(miner))
    target = target_of(miner)
    assert target.reach
    highest = target.reach.ceiling
    for share in (1.0, 0.85, 0.7, 0.5, 0.8):
        shown = miner.state("number", "power_target").attributes
        asked = min(max(highest * share, shown["min"]), shown["max"])
        await call(miner, "power_target", "number.set_value", value=asked)
        await rests(miner, device)
        state = miner.state("number", "power_target")
        assert float(state.state) == pytest.approx(asked)
        measured = device.watts
        assert state.attributes["setting"]
        assert state.attributes["expected_power"] == pytest.approx(measured, rel=0.03)
        steps = target.reach.steps
        if not steps:
            assert measured == pytest.approx(asked, rel=0.07)
            continue
        assert measured <= asked * 1.07 or measured == pytest.approx(steps[0], rel=0.03)
        better = [step for step in steps if measured * 1.03 < step <= asked * 0.97]
        assert not better
    assert settings(device) == pools
    assert device.crashes == 0
    assert device.mining
