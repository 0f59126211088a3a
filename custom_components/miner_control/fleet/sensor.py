"""Sensors of a fleet: what its miners do together, and what it decided."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import StateType

from ..domain.budget import ReasonKey
from ..domain.values import HashRateUnit
from ..storage.fleet import members_of
from .coordinator import FleetCoordinator
from .entity import FleetEntity
from .reasons import as_dict, reason_text, until_text
from .runtime import fleet_coordinator
from .state import FleetState
from .totals import algorithms_of

ATTR_MEMBERS: Final = "members"
ATTR_REASON: Final = "reason"
ATTR_UNTIL: Final = "until"
# The state of a fleet that decides nothing.
OFF: Final = "off"

DECISIONS: Final = (
    ReasonKey.NO_MEMBERS,
    ReasonKey.UNLIMITED,
    ReasonKey.WITHIN_BUDGET,
    ReasonKey.FOLLOWS_SURPLUS,
    ReasonKey.TARIFF_CLOSED,
    ReasonKey.BATTERY_LOW,
    ReasonKey.HEATS,
    ReasonKey.HOLDS,
    ReasonKey.SHEDS,
    ReasonKey.OVER_LIMIT,
    ReasonKey.EMERGENCY,
)


@dataclass(frozen=True, kw_only=True)
class FleetSensorDescription(SensorEntityDescription):
    """Describe a sensor by what it shows."""

    value_fn: Callable[[FleetState], StateType]


def _finite(watts: float | None) -> float | None:
    """Return watts where anything limits them."""
    return watts if watts is not None and isfinite(watts) else None


SENSORS: Final[tuple[FleetSensorDescription, ...]] = (
    FleetSensorDescription(
        key="total_power",
        translation_key="total_power",
        value_fn=lambda data: data.totals.power,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
    ),
    FleetSensorDescription(
        key="total_energy",
        translation_key="total_energy",
        value_fn=lambda data: round(data.totals.energy, 6),
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=3,
    ),
    FleetSensorDescription(
        key="miners_mining",
        translation_key="miners_mining",
        value_fn=lambda data: data.totals.mining,
        state_class=SensorStateClass.MEASUREMENT,
    ),
    FleetSensorDescription(
        key="available_power",
        translation_key="available_power",
        value_fn=lambda data: (
            _finite(data.allocation.available) if data.allocation else None
        ),
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
    ),
    FleetSensorDescription(
        key="allocated_power",
        translation_key="allocated_power",
        value_fn=lambda data: data.allocation.allocated if data.allocation else None,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
    ),
)
DECISION: Final = SensorEntityDescription(
    key="decision",
    translation_key="decision",
    device_class=SensorDeviceClass.ENUM,
    options=[OFF, *(key.value for key in DECISIONS)],
)


def fleet_sensors(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> Iterator[FleetEntity]:
    """Yield the sensors of a fleet."""
    coordinator = fleet_coordinator(entry)
    for description in SENSORS:
        yield FleetSensor(coordinator, description)
    algorithms = algorithms_of(hass, members_of(entry))
    is_one = len(algorithms) == 1
    for algorithm, unit in algorithms.items():
        yield FleetSensor(coordinator, hashrate(algorithm, unit, is_one=is_one))
        if is_one:
            yield FleetSensor(coordinator, efficiency(unit))
    yield DecisionSensor(coordinator)


def hashrate(
    algorithm: str, unit: HashRateUnit, *, is_one: bool
) -> FleetSensorDescription:
    """Describe the total of a fleet's hash rate, or that of one algorithm."""

    def value(data: FleetState) -> float | None:
        """Return the total in the unit that is usual."""
        total = data.totals.hashrates.get(algorithm)
        return None if total is None else total / unit.factor

    return FleetSensorDescription(
        key="total_hashrate" if is_one else f"total_hashrate_{algorithm}",
        translation_key="total_hashrate" if is_one else "total_hashrate_algorithm",
        translation_placeholders={} if is_one else {"algorithm": algorithm.upper()},
        value_fn=value,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=unit,
        suggested_display_precision=2,
    )


def efficiency(unit: HashRateUnit) -> FleetSensorDescription:
    """Describe the energy that the work of one unit takes."""
    return FleetSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        value_fn=lambda data: (
            None
            if data.totals.efficiency is None
            else data.totals.efficiency * unit.factor
        ),
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=f"J/{unit.removesuffix('/s')}",
        suggested_display_precision=2,
    )


class FleetSensor(FleetEntity, SensorEntity):
    """Show a number of a fleet."""

    entity_description: FleetSensorDescription

    @property
    @override
    def shown(self) -> object:
        """Return the number."""
        return self.native_value

    @property
    @override
    def native_value(self) -> StateType:
        """Return the number."""
        return self.entity_description.value_fn(self.coordinator.data)


class DecisionSensor(FleetEntity, SensorEntity):
    """Show what was decided, why, and what each member is to draw."""

    _unrecorded_attributes = frozenset({ATTR_MEMBERS})

    def __init__(self, coordinator: FleetCoordinator) -> None:
        """Show the decision of a fleet."""
        super().__init__(coordinator, DECISION)

    @property
    @override
    def shown(self) -> object:
        """Return all that the decision is made of."""
        data = self.coordinator.data
        allocation = data.allocation
        powers = {m: w if w is None else round(w, -1) for m, w in data.powers.items()}
        shares = dict(allocation.shares) if allocation else None
        return data.mode, data.decision, shares, data.failures, data.holds, powers

    @property
    @override
    def native_value(self) -> str:
        """Return what was decided."""
        decision = self.coordinator.data.decision
        return OFF if decision is None else decision.key.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell why, and what each member is to draw and why."""
        data, entry = self.coordinator.data, self.coordinator.config_entry
        told = None
        if data.decision is not None:
            told = reason_text(self.hass, entry, data.decision)
        return {
            ATTR_REASON: told,
            ATTR_UNTIL: until_text(data.decision) if data.decision else None,
            ATTR_MEMBERS: list(member_reports(self.hass, entry, data)),
        }


def member_reports(
    hass: HomeAssistant, entry: ConfigEntry, data: FleetState
) -> Iterator[dict[str, Any]]:
    """Yield what each member is to draw and why, in plain values."""
    if data.allocation is None:
        return
    for miner_id, share in data.allocation.shares.items():
        miner = hass.config_entries.async_get_entry(miner_id)
        yield {
            "config_entry_id": miner_id,
            "miner": miner.title if miner else miner_id,
            "watts": round(share.watts),
            "power": data.powers.get(miner_id),
            "action": share.action.value,
            **as_dict(share.reason),
            ATTR_REASON: reason_text(hass, entry, share.reason),
            ATTR_UNTIL: until_text(share.reason),
            "failure": data.failures.get(miner_id),
        }
