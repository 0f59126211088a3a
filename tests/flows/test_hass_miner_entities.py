"""Entities of hass-miner, linked as any others are."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import (
    ATTR_ENTITY_ID,
    REVOLUTIONS_PER_MINUTE,
    Platform,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.miner_control.const import DOMAIN, HASS_MINER_DOMAIN

from .linking import FirstLink, LinkFlow, every_field

MAC = "28:E2:97:00:00:01"


class OldEntity(Entity):
    """An entity as hass-miner makes them: named in full, and polled by others."""

    _attr_should_poll = False

    def __init__(self, key: str) -> None:
        """Take a name and an id from the miner's title and MAC address."""
        self._attr_name = f"S19 {key}"
        self._attr_unique_id = f"{MAC}-{key}"


class OldSensor(OldEntity, SensorEntity):
    """A sensor with a unit, but without a device class."""

    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, key: str, value: float, unit: str) -> None:
        """Show a value."""
        super().__init__(key)
        self._attr_native_value = value
        self._attr_native_unit_of_measurement = unit

    def show(self, value: float) -> None:
        """Show another value."""
        self._attr_native_value = value
        self.async_write_ha_state()


class OldNumber(OldEntity, NumberEntity):
    """The power limit."""

    _attr_native_min_value = 100
    _attr_native_max_value = 10000
    _attr_native_step = 100
    _attr_native_value: float = 3250
    _attr_native_unit_of_measurement = UnitOfPower.WATT
    _attr_device_class = NumberDeviceClass.POWER

    @override
    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value
        self.async_write_ha_state()


class OldSelect(OldEntity, SelectEntity):
    """The power mode."""

    _attr_current_option = "Normal"

    def __init__(self, key: str) -> None:
        """Offer three modes."""
        super().__init__(key)
        self._attr_options = ["Normal", "High", "Low"]

    @override
    async def async_select_option(self, option: str) -> None:
        self._attr_current_option = option
        self.async_write_ha_state()


class OldSwitch(OldEntity, SwitchEntity):
    """The switch that starts and stops mining."""

    _attr_is_on = True

    def __init__(self, key: str, hashrate: OldSensor) -> None:
        """Know what shows whether the miner mines."""
        super().__init__(key)
        self._hashrate = hashrate

    @override
    async def async_turn_on(self, **_: Any) -> None:
        self._turn(is_on=True)

    @override
    async def async_turn_off(self, **_: Any) -> None:
        self._turn(is_on=False)

    def _turn(self, *, is_on: bool) -> None:
        self._attr_is_on = is_on
        self.async_write_ha_state()
        self._hashrate.show(98.5 if is_on else 0)


@pytest.fixture
async def old(hass: HomeAssistant) -> AsyncIterator[Mapping[str, str]]:
    """Return the entities of a miner of hass-miner, by what they can serve."""
    hashrate = OldSensor("hashrate", 98.5, "TH/s")
    sensors = {
        "hashrate_monitoring": hashrate,
        "power_monitoring": OldSensor("miner_consumption", 3210, UnitOfPower.WATT),
        "chip_temperature_monitoring": OldSensor(
            "temperature", 71, UnitOfTemperature.CELSIUS
        ),
        "fan_speed_internal_monitoring": OldSensor(
            "fan_speed", 4200, REVOLUTIONS_PER_MINUTE
        ),
    }
    switch = OldSwitch("active", hashrate)
    number, select = OldNumber("power_limit"), OldSelect("power-mode")
    platforms: dict[Platform, Sequence[Entity]] = {
        Platform.NUMBER: [number],
        Platform.SELECT: [select],
        Platform.SENSOR: list(sensors.values()),
        Platform.SWITCH: [switch],
    }
    controls = {
        "mining_control": switch,
        "power_limit_control": number,
        "preset_control": select,
    }
    with mock_config_flow(HASS_MINER_DOMAIN, ConfigFlow):
        await _set_up(hass, platforms)
        yield {
            feature: entity.entity_id
            for feature, entity in (sensors | controls).items()
        }


async def _set_up(
    hass: HomeAssistant, entities: Mapping[Platform, Sequence[Entity]]
) -> None:
    """Set up an integration of that domain with the entities given."""

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, list(entities))
        return True

    module = MockModule(HASS_MINER_DOMAIN, async_setup_entry=set_up)
    mock_integration(hass, module, built_in=False)
    mock_platform(hass, f"{HASS_MINER_DOMAIN}.config_flow")
    for platform, own in entities.items():
        mock_platform(
            hass,
            f"{HASS_MINER_DOMAIN}.{platform}",
            MockPlatform(async_setup_entry=_adder(own)),
        )
    entry = MockConfigEntry(
        domain=HASS_MINER_DOMAIN, title="S19", data={"ip": "192.0.2.1"}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def _adder(entities: Sequence[Entity]) -> Any:
    """Return what sets up a platform with some entities."""

    async def add(
        _: HomeAssistant, __: ConfigEntry, add_entities: AddConfigEntryEntitiesCallback
    ) -> None:
        add_entities(entities)

    return add


async def test_offered(link: LinkFlow) -> None:
    """The fields offer sensors of hass-miner although they have no device class."""
    result = await link.open("entities")
    fields = every_field(result["data_schema"])
    for feature in ("power_monitoring", "chip_temperature_monitoring"):
        config = fields[feature].config
        assert {"domain": ["sensor"], "integration": "miner"} in config["filter"]


async def test_linked(
    hass: HomeAssistant, first_link: FirstLink, old: Mapping[str, str]
) -> None:
    """What they show is shown, and what they can do is done through them."""
    subentry = await first_link.link("entities", {"name": "S19", **old})
    assert set(subentry.data["features"]) >= set(old)
    entry_id = first_link.entry.entry_id

    def own(domain: str, key: str) -> str:
        """Return the entity of our own with a key."""
        unique_id = f"{entry_id}_{key}"
        found = er.async_get(hass).async_get_entity_id(domain, DOMAIN, unique_id)
        assert found is not None, key
        return found

    def state(entity_id: str) -> str:
        """Return what an entity shows."""
        found = hass.states.get(entity_id)
        assert found is not None
        return found.state

    shown = {
        key: state(own("sensor", key))
        for key in ("status", "hashrate", "power", "chip_temperature")
    }
    assert shown == {
        "status": "on",
        "hashrate": "98.5",
        "power": "3210.0",
        "chip_temperature": "71.0",
    }
    assert state(own("sensor", "internal_fan_speed_1")) == "4200.0"

    async def call(domain: str, action: str, key: str, **data: Any) -> None:
        """Use an entity of our own."""
        data[ATTR_ENTITY_ID] = own(domain, key)
        await hass.services.async_call(domain, action, data, blocking=True)
        await hass.async_block_till_done()

    await call("switch", "turn_off", "mining")
    assert state(old["mining_control"]) == "off"
    assert state(own("sensor", "hashrate")) == "0.0"
    await call("switch", "turn_on", "mining")
    assert state(old["mining_control"]) == "on"
    await call("number", "set_value", "power_limit", value=2500)
    assert float(state(old["power_limit_control"])) == 2500
    await call("select", "select_option", "preset", option="Low")
    assert state(old["preset_control"]) == "Low"
