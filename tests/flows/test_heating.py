"""Setting a miner up to heat: what is stored, and what is refused."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.storage.heating import HeatingSettings
from tests.integration.controllers import entities, network, simulation

type Result = Mapping[str, Any]

THERMOMETER = {"unit_of_measurement": "°C", "device_class": "temperature"}


@pytest.fixture(name="heater")
def heater_fixture(hass: HomeAssistant) -> MockConfigEntry:
    """Return a simulated miner, which has a room."""
    entry = MockConfigEntry(
        domain=DOMAIN, title="Heater", subentries_data=(simulation(),)
    )
    entry.add_to_hass(hass)
    return entry


async def _submit(
    hass: HomeAssistant, miner: ConfigEntry, user_input: dict[str, Any] | None = None
) -> Result:
    """Open the form by the menu, and submit it."""
    menu = await hass.config_entries.options.async_init(miner.entry_id)
    assert "heating" in menu["menu_options"]
    form = await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "heating"}
    )
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "heating")
    if user_input is None:
        return form
    result: Result = await hass.config_entries.options.async_configure(
        form["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


async def test_defaults(
    hass: HomeAssistant, heater: MockConfigEntry, no_setup: None
) -> None:
    """Submitting the form as it is gives no thermostat."""
    result = await _submit(hass, heater, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert HeatingSettings.of(heater) == HeatingSettings()


async def test_stored_and_shown_again(
    hass: HomeAssistant, heater: MockConfigEntry, no_setup: None
) -> None:
    """What is entered is stored beside other options, and can be cleared again."""
    hass.config_entries.async_update_entry(heater, options={"boot_grace": 60.0})
    hass.states.async_set("sensor.outdoors", "3", THERMOMETER)
    hass.states.async_set("schedule.warm", "on")
    await _submit(
        hass,
        heater,
        {
            "enabled": True,
            "observe": True,
            "temperatures": {"comfort_temperature": 22, "schedule": "schedule.warm"},
            "power": {"max_power": 2000},
            "safety": {"outdoor_sensor": "sensor.outdoors", "lost_share": 30},
            "authority": {"letting_go": "stop"},
        },
    )
    settings = HeatingSettings.of(heater)
    assert settings == HeatingSettings(
        enabled=True,
        observe=True,
        comfort_temperature=22,
        schedule="schedule.warm",
        max_power=2000,
        outdoor_sensor="sensor.outdoors",
        lost_share=30,
        letting_go="stop",
    )
    assert heater.options["boot_grace"] == 60
    await _submit(hass, heater, {})
    assert HeatingSettings.of(heater).outdoor_sensor is None
    assert HeatingSettings.of(heater).comfort_temperature == 22


@pytest.mark.parametrize(
    ("part", "field", "value", "error"),
    [
        ("temperatures", "comfort_temperature", 29, "above_highest_temperature"),
        ("temperatures", "boost_temperature", 36, "out_of_range"),
        ("temperatures", "away_temperature", 5, "below_lowest_temperature"),
        ("temperatures", "min_temperature", 28, "minimum_above_maximum"),
        ("temperatures", "frost_temperature", 8, "frost_above_lowest_temperature"),
        ("temperatures", "schedule", "sensor.outdoors", "heating_wrong_entity"),
        ("temperatures", "schedule", "schedule.gone", "heating_entity_not_found"),
        ("power", "min_on", 0, "out_of_range"),
        ("power", "max_starts", 25, "out_of_range"),
        ("safety", "outdoor_sensor", "sensor.power", "heating_wrong_entity"),
        ("safety", "outdoor_sensor", "light.lamp", "heating_wrong_entity"),
        ("safety", "outdoor_sensor", "sensor.gone", "heating_entity_not_found"),
        ("safety", "outdoor_sensor", "sensor.own", "heating_own_entity"),
        ("safety", "lost_share", 101, "out_of_range"),
    ],
)
async def test_refused(
    hass: HomeAssistant,
    heater: MockConfigEntry,
    no_setup: None,
    part: str,
    field: str,
    value: object,
    error: str,
) -> None:
    """The field and its section say what is wrong, and nothing is stored."""
    hass.states.async_set("sensor.outdoors", "3", THERMOMETER)
    hass.states.async_set("sensor.power", "3", {"unit_of_measurement": "W"})
    hass.states.async_set("light.lamp", "on")
    er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, "own", suggested_object_id="own", config_entry=heater
    )
    result = await _submit(hass, heater, {"enabled": True, part: {field: value}})
    assert result["type"] is FlowResultType.FORM
    field = "max_temperature" if error == "minimum_above_maximum" else field
    assert result["errors"][field] == result["errors"][part] == error
    assert not heater.options


async def test_power_limits_that_contradict(
    hass: HomeAssistant, heater: MockConfigEntry, no_setup: None
) -> None:
    """A minimum above the maximum is refused."""
    power = {"min_power": 2000, "max_power": 1000}
    result = await _submit(hass, heater, {"enabled": True, "power": power})
    assert result["errors"]["max_power"] == "minimum_above_maximum"
    assert not heater.options


@pytest.mark.parametrize(
    ("controllers", "settings", "error"),
    [
        ((network(),), {}, {"base": "no_room_sensor"}),
        (
            (entities("Room", {F.ROOM_TEMPERATURE_MONITORING: "sensor.room"}),),
            {},
            {"base": "cannot_be_started"},
        ),
        (
            (
                network(),
                entities("Room", {F.ROOM_TEMPERATURE_MONITORING: "sensor.room"}),
            ),
            {"fan": {"external_fan": True}},
            {"external_fan": "no_external_fan", "fan": "no_external_fan"},
        ),
    ],
)
async def test_what_the_miner_lacks(
    hass: HomeAssistant,
    no_setup: None,
    controllers: tuple[Any, ...],
    settings: dict[str, Any],
    error: dict[str, str],
) -> None:
    """Without a sensor, or anything that starts and stops, nothing can heat."""
    entry = MockConfigEntry(domain=DOMAIN, title="M", subentries_data=controllers)
    entry.add_to_hass(hass)
    result = await _submit(hass, entry, {"enabled": True, **settings})
    assert result["errors"] == error
    assert not entry.options
