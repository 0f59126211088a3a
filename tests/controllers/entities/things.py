"""Entities of Home Assistant that do what they are told, and remember it."""

from typing import Any, override

from homeassistant.components.button import ButtonEntity
from homeassistant.components.fan import FanEntity, FanEntityFeature
from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.components.number import NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import setup_test_component_platform


async def add(hass: HomeAssistant, *entities: Entity) -> None:
    """Add entities of one domain to Home Assistant."""
    domain = entities[0].entity_id.split(".")[0]
    setup_test_component_platform(hass, domain, entities)
    config = {domain: {"platform": "test"}}
    assert await async_setup_component(hass, domain, config)
    await hass.async_block_till_done()


class Toggle(SwitchEntity):
    """A switch."""

    entity_id = "switch.thing"
    _attr_is_on = False

    @override
    async def async_turn_on(self, **_: Any) -> None:
        self._attr_is_on = True

    @override
    async def async_turn_off(self, **_: Any) -> None:
        self._attr_is_on = False


class Lamp(LightEntity):
    """A light."""

    entity_id = "light.thing"
    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}  # noqa: RUF012
    _attr_is_on = False

    @override
    async def async_turn_on(self, **_: Any) -> None:
        self._attr_is_on = True

    @override
    async def async_turn_off(self, **_: Any) -> None:
        self._attr_is_on = False


class Ventilator(FanEntity):
    """A fan that starts at once, with speeds and an automatic mode."""

    entity_id = "fan.thing"
    _attr_percentage: int | None = 0
    _attr_preset_modes: list[str] | None = ["Auto", "Sleep"]  # noqa: RUF012
    _attr_supported_features = (
        FanEntityFeature.SET_SPEED
        | FanEntityFeature.PRESET_MODE
        | FanEntityFeature.TURN_ON
        | FanEntityFeature.TURN_OFF
    )

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        self._attr_percentage = percentage
        self._attr_preset_mode = None

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        self._attr_preset_mode = preset_mode

    @override
    async def async_turn_off(self, **_: Any) -> None:
        self._attr_percentage = 0
        self._attr_preset_mode = None


class PlainFan(FanEntity):
    """A fan that is on or off."""

    entity_id = "fan.thing"
    _attr_supported_features = FanEntityFeature.TURN_ON | FanEntityFeature.TURN_OFF
    _is_on = False

    @property
    @override
    def is_on(self) -> bool:
        return self._is_on

    @override
    async def async_turn_on(self, *_: Any, **__: Any) -> None:
        self._is_on = True

    @override
    async def async_turn_off(self, **_: Any) -> None:
        self._is_on = False


class Dial(NumberEntity):
    """A number in a unit and a range."""

    entity_id = "number.thing"

    def __init__(
        self, unit: str | None, low: float = 0, high: float = 100, step: float = 1
    ) -> None:
        """Start at the low end."""
        self._attr_native_unit_of_measurement = unit
        self._attr_native_min_value = self._attr_native_value = low
        self._attr_native_max_value = high
        self._attr_native_step = step

    @override
    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value


class Modes(SelectEntity):
    """A list of modes."""

    entity_id = "select.thing"
    _attr_options = ["eco", "normal"]  # noqa: RUF012
    _attr_current_option: str | None = "normal"

    @override
    async def async_select_option(self, option: str) -> None:
        self._attr_current_option = option


class Key(ButtonEntity):
    """A button that counts how often it is pressed, and may fail."""

    presses = 0

    def __init__(self, name: str = "thing", failure: Exception | None = None) -> None:
        """Be pressed never so far."""
        self.entity_id = f"button.{name}"
        self._failure = failure

    @override
    async def async_press(self) -> None:
        if self._failure:
            raise self._failure
        self.presses += 1
