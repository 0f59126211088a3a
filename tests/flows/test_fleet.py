"""The flows of fleets, their members and their circuits."""

from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.storage.fleet import members_of
from tests.integration.controllers import entities, network, simulation

GRID = "sensor.grid"
pytestmark = pytest.mark.usefixtures("no_setup")


async def add(
    hass: HomeAssistant, title: str, *controllers: Any, **options: Any
) -> str:
    """Add a miner without setting it up, and return its id."""
    entry = MockConfigEntry(
        domain=DOMAIN, title=title, subentries_data=controllers, options=options
    )
    await hass.config_entries.async_add(entry)
    entry_id: str = entry.entry_id
    return entry_id


@pytest.fixture
async def miners(hass: HomeAssistant) -> list[str]:
    """Return two miners."""
    return [await add(hass, f"Miner {n}", simulation()) for n in (1, 2)]


def show(hass: HomeAssistant, entity_id: str, value: object, unit: str = "W") -> None:
    """Let an entity show something."""
    hass.states.async_set(entity_id, str(value), {"unit_of_measurement": unit})


async def begin(hass: HomeAssistant) -> Any:
    """Open the form of a new fleet."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "fleet"}
    )


async def submit(hass: HomeAssistant, result: Any, **values: Any) -> Any:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], values)


async def renew(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Open the form that sets a fleet up anew."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )


async def make(hass: HomeAssistant, **values: Any) -> ConfigEntry:
    """Make a fleet."""
    result = await submit(hass, await begin(hass), **values)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    entry: ConfigEntry = result["result"]
    return entry


async def test_defaults_are_enough(hass: HomeAssistant, miners: list[str]) -> None:
    """All miners become members, and nothing is done to them yet."""
    entry = await make(hass)
    assert entry.title == "Fleet"
    assert entry.data == {
        "kind": "fleet",
        "all_members": True,
        "mode": "observe",
        "power_budget": 3000,
    }
    assert set(members_of(entry)) == set(miners)
    assert (await make(hass, name="Second")).title == "Second"


async def test_second_fleet_has_a_number(hass: HomeAssistant) -> None:
    """Its usual name is taken."""
    await make(hass)
    assert (await make(hass)).title == "Fleet 2"


async def test_miner_of_another_fleet_is_refused(
    hass: HomeAssistant, miners: list[str]
) -> None:
    """With its name and that of the fleet; of all, the free ones are taken."""
    await make(hass, name="House", members=[miners[0]])
    form = await submit(hass, await begin(hass), members=miners)
    assert form["errors"] == {"members": "member_taken"}
    assert form["description_placeholders"] == {"miner": "Miner 1", "fleet": "House"}
    result = await submit(hass, form, members=["all"])
    assert set(members_of(result["result"])) == {miners[1]}


async def test_nobody_chosen(hass: HomeAssistant, miners: list[str]) -> None:
    """A fleet whose members are chosen has some; one alone needs no list."""
    form = await submit(hass, await begin(hass), members=[])
    assert form["errors"] == {"members": "no_members"}
    result = await submit(hass, form, members=miners[0])
    assert set(members_of(result["result"])) == {miners[0]}


@pytest.mark.parametrize(
    ("section", "values", "error"),
    [
        ("tariff", {"window_start": "22:00:00"}, "half_window"),
        ("tariff", {"price_ceiling": 0.3}, "half_price"),
        ("tariff", {"price_sensor": GRID}, "half_price"),
        (
            "tariff",
            {"price_sensor": "sensor.gone", "price_ceiling": 1},
            "meter_missing",
        ),
        ("battery", {"battery_floor": 30}, "half_battery"),
        (
            "battery",
            {"battery_sensor": "sensor.word", "battery_floor": 30},
            "meter_wrong_kind",
        ),
        (
            "battery",
            {"battery_sensor": "sensor.dead", "battery_floor": 30},
            "meter_unavailable",
        ),
    ],
)
async def test_conditions_have_to_be_whole(
    hass: HomeAssistant, section: str, values: dict[str, Any], error: str
) -> None:
    """What is wrong is told at the part of the form, which is open then."""
    show(hass, GRID, 1)
    show(hass, "sensor.word", "many")
    show(hass, "sensor.dead", "unavailable")
    form = await submit(hass, await begin(hass), **{section: values})
    assert form["errors"] == {section: error}
    assert form["data_schema"].schema[section].options == {"collapsed": False}
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_conditions_are_stored(hass: HomeAssistant) -> None:
    """A registered entity may be renamed later."""
    registered = er.async_get(hass).async_get_or_create("sensor", "other", "price")
    show(hass, registered.entity_id, 0.2, "EUR/kWh")
    show(hass, "sensor.battery", 50, "%")
    entry = await make(
        hass,
        tariff={
            "window_start": "22:00:00",
            "window_end": "06:00:00",
            "price_sensor": registered.entity_id,
            "price_ceiling": 0.3,
        },
        battery={"battery_sensor": "sensor.battery", "battery_floor": 30},
    )
    assert entry.options == {
        "window_start": "22:00:00",
        "window_end": "06:00:00",
        "price_sensor": registered.id,
        "price_ceiling": 0.3,
        "battery_sensor": "sensor.battery",
        "battery_floor": 30,
    }


async def test_surplus_asks_for_the_meter_and_its_sign(hass: HomeAssistant) -> None:
    """Beside what it shows now, in W."""
    show(hass, GRID, -1.25, "kW")
    show(hass, "sensor.energy", 5, "kWh")
    form = await submit(hass, await begin(hass), mode="surplus")
    assert form["step_id"] == "grid"
    form = await submit(hass, form, grid_sensor="sensor.energy")
    assert form["errors"] == {"grid_sensor": "meter_wrong_kind"}
    form = await submit(hass, form, grid_sensor=GRID)
    assert form["step_id"] == "grid_sign"
    assert form["description_placeholders"] == {"meter": "grid", "watts": "-1250"}
    result = await submit(hass, form, positive="export")
    assert result["options"] == {"grid_sensor": GRID, "positive": "export"}
    assert result["data"]["mode"] == "surplus"


async def test_other_flow_was_quicker(hass: HomeAssistant, miners: list[str]) -> None:
    """A member that was taken meanwhile is refused at the end."""
    show(hass, GRID, 1)
    form = await submit(hass, await begin(hass), mode="surplus", members=miners)
    form = await submit(hass, form, grid_sensor=GRID)
    await make(hass, members=miners[:1])
    form = await submit(hass, form, positive="import")
    assert (form["step_id"], form["errors"]) == ("fleet", {"members": "member_taken"})


async def test_budget_out_of_range(hass: HomeAssistant) -> None:
    """It is refused in the form."""
    form = await submit(hass, await begin(hass), power_budget=-1)
    assert form["errors"] == {"power_budget": "out_of_range"}


async def test_reconfigure(hass: HomeAssistant, miners: list[str]) -> None:
    """Name and members change; a chosen member that stays keeps its settings."""
    entry = await make(hass, members=miners[:1])
    await make(hass, name="Other", members=miners[1:])
    kept = members_of(entry)[miners[0]]
    third = await add(hass, "Miner 3", simulation())
    form: Any = await renew(hass, entry)
    assert form["step_id"] == "reconfigure_fleet"
    form = await submit(hass, form, name=" ", members=miners)
    assert form["errors"] == {"name": "no_name", "members": "member_taken"}
    form = await submit(hass, form, name="Big", members=[miners[0], third])
    assert form["reason"] == "reconfigure_successful"
    assert entry.title == "Big"
    assert members_of(entry).keys() == {miners[0], third}
    assert members_of(entry)[miners[0]] == kept
    form = await renew(hass, entry)
    await submit(hass, form, name="Big", members=[third])
    assert members_of(entry).keys() == {third}


# Options


async def options_of(hass: HomeAssistant, entry: ConfigEntry, step: str) -> Any:
    """Open a part of the options."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["menu_options"] == ["sources", "timing", "heating"]
    return await hass.config_entries.options.async_configure(
        result["flow_id"], {"next_step_id": step}
    )


