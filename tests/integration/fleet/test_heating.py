"""A fleet heats a room: what is set, what its miners do, and who is above that."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.miner_control.domain.authority import Authority
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.fleet.state import Demand
from custom_components.miner_control.storage.heating import HeatingSettings
from tests.integration.bench import Bench
from tests.integration.controllers import entities
from tests.integration.heating import ROOM, SPARE, show

from .yard import FLEET_ID, GRID, Yard

type Result = Mapping[str, Any]

_ROOM = F.ROOM_TEMPERATURE_MONITORING
CIRCUIT = {"limit": 3000.0, "margin": 0.0, "members": ["01MINER1", "01MINER2"]}


def sensor(
    title: str = "Room", entity_id: str = ROOM, priority: int = 80
) -> ConfigSubentryDataWithId:
    """Return a room sensor of a fleet."""
    return entities(title, {_ROOM: entity_id}, {_ROOM: {"priority": priority}})


async def heat(
    yard: Yard,
    room: float | str = 18.0,
    *,
    mode: str = "budget",
    budget: float = 6500,
    turn_on: bool = True,
    sensors: tuple[ConfigSubentryDataWithId, ...] | None = None,
    circuits: dict[str, dict[str, Any]] | None = None,
    options: Mapping[str, Any] | None = None,
    members: Mapping[str, dict[str, Any]] | None = None,
    **settings: Any,
) -> None:
    """Set a fleet up that heats a room, and have it do so."""
    show(yard.hass, room)
    await yard.set_up(
        mode=mode,
        budget=budget,
        options={**(options or {}), "heating": {"enabled": True} | settings},
        members={"Miner 1": {"priority": 80}, **(members or {})},
        circuits=circuits,
        sensors=(sensor(),) if sensors is None else sensors,
    )
    if turn_on:
        await set_hvac(yard, "heat")


async def set_hvac(yard: Yard, mode: str) -> None:
    """Have the thermostat follow something."""
    await yard.call("climate", "set_hvac_mode", "thermostat", hvac_mode=mode)


async def stay(yard: Yard, celsius: float, seconds: float) -> None:
    """Let the room be so warm for a while, with a sensor that reports it."""
    wavering = (0.0, 0.02)
    for turn in range(int(seconds // 30)):
        show(yard.hass, celsius + wavering[turn % 2])
        await yard.clock.advance(30, 10)


def told(yard: Yard, name: str) -> Any:
    """Return an attribute of the thermostat."""
    return yard.state("climate", "thermostat").attributes[name]


def why(yard: Yard) -> str:
    """Return why the room is heated as it is."""
    reason: str = told(yard, "reason")
    assert yard.sensor("heating_reason") == reason
    return reason


def limit(miner: Bench) -> float:
    """Return what a simulated miner is limited to."""
    return float(miner.state("number", "power_limit").state)


def demand(yard: Yard) -> float | None:
    """Return what the thermostat asks the fleet for."""
    found = yard.fleet.demand
    return None if found is None else found.watts


@pytest.mark.parametrize(
    ("demand", "may_wait"),
    [
        (Demand(500.0), True),
        (Demand(0.0), False),
        (Demand(500.0, Authority.FROST_PROTECTION), False),
        (Demand(500.0, Authority.LOST_SENSOR), False),
    ],
)
def test_only_a_room_that_is_warm_or_cold_may_wait(
    demand: Demand, *, may_wait: bool
) -> None:
    """One that is too warm, may freeze or cannot be measured does not."""
    assert demand.may_wait is may_wait


# Set-up


async def _add_sensor(hass: HomeAssistant, **values: Any) -> Result:
    """Submit the form of a room sensor."""
    flows = hass.config_entries.subentries
    form: Result = await flows.async_init(
        (FLEET_ID, "entities"), context={"source": "user"}
    )
    assert form["step_id"] == "room_sensor"
    assert [str(name) for name in form["data_schema"].schema] == [_ROOM.value, "name"]
    result: Result = await flows.async_configure(form["flow_id"], values)
    return result


async def _set_heating(hass: HomeAssistant, **values: Any) -> Result:
    """Submit the form that sets a fleet up to heat."""
    flows = hass.config_entries.options
    menu: Result = await flows.async_init(FLEET_ID)
    assert "heating" in menu["menu_options"]
    form: Result = await flows.async_configure(
        menu["flow_id"], {"next_step_id": "heating"}
    )
    asked = {
        str(name)
        for part in form["data_schema"].schema.values()
        for name in getattr(getattr(part, "schema", None), "schema", ())
    }
    assert {"max_temperature", "lost_share", "max_power"} <= asked
    assert asked.isdisjoint({"min_on", "min_off", "chip_limit", "external_fan"})
    result: Result = await flows.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return result


async def test_it_is_set_up_by_flows(yard: Yard) -> None:
    """A sensor first, then the options; the thermostat is on the fleet's device."""
    hass = yard.hass
    show(hass, 19.5)
    await yard.set_up(mode="off")
    assert (await _set_heating(hass, enabled=True))["errors"] == {
        "base": "no_room_sensor"
    }
    features = await _add_sensor(hass, **{_ROOM.value: ROOM, "name": "Hall"})
    assert features["step_id"] == "features"
    result: Result = await hass.config_entries.subentries.async_configure(
        features["flow_id"], {"priorities": {_ROOM.value: 60}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    result = await _set_heating(
        hass, enabled=True, temperatures={"comfort_temperature": 20}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    settings = HeatingSettings.of(yard.entry)
    assert settings == HeatingSettings(enabled=True, comfort_temperature=20)
    assert told(yard, "current_temperature") == 19.5
    assert told(yard, "sensor") == "Hall"
    registry = er.async_get(hass)
    devices = {
        registry.entities[yard.entity_id(platform, key)].device_id
        for platform, key in (
            ("climate", "thermostat"),
            ("sensor", "heat_output"),
            ("sensor", "heat_energy"),
            ("sensor", "heating_reason"),
            ("sensor", "room_gain"),
            ("button", "forget_room"),
            ("sensor", "decision"),
        )
    }
    assert len(devices) == 1


async def test_a_sensor_is_set_up_anew(yard: Yard) -> None:
    """The form holds what was chosen, and another sensor takes its place."""
    hass = yard.hass
    show(hass, 23.0, SPARE)
    await heat(yard, 19.5, turn_on=False)
    subentry = next(s for s in yard.entry.subentries.values() if s.title == "Room")
    flows = hass.config_entries.subentries
    form: Result = await flows.async_init(
        (FLEET_ID, "entities"),
        context={"source": "reconfigure", "subentry_id": subentry.subentry_id},
    )
    shown = {str(name): name for name in form["data_schema"].schema}
    assert shown[_ROOM.value].default() == ROOM
    features = await flows.async_configure(form["flow_id"], {_ROOM.value: SPARE})
    result = await flows.async_configure(features["flow_id"], {})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert told(yard, "current_temperature") == 23.0


@pytest.mark.parametrize(
    ("entity_id", "error"),
    [
        ("sensor.gone", "entity_not_found"),
        ("sensor.power", "wrong_entity"),
        ("light.lamp", "wrong_entity"),
        (None, "own_entity"),
    ],
)
async def test_bad_sensors_are_refused(
    yard: Yard, entity_id: str | None, error: str
) -> None:
    """Each says what is wrong, and nothing is stored."""
    hass = yard.hass
    await yard.show("sensor.power", 100)
    hass.states.async_set("light.lamp", "on")
    await yard.set_up(mode="off")
    chosen = entity_id or yard.miners[0].entity_id("sensor", "chip_temperature")
    before = set(yard.entry.subentries)
    result = await _add_sensor(hass, **{_ROOM.value: chosen})
    assert result["errors"] == {_ROOM.value: error}
    assert set(yard.entry.subentries) == before


@pytest.mark.parametrize(
    ("part", "field", "value", "error"),
    [
        ("temperatures", "comfort_temperature", 29, "above_highest_temperature"),
        ("power", "max_power", 500, "minimum_above_maximum"),
        ("safety", "outdoor_sensor", "light.lamp", "heating_wrong_entity"),
        ("safety", "outdoor_sensor", "sensor.gone", "heating_entity_not_found"),
    ],
)
async def test_bad_settings_are_refused(
    yard: Yard, part: str, field: str, value: object, error: str
) -> None:
    """Each says what is wrong, and nothing is stored."""
    yard.hass.states.async_set("light.lamp", "on")
    await heat(yard, turn_on=False)
    given: dict[str, dict[str, Any]] = {"power": {"min_power": 1000}}
    given.setdefault(part, {})[field] = value
    result = await _set_heating(yard.hass, enabled=True, **given)
    assert result["errors"][field] == error
    assert HeatingSettings.of(yard.entry) == HeatingSettings(enabled=True)


async def test_a_sensor_may_be_shared_with_a_miner(yard: Yard) -> None:
    """Miners and a fleet may stand in one room."""
    hass = yard.hass
    show(hass, 19.0)
    await yard.add_miner(entities("Room", {_ROOM: ROOM}))
    await yard.set_up(mode="off")
    features = await _add_sensor(hass, **{_ROOM.value: ROOM})
    result = await hass.config_entries.subentries.async_configure(
        features["flow_id"], {}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_nothing_is_added_before_it_is_wished(yard: Yard) -> None:
    """A fleet with a sensor alone has no thermostat."""
    await heat(yard, turn_on=False, enabled=False)
    assert not yard.hass.states.async_all("climate")


# Heating


async def test_it_begins_off(yard: Yard) -> None:
    """A new thermostat shows the room, and the fleet shares its budget as before."""
    one, two = yard.miners
    await heat(yard, 16.0, turn_on=False)
    await yard.clock.advance(60)
    assert yard.state("climate", "thermostat").state == "off"
    assert told(yard, "current_temperature") == 16.0
    assert why(yard) == "off"
    assert yard.sensor("decision") == "within_budget"
    assert (limit(one), limit(two)) == (3250, 3250)


async def test_a_cold_room_gets_all_power(yard: Yard) -> None:
    """Members that rest are started, and all are raised."""
    one, two = yard.miners
    await heat(yard, 25.0)
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"idle"}, 900)
    assert why(yard) == "warm_enough"
    assert yard.sensor("decision") == "heats"
    assert yard.share(one)["key"] == "warm_enough"
    assert told(yard, "hvac_action") == "idle"
    await stay(yard, 16.0, 1800)
    assert {one.status, two.status} == {"on"}
    assert min(limit(one), limit(two)) > 3150
    assert demand(yard) == pytest.approx(6500, abs=100)
    assert why(yard) == "at_maximum"
    assert told(yard, "hvac_action") == "heating"
    assert float(yard.sensor("heat_output")) > 4000
    assert float(yard.sensor("heat_energy")) > 0.5
    assert told(yard, "heat_need") == pytest.approx(6500, abs=100)


async def test_a_warmer_room_gets_less(yard: Yard) -> None:
    """Near the target fewer watts are shared, and far above it none."""
    one, two = yard.miners
    await heat(yard, 20.9)
    await stay(yard, 20.9, 300)
    asked = demand(yard)
    assert asked is not None
    assert 1200 <= asked < 4000
    assert limit(one) + (limit(two) if two.status == "on" else 0) <= asked + 1
    await stay(yard, 22.0, 600)
    assert demand(yard) == 0
    assert {one.status, two.status} == {"idle"}
    assert why(yard) == "warm_enough"


async def test_members_that_are_on_or_off_make_the_steps(yard: Yard) -> None:
    """Nothing is asked for that lies between one member and two."""
    one, two = yard.miners
    fixed = {"Miner 1": {"priority": 80, "ceiling": 1200}, "Miner 2": {"ceiling": 1200}}
    await heat(yard, 20.9, members=fixed)
    seen = set()
    for celsius in (20.9, 20.5, 17.0, 20.5, 20.9):
        await stay(yard, celsius, 600)
        # What a member draws is learned, and is not quite what it was set to.
        seen.add(round(demand(yard) or 0, -2))
    assert seen <= {0, 1200, 2400}
    assert 2400 in seen
    assert {one.status, two.status} <= {"on", "idle"}


async def test_power_is_bounded_as_the_user_says(yard: Yard) -> None:
    """No more than the highest power is asked for."""
    await heat(yard, 10.0, max_power=4000)
    await yard.clock.advance(60)
    assert demand(yard) == 4000


async def test_the_budget_stays_above(yard: Yard) -> None:
    """A budget below the need is kept, and stands as the reason."""
    await heat(yard, 10.0, budget=3000)
    await stay(yard, 10.0, 300)
    assert demand(yard) == 6500
    assert yard.fleet.data.allocation is not None
    assert yard.fleet.data.allocation.allocated <= 3000
    assert why(yard) == "fleet"
    assert told(yard, "authority") == "fleet"
    assert yard.sensor("decision") == "within_budget"


async def test_turning_it_off_leaves_the_budget(yard: Yard) -> None:
    """Without a thermostat that is on, the fleet shares all of its budget again."""
    one, two = yard.miners
    await heat(yard, 25.0)
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"idle"}, 900)
    await set_hvac(yard, "off")
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"on"}, 1500)
    assert demand(yard) is None
    assert yard.sensor("decision") == "within_budget"


