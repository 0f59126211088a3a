"""Tell entities what to do: wishes become calls of Home Assistant's services.

A commander returns the call, or raises UnsupportedError where an entity cannot do
what is wished.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN
from homeassistant.components.input_button import DOMAIN as INPUT_BUTTON_DOMAIN
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.update import UpdateEntityFeature
from homeassistant.const import (
    ATTR_OPTION,
    ATTR_SUPPORTED_FEATURES,
    SERVICE_SELECT_OPTION,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import BaseUnitConverter

from ...domain.values import FanSetting
from ..errors import UnsupportedError
from . import words
from .adjustments import Adjustment
from .readings import automatic_mode, has_speeds, unit_of

# What runs an entity that does one thing and has no state of its own.
_RUNNERS: Final = {
    BUTTON_DOMAIN: words.SERVICE_PRESS,
    INPUT_BUTTON_DOMAIN: words.SERVICE_PRESS,
    words.SCRIPT: SERVICE_TURN_ON,
    words.SCENE: SERVICE_TURN_ON,
    words.AUTOMATION: words.SERVICE_TRIGGER,
}
RUNNABLE: Final = tuple(_RUNNERS)
_NUMBERS = (NUMBER_DOMAIN, INPUT_NUMBER_DOMAIN)


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
    is_quick = state.domain != words.AUTOMATION
    return Command(_RUNNERS[state.domain], blocking=is_quick)


def turn_or_run(state: State, on: bool, adjustment: Adjustment) -> Command:  # noqa: FBT001
    """Turn a switch, or run what was chosen for that."""
    if state.domain in _RUNNERS:
        return run(state, on, adjustment)
    return turn(state, on, adjustment)


def select_option(state: State, option: str, _adjustment: Adjustment) -> Command:
    """Select one of the options that there are."""
    if option not in state.attributes.get(words.ATTR_OPTIONS, ()):
        raise UnsupportedError(f"{option!r} is no option of {state.entity_id}")
    return Command(SERVICE_SELECT_OPTION, {ATTR_OPTION: option})


def set_to(
    converter: type[BaseUnitConverter], unit: str, *, usual: str | None = None
) -> Commander:
    """Return how to set a number that is wished in a unit.

    An entity without a unit counts in the `usual` one; without that, it is refused.
    """

    def set_in_its_unit(state: State, wish: float, adjustment: Adjustment) -> Command:
        """Set a number in the unit of the entity."""
        given = unit_of(state) or usual
        if given not in converter.VALID_UNITS:
            raise UnsupportedError(f"{state.entity_id} has no unit like {unit}")
        return _set_number(state, adjustment.undo(converter.convert(wish, unit, given)))

    return set_in_its_unit


def install(state: State, _wish: object, _adjustment: Adjustment) -> Command:
    """Install an update, where the entity can."""
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    if not features & UpdateEntityFeature.INSTALL:
        raise UnsupportedError(f"{state.entity_id} installs nothing")
    return Command(words.SERVICE_INSTALL, blocking=False)


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
            words.SERVICE_SET_PERCENTAGE, {words.ATTR_PERCENTAGE: setting.percent}
        )
    if setting.percent not in (0, 100):
        raise UnsupportedError(f"{state.entity_id} can only be turned on and off")
    return turn(state, setting.percent > 0, adjustment)


def _let_fan_rule_itself(state: State) -> Command:
    """Choose the automatic mode of a fan."""
    mode = automatic_mode(state)
    if mode is None:
        raise UnsupportedError(f"{state.entity_id} has no automatic mode")
    return Command(words.SERVICE_SET_PRESET_MODE, {words.ATTR_PRESET_MODE: mode})


def _set_number(state: State, wished: float) -> Command:
    """Set a number to the step that is nearest to what is wished."""
    low = state.attributes.get(words.ATTR_MIN, words.DEFAULT_MIN)
    high = state.attributes.get(words.ATTR_MAX, words.DEFAULT_MAX)
    step = state.attributes.get(words.ATTR_STEP) or words.DEFAULT_STEP
    value = round(low + round((wished - low) / step) * step, 6)
    if not low <= value <= high:
        raise UnsupportedError(
            f"{wished:g} is not within {low:g} to {high:g} of {state.entity_id}"
        )
    return Command(words.SERVICE_SET_VALUE, {words.ATTR_VALUE: value})