async def set_options(hass: HomeAssistant, form: Any, **values: Any) -> Any:
    """Submit a part of the options."""
    return await hass.config_entries.options.async_configure(form["flow_id"], values)


async def test_timing(hass: HomeAssistant) -> None:
    """All times, and what happens in the end."""
    entry = await make(hass)
    form = await options_of(hass, entry, "timing")
    usual = {
        "stagger": 30,
        "most_starts": 6,
        "max_age": 60,
        "silence": 300,
        "hold": 60,
        "letting_go": "stay",
    }
    assert form["data_schema"]({}) == usual
    form = await set_options(hass, form, **usual | {"silence": 50})
    assert form["errors"] == {"silence": "silence_too_short"}
    form = await set_options(hass, form, **usual | {"max_age": 1})
    assert form["errors"] == {"max_age": "out_of_range"}
    for starts, error in (
        (0, "out_of_range"),
        (51, "out_of_range"),
        (2.5, "not_whole"),
        (float("nan"), "out_of_range"),
    ):
        form = await set_options(hass, form, **usual | {"most_starts": starts})
        assert form["errors"] == {"most_starts": error}
    await set_options(hass, form, **usual | {"letting_go": "stop", "most_starts": 3})
    assert (entry.options["letting_go"], entry.options["most_starts"]) == ("stop", 3)
    form = await options_of(hass, entry, "timing")
    assert form["data_schema"]({})["most_starts"] == 3


