"""What a stock Antminer forgets in its sleep, Home Assistant remembers."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from emulation import EmulatedAntminer
from tests.emulation.support import until
from tests.integration.bench import ENTRY_ID, Bench
from tests.integration.controlling import call

from .rig import link

KEY = f"miner_control.{ENTRY_ID}"
# What an S19 Pro makes in its normal mode.
RATED = {"rated_terahashes": 110.0}

pytestmark = [
    pytest.mark.parametrize(
        "device", [EmulatedAntminer], indirect=True, ids=lambda kind: kind.kind
    ),
    pytest.mark.normal,
]


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedAntminer) -> Bench:
    """Return a miner with no other way to it than its device."""
    bench = Bench(hass, await link(device, scan_interval=3600))
    await bench.set_up()
    return bench


async def reload(miner: Bench) -> None:
    """Unload the miner and set it up anew, with new controllers."""
    before = miner.coordinator
    await miner.unload()
    assert await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    assert miner.coordinator is not before


async def select(miner: Bench, preset: str) -> None:
    """Set a preset."""
    await call(miner, "preset", "select.select_option", option=preset)


async def test_mode_before_sleep_outlasts_a_reload(
    miner: Bench, device: EmulatedAntminer, hass_storage: dict[str, Any]
) -> None:
    """Low, asleep, set up anew, awake: low again."""
    pools = list(device.pools)
    await select(miner, "low")
    await miner.turn("mining", on=False)
    assert device.preset == "sleep"
    await reload(miner)
    await until(lambda: miner.switch("mining").state == "off")
    await miner.turn("mining", on=True)
    assert device.mining
    assert device.preset == "low power"
    assert device.pools == pools
    assert hass_storage[KEY]["data"]["asic"] == RATED | {"mode_before_sleep": 3}


async def test_mode_is_remembered_whoever_sends_the_device_to_sleep(
    miner: Bench, device: EmulatedAntminer
) -> None:
    """Its own page does not tell Home Assistant."""
    device._set_mode(3)
    await miner.coordinator.async_refresh_all()
    device._set_mode(1)
    await reload(miner)
    assert miner.switch("mining").state == "off"
    await miner.turn("mining", on=True)
    assert device.preset == "low power"


async def test_only_another_mode_is_stored(
    miner: Bench, device: EmulatedAntminer, hass_storage: dict[str, Any]
) -> None:
    """A device that is always set alike is remembered once, and no poll writes more."""
    modified = miner.entry.modified_at
    await miner.turn("mining", on=False)
    await miner.turn("mining", on=True)
    await miner.settle()
    assert device.preset == "normal"
    assert hass_storage[KEY]["data"]["asic"] == RATED
    await select(miner, "low")
    await miner.settle()
    stored = hass_storage[KEY]
    await miner.coordinator.async_refresh_all()
    await miner.settle()
    assert hass_storage[KEY] is stored
    await select(miner, "normal")
    await miner.settle()
    assert hass_storage[KEY]["data"]["asic"] == RATED | {"mode_before_sleep": 0}
    assert miner.entry.modified_at == modified
    assert miner.entry.state is ConfigEntryState.LOADED


async def test_what_is_known_already_is_not_stored_again(
    miner: Bench, hass_storage: dict[str, Any]
) -> None:
    """Whoever writes need not look first."""
    memory = miner.coordinator._memory.of("asic")
    memory["note"] = None
    await miner.settle()
    stored = hass_storage[KEY]
    assert stored["data"]["asic"] == RATED | {"note": None}
    memory["note"] = None
    await miner.settle()
    assert hass_storage[KEY] is stored


async def test_memory_goes_with_the_miner(
    miner: Bench, hass_storage: dict[str, Any]
) -> None:
    """Nothing of it is left in storage."""
    await select(miner, "low")
    await miner.settle()
    assert KEY in hass_storage
    await miner.hass.config_entries.async_remove(miner.entry.entry_id)
    assert KEY not in hass_storage


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"asic": {}},
        {"asic": {"mode_before_sleep": "low"}},
        {"another": {"mode_before_sleep": 3}},
    ],
)
async def test_memory_that_says_nothing(
    miner: Bench,
    device: EmulatedAntminer,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
) -> None:
    """Then the device wakes as it came from the factory."""
    await miner.turn("mining", on=False)
    await miner.unload()
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": stored}
    assert await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.turn("mining", on=True)
    assert device.preset == "normal"
