"""Nothing that a device cannot do has an entity; nothing that it can do lacks one."""

from collections.abc import AsyncIterator
import re

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest

import emulation
from emulation import EmulatedMiner, EmulatedWhatsminer, SmartPlug
from tests.features import FEATURES, Keys, joined
from tests.integration.bench import Bench
from tests.integration.controllers import entities, simulation

from .kinds import ALWAYS, EXPECTED, OF_POWER, keys_of
from .rig import TITLE, link

pytestmark = pytest.mark.normal
every_kind = pytest.mark.parametrize(
    "device", EXPECTED, indirect=True, ids=lambda kind: str(kind.kind)
)
any_kind = pytest.mark.parametrize(
    "device", [EmulatedWhatsminer], indirect=True, ids=lambda kind: str(kind.kind)
)

_EVERYTHING = joined(
    {Platform.SENSOR: OF_POWER}, *(feature.keys for feature in FEATURES.values())
)
_PLUG = {Platform.SENSOR: {"power", "energy"}, Platform.SWITCH: {"power"}}


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Bench]:
    """Return a miner with no other way to it than its device."""
    bench = Bench(hass, await link(device, scan_interval=3600))
    await bench.set_up()
    yield bench
    await bench.unload()


def test_no_kind_is_left_out() -> None:
    """Every device that can be emulated is expected to have something."""
    kinds = {getattr(emulation, name) for name in emulation.__all__}
    assert set(EXPECTED) == {
        kind
        for kind in kinds
        if issubclass(kind, EmulatedMiner) and kind is not EmulatedMiner
    }


@every_kind
async def test_device_has_the_entities_of_what_it_can_do(
    miner: Bench, device: EmulatedMiner
) -> None:
    """The miner has them all, and the controller tells whether it is there."""
    expected = joined(ALWAYS, EXPECTED[type(device)])
    assert keys_of(miner) == expected
    assert keys_of(miner, miner.controller_key(TITLE)) == {
        Platform.BINARY_SENSOR: {"connectivity"}
    }
    await miner.coordinator.async_refresh_all()
    await miner.settle()
    assert keys_of(miner) == expected


@every_kind
async def test_plug_adds_what_the_device_cannot_do(
    hass: HomeAssistant, device: EmulatedMiner, plug: SmartPlug
) -> None:
    """The power can be switched, and is measured for those that do not themselves."""
    bench = Bench(hass, await link(device, scan_interval=3600), entities())
    await bench.set_up()
    assert keys_of(bench) == joined(
        ALWAYS, EXPECTED[type(device)], _PLUG, {Platform.SENSOR: OF_POWER}
    )


@any_kind
@pytest.mark.parametrize("stands_in", [False, True])
async def test_plug_alone(
    hass: HomeAssistant, plug: SmartPlug, *, stands_in: bool
) -> None:
    """It knows of power only, which may be all that there is to let a miner mine."""
    bench = Bench(hass, entities(), options={"power_stands_in": stands_in})
    await bench.set_up()
    mining = {Platform.SWITCH: {"mining"}} if stands_in else {}
    assert keys_of(bench) == joined(ALWAYS, _PLUG, mining)


async def test_simulation_has_everything(hass: HomeAssistant) -> None:
    """There is no entity that it does not show."""
    bench = Bench(hass, simulation())
    await bench.set_up()
    assert keys_of(bench) == joined(ALWAYS, _EVERYTHING)
    everything = _numberless(joined(ALWAYS, _EVERYTHING))
    for keys in EXPECTED.values():
        assert joined(everything, _numberless(keys)) == everything


def _numberless(keys: Keys) -> Keys:
    """Return keys without the numbers of boards and fans, of which some have more."""
    return {p: {re.sub(r"_\d+", "", key) for key in found} for p, found in keys.items()}
