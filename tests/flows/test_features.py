"""Choosing what a controller serves, and how it ranks."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest

from emulation import EmulatedAntminer

from .linking import (
    LOGIN,
    LinkFlow,
    Result,
    assert_asks_features,
    assert_refused,
    is_folded,
    network_form,
    stored_links,
    suggested,
)


@pytest.fixture
async def asked(link: LinkFlow, plug: dict[str, str]) -> Result:
    """Return the form that asks for the features of a plug."""
    await link.open("entities")
    result = await link.submit({"name": "Plug", **plug})
    assert_asks_features(result)
    return result


def _bindings(priority: int = 80, **changes: dict[str, Any]) -> dict[str, Any]:
    """Return the bindings of the plug, with changes."""
    names = ("power_monitoring", "status_monitoring", "power_control")
    usual = {"priority": priority, "enabled": True}
    return {
        name: usual | changes.get(name, {}) for name in (*names, "energy_monitoring")
    }


async def test_form(asked: Result) -> None:
    """The form lists what the controller supports, with the usual priorities."""
    schema = asked["data_schema"]
    assert schema({}) == {
        "enabled": list(_bindings()),
        "priorities": dict.fromkeys(_bindings(), 80.0),
    }
    assert schema.schema["enabled"].config["options"] == list(_bindings())
    assert is_folded(schema, "priorities")


async def test_unchanged(link: LinkFlow, asked: Result) -> None:
    """Submitting the form as it is binds everything that is supported."""
    features = link.stored(await link.submit({})).data["features"]
    assert features == _bindings()
    assert {type(binding["priority"]) for binding in features.values()} == {int}


async def test_unticked(link: LinkFlow, asked: Result) -> None:
    """What is not ticked is bound, but not enabled."""
    form = {"enabled": ["power_monitoring", "power_control", "energy_monitoring"]}
    features = link.stored(await link.submit(form)).data["features"]
    assert features == _bindings(status_monitoring={"enabled": False})


async def test_nothing_ticked(link: LinkFlow, asked: Result) -> None:
    """A controller may be linked without serving anything yet."""
    features = link.stored(await link.submit({"enabled": []})).data["features"]
    assert set(features) == set(_bindings())
    assert not any(binding["enabled"] for binding in features.values())


@pytest.mark.parametrize("priority", [1, 40, 40.0, 100])
async def test_priority(link: LinkFlow, asked: Result, priority: float) -> None:
    """A priority is stored as a whole number, and the others as they were."""
    form = {"priorities": {"power_control": priority}}
    features = link.stored(await link.submit(form)).data["features"]
    assert features == _bindings(power_control={"priority": priority})
    assert type(features["power_control"]["priority"]) is int


@pytest.mark.parametrize(
    "priority", [0, 101, 2.5, -1, 1e300, "nan", "inf", float("nan")]
)
async def test_no_priority(
    hass: HomeAssistant, link: LinkFlow, asked: Result, priority: Any
) -> None:
    """A number that cannot be a priority is refused, in plain sight."""
    before = stored_links(hass)
    form = {"enabled": ["power_control"], "priorities": {"power_control": priority}}
    result = await link.submit(form)
    assert_refused(result, "features", {"base": "invalid_priority"})
    assert not is_folded(result["data_schema"], "priorities")
    assert stored_links(hass) == before

    form["priorities"] = {"power_control": 7}
    features = link.stored(await link.submit(form)).data["features"]
    assert features["power_control"] == {"priority": 7, "enabled": True}


async def test_nothing_entered_is_lost(link: LinkFlow, asked: Result) -> None:
    """A form that is shown again holds everything that was entered."""
    form = {
        "enabled": ["power_control"],
        "priorities": dict.fromkeys(_bindings(), 7.0) | {"power_control": 101.0},
    }
    result = await link.submit(form)
    assert_refused(result, "features", {"base": "invalid_priority"})
    assert suggested(result["data_schema"]) == form
    assert result["description_placeholders"] == asked["description_placeholders"]


@pytest.mark.parametrize(
    "form",
    [
        {"priorities": {"power_control": "high"}},
        {"priorities": {"hashrate_monitoring": 50}},
        {"enabled": ["hashrate_monitoring"]},
    ],
)
async def test_not_on_the_form(
    hass: HomeAssistant, link: LinkFlow, asked: Result, form: dict[str, Any]
) -> None:
    """What the form does not offer is not accepted, and the flow goes on."""
    before = stored_links(hass)
    with pytest.raises(InvalidData):
        await link.submit(form)
    assert stored_links(hass) == before
    link.stored(await link.submit({}))


async def test_what_was_found_of_a_device(
    link: LinkFlow, antminer: EmulatedAntminer
) -> None:
    """The form tells what the device is."""
    await link.open("network")
    result = await link.submit(network_form(antminer.address, **LOGIN))
    found = dict(result["description_placeholders"])
    assert found.pop("firmware").startswith("Tue Dec  6")
    assert found == {"title": "AntMiner S19 Pro", "boards": "3", "fans": "4"}


async def test_what_was_found_of_entities(asked: Result) -> None:
    """What entities do not tell is not made up."""
    found = {"title": "Plug", "firmware": "-", "boards": "-", "fans": "-"}
    assert asked["description_placeholders"] == found