async def test_sources(hass: HomeAssistant) -> None:
    """The meter, the tariff and the battery can be changed, and taken away."""
    show(hass, GRID, 700)
    show(hass, "sensor.battery", 50, "%")
    entry = await make(hass)
    form = await options_of(hass, entry, "sources")
    form = await set_options(hass, form, grid_sensor="sensor.gone")
    assert form["errors"] == {"grid_sensor": "meter_missing"}
    battery = {"battery_sensor": "sensor.battery", "battery_floor": 20}
    form = await set_options(hass, form, grid_sensor=GRID, battery=battery)
    assert form["step_id"] == "grid_sign"
    assert form["description_placeholders"]["watts"] == "700"
    await set_options(hass, form, positive="export")
    stored = {"grid_sensor": GRID, "positive": "export", **battery}
    assert entry.options == stored
    form = await options_of(hass, entry, "sources")
    suggested = {
        str(marker): marker.description["suggested_value"]
        for marker in form["data_schema"].schema
        if marker.description
    }
    assert suggested == {"grid_sensor": GRID, "battery": battery}
    await set_options(hass, form)
    assert entry.options == {}


# Members and circuits


async def open_subentry(
    hass: HomeAssistant, entry: ConfigEntry, kind: str, present: str | None = None
) -> Any:
    """Open the form of a member or a circuit."""
    if present is not None:
        return await hass.config_entries.subentries.async_init(
            (entry.entry_id, kind),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": present},
        )
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, kind), context={"source": SOURCE_USER}
    )


async def set_subentry(hass: HomeAssistant, form: Any, **values: Any) -> Any:
    """Submit the form of a member or a circuit."""
    return await hass.config_entries.subentries.async_configure(form["flow_id"], values)


