"""A house with an emulated miner behind a plug, in which time can be moved."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.commands import dispatcher
from emulation import EmulatedWhatsminer, SmartPlug
from tests.emulation.support import loopback_allowed, new_address
from tests.integration.bench import Bench
from tests.integration.controllers import PLUG_SWITCH, entities
from tests.integration.emulated.rig import PlugEntities, link

from .house import House


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the device be reached."""
    with loopback_allowed():
        yield


@pytest.fixture(name="device")
async def device_fixture(
    freezer: FrozenDateTimeFactory,
) -> AsyncIterator[EmulatedWhatsminer]:
    """Return a miner that stops, restarts and limits its power."""
    # Far from the minute's end, so that no minute ends but where a test says so.
    freezer.move_to("2026-06-15 12:00:10+00:00")
    async with EmulatedWhatsminer(new_address(), warm_up=0.3, boot=0.1) as running:
        yield running


@pytest.fixture(name="house")
async def house_fixture(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    device: EmulatedWhatsminer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    """Return a house whose miner mines."""
    monkeypatch.setattr(dispatcher, "PROOF_INTERVAL", 0.05)
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_set_time_zone("Europe/Rome")
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"plug": {"initial": True}}}
    )
    assert hass.states.get(PLUG_SWITCH)
    async with AsyncExitStack() as stack:
        plug = await stack.enter_async_context(SmartPlug(new_address(), device))
        await stack.enter_async_context(PlugEntities(hass, plug))
        miner = Bench(hass, await link(device, scan_interval=60), entities())
        await miner.set_up()
        house = House(hass, freezer, miner, device, plug)
        await house.settle()
        yield house
        await house.close()
