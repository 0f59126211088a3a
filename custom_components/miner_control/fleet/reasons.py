"""Say in one sentence why a fleet decided as it did, in Home Assistant's language."""

from collections.abc import Mapping
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..domain.budget import Reason, SourceKind
from ..names import sentence


@callback
def reason_text(hass: HomeAssistant, entry: ConfigEntry, reason: Reason) -> str:
    """Return a reason as a sentence with its numbers and, where it waits, its end."""
    numbers = {
        name: _told(hass, entry, name, value) for name, value in reason.numbers.items()
    }
    told = sentence(hass, f"fleet_reason_{reason.key}", **numbers)
    if reason.until is not None:
        end = sentence(hass, "fleet_until", time=_clock(reason.until))
        told = f"{told} {end}"
    return told


def until_text(reason: Reason) -> str | None:
    """Return when a reason ends by itself, as a time that automations can read."""
    if reason.until is None:
        return None
    return _local(reason.until).isoformat(timespec="seconds")


@callback
def circuit_names(entry: ConfigEntry, circuits: tuple[str, ...]) -> list[str]:
    """Return what circuits are called."""
    return [_circuit(entry, circuit_id) for circuit_id in circuits]


def as_dict(reason: Reason) -> Mapping[str, object]:
    """Return a reason as plain values."""
    told: dict[str, object] = {"key": reason.key.value}
    for name, value in reason.numbers.items():
        if isinstance(value, str):
            told[name] = value
        elif _is_finite(value):
            told[name] = round(value)
    return told


def _told(
    hass: HomeAssistant, entry: ConfigEntry, name: str, value: float | str
) -> str:
    """Return a part of a sentence."""
    if isinstance(value, float | int):
        return f"{value:.0f}" if _is_finite(value) else "∞"
    if name == "circuit":
        return _circuit(entry, value)
    if name == "source":
        is_source = value in set(SourceKind)
        return sentence(hass, f"fleet_source_{value if is_source else 'circuit'}")
    if name == "cause":
        return sentence(hass, f"fleet_cause_{value}")
    return value


def _is_finite(value: float) -> bool:
    """Tell whether a number can be shown."""
    return abs(value) < 1e12


def _circuit(entry: ConfigEntry, circuit_id: str) -> str:
    """Return what a circuit is called."""
    subentry = entry.subentries.get(circuit_id)
    return subentry.title if subentry else circuit_id


def _clock(at: float) -> str:
    """Return a time of day, with the date where that is not today."""
    local = _local(at)
    is_today = local.date() == dt_util.now().date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def _local(at: float) -> datetime:
    """Return a time in the time zone of Home Assistant."""
    return dt_util.as_local(dt_util.utc_from_timestamp(at))
