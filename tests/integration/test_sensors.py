"""Which sensors a miner has beyond the usual, and what they show."""

from dataclasses import replace
from datetime import timedelta
from math import nan
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.values import (
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Temperature,
    Voltage,
)

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HOST,
    NETWORK_FEATURES,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
)
from .operating import BOARD, OPERATION, hashing

ON_PLUG = {F.POWER_CONTROL: PLUG_SWITCH}
OPERATION_KEYS = {
    "uptime",
    "shares_accepted",
    "shares_rejected",
    "blocks_found",
    "best_difficulty",
    "active_pool",
    "errors",
}
BOARD_KEYS = {
    "chip_temperature",
    "board_temperature",
    "hashrate",
    "voltage",
    "frequency",
}
ENABLED_BOARD_KEYS = {"chip_temperature", "hashrate"}


@pytest.fixture(autouse=True)
def _hashing(devices: Network) -> None:
    """Let the device tell all that any device tells."""
    devices[HOST].answer = hashing()


def full(title: str = "S19", **changes: Any) -> ConfigSubentryDataWithId:
    """Return the subentry of a device of which linking found out nothing special."""
    changes.setdefault("readings", ())
    return network(title, **changes)


@pytest.fixture
async def miner(set_up: SetUp) -> Bench:
    """Return a miner that tells all."""
    return await set_up(full())


def board_keys(*numbers: int, names: set[str] = BOARD_KEYS) -> set[str]:
    """Return the keys of the sensors of some boards."""
    return {f"board_{number}_{name}" for number in numbers for name in names}


def sensors(miner: Bench, *, enabled: bool | None = None) -> set[str]:
    """Return the keys of the registered sensors, all or those that are enabled."""
    registered = er.async_entries_for_config_entry(
        er.async_get(miner.hass), miner.entry.entry_id
    )
    return {
        entity.unique_id.removeprefix(f"{miner.entry.entry_id}_")
        for entity in registered
        if entity.domain == "sensor" and enabled in (None, not entity.disabled)
    }


def enable(miner: Bench, *keys: str) -> None:
    """Enable sensors before the next set-up."""
    registry = er.async_get(miner.hass)
    for key in keys:
        found = registry.async_get_or_create(
            "sensor", DOMAIN, f"{miner.entry.entry_id}_{key}"
        )
        registry.async_update_entity(found.entity_id, disabled_by=None)


async def set_up_with(miner: Bench, *keys: str) -> Bench:
    """Return a miner with sensors that are disabled else."""
    enable(miner, *keys)
    assert await miner.hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    return miner


@pytest.mark.normal
@pytest.mark.parametrize(
    ("key", "shown", "unit"),
    [
        ("max_power", "3400.0", "W"),
        ("max_hashrate", "115.0", "TH/s"),
        ("efficiency", "30.0", "J/TH"),
        ("shares_accepted", "1200", None),
        ("shares_rejected", "3", None),
        ("blocks_found", "0", None),
        ("best_difficulty", "0.000988", "G"),
        ("active_pool", "stratum+tcp://pool.example:3333", None),
        ("errors", "2", None),
        ("board_2_chip_temperature", "70.0", "°C"),
        ("board_2_board_temperature", "60.0", "°C"),
        ("board_2_hashrate", "33.0", "TH/s"),
        ("board_2_voltage", "13.8", "V"),
        ("board_2_frequency", "525.0", "MHz"),
    ],
)
async def test_what_the_device_tells_is_shown(
    miner: Bench, key: str, shown: str, unit: str | None
) -> None:
    """In the unit that it is measured in, with the name of who told it."""
    await set_up_with(miner, key)
    assert miner.served(key) == (shown, "S19", False)
    assert miner.sensor(key).attributes.get(ATTR_UNIT_OF_MEASUREMENT) == unit


