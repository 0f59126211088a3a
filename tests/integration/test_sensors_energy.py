"""The energy that a miner used: counted once, without jumps."""

from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
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
    assert miner.sensor("energy").state == "unavailable"
    await clock.advance(60 * MINUTE, step=30)
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
    """Even where another unit is shown, and whatever the state is then."""
    miner = await set_up(entities(chosen=WITH_COUNTER))
    await counter.show(507)
    entity_id = miner.entity_id("sensor", "energy")
    data = await async_mock_restore_state_shutdown_restart(hass)
    stored = data.last_states[entity_id].extra_data
    assert stored
    assert stored.as_dict() == {
        "native_value": 7.0,
        "native_unit_of_measurement": "kWh",
        "told": {"provider_id": "smart_plug", "counter": 507.0, "total": 7.0},
    }


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
