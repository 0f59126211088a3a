"""Linking entities, as the first controller or as one more."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.entities.roles import FIELDS, ROLES
from tests.features import FEATURES

from .linking import (
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    every_field,
    is_folded,
    stored_links,
    suggested,
)

# An entity that fits each feature: its domain, device class, unit and state.
FITTING = {name: feature.entity for name, feature in FEATURES.items()}
RANGE = {"min": 0, "max": 5000, "step": 1}


@pytest.fixture
def fitting(hass: HomeAssistant) -> dict[str, str]:
    """Return entities that are not registered, one for each feature."""
    entities = {}
    for feature, (domain, device_class, unit, state) in FITTING.items():
        attributes = {"device_class": device_class, "unit_of_measurement": unit}
        limits = RANGE if domain == "number" else {}
        entities[feature] = f"{domain}.{feature}"
        hass.states.async_set(entities[feature], state, attributes | limits)
    return entities


@pytest.fixture
def runnable(hass: HomeAssistant) -> None:
    """Set up entities that do one thing each."""
    for entity_id in ("button.start", "button.stop", "script.stop"):
        hass.states.async_set(entity_id, "unknown")


@pytest.fixture
def misfits(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> None:
    """Set up entities that serve nothing."""
    own = entity_registry.async_get_or_create(
        "sensor", DOMAIN, "own", suggested_object_id="own_power"
    )
    hass.states.async_set(own.entity_id, "5", {"device_class": "power"})
    hass.states.async_set("sensor.warm", "5", {"device_class": "temperature"})
    hass.states.async_set("input_number.warm", "5", {"unit_of_measurement": "°C"})
    hass.states.async_set("sensor.plain", "5")
    hass.states.async_set("sensor.fan_share", "5", {"unit_of_measurement": "%"})
    entity_registry.async_get_or_create(
        "sensor",
        "cellar",
        "cold",
        suggested_object_id="cold",
        original_device_class="temperature",
    )


async def test_what_is_stored(
    link: LinkFlow, plug: dict[str, str], entity_registry: er.EntityRegistry
) -> None:
    """A plug is stored by what stays the same of its entities."""
    subentry = await link.link("entities", {"name": " Smart plug ", **plug})
    data = dict(subentry.data)
    capabilities = data.pop("capabilities")
    features = sorted([*plug, "status_monitoring"])
    assert capabilities["features"] == features
    assert data == {
        "entities": {
            feature: entity_registry.entities[entity_id].id
            for feature, entity_id in plug.items()
        },
        "features": {
            feature: {"priority": 80, "enabled": True} for feature in features
        },
    }
    assert (subentry.subentry_type, subentry.title) == ("entities", "Smart plug")
    assert subentry.unique_id is None
    assert link.entry.unique_id is None


async def test_every_feature(link: LinkFlow, fitting: dict[str, str]) -> None:
    """Each feature that an entity can serve has a fitting kind of entity."""
    assert set(FITTING) == {role.value for role in ROLES}
    subentry = await link.link("entities", {"name": "All", **fitting})
    assert subentry.data["entities"] == fitting
    assert set(subentry.data["features"]) == set(fitting)


@pytest.mark.parametrize("feature", FITTING)
async def test_one_entity_is_enough(
    link: LinkFlow, fitting: dict[str, str], feature: str
) -> None:
    """Any single entity makes a controller."""
    form = {"name": "One", feature: fitting[feature]}
    subentry = await link.link("entities", form)
    power = {"power_monitoring", "power_control"} & {feature}
    expected = {feature} | ({"status_monitoring"} if power else set())
    assert set(subentry.data["features"]) == expected


async def test_registry_id(
    link: LinkFlow, plug: dict[str, str], entity_registry: er.EntityRegistry
) -> None:
    """An entity may also be given by its registry id."""
    reference = entity_registry.entities[plug["power_control"]].id
    form = {"name": "Plug", "power_control": reference}
    subentry = await link.link("entities", form)
    assert subentry.data["entities"] == {"power_control": reference}


async def test_entity_without_device_class(hass: HomeAssistant, link: LinkFlow) -> None:
    """A helper or a template needs no device class."""
    hass.states.async_set("input_number.watts", "5", {"unit_of_measurement": "W"})
    form = {"name": "Helper", "power_monitoring": "input_number.watts"}
    await link.link("entities", form)


@pytest.mark.parametrize(
    ("chosen", "errors"),
    [
        ({}, {"base": "no_entity"}),
        (
            {"power_monitoring": "sensor.nowhere"},
            {"power_monitoring": "entity_not_found"},
        ),
        ({"power_monitoring": "0" * 32}, {"power_monitoring": "entity_not_found"}),
        ({"power_monitoring": "sensor.own_power"}, {"power_monitoring": "own_entity"}),
        (
            {"power_monitoring": "switch.plug_outlet"},
            {"power_monitoring": "wrong_entity"},
        ),
        ({"power_monitoring": "sensor.warm"}, {"power_monitoring": "wrong_entity"}),
        ({"power_monitoring": "sensor.cold"}, {"power_monitoring": "wrong_entity"}),
        ({"power_monitoring": "input_number.warm"}, {"power_monitoring": "wrong_unit"}),
        (
            {"hashrate_monitoring": "sensor.plain"},
            {"hashrate_monitoring": "wrong_unit"},
        ),
        (
            {"fan_speed_internal_monitoring": "sensor.fan_share"},
            {"fan_speed_internal_monitoring": "wrong_unit"},
        ),
        ({"power_control": "sensor.plug_power"}, {"power_control": "wrong_entity"}),
        (
            {"power_control": "switch.nowhere", "power_monitoring": "sensor.warm"},
            {"power_control": "entity_not_found", "power_monitoring": "wrong_entity"},
        ),
        (
            {
                "power_control": "switch.nowhere",
                "energy_monitoring": "sensor.plug_energy",
            },
            {"power_control": "entity_not_found"},
        ),
    ],
)
async def test_misfits(
    hass: HomeAssistant,
    link: LinkFlow,
    plug: dict[str, str],
    misfits: None,
    chosen: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Each entity that cannot serve is refused, and the form keeps the others."""
    form = {"name": "Plug", **chosen}
    await link.open("entities")
    result = await link.submit(form)
    assert_refused(result, "entities", errors)
    assert suggested(result["data_schema"]) == form | {"advanced": {}}
    assert stored_links(hass) == []

    assert_asks_features(await link.submit({"name": "Plug", **plug}))
    link.stored(await link.submit({}))


