"""Linking entities, as the first controller or as one more."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.entities.roles import ROLES

from .linking import (
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    stored_links,
    suggested,
)

# An entity that fits each feature: its domain, its device class and its unit.
FITTING = {
    "power_monitoring": ("sensor", "power", "W"),
    "power_control": ("switch", "outlet", None),
    "status_monitoring": ("binary_sensor", "running", None),
    "hashrate_monitoring": ("sensor", None, "TH/s"),
    "chip_temperature_monitoring": ("sensor", "temperature", "°C"),
    "board_temperature_monitoring": ("sensor", "temperature", "°C"),
    "inlet_temperature_monitoring": ("sensor", "temperature", "°F"),
    "outlet_temperature_monitoring": ("number", "temperature", "°C"),
    "fan_speed_internal_monitoring": ("sensor", None, "rpm"),
    "fan_speed_external_monitoring": ("input_number", None, "%"),
    "voltage_monitoring": ("sensor", "voltage", "V"),
    "frequency_monitoring": ("sensor", "frequency", "MHz"),
    "energy_monitoring": ("sensor", "energy", "kWh"),
    "mining_control": ("input_boolean", None, None),
}


@pytest.fixture
def fitting(hass: HomeAssistant) -> dict[str, str]:
    """Return entities that are not registered, one for each feature."""
    entities = {}
    for feature, (domain, device_class, unit) in FITTING.items():
        attributes = {"device_class": device_class, "unit_of_measurement": unit}
        entities[feature] = f"{domain}.{feature}"
        hass.states.async_set(entities[feature], "1", attributes)
    return entities


@pytest.fixture
def misfits(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> None:
    """Set up entities that serve nothing."""
    own = entity_registry.async_get_or_create(
        "sensor", DOMAIN, "own", suggested_object_id="own_power"
    )
    hass.states.async_set(own.entity_id, "5", {"device_class": "power"})
    hass.states.async_set("sensor.warm", "5", {"device_class": "temperature"})
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
    assert suggested(result["data_schema"]) == form
    assert stored_links(hass) == []

    assert_asks_features(await link.submit({"name": "Plug", **plug}))
    link.stored(await link.submit({}))


@pytest.mark.parametrize(
    ("chosen", "errors"),
    [
        ({}, {"base": "no_entity", "name": "no_name"}),
        ({"power_control": "switch.plug_outlet"}, {"name": "no_name"}),
    ],
)
async def test_no_name(
    hass: HomeAssistant,
    link: LinkFlow,
    plug: dict[str, str],
    chosen: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Blanks are no name."""
    await link.open("entities")
    result = await link.submit({"name": "  ", **chosen})
    assert_refused(result, "entities", errors)
    assert stored_links(hass) == []
    assert_asks_features(await link.submit({"name": "Plug", **plug}))


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
    config = result["data_schema"].schema[feature].config
    offered = [(kind["domain"], kind.get("device_class")) for kind in config["filter"]]
    domain, device_class, _ = FITTING[feature]
    role = next(role for name, role in ROLES.items() if name == feature)
    wanted = [role.device_class.value] if role.device_class else None
    assert [domains for (domains,), _ in offered] == list(role.domains)
    assert all(
        classes == (None if domains == ["input_number"] else wanted)
        for domains, classes in offered
    )
    assert any(
        domains == [domain] and (classes is None or device_class in classes)
        for domains, classes in offered
    )
