"""Diagnostics of a fleet: what the user set, what is known, and what was decided."""

from dataclasses import asdict
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from ..storage.fleet import (
    CircuitSettings,
    FleetSettings,
    MemberSettings,
    circuit_subentries,
    member_subentries,
)
from ..watch.issues import raised_issues
from .runtime import fleet_coordinator
from .sensor import member_reports


def fleet_report(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, Any]:
    """Return all that helps to find a fault of a fleet."""
    report: dict[str, Any] = {
        "fleet": {
            "title": entry.title,
            "state": entry.state.value,
            "data": dict(entry.data),
            "settings": asdict(FleetSettings.of(entry)),
            "issues": sorted(raised_issues(hass, entry)),
        },
        "members": [asdict(MemberSettings.of(s)) for s in member_subentries(entry)],
        "circuits": {
            s.title: asdict(CircuitSettings.of(s)) for s in circuit_subentries(entry)
        },
    }
    if entry.state is ConfigEntryState.LOADED:
        coordinator = fleet_coordinator(entry)
        data = coordinator.data
        report["run_time"] = coordinator.report
        if (thermostat := entry.runtime_data.thermostat) is not None:
            report["heating"] = thermostat.report
        report["decision"] = data.decision.key if data.decision else None
        report["totals"] = {
            "hashrates": dict(data.totals.hashrates),
            "power": data.totals.power,
            "energy": data.totals.energy,
            "mining": data.totals.mining,
        }
        report["shares"] = list(member_reports(hass, entry, data))
    return report