@pytest.mark.parametrize("name", [{}, {"name": "  "}])
async def test_no_name(
    hass: HomeAssistant, link: LinkFlow, plug: dict[str, str], name: dict[str, str]
) -> None:
    """Without a name, the first entity gives its own."""
    hass.states.async_set(
        plug["power_control"], "on", {"friendly_name": "Garage outlet"}
    )
    form = name | {"power_control": plug["power_control"]}
    assert (await link.link("entities", form)).title == "Garage outlet"


async def test_default_name_taken(
    hass: HomeAssistant, no_setup: None, miner: ConfigEntry, plug: dict[str, str]
) -> None:
    """A name that is not the user's own gives way."""
    await FurtherLink(hass, miner).link("simulated", {"name": "plug power"})
    subentry = await FurtherLink(hass, miner).link("entities", plug)
    assert subentry.title == "plug power 2"


async def test_name_taken(
    hass: HomeAssistant, no_setup: None, miner: ConfigEntry, plug: dict[str, str]
) -> None:
    """Two controllers of a miner cannot have the same name."""
    link = FurtherLink(hass, miner)
    await link.link("simulated", {"name": "Plug"})
    await link.open("entities")
    result = await link.submit({"name": " Plug ", **plug})
    assert_refused(result, "entities", {"name": "name_taken"})
    assert len(miner.subentries) == 1
    assert_asks_features(await link.submit({"name": "Other plug", **plug}))


@pytest.mark.parametrize("feature", FITTING)
async def test_selectors(link: LinkFlow, feature: str) -> None:
    """Each field offers the kinds of entities that fit, and among them ours."""
    result = await link.open("entities")
    config = every_field(result["data_schema"])[feature].config
    offered = [
        (kind["domain"], kind.get("device_class"))
        for kind in config["filter"]
        if "integration" not in kind
    ]
    domain, device_class, *_ = FITTING[feature]
    role = FIELDS[feature]
    wanted = [str(name) for name in role.device_classes] or None
    assert [domains for (domains,), _ in offered] == list(role.domains)
    assert all(
        classes == (None if domains == ["input_number"] else wanted)
        for domains, classes in offered
    )
    assert any(
        domains == [domain] and (classes is None or device_class in classes)
        for domains, classes in offered
    )


async def test_state_that_is_not_there_yet(hass: HomeAssistant, link: LinkFlow) -> None:
    """An entity without a value now is trusted to have a unit later."""
    hass.states.async_set("sensor.asleep", "unavailable")
    hass.states.async_set("sensor.fresh", "unknown")
    form = {
        "name": "Asleep",
        "power_monitoring": "sensor.asleep",
        "hashrate_monitoring": "sensor.fresh",
    }
    subentry = await link.link("entities", form)
    assert set(subentry.data["entities"]) == set(form) - {"name"}


async def test_pair(link: LinkFlow, runnable: None) -> None:
    """What starts mining may be another entity than what stops it."""
    pair = {"mining_control": "button.start", "mining_control_stop": "script.stop"}
    subentry = await link.link("entities", {"name": "Pair", **pair})
    assert subentry.data["entities"] == pair
    assert set(subentry.data["features"]) == {"mining_control"}


