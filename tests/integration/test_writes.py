"""An entity is written only when something that it shows has changed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any, cast

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
import pytest

from custom_components.miner_control.coordinator import MinerState
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.ports import HashrateMonitorPort
from custom_components.miner_control.domain.values import HashRate, Power

from .bench import Bench
from .conftest import Plug, SetUp
from .controllers import GONE, HASHING, HOST, Device, Network, entities, network

# What is worked out from the power goes on changing while nothing else does.
ENERGY = "sensor.miner_energy"


@pytest.fixture
def device(devices: Network) -> Device:
    """Return the device."""
    return devices[HOST]


@pytest.fixture
async def miner(set_up: SetUp, device: Device) -> Bench:
    """Return a miner that hashes, all of whose entities were written once."""
    bench = await set_up(network())
    await poll(bench)
    return bench


@pytest.fixture
def writes(hass: HomeAssistant, miner: Bench) -> Counter[str]:
    """Count how often each entity is written, whether that changes it or not."""
    found: Counter[str] = Counter()

    @callback
    def note(event: Event[Any]) -> None:
        """Count one."""
        if event.data["entity_id"] != ENERGY:
            found[event.data["entity_id"]] += 1

    @callback
    def is_meant(_data: Mapping[str, Any]) -> bool:
        """Count all."""
        return True

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=is_meant)
    return found


async def poll(miner: Bench) -> None:
    """Have every controller read its device now."""
    for controller in miner.coordinator.controllers.values():
        await controller.async_refresh()
    await miner.settle()


@pytest.mark.normal
async def test_same_reading_writes_nothing(miner: Bench, writes: Counter[str]) -> None:
    """However often it is read."""
    for _ in range(3):
        await poll(miner)
    assert writes == {}


@pytest.mark.normal
@pytest.mark.parametrize(
    ("change", "written"),
    [
        ({"hashrate": HashRate(101.0)}, {"hashrate", "efficiency"}),
        ({"power": Power(3001.0)}, {"power", "efficiency"}),
        ({"is_locating": True}, {"locate"}),
    ],
)
async def test_change_is_written_where_it_shows(
    miner: Bench,
    device: Device,
    writes: Counter[str],
    change: dict[str, Any],
    written: set[str],
) -> None:
    """Once, and nowhere else."""
    device.answer = replace(HASHING, is_locating=False)
    await poll(miner)
    writes.clear()
    device.answer = replace(device.answer, **change)
    await poll(miner)
    assert {entity_id.partition(".miner_")[2] for entity_id in writes} == written
    assert set(writes.values()) == {1}


async def test_failure_and_recovery_are_written_everywhere(
    hass: HomeAssistant, miner: Bench, device: Device, writes: Counter[str]
) -> None:
    """Nothing that was shown before the failure stands in the way afterwards."""
    before = {state.entity_id: state.state for state in hass.states.async_all()}
    device.answer = GONE
    await poll(miner)
    assert miner.sensor("hashrate").state == "unavailable"
    device.answer = HASHING
    await poll(miner)
    after = {state.entity_id: state.state for state in hass.states.async_all()}
    assert after | {ENERGY: ""} == before | {ENERGY: ""}


async def test_new_provider_is_written(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """Its name is shown although its value is the same."""
    miner = await set_up(network(), entities())
    await plug.measure(3000)
    assert miner.served("power") == ("3000.0", "Smart plug", False)
    await miner.set_feature("S19", F.POWER_MONITORING, priority=99)
    assert miner.served("power") == ("3000.0", "S19", False)
    await miner.set_feature("S19", F.POWER_MONITORING, enabled=False)
    assert miner.served("power") == ("3000.0", "Smart plug", False)


async def test_state_is_one_whole(miner: Bench, device: Device) -> None:
    """Who keeps a state sees what was so at its time."""
    coordinator = miner.coordinator
    assert isinstance(coordinator, DataUpdateCoordinator)
    before = coordinator.data
    assert before.status is MinerStatus.ON
    controller = cast("HashrateMonitorPort", miner.controller("S19"))
    assert before.provider(HashrateMonitorPort) is controller
    assert not before.degraded
    with pytest.raises(FrozenInstanceError):
        before.status = MinerStatus.OFF  # type: ignore[misc]
    with pytest.raises(TypeError):
        before.resolutions[F.LOCATE_CONTROL] = before.resolutions[  # type: ignore[index]
            F.HASHRATE_MONITORING
        ]
    await poll(miner)
    assert coordinator.data == before
    device.answer = GONE
    await poll(miner)
    assert coordinator.data != before
    assert coordinator.data.provider(HashrateMonitorPort) is None
    assert before.provider(HashrateMonitorPort) is controller
    assert set(coordinator.data.degraded) == set(coordinator.data.resolutions)


@pytest.mark.normal
async def test_refresh_of_the_miner_asks_its_devices(
    miner: Bench, device: Device
) -> None:
    """It is what Home Assistant's own action for an entity does."""
    reads = device.reads
    await miner.coordinator.async_refresh()
    assert device.reads == reads + 1
    assert isinstance(miner.coordinator.data, MinerState)
    assert miner.coordinator.update_interval is None
