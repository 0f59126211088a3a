"""Who serves what, in words for people and automations."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from homeassistant.const import (
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
)

from .coordinator import MinerCoordinator
from .domain.features import MinerFeature, MinerFeatureType
from .domain.ports import PORTS
from .domain.values import (
    Energy,
    FanSpeed,
    Frequency,
    HashRate,
    Power,
    Temperature,
    Voltage,
)

_UNITS: Mapping[type, str] = {
    Power: UnitOfPower.WATT,
    Energy: UnitOfEnergy.KILO_WATT_HOUR,
    Temperature: UnitOfTemperature.CELSIUS,
    Voltage: UnitOfElectricPotential.VOLT,
    Frequency: UnitOfFrequency.MEGAHERTZ,
}


def feature_report(coordinator: MinerCoordinator) -> dict[str, Any]:
    """Return the ranking, health, values and provider of each bound feature type."""
    return {
        feature_type.value: {
            "provider": _provider(coordinator, feature_type),
            "fallback": _is_fallback(coordinator, feature_type),
            "ranking": [_binding(coordinator, feature) for feature in bound],
        }
        for feature_type in MinerFeatureType
        if (bound := coordinator.miner.features_by_type(feature_type))
    }


def health_text(coordinator: MinerCoordinator, feature: MinerFeature) -> str:
    """Return whether a binding could serve now and what it measures, in signs."""
    if not coordinator.is_healthy(feature):
        # What nobody uses is not even asked for.
        return "✗" if feature.enabled else "-"
    numbers = ", ".join(
        f"{round(number, 2):g} {unit}"
        for number, unit in measured(coordinator, feature)
    )
    return f"✓ {numbers}" if numbers else "✓"


def measured(
    coordinator: MinerCoordinator, feature: MinerFeature
) -> list[tuple[float, str]]:
    """Return what a binding measures, as numbers with units."""
    return list(_measured(_reading(coordinator, feature)))


def _measured(value: object) -> Iterator[tuple[float, str]]:
    """Yield what a value measures, with units."""
    if isinstance(value, tuple):
        for item in value:
            yield from _measured(item)
    elif isinstance(value, HashRate | FanSpeed):
        yield value.value, value.unit
    elif unit := _UNITS.get(type(value)):
        yield _plain(value), unit


def _reading(coordinator: MinerCoordinator, feature: MinerFeature) -> object:
    """Return what a binding reads; None for what is only told to do something."""
    controller = coordinator.controllers[feature.controller_id].controller
    reading = PORTS[feature.feature_type].reading
    return getattr(controller, reading) if reading else None


def _provider(
    coordinator: MinerCoordinator, feature_type: MinerFeatureType
) -> str | None:
    """Return the title of whoever serves a feature type."""
    resolution = coordinator.resolution(PORTS[feature_type])
    provider = resolution.provider if resolution else None
    return provider.title if provider else None


def _is_fallback(coordinator: MinerCoordinator, feature_type: MinerFeatureType) -> bool:
    """Tell whether another binding than the first serves."""
    resolution = coordinator.resolution(PORTS[feature_type])
    return resolution is not None and resolution.is_fallback


def _binding(coordinator: MinerCoordinator, feature: MinerFeature) -> dict[str, Any]:
    """Return a binding, its health and its value."""
    controller = coordinator.controllers[feature.controller_id].controller
    return {
        "controller": feature.controller_id,
        "title": controller.title,
        "priority": feature.priority,
        "enabled": feature.enabled,
        "healthy": coordinator.is_healthy(feature),
        "value": _plain(_reading(coordinator, feature)),
    }


def _plain(value: object) -> Any:
    """Return a value of the domain as what JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        fields = asdict(value)
        return _plain(next(iter(fields.values())) if len(fields) == 1 else fields)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value