@pytest.mark.parametrize(
    ("pair", "error"),
    [
        ({"mining_control": "button.start"}, "no_stop"),
        ({"mining_control_stop": "button.stop"}, "no_start"),
        (
            {"mining_control": "button.stop", "mining_control_stop": "button.stop"},
            "same_entity",
        ),
        (
            {
                "mining_control": "switch.plug_outlet",
                "mining_control_stop": "button.stop",
            },
            "stops_itself",
        ),
        (
            {"mining_control": "button.start", "mining_control_stop": "button.gone"},
            "entity_not_found",
        ),
        (
            {
                "mining_control": "button.start",
                "mining_control_stop": "switch.plug_outlet",
            },
            "wrong_entity",
        ),
    ],
)
async def test_half_a_pair(
    hass: HomeAssistant,
    link: LinkFlow,
    plug: dict[str, str],
    runnable: None,
    pair: dict[str, str],
    error: str,
) -> None:
    """What only starts needs what stops, and the other way."""
    await link.open("entities")
    result = await link.submit({"name": "Pair", **pair})
    assert_refused(result, "entities", {"mining_control_stop": error})
    assert stored_links(hass) == []
    pair = {"mining_control": "button.start", "mining_control_stop": "button.stop"}
    assert_asks_features(await link.submit({"name": "Pair", **pair}))
    link.stored(await link.submit({}))


async def test_what_can_be_read(link: LinkFlow, fitting: dict[str, str]) -> None:
    """What was seen of board, uptime and model is remembered for what shows them."""
    subentry = await link.link("entities", {"name": "All", **fitting})
    capabilities = subentry.data["capabilities"]
    assert list(capabilities["readings"]) == ["board_hashrate", "uptime"]
    assert (capabilities["boards"], capabilities["fans"]) == (1, 1)
    assert capabilities["model"] == "S19 Pro"
    assert not capabilities["can_restart_mining"]


async def test_advanced(link: LinkFlow, plug: dict[str, str]) -> None:
    """Ages, multipliers and offsets are stored as numbers, by feature."""
    advanced = {
        "max_age": 300.0,
        "adjustments": [
            {"entity_id": "sensor.plug_power", "scale": "2", "offset": -5},
            {"entity_id": "sensor.plug_energy", "max_age": 900},
        ],
    }
    form = {"name": "Plug", **plug, "advanced": advanced}
    subentry = await link.link("entities", form)
    assert subentry.data["max_age"] == 300
    assert subentry.data["adjustments"] == {
        "power_monitoring": {"scale": 2.0, "offset": -5.0},
        "energy_monitoring": {"max_age": 900.0},
    }


async def test_advanced_is_folded(link: LinkFlow) -> None:
    """Who needs none of it is not shown it."""
    result = await link.open("entities")
    assert is_folded(result["data_schema"], "advanced")


@pytest.mark.parametrize(
    "rows",
    [
        [{"entity_id": "sensor.plug_power", "scale": 0}],
        [{"entity_id": "sensor.plug_power", "scale": float("nan")}],
        [{"entity_id": "sensor.plug_power", "offset": float("inf")}],
        [{"entity_id": "sensor.other", "scale": 2}],
        [{"entity_id": "switch.plug", "scale": 2}],
        [{"entity_id": "sensor.plug_power"}, {"entity_id": "sensor.plug_power"}],
    ],
)
async def test_wrong_adjustment(
    hass: HomeAssistant,
    link: LinkFlow,
    plug: dict[str, str],
    rows: list[dict[str, Any]],
) -> None:
    """What makes no sense is refused, in plain sight, and nothing entered is lost."""
    form = {"name": "Plug", **plug, "advanced": {"adjustments": rows}}
    await link.open("entities")
    result = await link.submit(form)
    assert_refused(result, "entities", {"base": "invalid_adjustment"})
    assert not is_folded(result["data_schema"], "advanced")
    assert suggested(result["data_schema"]) == form
    assert stored_links(hass) == []
    form["advanced"] = {
        "adjustments": [{"entity_id": "sensor.plug_power", "scale": 1000}]
    }
    assert_asks_features(await link.submit(form))
    link.stored(await link.submit({}))


@pytest.mark.parametrize(
    "advanced",
    [
        {"max_age": 0},
        {"adjustments": [{"scale": 2}]},
        {"adjustments": [{"entity_id": "plug", "scale": 2}]},
        {"adjustments": [{"entity_id": "sensor.plug_power", "scale": "much"}]},
        {"adjustments": [{"entity_id": "sensor.plug_power", "colour": 2}]},
    ],
)
async def test_not_on_the_form(
    hass: HomeAssistant,
    link: LinkFlow,
    plug: dict[str, str],
    advanced: dict[str, Any],
) -> None:
    """What the form does not offer is not accepted, and the flow goes on."""
    await link.open("entities")
    with pytest.raises(InvalidData):
        await link.submit({"name": "Plug", **plug, "advanced": advanced})
    assert stored_links(hass) == []
    assert_asks_features(await link.submit({"name": "Plug", **plug}))
