"""Choosing anew the entities that serve features."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .linking import FirstLink, FurtherLink, assert_refused, suggested
from .renewal import Renewal

PLUG_FEATURES = (
    "power_monitoring",
    "status_monitoring",
    "power_control",
    "energy_monitoring",
)


async def test_form(of_plug: Renewal, plug: dict[str, str]) -> None:
    """Everything is filled in."""
    schema = of_plug.shown["data_schema"]
    assert suggested(schema) == {"name": "Smart plug", **plug, "advanced": {}}


async def test_other_entities(
    of_plug: Renewal, hass: HomeAssistant, plug: dict[str, str]
) -> None:
    """One may be left out and another one added."""
    hass.states.async_set("fan.box", "off")
    await of_plug.submit_shown(energy_monitoring=None, external_fan_control="fan.box")
    subentry = await of_plug.finish()
    features = {*PLUG_FEATURES, "external_fan_control"} - {"energy_monitoring"}
    assert set(subentry.data["features"]) == features
    assert subentry.data["entities"]["external_fan_control"] == "fan.box"


async def test_adjustments(of_plug: Renewal) -> None:
    """What is said of the entities can be changed, and is shown the next time."""
    rows = [{"entity_id": "sensor.plug_power", "scale": 2.0, "max_age": 90.0}]
    advanced = {"max_age": 60.0, "adjustments": rows}
    await of_plug.submit_shown(advanced=advanced)
    subentry = await of_plug.finish()
    assert subentry.data["max_age"] == 60
    adjusted = {"power_monitoring": {"scale": 2.0, "max_age": 90.0}}
    assert subentry.data["adjustments"] == adjusted
    form = await of_plug.open()
    assert suggested(form["data_schema"])["advanced"] == advanced
    await of_plug.submit_shown(advanced={})
    data = (await of_plug.finish()).data
    assert {"max_age", "adjustments"} & set(data) == set()


async def test_bindings_are_kept(of_plug: Renewal) -> None:
    """What the user ranked stays so, and what is new gets the usual priority."""
    await of_plug.submit_shown(energy_monitoring=None)
    await of_plug.finish(enabled=["power_control"], priorities={"power_control": 33})
    await of_plug.open()
    await of_plug.submit_shown(energy_monitoring="sensor.plug_energy")
    bound = (await of_plug.finish()).data["features"]
    assert bound == {
        "power_monitoring": {"priority": 80, "enabled": False},
        "status_monitoring": {"priority": 80, "enabled": False},
        "power_control": {"priority": 33, "enabled": True},
        "energy_monitoring": {"priority": 80, "enabled": True},
    }


async def test_new_name(
    hass: HomeAssistant, of_plug: Renewal, miner: ConfigEntry
) -> None:
    """It names the controller and its device, which stays the same."""
    devices = {d.id for d in dr.async_get(hass).devices}
    await of_plug.submit_shown(name=" Meter ")
    assert (await of_plug.finish()).title == "Meter"
    registry = dr.async_get(hass)
    assert {d.id for d in registry.devices} == devices
    assert f"{miner.title}: Meter" in {d.name for d in registry.devices}


async def test_name_of_another_controller(
    hass: HomeAssistant, of_plug: Renewal, miner: ConfigEntry
) -> None:
    """Two controllers of a miner cannot have the same name."""
    await FurtherLink(hass, miner).link("simulated", {"name": "Model"})
    result = await of_plug.submit_shown(name="Model")
    assert_refused(result, "entities", {"name": "name_taken"})
    await of_plug.submit_shown(name="Plug")
    assert (await of_plug.finish()).title == "Plug"


async def test_entity_of_another_controller(
    hass: HomeAssistant, of_plug: Renewal, miner: ConfigEntry
) -> None:
    """An entity that serves elsewhere is refused."""
    hass.states.async_set("fan.box", "off")
    form = {"name": "Fan", "external_fan_control": "fan.box"}
    await FurtherLink(hass, miner).link("entities", form)
    result = await of_plug.submit_shown(external_fan_control="fan.box")
    assert_refused(result, "entities", {"external_fan_control": "already_linked"})


async def test_entity_that_is_gone(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    of_plug: Renewal,
    plug: dict[str, str],
) -> None:
    """It is not shown any more, and its feature is dropped."""
    entity_registry.async_remove(plug["energy_monitoring"])
    await hass.async_block_till_done()
    form = await of_plug.open()
    assert "energy_monitoring" not in suggested(form["data_schema"])
    await of_plug.submit_shown()
    assert "energy_monitoring" not in (await of_plug.finish()).data["features"]


async def test_entity_linked_meanwhile(
    hass: HomeAssistant, no_setup: None, of_plug: Renewal
) -> None:
    """Of two flows that chose the same entity, only the quicker one gets it."""
    hass.states.async_set("fan.box", "off")
    await of_plug.submit_shown(external_fan_control="fan.box")
    form = {"name": "Fan", "external_fan_control": "fan.box"}
    await FirstLink(hass).link("entities", form)
    before = of_plug.subentry.as_dict()
    result = await of_plug.submit({})
    assert (result["type"], result["reason"]) == ("abort", "already_configured")
    assert of_plug.subentry.as_dict() == before


async def test_device_is_kept(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    of_plug: Renewal,
) -> None:
    """Whatever its entities are now, its names and settings stay."""
    hass.states.async_set("sensor.warm", "20", {"unit_of_measurement": "°C"})
    registry = dr.async_get(hass)
    before = {device.id for device in registry.devices}
    (device,) = (d for d in registry.devices if d.config_subentry_id)
    (entity,) = er.async_entries_for_device(entity_registry, device.id)
    registry.async_update_device(device.id, name_by_user="Mine")
    entity_registry.async_update_entity(entity.entity_id, name="Reachable")
    await of_plug.submit_shown(
        board_temperature_monitoring="sensor.warm", energy_monitoring=None
    )
    await of_plug.finish()
    assert {device.id for device in registry.devices} == before
    (kept,) = er.async_entries_for_device(entity_registry, device.id)
    assert (kept.id, kept.name) == (entity.id, "Reachable")
    state = hass.states.get(entity.entity_id)
    assert state
    assert state.state == "on"
