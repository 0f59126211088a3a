"""Emulated devices behind plugs, and limits that suit them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.commands import dispatcher
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.coordinator import controller
from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner, SmartPlug
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)
from tests.integration.bench import Bench
from tests.integration.controllers import PLUG_SWITCH

from .rig import PlugEntities, Site, link


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture(autouse=True)
def _storage(hass_storage: dict[str, Any]) -> None:
    """Keep what is remembered of devices from the disk, and from other tests."""


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Emulated devices are quick, and nobody wants to wait for them."""
    monkeypatch.setattr(dispatcher, "PROOF_INTERVAL", 0.05)
    monkeypatch.setattr(controller, "TRANSITION_SCAN_INTERVAL", timedelta(seconds=0.1))
    monkeypatch.setattr(network_controller, "READ_TIMEOUT", 2.0)


@pytest.fixture(params=[EmulatedBitaxe, EmulatedAntminer], ids=lambda kind: kind.kind)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[EmulatedMiner]:
    """Return each of the two kinds of devices that differ most."""
    kind: type[EmulatedMiner] = request.param
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0.3, boot=0.1) as running:
        yield running


@pytest.fixture
async def plug(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[SmartPlug]:
    """Return the plug that the device hangs on, with entities that follow it."""
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"plug": {"initial": True}}}
    )
    assert hass.states.get(PLUG_SWITCH)
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(SmartPlug(new_address(), device))
        await stack.enter_async_context(PlugEntities(hass, found))
        yield found


@pytest.fixture
async def site(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Site]:
    """Return a miner that is linked to a device, with a priority of its own."""
    controller = await link(
        device,
        scan_interval=3600,
        bindings={F.HASHRATE_MONITORING: {"priority": 66}},
    )
    bench = Bench(hass, controller)
    await bench.set_up()
    async with AsyncExitStack() as stack:
        yield Site(bench, device, stack)