@pytest.mark.parametrize("mode", ["off", "observe"])
async def test_a_fleet_that_does_not_act_shows_only(yard: Yard, mode: str) -> None:
    """What it would ask for is shown, and why nothing is done."""
    one, two = yard.miners
    await heat(yard, 16.0, mode=mode)
    await stay(yard, 16.0, 120)
    assert (limit(one), limit(two)) == (2600, 2600)
    assert told(yard, "heat_need") == 6500
    assert why(yard) == "fleet"
    if mode == "observe":
        assert yard.sensor("decision") in ("heats", "within_budget")


async def test_observing_asks_for_nothing(yard: Yard) -> None:
    """A thermostat that only observes leaves the fleet its budget."""
    await heat(yard, 25.0, observe=True)
    await yard.clock.advance(120)
    assert demand(yard) is None
    assert yard.sensor("decision") == "within_budget"
    assert told(yard, "observing") is True


async def test_a_target_above_the_limit_is_refused(yard: Yard) -> None:
    """Home Assistant says so, and nothing changes."""
    await heat(yard, max_temperature=25)
    with pytest.raises(ServiceValidationError):
        await yard.call("climate", "set_temperature", "thermostat", temperature=26)
    assert told(yard, "temperature") == 21


async def test_presets_and_the_button(yard: Yard) -> None:
    """A preset has its temperature; what was learned of the room can be forgotten."""
    await heat(yard, away_temperature=12)
    await yard.call("climate", "set_preset_mode", "thermostat", preset_mode="away")
    assert told(yard, "temperature") == 12
    first = yard.sensor("room_gain")
    yard.entry.runtime_data.thermostat._brain.room.gain = 400.0
    await yard.clock.advance(30)
    assert yard.sensor("room_gain") == "400.0"
    await yard.call("button", "press", "forget_room")
    await yard.clock.advance(10)
    assert yard.sensor("room_gain") == first