async def test_member(hass: HomeAssistant, miners: list[str]) -> None:
    """One that is in no fleet yet, with what may be done with it."""
    entry = await make(hass, members=miners[:1])
    form = await open_subentry(hass, entry, "member")
    result = await set_subentry(
        hass,
        form,
        miner=miners[1],
        priority=80,
        may_stop=False,
        limits={"floor": 1500, "ceiling": 2000},
        times={"min_on": 60, "min_off": 30},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = entry.subentries[members_of(entry)[miners[1]]]
    assert subentry.title == "Miner 2"
    assert subentry.unique_id == miners[1]
    assert subentry.data == {
        "miner": miners[1],
        "priority": 80,
        "may_stop": False,
        "may_cut_power": False,
        "floor": 1500,
        "ceiling": 2000,
        "min_on": 60,
        "min_off": 30,
    }
    again = await open_subentry(hass, entry, "member")
    assert again["reason"] == "no_miners_left"
    form = await open_subentry(hass, entry, "member", subentry.subentry_id)
    assert form["description_placeholders"]["miner"] == "Miner 2"
    await set_subentry(hass, form, priority=20)
    assert entry.subentries[subentry.subentry_id].data["priority"] == 20
    assert "floor" not in entry.subentries[subentry.subentry_id].data


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"priority": 0}, {"priority": "invalid_priority"}),
        ({"priority": 1.5}, {"priority": "invalid_priority"}),
        ({"limits": {"floor": 0}}, {"floor": "out_of_range"}),
        (
            {"limits": {"floor": 2000, "ceiling": 1000}},
            {"limits": "ceiling_below_floor"},
        ),
    ],
)
async def test_member_errors(
    hass: HomeAssistant,
    miners: list[str],
    values: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What makes no sense is refused."""
    entry = await make(hass, members=miners[:1])
    form = await open_subentry(hass, entry, "member")
    form = await set_subentry(hass, form, miner=miners[1], **values)
    assert form["errors"] == errors


async def test_member_that_nothing_can_control(
    hass: HomeAssistant, plug: dict[str, str]
) -> None:
    """It is refused; one that can only be switched is told so."""
    chosen = {F.POWER_MONITORING: plug["power_monitoring"]}
    plain = await add(hass, "Plain", entities(chosen=chosen))
    both = {**chosen, F.POWER_CONTROL: plug["power_control"]}
    switched = await add(hass, "Switched", entities(chosen=both), power_stands_in=True)
    first = await add(hass, "First", simulation())
    entry = await make(hass, members=[first])
    form = await open_subentry(hass, entry, "member")
    form = await set_subentry(hass, form, miner=plain)
    assert form["errors"] == {"base": "no_means"}
    form = await set_subentry(hass, form, miner=switched, may_cut_power=True)
    assert form["type"] is FlowResultType.CREATE_ENTRY
    subentry_id = members_of(entry)[switched]
    form = await open_subentry(hass, entry, "member", subentry_id)
    known = form["description_placeholders"]["known"]
    assert known == "It can only be switched on and off."


async def test_emergency_cut_needs_a_plug(hass: HomeAssistant) -> None:
    """Without one it would be a promise that nobody keeps."""
    able = network(features=frozenset({F.MINING_CONTROL, F.HASHRATE_MONITORING}))
    miner = await add(hass, "Bare", able)
    first = await add(hass, "First", simulation())
    entry = await make(hass, members=[first])
    form = await open_subentry(hass, entry, "member")
    form = await set_subentry(hass, form, miner=miner, may_cut_power=True)
    assert form["errors"] == {"may_cut_power": "no_power_control"}


async def test_circuits(hass: HomeAssistant, miners: list[str]) -> None:
    """A tree of them, with a meter, in W or A."""
    show(hass, "sensor.meter", 3, "A")
    entry = await make(hass, members=miners)
    form = await open_subentry(hass, entry, "circuit")
    await set_subentry(hass, form, name="House", limit=10000)
    house = next(s for s in entry.subentries.values() if s.title == "House")
    form = await open_subentry(hass, entry, "circuit")
    result = await set_subentry(
        hass,
        form,
        name="Garage",
        limit=16,
        unit="A",
        members=miners,
        parent=house.subentry_id,
        meter="sensor.meter",
        mains={"voltage": 230, "phases": 3, "margin": 10},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    garage = next(s for s in entry.subentries.values() if s.title == "Garage")
    assert garage.data == {
        "limit": 16,
        "unit": "A",
        "members": miners,
        "parent": house.subentry_id,
        "meter": "sensor.meter",
        "voltage": 230,
        "phases": 3,
        "margin": 10,
    }
    form = await open_subentry(hass, entry, "circuit", house.subentry_id)
    cyclic = {"limit": 10000, "name": "House", "parent": garage.subentry_id}
    form = await set_subentry(hass, form, **cyclic)
    assert form["errors"] == {"parent": "circuit_cycle"}
    await set_subentry(hass, form, name="Home", limit=9000)
    assert entry.subentries[house.subentry_id].title == "Home"


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"name": " "}, {"name": "no_name"}),
        ({"name": "House"}, {"name": "circuit_name_taken"}),
        ({"limit": 0}, {"limit": "out_of_range"}),
        ({"mains": {"phases": 4}}, {"phases": "out_of_range"}),
        ({"mains": {"phases": 1.5}}, {"phases": "not_whole"}),
        ({"meter": "sensor.negative"}, {"meter": "meter_negative"}),
        ({"meter": "sensor.dead"}, {"meter": "meter_unavailable"}),
        ({"meter": "sensor.energy"}, {"meter": "meter_wrong_kind"}),
        ({"members": [0]}, {"members": "member_on_other_circuit"}),
        ({"members": [1], "limit": 1000}, {"limit": "limit_below_floors"}),
    ],
)
async def test_circuit_errors(
    hass: HomeAssistant,
    miners: list[str],
    values: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What makes no sense is refused, with what there is to know."""
    show(hass, "sensor.negative", -500)
    show(hass, "sensor.dead", "unavailable")
    show(hass, "sensor.energy", 7, "kWh")
    entry = await make(hass, members=miners)
    member = entry.subentries[members_of(entry)[miners[1]]]
    hass.config_entries.async_update_subentry(
        entry, member, data={**member.data, "floor": 1200}
    )
    form = await open_subentry(hass, entry, "circuit")
    await set_subentry(hass, form, name="House", limit=10000, members=miners[:1])
    form = await open_subentry(hass, entry, "circuit")
    chosen = [miners[n] for n in values.get("members", ())]
    values = {"name": "Garage", "limit": 5000, **values, "members": chosen}
    form = await set_subentry(hass, form, **values)
    assert form["errors"] == errors
    if errors.get("limit") == "limit_below_floors":
        assert form["description_placeholders"]["needed"] == "1200"
    if "members" in errors:
        assert form["description_placeholders"]["circuit"] == "House"
