"""What only a Bitaxe and its kin can be told, through Home Assistant."""

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network.address import NetworkAddress
from emulation.axeos import EmulatedBitaxe, EmulatedNerdQaxe, EmulatedNMAxe
from tests.emulation.support import new_address, skip_unless_ports_free, until
from tests.integration.bench import Bench
from tests.integration.controllers import subentry
from tests.integration.controlling import call

from .kinds import keys_of

KINDS: dict[str, tuple[Any, dict[str, str], str, set[str]]] = {
    "bitaxe-2.9": (EmulatedBitaxe, {"version": "v2.9.0"}, "temptarget", set()),
    "bitaxe-2.12": (
        EmulatedBitaxe,
        {"version": "v2.12.2"},
        "temptarget",
        {"fan_minimum"},
    ),
    "bitaxe-2.15": (
        EmulatedBitaxe,
        {"version": "v2.15.0"},
        "temptarget",
        {"fan_minimum", "prefer_fallback_pool"},
    ),
    "nerdqaxe": (EmulatedNerdQaxe, {}, "pidTargetTemp", set()),
    "nmaxe": (EmulatedNMAxe, {}, "target", set()),
}
_NEWEST = pytest.mark.parametrize("device", ["bitaxe-2.15"], indirect=True)


@pytest.fixture(params=KINDS)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Return each of the devices that differ in that."""
    kind, options, _, _ = KINDS[request.param]
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0.0, boot=0.05, **options) as running:
        running.name = request.param
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: Any) -> Bench:
    """Return a miner that is linked to the device."""
    found = await identify(hass, NetworkAddress(host=device.address))
    linked = subentry(
        "network",
        "Axe",
        found.capabilities,
        host=device.address,
        protocol="axeos",
        push=False,
    )
    bench = Bench(hass, linked)
    await bench.set_up()
    return bench


async def test_fan(miner: Bench, device: Any) -> None:
    """Each has what its firmware has, and shows what it is set to."""
    _, _, key, more = KINDS[device.name]
    found = set().union(*keys_of(miner).values())
    assert found & {"fan_minimum", "prefer_fallback_pool"} == more
    before = deepcopy((device.settings, device.pools))
    assert float(miner.state("number", "fan_target").state) == before[0][key]
    await call(miner, "fan_target", "number.set_value", value=50)
    assert device.settings == before[0] | {key: 50}
    assert float(miner.state("number", "fan_target").state) == 50
    with pytest.raises(HomeAssistantError):
        await call(miner, "fan_target", "number.set_value", value=99)
    assert (device.settings, device.pools) == (before[0] | {key: 50}, before[1])


@_NEWEST
async def test_fan_minimum(miner: Bench, device: Any) -> None:
    """The least speed of a fan in automatic mode."""
    await call(miner, "fan_minimum", "number.set_value", value=35)
    assert device.settings["minFanSpeed"] == 35
    assert float(miner.state("number", "fan_minimum").state) == 35
    # It is not the mode that changes.
    assert miner.state("fan", "internal_fan").attributes["preset_mode"] == "auto"


@_NEWEST
async def test_fallback_pool(miner: Bench, device: Any) -> None:
    """The switch shows what was wished, the sensor what is so; it mines on."""
    pools = deepcopy(device.pools)
    for is_wished, state in ((True, "on"), (False, "off")):
        await miner.turn("prefer_fallback_pool", on=is_wished)
        await until(lambda: device.ready and device.mining)
        await miner.coordinator.async_refresh_all()
        await miner.settle()
        assert miner.switch("prefer_fallback_pool").state == state
        assert miner.state("binary_sensor", "fallback_pool").state == state
        assert miner.switch("mining").state == "on"
    assert device.reboots == 2
    assert device.pools == pools


@_NEWEST
async def test_no_fallback_pool(miner: Bench, device: Any) -> None:
    """Where none is set, nothing is told, and the device is not restarted."""
    device.pools[1].url = "stratum+tcp://:3333"
    with pytest.raises(HomeAssistantError):
        await miner.turn("prefer_fallback_pool", on=True)
    assert device.commands == []
    assert device.reboots == 0
