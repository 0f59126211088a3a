"""Which entities a miner has, and what they look like."""

from dataclasses import replace
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import HashRate, HashRateUnit
from custom_components.miner_control.sensor.entities import MinerSensor
from tests.features import FEATURES

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
    stored,
)
from .operating import hashing

CONNECTIVITY = "28:e2:97:00:00:10_connectivity"

STATUS_AND_NETWORK_SENSORS = {
    "status",
    "hashrate",
    "expected_hashrate",
    "power",
    "max_power",
    "max_hashrate",
    "energy",
    "efficiency",
    "chip_temperature",
    "board_temperature",
    "inlet_temperature",
    "outlet_temperature",
    "voltage",
    "frequency",
    "internal_fan_speed_1",
    "internal_fan_speed_2",
}


def keys(bench: Bench, *platforms: str) -> set[str]:
    """Return the keys of a miner's entities, which follow the entry's id."""
    registered = er.async_entries_for_config_entry(
        er.async_get(bench.hass), bench.entry.entry_id
    )
    prefix = f"{bench.entry.entry_id}_"
    assert all(entity.unique_id.startswith(prefix) for entity in registered)
    return {
        entity.unique_id.removeprefix(prefix)
        for entity in registered
        if entity.domain in platforms
    }


@pytest.mark.normal
@pytest.mark.parametrize(
    ("linked", "sensors", "switches"),
    [
        (network(), STATUS_AND_NETWORK_SENSORS, {"mining", "locate"}),
        (entities(), {"status", "power", "energy"}, {"power"}),
        (
            entities(chosen={F.POWER_CONTROL: PLUG_SWITCH}),
            {"status"},
            {"power"},
        ),
        (
            simulation(),
            {"efficiency"}.union(
                *(row.keys.get(Platform.SENSOR, ()) for row in FEATURES.values())
            ),
            {"mining", "power", "locate"},
        ),
    ],
    ids=["network", "plug", "switch", "simulation"],
)
async def test_miner_has_the_entities_of_what_is_bound(
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    linked: ConfigSubentryDataWithId,
    sensors: set[str],
    switches: set[str],
) -> None:
    """Not one more, not one less, each by the id that it keeps."""
    miner = await set_up(linked)
    assert keys(miner, "sensor") == sensors
    assert keys(miner, "switch") == switches
    connectivity = miner.connectivity(linked["title"])
    assert connectivity.state == "on"
    assert len(keys(miner, "binary_sensor")) == 2
    assert "degraded" in keys(miner, "binary_sensor")