# What stands above


async def test_a_circuit_is_above_the_thermostat(yard: Yard) -> None:
    """A cold room gets no more than the circuit carries."""
    await heat(yard, 10.0, circuits={"garage": CIRCUIT})
    await stay(yard, 10.0, 300)
    assert demand(yard) == 6500
    assert yard.fleet.data.allocation is not None
    assert yard.fleet.data.allocation.allocated <= 3000
    assert why(yard) == "fleet"
    assert told(yard, "authority") == "circuit"


async def test_a_circuit_is_above_frost_protection(yard: Yard) -> None:
    """Not even a room that freezes gets more than the circuit carries."""
    carries = {**CIRCUIT, "limit": 4000.0}
    await heat(yard, 3.0, circuits={"garage": carries}, budget=0)
    await stay(yard, 3.0, 900)
    assert why(yard) == "frost"
    assert yard.fleet.data.allocation is not None
    assert 3200 < yard.fleet.data.allocation.allocated <= 4000


async def test_an_emergency_stop_is_above_all(yard: Yard) -> None:
    """Nothing starts while it is set, not even for frost; then heating goes on."""
    one, two = yard.miners
    await heat(yard, 3.0)
    await stay(yard, 3.0, 60)
    await yard.call("button", "press", "emergency_stop")
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"idle"}, 120)
    await stay(yard, 3.0, 600)
    assert {one.status, two.status} == {"idle"}
    assert why(yard) == "emergency_stop"
    assert told(yard, "authority") == "emergency_stop"
    await yard.call("button", "press", "reset_emergency_stop")
    await stay(yard, 3.0, 900)
    assert {one.status, two.status} == {"on"}
    assert why(yard) == "frost"


