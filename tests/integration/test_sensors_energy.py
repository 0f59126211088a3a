"""The energy that a miner used: counted once, without jumps."""

from copy import deepcopy
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import RestoreSensor
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_restore_state_shutdown_restart,
    mock_restore_cache_with_extra_data,
)

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import Power

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG,
    PLUG_POWER,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    stored,
)

COUNTER = "sensor.plug_energy"
WITH_COUNTER = {**PLUG, F.ENERGY_MONITORING: COUNTER}
MINUTE = 60


class Counter:
    """The energy counter of a plug."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Count in kWh."""
        self._hass = hass

    async def show(self, total: object, unit: str = "kWh") -> None:
        """Let the counter show something."""
        self._hass.states.async_set(
            COUNTER,
            str(total),
            {"unit_of_measurement": unit, "device_class": "energy"},
        )
        await self._hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def counter(hass: HomeAssistant, plug: Plug) -> Counter:
    """Return the counter of the plug, which has counted 500 kWh so far."""
    found = Counter(hass)
    await found.show(500)
    return found


def energy(miner: Bench) -> float:
    """Return the energy that is shown."""
    return float(miner.sensor("energy").state)


@pytest.mark.normal
async def test_energy_is_the_integral_of_the_power(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """A plug that says 3.2 kW once and then nothing for an hour has used 3.2 kWh."""
    miner = await set_up(entities())
    assert miner.served("energy") == ("0.0", "Smart plug", False)
    await clock.advance(60 * MINUTE)
    assert energy(miner) == pytest.approx(3.2, rel=0.02)
    before = energy(miner)
    await plug.measure(0)
    await clock.advance(60 * MINUTE)
    assert energy(miner) == pytest.approx(before, abs=0.06)


@pytest.mark.normal
async def test_power_counts_until_the_moment_when_it_changes(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """Every new value is a look at the meter."""
    miner = await set_up(entities())
    await clock.advance(10)
    await plug.measure(360)
    assert energy(miner) == pytest.approx(3200 * 10 / 3.6e6, abs=1e-6)
    await clock.advance(20)
    await plug.measure(0)
    assert energy(miner) == pytest.approx((3200 * 10 + 360 * 20) / 3.6e6, abs=1e-6)


@pytest.mark.normal
@pytest.mark.parametrize("interval", [5, 30, 300, 3600])
async def test_energy_does_not_depend_on_how_often_a_device_is_asked(
    set_up: SetUp, devices: Network, clock: Clock, interval: int
) -> None:
    """A device that is asked once per hour draws its 3 kW all the time."""
    miner = await set_up(network(scan_interval=interval))
    await clock.advance(2 * 60 * MINUTE)
    assert energy(miner) == pytest.approx(6.0, rel=0.02)


@pytest.mark.parametrize("interval", [30, 300])
async def test_nothing_is_counted_that_is_older_than_three_polls(
    set_up: SetUp, devices: Network, clock: Clock, interval: int
) -> None:
    """A device that takes a poll and never answers is believed no longer."""
    miner = await set_up(network(scan_interval=interval))
    await clock.advance(1)
    devices[HOST].hang()
    await clock.advance(10 * interval, step=10)
    assert 2 * interval < energy(miner) * 3.6e6 / 3000 <= 3 * interval
    devices[HOST].answer_again()


@pytest.mark.normal
async def test_energy_is_what_the_counter_that_serves_adds(
    set_up: SetUp, counter: Counter, plug: Plug, clock: Clock
) -> None:
    """The power beside it is not counted once more, nor what was before."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    assert miner.served("energy") == ("0.0", "Smart plug", False)
    await clock.advance(60 * MINUTE)
    assert energy(miner) == 0
    await counter.show(503.5)
    assert energy(miner) == 3.5
    await counter.show(504_000, "Wh")
    assert energy(miner) == 4


@pytest.mark.normal
async def test_counter_that_is_reset_takes_nothing_away(
    set_up: SetUp, counter: Counter
) -> None:
    """It starts at 0, and what it counts from there is new."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await counter.show(502)
    await counter.show(0.5)
    assert energy(miner) == 2
    await counter.show(1.5)
    assert energy(miner) == 3


async def test_power_stands_in_for_a_counter_that_is_lost(
    set_up: SetUp, counter: Counter, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Neither the change nor the way back makes a jump."""
    miner = await set_up(
        entities("Meter", {F.ENERGY_MONITORING: COUNTER}), network(scan_interval=MINUTE)
    )
    await counter.show(501)
    assert miner.served("energy") == ("1.0", "Meter", False)
    await counter.show("unavailable")
    assert miner.served("energy") == ("1.0", "S19", True)
    await clock.advance(60 * MINUTE)
    assert energy(miner) == pytest.approx(4, rel=0.02)
    await counter.show(900)
    await clock.advance(31)
    before = energy(miner)
    assert before == pytest.approx(4, rel=0.03)
    assert miner.served("energy")[1:] == ("Meter", False)
    await counter.show(901)
    assert energy(miner) == pytest.approx(before + 1)


async def test_power_goes_before_a_counter_that_ranks_lower(
    set_up: SetUp, counter: Counter, plug: Plug, clock: Clock
) -> None:
    """What the plug measures is not given up for what a simulation counts."""
    lower = {F.ENERGY_MONITORING: {"priority": 10}}
    miner = await set_up(
        entities(), entities("Meter", {F.ENERGY_MONITORING: COUNTER}, bindings=lower)
    )
    assert miner.served("energy") == ("0.0", "Smart plug", False)
    await counter.show(600)
    await clock.advance(30 * MINUTE)
    before = energy(miner)
    assert before == pytest.approx(1.6, rel=0.04)
    await plug.measure("unavailable")
    assert miner.served("energy")[1:] == ("Meter", True)
    await counter.show(602)
    assert energy(miner) == pytest.approx(before + 2)


async def test_change_of_the_meter_makes_no_jump(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Each meter counts for the time in which it serves."""
    miner = await set_up(entities(), network(scan_interval=MINUTE))
    await clock.advance(30 * MINUTE)
    assert energy(miner) == pytest.approx(1.6, rel=0.03)
    await plug.measure("unavailable")
    assert miner.served("energy")[1:] == ("S19", True)
    await clock.advance(30 * MINUTE)
    assert energy(miner) == pytest.approx(3.1, rel=0.03)


async def test_nothing_is_counted_while_nobody_measures(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A device that is away for an hour may have drawn anything or nothing."""
    miner = await set_up(network(scan_interval=MINUTE))
    await clock.advance(10 * MINUTE)
    devices[HOST].answer = GONE
    await clock.advance(2 * MINUTE)
    assert miner.sensor("power").state == "unavailable"
    gone = energy(miner)
    await clock.advance(60 * MINUTE, step=30)
    assert energy(miner) == gone
    devices[HOST].answer = HASHING
    await clock.advance(6 * MINUTE)
    before = energy(miner)
    assert 0.45 < before < 0.85
    await clock.advance(10 * MINUTE)
    assert energy(miner) == pytest.approx(before + 0.5, rel=0.05)


async def test_nothing_is_counted_across_a_standstill_of_the_clock(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """A machine that slept for a day did not look at the meter."""
    miner = await set_up(entities())
    await clock.advance(MINUTE)
    before = energy(miner)
    await clock.advance(24 * 60 * MINUTE, step=24 * 60 * MINUTE)
    assert energy(miner) == before


@pytest.mark.normal
@pytest.mark.parametrize("jump", [-3600.0, 3600.0, 1e8])
async def test_wall_clock_that_jumps_changes_nothing(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    clock: Clock,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    jump: float,
) -> None:
    """Time is told by a clock that nobody can set."""
    now = 1000.0
    monkeypatch.setattr(
        "custom_components.miner_control.sensor.energy.monotonic", lambda: now
    )
    miner = await set_up(entities())
    now += MINUTE
    freezer.tick(jump + MINUTE)
    await plug.measure(3201)
    assert energy(miner) == pytest.approx(3200 * MINUTE / 3.6e6, abs=1e-6)


@pytest.mark.normal
async def test_power_that_is_off_uses_nothing_and_total_is_still_shown(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """That a miner has no power is knowledge, not the lack of it."""
    miner = await set_up(
        network(scan_interval=MINUTE),
        entities("Switch", {F.POWER_CONTROL: PLUG_SWITCH}),
    )
    await clock.advance(10 * MINUTE)
    await plug.switch(on=False)
    shown = miner.served("energy")
    assert float(shown[0]) == pytest.approx(0.5, rel=0.1)
    assert shown[1:] == ("Switch", False)
    await clock.advance(60 * MINUTE)
    assert miner.served("energy") == shown
    await plug.switch(on=True)
    await clock.advance(10)
    assert energy(miner) == pytest.approx(float(shown[0]), abs=0.01)


@pytest.mark.normal
async def test_total_outlives_a_reload(
    set_up: SetUp, counter: Counter, clock: Clock
) -> None:
    """What the counter adds meanwhile was used, although nobody looked."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await counter.show(507)
    await miner.unload()
    await clock.advance(24 * 60 * MINUTE, step=24 * 60 * MINUTE)
    await counter.show(600)
    await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    assert energy(miner) == 100
    await counter.show(601)
    assert energy(miner) == 101


@pytest.mark.normal
async def test_total_is_written_for_the_next_start(
    hass: HomeAssistant, set_up: SetUp, counter: Counter
) -> None:
    """It goes on from there, with what the counter had shown."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await counter.show(507)
    await miner.unload()
    await async_mock_restore_state_shutdown_restart(hass)
    await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    assert energy(miner) == 7
    await counter.show(510)
    assert energy(miner) == 10


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"native_value": 1234.5}, 1234.5),
        ({"native_value": 7}, 7),
        (
            {"native_value": {"__type": "<class 'decimal.Decimal'>"}},
            0,
        ),
        (
            {
                "native_value": {
                    "__type": "<class 'decimal.Decimal'>",
                    "decimal_str": "12.5",
                }
            },
            12.5,
        ),
        ({"native_value": None}, 0),
        ({"native_value": "much"}, 0),
        ({"native_value": float("nan")}, 0),
        ({"native_value": -3.0}, 0),
        *(
            ({"native_value": 7, "told": told}, 7)
            for told in (
                None,
                {"provider_id": "smart_plug", "counter": 2},
                {"provider_id": "smart_plug", "counter": "2", "total": 7},
                {"provider_id": "smart_plug", "counter": float("nan"), "total": 7},
                {"provider_id": "smart_plug", "counter": 2, "total": -7},
                {"provider_id": "other", "counter": 2, "total": 7},
            )
        ),
        (
            {
                "native_value": 7,
                "told": {"provider_id": "smart_plug", "counter": 480, "total": 6},
            },
            26,
        ),
    ],
)
async def test_total_goes_on_from_what_was_stored(
    hass: HomeAssistant,
    set_up: SetUp,
    counter: Counter,
    stored: dict[str, Any],
    shown: float,
) -> None:
    """What was stored by something else is not believed."""
    hass.set_state(CoreState.not_running)
    entry = er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, "01MINER_energy", suggested_object_id="miner_energy"
    )
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(entry.entity_id, "unavailable"),
                {"native_unit_of_measurement": "kWh", **stored},
            )
        ],
    )
    hass.set_state(CoreState.running)
    miner = await set_up(entities(chosen=WITH_COUNTER))
    assert energy(miner) == shown
    await counter.show(501)
    assert energy(miner) == shown + 1


@pytest.mark.normal
async def test_nothing_is_counted_after_the_miner_was_unloaded(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """No timer is left behind."""
    miner = await set_up(entities())
    entity_id = miner.entity_id("sensor", "energy")
    await clock.advance(MINUTE)
    await miner.unload()
    before = hass.states.get(entity_id)
    await clock.advance(10 * MINUTE)
    async_fire_time_changed(hass)
    assert hass.states.get(entity_id) is before


@pytest.mark.normal
@pytest.mark.parametrize(
    ("chosen", "exists"),
    [
        ({F.POWER_MONITORING: PLUG_POWER}, True),
        ({F.ENERGY_MONITORING: COUNTER}, True),
        ({F.POWER_CONTROL: PLUG_SWITCH}, False),
        ({F.HASHRATE_MONITORING: "sensor.pool"}, False),
    ],
)
async def test_energy_is_there_where_it_can_be_known(
    hass: HomeAssistant,
    set_up: SetUp,
    counter: Counter,
    chosen: dict[F, str],
    *,
    exists: bool,
) -> None:
    """A counter will do, and so will a meter of power."""
    hass.states.async_set("sensor.pool", "95", {"unit_of_measurement": "TH/s"})
    miner = await set_up(entities(chosen=chosen))
    found = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{miner.entry.entry_id}_energy"
    )
    assert (found is not None) is exists


@pytest.mark.normal
async def test_device_without_a_plausible_power_counts_nothing(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """What cannot be true is not added up either."""
    devices[HOST].answer = replace(HASHING, power=Power(-5))
    miner = await set_up(network(scan_interval=MINUTE))
    await clock.advance(10 * MINUTE)
    assert energy(miner) == 0


TOTALS = f"{DOMAIN}.01MINER.totals"


async def end_suddenly(miner: Bench, hass_storage: dict[str, Any]) -> None:
    """Lose all that is not stored, as a machine does that loses its power."""
    stored = deepcopy(hass_storage[TOTALS])
    await miner.unload()
    hass_storage[TOTALS] = stored
    await miner.hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()


@pytest.mark.normal
async def test_sudden_end_costs_nothing_that_a_counter_knows(
    set_up: SetUp, counter: Counter, clock: Clock, hass_storage: dict[str, Any]
) -> None:
    """It is stored at once which counter counts from what."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await clock.advance(60 * MINUTE, step=MINUTE)
    await counter.show(503)
    await clock.advance(60 * MINUTE, step=MINUTE)
    await counter.show(505)
    await end_suddenly(miner, hass_storage)
    assert energy(miner) == 5
    await counter.show(506)
    assert energy(miner) == 6


@pytest.mark.normal
async def test_sudden_end_after_another_counter_was_linked(
    hass: HomeAssistant,
    set_up: SetUp,
    counter: Counter,
    plug: Plug,
    clock: Clock,
    hass_storage: dict[str, Any],
) -> None:
    """What was stored of the one before says nothing of the new one."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await clock.advance(60 * MINUTE, step=MINUTE)
    await counter.show(503)
    hass.states.async_set("sensor.other", "77", {"unit_of_measurement": "kWh"})
    other = entities("Other", {**PLUG, F.ENERGY_MONITORING: "sensor.other"})
    hass.config_entries.async_remove_subentry(miner.entry, "smart_plug")
    hass.config_entries.async_add_subentry(miner.entry, stored(other))
    await miner.settle()
    assert energy(miner) == 3
    await clock.advance(60 * MINUTE, step=MINUTE)
    hass.states.async_set("sensor.other", "79", {"unit_of_measurement": "kWh"})
    await miner.settle()
    await end_suddenly(miner, hass_storage)
    assert energy(miner) == 5


@pytest.mark.normal
async def test_sudden_end_costs_minutes_where_only_power_is_measured(
    set_up: SetUp, plug: Plug, clock: Clock, hass_storage: dict[str, Any]
) -> None:
    """A memory card would not last if every look was stored."""
    miner = await set_up(entities())
    await clock.advance(60 * MINUTE, step=10)
    before = energy(miner)
    await end_suddenly(miner, hass_storage)
    assert before - 3.2 / 11 < energy(miner) < before


@pytest.mark.normal
async def test_total_outlives_a_week_in_which_the_miner_was_disabled(
    hass: HomeAssistant,
    set_up: SetUp,
    counter: Counter,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant forgets by then what entities leave with it."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await clock.advance(60 * MINUTE, step=MINUTE)
    await counter.show(503)
    await hass.config_entries.async_set_disabled_by(
        miner.entry.entry_id, ConfigEntryDisabler.USER
    )
    await clock.advance(8 * 24 * 60 * MINUTE, step=24 * 60 * MINUTE)
    monkeypatch.setattr(
        RestoreSensor, "async_get_last_sensor_data", AsyncMock(return_value=None)
    )
    monkeypatch.setattr(
        RestoreSensor, "async_get_last_extra_data", AsyncMock(return_value=None)
    )
    await hass.config_entries.async_set_disabled_by(miner.entry.entry_id, None)
    await miner.settle()
    assert energy(miner) == 3
    await counter.show(504)
    assert energy(miner) == 4


async def test_total_is_shown_while_nobody_counts(
    set_up: SetUp, counter: Counter, plug: Plug, clock: Clock
) -> None:
    """Long-term statistics would begin anew at 0 after ten days."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await clock.advance(60 * MINUTE, step=MINUTE)
    await counter.show(503)
    await counter.show("unavailable")
    await plug.measure("unavailable")
    await clock.advance(14 * 24 * 60 * MINUTE, step=24 * 60 * MINUTE)
    assert energy(miner) == 3
    await counter.show(503)
    assert energy(miner) == 3


@pytest.mark.normal
async def test_total_goes_with_the_miner(
    hass: HomeAssistant,
    set_up: SetUp,
    counter: Counter,
    hass_storage: dict[str, Any],
) -> None:
    """Nothing of it is left in storage."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    assert TOTALS in hass_storage
    await hass.config_entries.async_remove(miner.entry.entry_id)
    assert TOTALS not in hass_storage


@pytest.mark.normal
@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ({"total": 7.5}, 7.5),
        ({"total": 7.5, "told": None, "watts": None, "at": None}, 7.5),
        ({"total": 7.5, "told": {"counter": 2}, "watts": "much", "at": "now"}, 7.5),
        ({"total": "much"}, 0),
        ({}, 0),
    ],
)
async def test_nonsense_in_storage_is_not_believed(
    set_up: SetUp,
    counter: Counter,
    hass_storage: dict[str, Any],
    kept: dict[str, Any],
    shown: float,
) -> None:
    """A file may be from another version, or edited by hand."""
    hass_storage[TOTALS] = {
        "version": 1,
        "minor_version": 1,
        "key": TOTALS,
        "data": {"energy": kept},
    }
    miner = await set_up(entities(chosen=WITH_COUNTER))
    assert energy(miner) == shown
