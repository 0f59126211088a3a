"""Numbers of other integrations in their own unit, whatever unit a user sees them in.

Home Assistant shows such a number rounded to the decimals of its own unit, does not
convert its step, and moves what is set into the range without a word. A limit of
2400 W that is shown in kW thus reads as 2 kW, in steps of 25 kW.
"""

from typing import Final

from homeassistant.components.number import NumberEntity
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.util.unit_conversion import (
    ElectricPotentialConverter,
    FrequencyConverter,
    PowerConverter,
    TemperatureConverter,
)

from .readings import is_known
from .words import ATTR_MAX, ATTR_MIN, ATTR_STEP

# What a number that is given to a miner may measure.
_CONVERTERS: Final = (
    PowerConverter,
    FrequencyConverter,
    ElectricPotentialConverter,
    TemperatureConverter,
)


def in_own_unit(hass: HomeAssistant, state: State) -> State:
    """Return the state of a number in its own unit, with its own range and step.

    Any other state is returned as it is.
    """
    number = _converted_number(hass, state.entity_id)
    if number is None or number.native_value is None or not is_known(state):
        return state
    own: dict[str, object] = {
        ATTR_UNIT_OF_MEASUREMENT: number.native_unit_of_measurement,
        ATTR_MIN: number.native_min_value,
        ATTR_MAX: number.native_max_value,
        ATTR_STEP: number.step if number.native_step is None else number.native_step,
    }
    return State(
        state.entity_id,
        str(number.native_value),
        {**state.attributes, **own},
        last_changed=state.last_changed,
        last_reported=state.last_reported,
        last_updated=state.last_updated,
    )


def in_shown_unit(hass: HomeAssistant, entity_id: str, value: float) -> float:
    """Return a value of a number in the unit in which Home Assistant takes it."""
    number = _converted_number(hass, entity_id)
    if number is None:
        return value
    own, shown = number.native_unit_of_measurement, number.unit_of_measurement
    for converter in _CONVERTERS:
        if {own, shown} <= converter.VALID_UNITS:
            return converter.convert(value, own, shown)
    return value


def _converted_number(hass: HomeAssistant, entity_id: str) -> NumberEntity | None:
    """Return the entity of a number that is shown in another unit than its own."""
    # Only an entity that is registered can be shown in a unit that its user chose.
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or registered.domain != Platform.NUMBER:
        return None
    platforms = async_get_platforms(hass, registered.platform)
    found = (platform.entities.get(entity_id) for platform in platforms)
    number = next(filter(None, found), None)
    if not isinstance(number, NumberEntity):
        return None
    is_own = number.native_unit_of_measurement == number.unit_of_measurement
    return None if is_own else number
