"""Tell entities what to do: wishes become calls of Home Assistant's services.

A commander returns the call, or raises UnsupportedError where an entity cannot do
what is wished.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components import (
    automation,
    button,
    fan,
    input_button,
    input_number,
    number,
    scene,
    script,
    select,
)
from homeassistant.const import (
    ATTR_OPTION,
    SERVICE_SELECT_OPTION,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import PowerConverter

from ...domain.values import FanSetting
from ..errors import UnsupportedError
from .adjustments import Adjustment
from .readings import automatic_mode, has_speeds, unit_of

# What runs an entity that does one thing and has no state of its own.
_RUNNERS: Final = {
    button.DOMAIN: button.SERVICE_PRESS,
    input_button.DOMAIN: button.SERVICE_PRESS,
    script.DOMAIN: SERVICE_TURN_ON,
    scene.DOMAIN: SERVICE_TURN_ON,
    automation.DOMAIN: automation.SERVICE_TRIGGER,
}
RUNNABLE: Final = tuple(_RUNNERS)
_NUMBERS = (number.DOMAIN, input_number.DOMAIN)


@dataclass(frozen=True, slots=True)
class Command:
    """A service of the entity's domain, what it is told, and whether to wait for it."""

    service: str
    data: Mapping[str, Any] = field(default_factory=dict)
    blocking: bool = True


type Commander = Callable[[State, Any, Adjustment], Command]


def turn(_state: State, on: bool, _adjustment: Adjustment) -> Command:  # noqa: FBT001
    """Turn something on or off."""
    return Command(SERVICE_TURN_ON if on else SERVICE_TURN_OFF)


def run(state: State, _wish: object, _adjustment: Adjustment) -> Command:
    """Run what does one thing; an automation may take as long as it likes for it."""
    is_quick = state.domain != automation.DOMAIN
    return Command(_RUNNERS[state.domain], blocking=is_quick)


def turn_or_run(state: State, on: bool, adjustment: Adjustment) -> Command:  # noqa: FBT001
    """Turn a switch, or run what was chosen for that."""
    if state.domain in _RUNNERS:
        return run(state, on, adjustment)
    return turn(state, on, adjustment)


def select_option(state: State, option: str, _adjustment: Adjustment) -> Command:
    """Select one of the options that there are."""
    if option not in state.attributes.get(select.ATTR_OPTIONS, ()):
        raise UnsupportedError(f"{option!r} is no option of {state.entity_id}")
    return Command(SERVICE_SELECT_OPTION, {ATTR_OPTION: option})


def limit_power(state: State, watts: float, adjustment: Adjustment) -> Command:
    """Set a power in the unit of the entity."""
    given = unit_of(state)
    if given not in PowerConverter.VALID_UNITS:
        raise UnsupportedError(f"{state.entity_id} has no unit of power")
    converted = PowerConverter.convert(watts, UnitOfPower.WATT, given)
    return _set_number(state, adjustment.undo(converted))


def set_fan(state: State, setting: FanSetting, adjustment: Adjustment) -> Command:
    """Set a fan as far as the entity can."""
    if setting.automatic:
        return _let_fan_rule_itself(state)
    if setting.percent is None or not 0 <= setting.percent <= 100:
        raise UnsupportedError(f"{setting.percent} is no percentage of a fan")
    if state.domain in _NUMBERS:
        return _set_number(state, adjustment.undo(setting.percent))
    if has_speeds(state):
        return Command(
            fan.SERVICE_SET_PERCENTAGE, {fan.ATTR_PERCENTAGE: setting.percent}
        )
    if setting.percent not in (0, 100):
        raise UnsupportedError(f"{state.entity_id} can only be turned on and off")
    return turn(state, setting.percent > 0, adjustment)


def _let_fan_rule_itself(state: State) -> Command:
    """Choose the automatic mode of a fan."""
    mode = automatic_mode(state)
    if mode is None:
        raise UnsupportedError(f"{state.entity_id} has no automatic mode")
    return Command(fan.SERVICE_SET_PRESET_MODE, {fan.ATTR_PRESET_MODE: mode})


def _set_number(state: State, wished: float) -> Command:
    """Set a number to the step that is nearest to what is wished."""
    low = state.attributes.get(number.ATTR_MIN, number.DEFAULT_MIN_VALUE)
    high = state.attributes.get(number.ATTR_MAX, number.DEFAULT_MAX_VALUE)
    step = state.attributes.get(number.ATTR_STEP) or number.DEFAULT_STEP
    value = round(low + round((wished - low) / step) * step, 6)
    if not low <= value <= high:
        raise UnsupportedError(
            f"{wished:g} is not within {low:g} to {high:g} of {state.entity_id}"
        )
    return Command(number.SERVICE_SET_VALUE, {number.ATTR_VALUE: value})
