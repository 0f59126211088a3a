"""Devices that refuse their logins, and the questions that come of it."""

from collections.abc import AsyncIterator

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.const import DOMAIN
from emulation import (
    EmulatedAntminer,
    EmulatedBraiins,
    EmulatedMiner,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench

from .rig import link

NEW = {"username": "root", "password": "n3w"}


@pytest.fixture
async def device(request: pytest.FixtureRequest) -> AsyncIterator[EmulatedMiner]:
    """Return a device of the kind that the test names."""
    kind: type[EmulatedMiner] = request.param
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0.3, boot=0.1) as running:
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return a miner that is linked to the device alone."""
    bench = Bench(hass, await link(device, scan_interval=3600))
    await bench.set_up()
    return bench


def _questions(hass: HomeAssistant) -> list[str]:
    """Return the flows that ask for a login."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [f["flow_id"] for f in flows if f["context"]["source"] == SOURCE_REAUTH]


async def _poll(miner: Bench) -> None:
    """Read the device, which has to show first that it is the linked one."""
    (coordinator,) = miner.coordinator.controllers.values()
    coordinator.controller.forget_connection()
    await coordinator.async_refresh()
    await miner.settle()


@pytest.mark.parametrize("device", [EmulatedAntminer, EmulatedBraiins], indirect=True)
async def test_password_is_changed(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner
) -> None:
    """The next poll asks for it, and with it the miner is served again."""
    device.password = NEW["password"]
    if isinstance(device, EmulatedBraiins):
        device.end_sessions()
    await _poll(miner)
    (flow_id,) = _questions(hass)
    assert miner.connectivity("ASIC").state == "off"
    result = await hass.config_entries.flow.async_configure(flow_id, NEW)
    await miner.settle()
    assert result["reason"] == "reauth_successful"
    assert miner.connectivity("ASIC").state == "on"
    assert _questions(hass) == []
    await miner.turn("mining", on=False)
    assert not device.mining


@pytest.mark.parametrize("device", [EmulatedAntminer], indirect=True)
async def test_device_changes_its_mind(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner
) -> None:
    """The question is withdrawn."""
    device.fault = Fault.REJECT_LOGIN
    await _poll(miner)
    assert len(_questions(hass)) == 1
    device.fault = None
    await _poll(miner)
    assert _questions(hass) == []


@pytest.mark.parametrize(
    "device", [EmulatedWhatsminer, EmulatedWhatsminerV3], indirect=True
)
async def test_device_that_only_protects_what_changes_it(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner
) -> None:
    """A command asks, no poll withdraws the question, and the answer is used."""
    device.password = NEW["password"]
    await _poll(miner)
    assert _questions(hass) == []
    with pytest.raises(HomeAssistantError):
        await miner.turn("mining", on=False)
    await _poll(miner)
    (flow_id,) = _questions(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, NEW)
    assert result.get("reason") == "reauth_successful", result
    await miner.settle()
    await miner.turn("mining", on=False)
    assert not device.mining