@pytest.mark.normal
async def test_digits_that_mean_nothing_are_not_recorded(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """Seven are enough for any reading, in any unit."""
    devices[HOST].answer = hashing(
        hashrate=HashRate(104.23845798212),
        power=Power(3250.0000000001),
        chip_temperature=Temperature(68.33333333333),
    )
    await clock.advance(30)
    for key, shown in (
        ("hashrate", "104.2385"),
        ("power", "3250.0"),
        ("chip_temperature", "68.33333"),
        ("efficiency", "31.17851"),
    ):
        assert miner.sensor(key).state == shown


@pytest.mark.parametrize(
    ("key", "told", "decimals"),
    [
        ("power", {"power": Power(15.3)}, 1),
        ("power", {"power": Power(3250.0)}, 0),
        ("max_power", {"max_power": Power(18.0)}, 1),
        ("voltage", {"voltage": Voltage(5.094)}, 2),
        ("voltage", {"voltage": Voltage(230.4)}, 1),
    ],
)
async def test_decimals_fit_the_size_of_the_miner(
    set_up: SetUp, devices: Network, key: str, told: dict[str, Any], decimals: int
) -> None:
    """They stay while nobody measures."""
    devices[HOST].answer = hashing(**told)
    miner = await set_up(full())
    for _ in range(2):
        registered = er.async_get(miner.hass).async_get(miner.entity_id("sensor", key))
        assert registered
        options = registered.options["sensor"]
        assert options["suggested_display_precision"] == decimals
        devices[HOST].answer = GONE
        await miner.hass.config_entries.async_reload(miner.entry.entry_id)
        await miner.settle()


@pytest.mark.normal
async def test_history_of_the_status_has_fitting_colours(miner: Bench) -> None:
    """Home Assistant takes them in turn: the third is red, the fourth is green."""
    options = miner.sensor("status").attributes["options"]
    assert options[2:4] == ["error", "on"]
    assert set(options) == set(MinerStatus)


@pytest.mark.normal
async def test_errors_are_listed_but_not_recorded(miner: Bench) -> None:
    """The count goes into the history, the texts do not."""
    shown = miner.sensor("errors")
    assert shown.attributes["errors"] == ["fan 1 is slow", "board 2 is hot"]
    assert shown.state_info
    assert shown.state_info["unrecorded_attributes"] >= {
        "errors",
        "provider",
        "fallback",
    }


@pytest.mark.normal
async def test_no_errors_are_none_to_list(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """That there is no error is known."""
    devices[HOST].answer = hashing(operation=replace(OPERATION, errors=()))
    await clock.advance(30)
    assert miner.sensor("errors").state == "0"
    assert miner.sensor("errors").attributes["errors"] == []


# Which there are


@pytest.mark.normal
async def test_device_has_a_sensor_for_all_that_it_tells(miner: Bench) -> None:
    """Of the boards, what tells a bad one from a good one is enabled."""
    beyond = {"max_power", "max_hashrate", "efficiency", "energy", *OPERATION_KEYS}
    assert sensors(miner) >= beyond | board_keys(1, 2, 3)
    enabled = sensors(miner, enabled=True)
    assert {key for key in enabled if key.startswith("board_")} == {
        "board_temperature"
    } | board_keys(1, 2, 3, names=ENABLED_BOARD_KEYS)
    assert "active_pool" not in enabled
    assert enabled > beyond - {"active_pool"}


@pytest.mark.normal
async def test_simulation_has_every_sensor(set_up: SetUp) -> None:
    """It serves all features with all that belongs to them."""
    miner = await set_up(simulation())
    assert sensors(miner) >= OPERATION_KEYS | board_keys(1, 2, 3) | {
        "energy",
        "efficiency",
        "max_power",
        "max_hashrate",
        "expected_hashrate",
    }
    assert "board_4_hashrate" not in sensors(miner)
    unknown = {
        key
        for key in sensors(miner, enabled=True)
        if miner.sensor(key).state in ("unknown", "unavailable")
    }
    assert unknown == set()


@pytest.mark.normal
@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (
            {"operation": OperationalData(uptime=timedelta(hours=1))},
            OPERATION_KEYS - {"uptime"},
        ),
        (
            {"operation": replace(OPERATION, errors=None, best_difficulty=None)},
            {"errors", "best_difficulty"},
        ),
        (
            {"hashboards": (Hashboard(hashrate=HashRate(33)),) * 3},
            board_keys(1, 2, 3, names=BOARD_KEYS - {"hashrate"}),
        ),
        (
            {"hashboards": (replace(BOARD, voltage=None),) * 3},
            board_keys(1, 2, 3, names={"voltage"}),
        ),
        ({"expected_hashrate": None}, {"expected_hashrate"}),
        ({"hashboards": None, "operation": None}, OPERATION_KEYS | board_keys(1, 2, 3)),
    ],
)
async def test_what_the_device_does_not_tell_has_no_sensor(
    set_up: SetUp, devices: Network, told: dict[str, Any], missing: set[str]
) -> None:
    """Even though others with the same feature do tell it."""
    devices[HOST].answer = hashing(**told)
    everything = (
        OPERATION_KEYS | board_keys(1, 2, 3) | {"expected_hashrate", "max_power"}
    )
    assert everything - sensors(await set_up(full())) == missing