async def test_frost_protection_is_above_budget_and_people(yard: Yard) -> None:
    """A room that freezes is heated without a budget, the thermostat off."""
    one, two = yard.miners
    await heat(yard, 18.0, budget=0, turn_on=False)
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"idle"}, 900)
    await one.hass.services.async_call(
        "switch", "turn_off", {"entity_id": one.entity_id("switch", "mining")}
    )
    await stay(yard, 3.0, 1800)
    assert {one.status, two.status} == {"on"}
    assert min(limit(one), limit(two)) > 3150
    assert (why(yard), told(yard, "authority")) == ("frost", "frost_protection")
    assert "frost_unheeded" not in yard.issues()
    await stay(yard, 6.5, 900)
    assert {one.status, two.status} == {"idle"}
    assert demand(yard) is None


async def test_surplus_is_not_exceeded_but_for_frost(yard: Yard) -> None:
    """A cold room gets the surplus alone; one that freezes gets what it needs."""
    one, two = yard.miners
    await yard.show(GRID, 1000)
    surplus = {"grid_sensor": GRID, "positive": "import"}
    await heat(yard, 16.0, mode="surplus", options=surplus)
    for turn in range(60):
        show(yard.hass, 16.0 + turn % 2 / 50)
        await yard.show(GRID, 1000 + yard.drawn() + turn % 2)
        await yard.clock.advance(10, 10)
    assert {one.status, two.status} == {"idle"}
    assert why(yard) == "fleet"
    # The meter says nothing any more, either.
    await stay(yard, 3.0, 1800)
    assert {one.status, two.status} == {"on"}
    assert why(yard) == "frost"
    assert yard.sensor("decision") == "heats"