@pytest.mark.normal
async def test_entities_are_the_same_whether_the_device_answers_or_not(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """What exists does not depend on live data."""
    miner = await set_up(network(), entities())
    alive = keys(miner, "sensor", "switch", "binary_sensor")
    await miner.unload()
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    await miner.hass.config_entries.async_remove(miner.entry.entry_id)
    assert not keys(miner, "sensor", "switch", "binary_sensor")
    dark = await set_up(network(), entities())
    assert keys(dark, "sensor", "switch", "binary_sensor") == alive


@pytest.mark.parametrize(
    "platform",
    ["binary_sensor", "button", "fan", "number", "select", "sensor", "switch"],
)
async def test_entities_look_as_agreed(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
    platform: str,
) -> None:
    """Names, classes, units, categories and attributes are part of the contract."""
    # A device tells for how long it has been up, and is shown with when it started.
    freezer.move_to("2026-11-01T12:00:00+00:00")
    devices[HOST].answer = hashing()
    only = (Platform(platform),)
    with (
        patch("custom_components.miner_control.PLATFORMS", only),
        patch.object(Entity, "entity_registry_enabled_default", new=True),
    ):
        miner = await set_up(network(), entities(), simulation())
        await snapshot_platform(
            hass, er.async_get(hass), snapshot, miner.entry.entry_id
        )
        await miner.unload()


@pytest.mark.normal
async def test_hashrate_is_converted_between_providers(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """The unit stays that of the device, whoever serves."""
    hass.states.async_set("sensor.pool", "95000", {ATTR_UNIT_OF_MEASUREMENT: "GH/s"})
    miner = await set_up(
        network(), entities("Pool", {F.HASHRATE_MONITORING: "sensor.pool"})
    )
    shown = miner.sensor("hashrate")
    assert shown.state == "95.0"
    assert shown.attributes[ATTR_UNIT_OF_MEASUREMENT] == "TH/s"
    await miner.set_feature("Pool", F.HASHRATE_MONITORING, enabled=False)
    shown = miner.sensor("hashrate")
    assert shown.state == "100.0"
    assert shown.attributes[ATTR_UNIT_OF_MEASUREMENT] == "TH/s"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("unit", "answer", "shown"),
    [
        ("GH/s", HashRate(9.5, HashRateUnit.GH), "9.5"),
        ("GH/s", HashRate(0.0095, HashRateUnit.TH), "9.5"),
        ("MH/s", HashRate(1.5, HashRateUnit.GH), "1500.0"),
        ("kSol/s", HashRate(140_000, HashRateUnit.SOL), "140.0"),
    ],
)
async def test_unit_of_hashrate_is_the_one_found_when_linked(
    set_up: SetUp,
    devices: Network,
    unit: str,
    answer: HashRate,
    shown: str,
) -> None:
    """Each algorithm has its usual unit, and the sensor keeps to it."""
    devices[HOST].answer = replace(HASHING, hashrate=answer, expected_hashrate=answer)
    miner = await set_up(network(hashrate_unit=unit))
    for key in ("hashrate", "expected_hashrate"):
        assert float(miner.sensor(key).state) == pytest.approx(float(shown))
        assert miner.sensor(key).attributes[ATTR_UNIT_OF_MEASUREMENT] == unit


@pytest.mark.normal
async def test_unit_of_hashrate_is_usual_where_no_device_says_it(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    """TH/s is the rule."""
    hass.states.async_set("sensor.pool", "0.5", {ATTR_UNIT_OF_MEASUREMENT: "PH/s"})
    miner = await set_up(entities("Pool", {F.HASHRATE_MONITORING: "sensor.pool"}))
    assert miner.sensor("hashrate").state == "500.0"


@pytest.mark.normal
async def test_power_is_converted_to_watts(set_up: SetUp, plug: Plug) -> None:
    """Some meters think big."""
    await plug.measure(3.2, "kW")
    miner = await set_up(entities())
    assert miner.sensor("power").state == "3200.0"


@pytest.mark.normal
@pytest.mark.parametrize(("speed", "unit"), [(1200, "rpm"), (55, "%")])
async def test_speed_of_an_external_fan_keeps_its_unit(
    hass: HomeAssistant, set_up: SetUp, speed: float, unit: str
) -> None:
    """Nobody knows how many turns a percent is."""
    hass.states.async_set("sensor.fan", str(speed), {ATTR_UNIT_OF_MEASUREMENT: unit})
    miner = await set_up(
        entities("Fan", {F.FAN_SPEED_EXTERNAL_MONITORING: "sensor.fan"})
    )
    shown = miner.sensor("external_fan_speed")
    assert float(shown.state) == speed
    assert shown.attributes[ATTR_UNIT_OF_MEASUREMENT] == unit


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_unit_of_an_external_fan_lasts(
    hass: HomeAssistant, set_up: SetUp, clock: Clock, *, is_restarted: bool
) -> None:
    """A change would end its statistics, so a fan that tells percent cannot help."""
    turns = {ATTR_UNIT_OF_MEASUREMENT: "rpm"}
    hass.states.async_set("sensor.first", "1200", turns)
    hass.states.async_set("sensor.second", "55", {ATTR_UNIT_OF_MEASUREMENT: "%"})
    name = F.FAN_SPEED_EXTERNAL_MONITORING
    miner = await set_up(
        entities("First", {name: "sensor.first"}),
        entities("Second", {name: "sensor.second"}, {name: {"priority": 20}}),
    )
    hass.states.async_set("sensor.first", "unavailable", turns)
    await miner.settle()
    if is_restarted:
        await miner.unload()
        await hass.config_entries.async_setup(miner.entry.entry_id)
        await miner.settle()
    shown = miner.sensor("external_fan_speed")
    assert (shown.state, shown.attributes[ATTR_UNIT_OF_MEASUREMENT]) == (
        "unknown",
        "rpm",
    )
    hass.states.async_set("sensor.first", "1300", turns)
    await clock.advance(35)
    shown = miner.sensor("external_fan_speed")
    assert shown.attributes[ATTR_UNIT_OF_MEASUREMENT] == "rpm"
    assert float(shown.state) == 1300


@pytest.mark.normal
async def test_another_fan_may_have_another_unit(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    """Who chooses another sensor, chooses its unit."""
    hass.states.async_set("sensor.fan", "1200", {ATTR_UNIT_OF_MEASUREMENT: "rpm"})
    miner = await set_up(
        entities("Fan", {F.FAN_SPEED_EXTERNAL_MONITORING: "sensor.fan"})
    )
    await miner.unload()
    hass.states.async_set("sensor.fan", "55", {ATTR_UNIT_OF_MEASUREMENT: "%"})
    await hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    shown = miner.sensor("external_fan_speed")
    assert (shown.state, shown.attributes[ATTR_UNIT_OF_MEASUREMENT]) == ("55.0", "%")


@pytest.mark.normal
@pytest.mark.parametrize(
    ("before", "after", "unit"),
    [
        ("TH/s", "GH/s", "TH/s"),
        ("GH/s", "TH/s", "GH/s"),
        ("TH/s", "kSol/s", "kSol/s"),
        ("kSol/s", "TH/s", "TH/s"),
    ],
)
async def test_unit_of_hash_rates_lasts(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    before: str,
    after: str,
    unit: str,
) -> None:
    """It is that of the first device, also when another one is linked instead."""
    miner = await set_up(network(hashrate_unit=before))
    await miner.unload()
    other = network("Other", "192.0.2.99", mac=None, hashrate_unit=after)
    hass.config_entries.async_remove_subentry(miner.entry, "s19")
    hass.config_entries.async_add_subentry(miner.entry, stored(other))
    await hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    for key in ("hashrate", "expected_hashrate"):
        shown = miner.sensor(key)
        assert shown.attributes[ATTR_UNIT_OF_MEASUREMENT] == unit


@pytest.mark.normal
async def test_speed_of_an_internal_fan_is_never_percent(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    """80 % is not 80 rpm."""
    hass.states.async_set("sensor.fan", "80", {ATTR_UNIT_OF_MEASUREMENT: "%"})
    miner = await set_up(
        entities("Fan", {F.FAN_SPEED_INTERNAL_MONITORING: "sensor.fan"})
    )
    assert miner.sensor("internal_fan_speed_1").state == "unknown"


@pytest.mark.normal
async def test_fans_that_were_not_read_are_unknown(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A device may report fewer fans than it has."""
    fans = HASHING.internal_fan_speeds or ()
    devices[HOST].answer = replace(HASHING, internal_fan_speeds=(None, fans[1]))
    miner = await set_up(network(fans=3))
    assert [
        miner.sensor(f"internal_fan_speed_{number}").state for number in (1, 2, 3)
    ] == ["unknown", "4100", "unknown"]


@pytest.mark.normal
async def test_attributes_that_change_often_are_not_recorded(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """Provider and fallback stay out of the database."""
    miner = await set_up(network())
    for state in (miner.sensor("power"), miner.switch("mining")):
        assert {"provider", "fallback"} <= (
            state.state_info["unrecorded_attributes"] if state.state_info else set()
        )
    degraded = miner.degraded.state_info
    assert degraded
    assert "features" in degraded["unrecorded_attributes"]


@pytest.mark.normal
async def test_entities_are_small(set_up: SetUp) -> None:
    """The names that each entity holds fit into a dictionary of the smaller size."""
    bench = await set_up(simulation())
    shown = [
        entity
        for platform in async_get_platforms(bench.hass, DOMAIN)
        for entity in platform.entities.values()
        if entity.platform.domain == Platform.SENSOR
    ]
    assert shown
    plain = [entity for entity in shown if type(entity) is MinerSensor]
    assert max(len(vars(entity)) for entity in plain) <= 42