@pytest.mark.normal
@pytest.mark.parametrize(
    ("linked", "there"),
    [
        (network(features=frozenset({F.HASHRATE_MONITORING})), set()),
        (network(features=frozenset({F.POWER_MONITORING})), {"energy"}),
        (
            network(features=frozenset({F.POWER_MONITORING, F.HASHRATE_MONITORING})),
            {"energy", "efficiency"},
        ),
    ],
    ids=["hashrate", "power", "both"],
)
async def test_what_is_worked_out_is_there_if_its_sources_are(
    set_up: SetUp, linked: ConfigSubentryDataWithId, there: set[str]
) -> None:
    """Efficiency takes two, energy takes power."""
    assert sensors(await set_up(linked)) & {"energy", "efficiency"} == there


@pytest.mark.normal
async def test_what_appears_later_gets_its_sensor_then(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A fourth board, and a pool that the device did not know yet."""
    devices[HOST].answer = hashing(operation=OperationalData())
    miner = await set_up(full())
    assert "board_4_hashrate" not in sensors(miner)
    assert not OPERATION_KEYS & sensors(miner)
    devices[HOST].answer = hashing(hashboards=(BOARD,) * 4)
    await clock.advance(30)
    assert sensors(miner) >= OPERATION_KEYS | board_keys(4)
    assert miner.sensor("board_4_hashrate").state == "33.0"


async def test_what_was_there_once_is_there_after_a_start_in_the_dark(
    set_up: SetUp, devices: Network, plug: Plug, clock: Clock
) -> None:
    """Entities do not come and go with the device, nor lose their settings."""
    devices[HOST].answer = hashing(hashboards=(BOARD,) * 4)
    miner = await set_up(full(), entities(chosen=ON_PLUG))
    before = sensors(miner)
    await plug.switch(on=False)
    devices[HOST].answer = GONE
    assert await miner.hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    assert sensors(miner) == before
    assert miner.sensor("board_4_hashrate").state == "0"
    assert miner.sensor("board_4_chip_temperature").state == "unavailable"


async def test_what_linking_found_is_there_before_the_device_ever_answered(
    set_up: SetUp, devices: Network
) -> None:
    """What is stored of a device that has been off since is enough."""
    devices[HOST].answer = GONE
    found = ("board_hashrate", "expected_hashrate", "uptime")
    there = sensors(await set_up(full(readings=found)))
    assert there >= {"uptime", "expected_hashrate"} | board_keys(
        1, 2, 3, names={"hashrate"}
    )
    assert not there & {"errors", "board_1_voltage", "board_4_hashrate"}


# What is true


@pytest.mark.normal
@pytest.mark.parametrize(
    ("watts", "hashrate", "shown"),
    [
        (3000, 100, 30),
        (3000, 0, None),
        (0, 100, None),
        (15, 0.5, 30),
    ],
)
async def test_efficiency_is_power_by_hashrate(
    set_up: SetUp,
    devices: Network,
    watts: float,
    hashrate: float,
    shown: float | None,
) -> None:
    """A miner that does no work, or claims to do it for nothing, has none."""
    devices[HOST].answer = hashing(power=Power(watts), hashrate=HashRate(hashrate))
    miner = await set_up(full())
    state = miner.sensor("efficiency").state
    assert state == "unknown" if shown is None else float(state) == shown


@pytest.mark.normal
async def test_efficiency_is_that_at_the_wall(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """The plug measures what the device only estimates."""
    miner = await set_up(full(), entities())
    assert miner.served("efficiency") == ("32.0", "Smart plug", False)


@pytest.mark.normal
@pytest.mark.parametrize(
    ("unit", "rate", "shown", "of"),
    [
        ("GH/s", HashRate(9.5, HashRateUnit.GH), 3000 / 9.5, "J/GH"),
        ("MH/s", HashRate(1.5, HashRateUnit.GH), 2, "J/MH"),
        ("kSol/s", HashRate(140, HashRateUnit.KSOL), 3000 / 140, "J/kSol"),
    ],
)
async def test_efficiency_is_in_the_unit_of_the_miner(
    set_up: SetUp, devices: Network, unit: str, rate: HashRate, shown: float, of: str
) -> None:
    """Joules for one unit of the work that it does."""
    devices[HOST].answer = hashing(hashrate=rate)
    state = (await set_up(full(hashrate_unit=unit))).sensor("efficiency")
    assert float(state.state) == pytest.approx(shown)
    assert state.attributes[ATTR_UNIT_OF_MEASUREMENT] == of


async def test_efficiency_is_unavailable_where_either_is(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Power alone does not tell it."""
    miner = await set_up(network(), entities(chosen={F.POWER_MONITORING: "sensor.w"}))
    assert miner.sensor("efficiency").state == "30.0"
    await plug.measure(3200)
    devices[HOST].answer = GONE
    await clock.advance(30)
    assert miner.sensor("efficiency").state == "unavailable"


@pytest.mark.normal
async def test_miner_that_is_off_shows_what_is_known_of_it(
    set_up: SetUp, plug: Plug
) -> None:
    """No hash rate on any board, no efficiency; nobody knows the rest."""
    miner = await set_up(full(), entities(chosen=ON_PLUG))
    assert miner.sensor("board_1_hashrate").state == "33.0"
    await plug.switch(on=False)
    assert miner.served("board_1_hashrate") == ("0", "Smart plug", False)
    assert miner.served("efficiency") == ("unknown", "Smart plug", False)
    for key in (
        "board_1_chip_temperature",
        "uptime",
        "shares_accepted",
        "errors",
        "max_power",
    ):
        assert miner.sensor(key).state == "unavailable", key


@pytest.mark.normal
@pytest.mark.parametrize(
    "bad",
    [
        replace(BOARD, chip_temperature=Temperature(200)),
        replace(BOARD, chip_temperature=Temperature(nan)),
        replace(BOARD, chip_temperature=None),
    ],
)
async def test_board_shows_only_what_can_be_true(
    set_up: SetUp, devices: Network, bad: Hashboard
) -> None:
    """One bad thermometer takes nothing else away."""
    devices[HOST].answer = hashing(hashboards=(BOARD, bad))
    miner = await set_up(full())
    assert miner.sensor("board_1_chip_temperature").state == "70.0"
    assert miner.sensor("board_2_chip_temperature").state == "unknown"
    assert miner.sensor("board_2_hashrate").state == "33.0"
    # The device has a third one, of which it tells nothing.
    assert miner.sensor("board_3_hashrate").state == "unknown"


@pytest.mark.normal
async def test_expected_hashrate_that_cannot_be_true_is_not_shown(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """It is no reason to doubt the hash rate."""
    devices[HOST].answer = hashing(expected_hashrate=HashRate(nan))
    await clock.advance(30)
    assert miner.sensor("expected_hashrate").state == "unknown"
    assert miner.sensor("hashrate").state == "100.0"


async def test_next_binding_tells_of_boards_and_operation(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """They are features like any other."""
    other = "192.0.2.20"
    fewer = replace(OPERATION, shares_accepted=7)
    devices[other].answer = hashing(hashboards=(BOARD,), operation=fewer)
    bindings = {feature: {"priority": 20} for feature in NETWORK_FEATURES}
    miner = await set_up(full(), full("Other", host=other, mac=None, bindings=bindings))
    devices[HOST].answer = hashing(hashboards=None, operation=None)
    await clock.advance(30)
    assert miner.served("shares_accepted") == ("7", "Other", True)
    assert miner.served("board_1_hashrate") == ("33.0", "Other", True)
    assert miner.served("board_2_hashrate") == ("unknown", "Other", True)


# Since when it is up


@pytest.mark.normal
async def test_uptime_is_shown_as_the_time_of_the_start(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """It stays as it is while the miner stays up."""
    started = dt_util.utcnow() - timedelta(hours=3)
    shown = miner.sensor("uptime").state
    assert shown == started.isoformat(timespec="seconds")
    for minutes in (1, 2, 3):
        up = timedelta(hours=3, minutes=minutes)
        devices[HOST].answer = hashing(operation=replace(OPERATION, uptime=up))
        await clock.advance(60, step=60)
        assert miner.sensor("uptime").state == shown
    devices[HOST].answer = hashing(
        operation=replace(OPERATION, uptime=timedelta(seconds=5))
    )
    await clock.advance(60, step=60)
    started = dt_util.utcnow() - timedelta(seconds=5)
    assert miner.sensor("uptime").state == started.isoformat(timespec="seconds")


@pytest.mark.normal
async def test_uptime_that_is_not_read_anew_does_not_move_the_start(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Others have news more often than the device is asked."""
    miner = await set_up(full(scan_interval=3600), entities())
    shown = miner.sensor("uptime").state
    for watts in range(3000, 3020):
        await clock.advance(120, step=60)
        await plug.measure(watts)
    assert miner.sensor("uptime").state == shown


@pytest.mark.normal
async def test_uptime_of_a_simulation_without_power_is_unknown(
    set_up: SetUp, clock: Clock, freezer: FrozenDateTimeFactory
) -> None:
    """It is reachable all the same, but it is not up."""
    miner = await set_up(simulation())
    await clock.until_done(miner.turn("power", on=False))
    assert miner.sensor("uptime").state == "unknown"
    await clock.until_done(miner.turn("power", on=True))
    await clock.advance(30)
    up = dt_util.parse_datetime(miner.sensor("uptime").state)
    assert up
    assert timedelta() < dt_util.utcnow() - up < timedelta(minutes=2)


async def test_uptime_is_unknown_where_the_provider_does_not_tell_it(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """An old start is no start."""
    devices[HOST].answer = hashing(operation=replace(OPERATION, uptime=None))
    await clock.advance(30)
    assert miner.sensor("uptime").state == "unknown"
    assert miner.sensor("shares_accepted").state == "1200"


@pytest.mark.normal
async def test_names_of_board_sensors_have_the_number(
    hass: HomeAssistant, miner: Bench
) -> None:
    """As a person counts them."""
    assert miner.sensor("board_3_chip_temperature").name == (
        "Miner Board 3 chip temperature"
    )
