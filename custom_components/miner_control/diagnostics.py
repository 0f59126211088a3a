"""Diagnostics: all that helps to find a fault, and nothing that gives away whose."""

from collections.abc import Mapping
from dataclasses import asdict
from time import monotonic
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util

from .const import CONF_CAPABILITIES, CONF_ENTITIES, CONF_FEATURES, DOMAIN
from .controllers import libraries
from .controllers.entities.sources import chosen_entities
from .coordinator import ControllerCoordinator, MinerCoordinator
from .fleet.diagnostics import fleet_report
from .redaction import Redactor, secrets_in
from .reports import feature_report
from .runtime import MinerControlConfigEntry
from .storage.bindings import controller_subentries, stored_capabilities
from .storage.kinds import is_fleet
from .storage.options import MinerOptions
from .watch.issues import raised_issues

type Report = dict[str, Any]


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> Report:
    """Return diagnostics of a miner, or of a fleet."""
    if is_fleet(entry):
        return _redacted(entry, fleet_report(hass, entry))
    return _redacted(entry, await _miner_report(hass, entry))


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: MinerControlConfigEntry, device: AnyDeviceEntry
) -> Report:
    """Return diagnostics of a miner, of one of its controllers, or of a fleet."""
    if is_fleet(entry):
        return _redacted(entry, fleet_report(hass, entry))
    report = await _miner_report(hass, entry)
    names = _names(entry)
    if (name := names.get(device.config_subentry_id or "")) is not None:
        report["controllers"] = {name: report["controllers"][name]}
        report["features"] = {
            feature: _with_ranking_of(name, state)
            for feature, state in report["features"].items()
            if any(binding["controller"] == name for binding in state["ranking"])
        }
    return _redacted(entry, report)


def _redacted(entry: MinerControlConfigEntry, report: Report) -> Report:
    """Return a report without what is stored or read of secrets."""
    stored = [entry.as_dict(), *(s.as_dict() for s in entry.subentries.values())]
    known = [stored_capabilities(s) for s in controller_subentries(entry)]
    redactor = Redactor(
        secrets_in([*stored, report]),
        # They look like addresses.
        kept=filter(None, (c.firmware_version for c in known)),
    )
    redacted: Report = redactor.redact(report)
    return redacted


def _with_ranking_of(name: str, state: Mapping[str, Any]) -> Report:
    """Return what is known of a feature, with the binding of one controller alone."""
    ranking = [b for b in state["ranking"] if b["controller"] == name]
    return {**state, "ranking": ranking}


async def _miner_report(hass: HomeAssistant, entry: MinerControlConfigEntry) -> Report:
    """Return all about a miner, secrets included."""
    is_loaded = entry.state is ConfigEntryState.LOADED
    coordinator = entry.runtime_data.coordinator if is_loaded else None
    integration = await async_get_integration(hass, DOMAIN)
    return {
        "versions": {
            "integration": str(integration.version),
            **(_library_versions(coordinator) if coordinator else {}),
        },
        "miner": {
            "title": entry.title,
            "state": entry.state.value,
            "polling": not entry.pref_disable_polling,
            "options": asdict(MinerOptions.of(entry)),
            "issues": sorted(raised_issues(hass, entry)),
            **(_run_time(entry) if is_loaded else {}),
        },
        "controllers": {
            _names(entry)[subentry.subentry_id]: {
                **_stored(hass, subentry),
                **_timings(coordinator, subentry.subentry_id),
            }
            for subentry in controller_subentries(entry)
        },
        "features": _features(entry, coordinator) if coordinator else {},
        "libraries": libraries.report(hass),
    }


def _library_versions(coordinator: MinerCoordinator) -> dict[str, str]:
    """Return the versions of the libraries that the controllers use."""
    return {
        name: version
        for known in coordinator.controllers.values()
        for name, version in known.controller.library_versions.items()
    }


def _names(entry: MinerControlConfigEntry) -> dict[str, str]:
    """Return a number for each controller, in the order of linking."""
    linked = enumerate(controller_subentries(entry), start=1)
    return {subentry.subentry_id: f"controller_{n}" for n, subentry in linked}


def _run_time(entry: MinerControlConfigEntry) -> Report:
    """Return what a miner is doing."""
    runtime = entry.runtime_data
    coordinator = runtime.coordinator
    return {
        "status": coordinator.data.status,
        "command": coordinator.data.command,
        "operations": runtime.operations.going_on,
        **({"heating": runtime.thermostat.report} if runtime.thermostat else {}),
        "is_known_off": coordinator.data.is_known_off,
        "is_mining": runtime.events.is_mining,
        "degraded": sorted(coordinator.data.degraded),
        "failed_over": sorted(runtime.events.failed_over),
        "hashrate_unit": coordinator.hashrate_unit,
        "power_target": coordinator.power_target.report,
    }


def _stored(hass: HomeAssistant, subentry: ConfigSubentry) -> Report:
    """Return what is stored of a controller; its bindings are told elsewhere."""
    apart = {CONF_CAPABILITIES, CONF_ENTITIES, CONF_FEATURES}
    return {
        "type": subentry.subentry_type,
        "title": subentry.title,
        "connection": {k: v for k, v in subentry.data.items() if k not in apart},
        "entities": _entities(hass, subentry),
        "capabilities": stored_capabilities(subentry).as_dict(),
    }


def _entities(hass: HomeAssistant, subentry: ConfigSubentry) -> Report:
    """Return what the entities of a controller show, and for how long already."""
    registry = er.async_get(hass)
    report: Report = {}
    for name, reference in chosen_entities(subentry.data).items():
        entity_id = er.async_resolve_entity_id(registry, reference)
        state = hass.states.get(entity_id) if entity_id else None
        age = dt_util.utcnow() - state.last_reported if state else None
        report[name] = {
            "entity_id": entity_id,
            "state": state.state if state else None,
            "unit": state.attributes.get("unit_of_measurement") if state else None,
            "reported_seconds_ago": age.total_seconds() if age else None,
        }
    return report


def _timings(coordinator: MinerCoordinator | None, controller_id: str) -> Report:
    """Return how a controller has been answering."""
    found = coordinator.controllers.get(controller_id) if coordinator else None
    if found is None:
        return {}
    interval = found.update_interval
    return {
        "available": found.is_available,
        "suspended": found.is_suspended,
        "interval": interval.total_seconds() if interval else None,
        "succeeded_seconds_ago": _age(found),
        "last_duration": found.last_duration,
        "failures": found.failures,
        "last_error": _error(found),
    }


def _age(coordinator: ControllerCoordinator) -> float | None:
    """Return for how many seconds a controller has not answered."""
    at = coordinator.succeeded_at
    return None if at is None else monotonic() - at


def _error(coordinator: ControllerCoordinator) -> str | None:
    """Return what was wrong with the last refresh."""
    err = coordinator.error
    return f"{type(err).__name__}: {err}" if err else None


def _features(entry: MinerControlConfigEntry, coordinator: MinerCoordinator) -> Report:
    """Return who serves what, with controllers by their numbers."""
    names = _names(entry)
    return {
        feature: {
            **state,
            "ranking": [
                {**binding, "controller": names.get(binding["controller"])}
                for binding in state["ranking"]
            ],
        }
        for feature, state in feature_report(coordinator).items()
    }