@pytest.mark.parametrize("mode", ["off", "observe"])
async def test_frost_is_told_where_nothing_is_done(yard: Yard, mode: str) -> None:
    """In a mode that does not act an issue says so, and ends with the frost."""
    one, two = yard.miners
    await heat(yard, 3.0, mode=mode)
    await stay(yard, 3.0, 60)
    assert (limit(one), limit(two)) == (2600, 2600)
    assert why(yard) == "frost"
    assert "frost_unheeded" in yard.issues()
    await yard.select_mode("budget")
    await stay(yard, 3.0, 60)
    assert "frost_unheeded" not in yard.issues()


async def test_a_command_of_ones_own_is_above(yard: Yard) -> None:
    """A member that somebody stopped stays stopped; the others heat."""
    one, two = yard.miners
    await heat(yard, 16.0)
    await stay(yard, 16.0, 300)
    await two.hass.services.async_call(
        "switch", "turn_off", {"entity_id": two.entity_id("switch", "mining")}
    )
    await stay(yard, 16.0, 900)
    assert (one.status, two.status) == ("on", "idle")
    assert yard.share(two)["key"] == "held_off"
    assert limit(one) == 3250


# Sensors


async def test_a_lost_sensor_stops_heating(yard: Yard) -> None:
    """After five minutes without a sensor all stop, with an issue until it is back."""
    one, two = yard.miners
    await heat(yard, 16.0)
    await stay(yard, 16.0, 300)
    show(yard.hass, "unavailable")
    await yard.clock.advance(240, 10)
    assert {one.status, two.status} == {"on"}
    await yard.clock.advance(400, 10)
    assert {one.status, two.status} == {"idle"}
    assert (why(yard), told(yard, "authority")) == ("sensor_lost", "lost_sensor")
    assert "room_sensor_lost" in yard.issues()
    await stay(yard, 16.0, 900)
    assert {one.status, two.status} == {"on"}
    assert "room_sensor_lost" not in yard.issues()


