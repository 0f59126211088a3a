"""Meters of the fleet: what they show in W, how old that is, and what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import ElectricCurrentConverter, PowerConverter

# What a meter may show below nothing, in W, without being wrong.
NOISE_WATTS: Final = 25.0


class Problem(StrEnum):
    """What is wrong with a meter; each is the key of a message."""

    MISSING = "meter_missing"
    UNAVAILABLE = "meter_unavailable"
    WRONG_KIND = "meter_wrong_kind"
    NEGATIVE = "meter_negative"


@dataclass(frozen=True, slots=True)
class Shown:
    """What an entity shows now, and when it last said so, in seconds since 1970."""

    value: float | None
    reported: float
    problem: Problem | None = None


def shown_number(hass: HomeAssistant, reference: str) -> Shown:
    """Return the number that an entity shows, whatever it means."""
    state = _state(hass, reference)
    return _shown(state, lambda _: 1.0)


def shown_power(
    hass: HomeAssistant,
    reference: str,
    *,
    may_be_negative: bool,
    watts_per_ampere: float | None = None,
) -> Shown:
    """Return the power in W that a meter shows, in whatever unit it does that.

    Amperes count where it is known how many W one is.
    """
    state = _state(hass, reference)
    shown = _shown(state, lambda unit: _watts_per(unit, watts_per_ampere))
    if shown.value is None or shown.value >= 0 or may_be_negative:
        return shown
    if shown.value >= -NOISE_WATTS:
        return Shown(0.0, shown.reported)
    return Shown(None, shown.reported, Problem.NEGATIVE)


def meter_name(hass: HomeAssistant, reference: str) -> str:
    """Return what a meter is called."""
    state = _state(hass, reference)
    return state.name if state else reference


@callback
def meter_id(hass: HomeAssistant, reference: str) -> str | None:
    """Return the present name of an entity that was chosen; None if it is gone."""
    return er.async_resolve_entity_id(er.async_get(hass), reference)


@callback
def meter_reference(hass: HomeAssistant, entity_id: str) -> str:
    """Return what a meter is stored as, which outlives a new name where it can."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.id if registered else entity_id


def _state(hass: HomeAssistant, reference: str) -> State | None:
    """Return the state of an entity that was chosen, None if it has none."""
    entity_id = meter_id(hass, reference)
    return hass.states.get(entity_id) if entity_id else None


def _shown(
    state: State | None, factor_of: Callable[[str | None], float | None]
) -> Shown:
    """Return what a state shows, times what its unit is worth."""
    if state is None:
        return Shown(None, 0.0, Problem.MISSING)
    reported = state.last_reported_timestamp
    if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return Shown(None, reported, Problem.UNAVAILABLE)
    factor = factor_of(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))
    try:
        value = float(state.state)
    except ValueError:
        return Shown(None, reported, Problem.WRONG_KIND)
    if factor is None or not isfinite(value):
        return Shown(None, reported, Problem.WRONG_KIND)
    return Shown(value * factor, reported)


def _watts_per(unit: str | None, watts_per_ampere: float | None) -> float | None:
    """Return how many W one of a unit is; None for a unit of something else."""
    if unit in PowerConverter.VALID_UNITS:
        return PowerConverter.convert(1.0, unit, UnitOfPower.WATT)
    if watts_per_ampere is not None and unit in ElectricCurrentConverter.VALID_UNITS:
        amperes = ElectricCurrentConverter.convert(
            1.0, unit, UnitOfElectricCurrent.AMPERE
        )
        return amperes * watts_per_ampere
    return None
