"""Loading, reloading and unloading: nothing is left behind, nothing is done twice."""

import asyncio
import gc
import weakref

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.coordinator import entities_turn
from custom_components.miner_control.domain.snapshot import Snapshot
from tests.controllers.support import type_of

from .bench import Bench, Clock, let_run
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HOST,
    PLUG_POWER,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
)


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with every kind of controller."""
    return await set_up(network(), entities(), simulation())


@pytest.mark.normal
async def test_unloaded_miner_asks_and_hears_nothing(
    hass: HomeAssistant, miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Neither polls nor pushes reach it any more."""
    coordinator = miner.coordinator
    await miner.unload()
    assert miner.entry.state is ConfigEntryState.NOT_LOADED
    assert not coordinator._listeners
    assert coordinator._cancel_timer is None
    for controller in coordinator.controllers.values():
        assert not controller._listeners
    reads, status = devices[HOST].reads, coordinator.data.status
    await plug.switch(on=False)
    await clock.advance(600)
    assert devices[HOST].reads == reads
    assert coordinator.data.status == status
    assert miner.sensor("hashrate").state == "unavailable"


@pytest.mark.normal
async def test_unloaded_miner_can_be_collected(
    hass: HomeAssistant, miner: Bench
) -> None:
    """No listener, timer or task holds on to it."""
    gone = weakref.ref(miner.coordinator)
    await miner.unload()
    gc.collect()
    assert gone() is None


@pytest.mark.normal
async def test_reloads_do_not_add_up(
    hass: HomeAssistant, miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """After five of them, a device is asked as often as after none."""
    for _ in range(5):
        assert await hass.config_entries.async_reload(miner.entry.entry_id)
        await miner.settle()
    before = devices[HOST].reads
    await clock.advance(300)
    assert devices[HOST].reads - before == pytest.approx(10, abs=1)
    assert miner.served("power") == ("3200.0", "Smart plug", False)


@pytest.mark.normal
async def test_loading_does_not_wait_for_a_plug(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """It is set up without its entities, and takes them when they come."""
    miner = await set_up(network(), entities())
    assert miner.sensor("hashrate").state == "100.0"
    hass.states.async_set(PLUG_SWITCH, "on")
    hass.states.async_set(PLUG_POWER, "3000", {"unit_of_measurement": "kW"})
    await let_run()
    assert miner.switch("power").state == "on"


async def test_loading_does_not_fail_with_a_device(
    set_up: SetUp, devices: Network
) -> None:
    """A miner that is away is a normal thing."""
    devices[HOST].answer = GONE
    miner = await set_up(network())
    assert miner.entry.state is ConfigEntryState.LOADED


@pytest.mark.normal
async def test_miner_without_controllers_can_be_loaded(set_up: SetUp) -> None:
    """The last one was unlinked; another will come."""
    miner = await set_up()
    assert miner.status == "unavailable"
    assert miner.degraded.state == "off"
    assert await miner.get_features() == {}


@pytest.mark.normal
async def test_entry_that_is_renamed_renames_its_device(
    hass: HomeAssistant, miner: Bench
) -> None:
    """The name of the entry is that of the miner."""
    hass.config_entries.async_update_entry(miner.entry, title="Workhorse")
    await miner.settle()
    device = miner.device(miner.entry.entry_id)
    assert device
    assert device.name == "Workhorse"


@pytest.mark.normal
async def test_options_take_effect(hass: HomeAssistant, miner: Bench) -> None:
    """A changed setting sets the miner up again."""
    hass.config_entries.async_update_entry(miner.entry, options={"standby_power": 9})
    await miner.settle()
    assert miner.coordinator.standby_watts == 9


@pytest.mark.normal
async def test_removed_miner_leaves_nothing_in_the_registries(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Entities and devices go with it."""
    await hass.config_entries.async_remove(miner.entry.entry_id)
    await miner.settle()
    registry = er.async_get(hass)
    assert not [e for e in registry.entities.values() if e.platform == DOMAIN]
    assert miner.device(miner.entry.entry_id) is None


@pytest.mark.normal
async def test_two_miners_do_not_mix(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Each has its own devices, providers and commands."""
    one = await set_up(network("A", HOST), title="One", entry_id="one")
    two = await set_up(
        network("B", "192.0.2.20", mac="28:e2:97:00:00:20"), title="Two", entry_id="two"
    )
    await clock.until_done(one.turn("mining", on=False))
    assert (one.status, two.status) == ("idle", "on")
    assert devices["192.0.2.20"].commands == []
    assert one.served("hashrate")[1] == "A"
    assert two.served("hashrate")[1] == "B"


@pytest.mark.normal
async def test_home_assistant_can_stop_at_any_time(
    hass: HomeAssistant, miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Even while a command waits."""
    command = asyncio.create_task(miner.runtime.operations.turn_power_off())
    await clock.advance(5)
    await hass.async_stop(force=True)
    with pytest.raises(HomeAssistantError):
        await command
    assert devices[HOST].commands == ["stop"]


@pytest.mark.normal
async def test_miner_that_is_changed_and_unloaded_stays_unloaded(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Nobody takes the change over before it is loaded again."""
    hass.config_entries.async_update_entry(miner.entry, title="Workhorse")
    await miner.unload()
    assert miner.entry.state is ConfigEntryState.NOT_LOADED


async def test_plug_that_comes_up_while_a_device_is_waited_for(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nobody watched yet is not missed, though it may never change again."""

    async def wait_in_vain(*_: object) -> Snapshot:
        """Have the plug appear, switched off, before the device is given up."""
        hass.states.async_set(PLUG_SWITCH, "off")
        hass.states.async_set(PLUG_POWER, "0.0", {"unit_of_measurement": "W"})
        raise GONE

    monkeypatch.setattr(type_of("network"), "async_refresh", wait_in_vain)
    miner = await set_up(network(), entities())
    assert miner.status == "off"
    assert miner.served("power") == ("0.0", "Smart plug", False)


@pytest.mark.normal
async def test_entities_of_one_miner_at_a_time(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Those of the next are added only when there was a chance to do something else."""
    await miner.unload()
    async with entities_turn(hass):
        setting_up = hass.async_create_task(
            hass.config_entries.async_setup(miner.entry.entry_id)
        )
        await let_run()
        assert miner.entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    assert await setting_up
    assert not entities_turn(hass).locked()