async def test_a_lost_sensor_holds_a_share(yard: Yard) -> None:
    """The chosen share of the highest power goes on, within the budget."""
    await heat(yard, 16.0, lost_share=50)
    await stay(yard, 16.0, 300)
    show(yard.hass, "unavailable")
    await yard.clock.advance(900, 10)
    assert why(yard) == "sensor_lost"
    assert demand(yard) == pytest.approx(3250, abs=20)
    assert yard.drawn() < 3600
    await yard.set_budget(2000)
    await yard.clock.advance(600, 10)
    assert yard.drawn() < 2300


async def test_sensors_fall_back(yard: Yard) -> None:
    """The best that is there and not silent counts, whichever was added first."""
    show(yard.hass, 17.0, SPARE)
    sensors = (sensor("Spare", SPARE, 40), sensor("Room", ROOM, 70))
    await heat(yard, 19.0, sensors=sensors)
    assert (told(yard, "sensor"), told(yard, "current_temperature")) == ("Room", 19.0)
    show(yard.hass, "unavailable")
    await yard.clock.advance(30)
    assert (told(yard, "sensor"), told(yard, "current_temperature")) == ("Spare", 17.0)
    show(yard.hass, 18.0)
    await yard.clock.advance(30)
    assert told(yard, "sensor") == "Room"
    for _ in range(65):
        show(yard.hass, 17.1, SPARE)
        await yard.clock.advance(60, 30)
    # The best one has been silent for an hour.
    assert told(yard, "sensor") == "Spare"
    assert why(yard) != "sensor_lost"


# Memory


async def test_a_restart_restores(yard: Yard) -> None:
    """Mode, target, heat and what is asked for are there at once."""
    hass = yard.hass
    one, two = yard.miners
    await heat(yard, 25.0)
    await yard.call("climate", "set_temperature", "thermostat", temperature=19.5)
    await yard.clock.advance_until(lambda: {one.status, two.status} == {"idle"}, 900)
    heat_before = yard.sensor("heat_energy")
    assert await hass.config_entries.async_unload(FLEET_ID)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_setup(FLEET_ID)
    await hass.async_block_till_done()
    assert yard.entry.state is ConfigEntryState.LOADED
    assert yard.state("climate", "thermostat").state == "heat"
    assert told(yard, "temperature") == 19.5
    assert demand(yard) == 0
    assert yard.sensor("heat_energy") == heat_before
    await stay(yard, 25.0, 300)
    assert {one.status, two.status} == {"idle"}
    assert "start" not in [action for action, _ in yard.decided(one)]


async def test_removal_leaves_nothing(yard: Yard, hass_storage: dict[str, Any]) -> None:
    """What was kept of the room goes with the fleet, and so do issues."""
    await heat(yard, 3.0, mode="off")
    await stay(yard, 3.0, 60)
    assert "frost_unheeded" in yard.issues()
    key = f"{DOMAIN}.{FLEET_ID}.heating"
    assert key in hass_storage
    await yard.hass.config_entries.async_remove(FLEET_ID)
    await yard.hass.async_block_till_done()
    assert key not in hass_storage
    assert "frost_unheeded" not in yard.issues()


async def test_diagnostics(yard: Yard) -> None:
    """A report says what the thermostat knows."""
    await heat(yard, 16.0)
    await yard.clock.advance(60)
    report = await async_get_config_entry_diagnostics(yard.hass, yard.entry)
    assert report["heating"]["why"] == "at_maximum"
    assert report["heating"]["target"] == 21
    assert report["run_time"]["demand"] == 6500
