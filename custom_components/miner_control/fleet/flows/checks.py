"""Find what is wrong with what was entered for a fleet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...storage.fleet import CircuitSettings, fleet_of
from ...storage.kinds import real_miners
from ..members import means_of
from ..meters import meter_reference, shown_number, shown_power
from .schemas import ALL, CONF_BATTERY, CONF_TARIFF


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a form, by field, and what the messages name."""

    errors: Mapping[str, str]
    placeholders: Mapping[str, str] = field(default_factory=dict)


def chosen_miners(
    hass: HomeAssistant, chosen: Iterable[str], fleet: ConfigEntry | None = None
) -> list[ConfigEntry] | Refusal:
    """Return the miners that are to be members; a refusal where that cannot be.

    Of all, those are meant that no other fleet has.
    """
    wanted = set(chosen)
    miners = list(real_miners(hass))
    if ALL in wanted:
        return [m for m in miners if fleet_of(hass, m.entry_id) in (None, fleet)]
    members = [miner for miner in miners if miner.entry_id in wanted]
    if not members:
        return Refusal({"members": "no_members"})
    for miner in members:
        other = fleet_of(hass, miner.entry_id)
        if other is not None and other is not fleet:
            return Refusal(
                {"members": "member_taken"},
                {"miner": miner.title, "fleet": other.title},
            )
    return members


def condition_errors(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong with the conditions of a fleet, by part of the form."""
    tariff = user_input.get(CONF_TARIFF, {})
    battery = user_input.get(CONF_BATTERY, {})
    errors = {}
    if _is_half(tariff, "window_start", "window_end"):
        errors[CONF_TARIFF] = "half_window"
    elif _is_half(tariff, "price_sensor", "price_ceiling"):
        errors[CONF_TARIFF] = "half_price"
    elif problem := _problem(hass, tariff.get("price_sensor")):
        errors[CONF_TARIFF] = problem
    if _is_half(battery, "battery_sensor", "battery_floor"):
        errors[CONF_BATTERY] = "half_battery"
    elif problem := _problem(hass, battery.get("battery_sensor")):
        errors[CONF_BATTERY] = problem
    return errors


def grid_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return what is wrong with a meter of the grid; None if it can be used."""
    return shown_power(hass, entity_id, may_be_negative=True).problem


def circuit_meter_error(
    hass: HomeAssistant, entity_id: str | None, settings: CircuitSettings
) -> str | None:
    """Return what is wrong with the meter of a circuit; None if it can be used."""
    if entity_id is None:
        return None
    return shown_power(
        hass,
        entity_id,
        may_be_negative=False,
        watts_per_ampere=settings.voltage * settings.phases,
    ).problem


def flat_conditions(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the conditions of a form as a fleet's options store them."""
    parts = {**user_input.get(CONF_TARIFF, {}), **user_input.get(CONF_BATTERY, {})}
    for name in ("price_sensor", "battery_sensor"):
        if parts.get(name):
            parts[name] = meter_reference(hass, parts[name])
    return parts


def limit_error(
    hass: HomeAssistant,
    settings: CircuitSettings,
    miners: Iterable[tuple[ConfigEntry, Mapping[str, Any]]],
) -> Refusal | None:
    """Return a refusal where a limit lets no miner of a circuit run, or not all must.

    Each miner comes with what is stored of it as a member.
    """
    usable = settings.watts * (1 - settings.margin / 100)
    floors = list(_floors(hass, miners))
    least = min((watts for watts, _ in floors), default=0.0)
    steady = sum(watts for watts, may_stop in floors if not may_stop)
    needed = max(least, steady)
    if usable >= needed:
        return None
    return Refusal(
        {"limit": "limit_below_floors"},
        {"limit": f"{usable:.0f}", "needed": f"{needed:.0f}"},
    )


def _floors(
    hass: HomeAssistant, miners: Iterable[tuple[ConfigEntry, Mapping[str, Any]]]
) -> Iterator[tuple[float, bool]]:
    """Yield the least that each miner draws, and whether it may be stopped."""
    for miner, member in miners:
        means = means_of(hass, miner)
        least = member.get("floor") or means.least or means.most
        if least is not None:
            yield least, member.get("may_stop", True)


def _is_half(values: Mapping[str, Any], *names: str) -> bool:
    """Tell whether only one of two fields that need each other is filled in."""
    one, other = (values.get(name) not in (None, "") for name in names)
    return one is not other


def _problem(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return what is wrong with an entity that has to show a number."""
    return shown_number(hass, entity_id).problem if entity_id else None
