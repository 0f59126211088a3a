"""Sensors of how mining has gone so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from ..domain.ports import OperationalMonitorPort
from ..domain.values import HashRate, HashRateUnit, OperationalData
from .descriptions import MinerSensorDescription, credible, reports
from .entities import ErrorsSensor, RejectedSharesSensor, UptimeSensor
from .known import Known


@dataclass(frozen=True, kw_only=True)
class OperationDescription(MinerSensorDescription[OperationalMonitorPort]):
    """Describe a sensor of operational data, which tells of itself."""

    port: type[OperationalMonitorPort] = OperationalMonitorPort
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


def _reports(reading: str) -> Callable[[Known], bool]:
    """Return a test for whether the miner reports one of its operational data."""
    return reports(OperationalMonitorPort, reading)


def _from(
    read: Callable[[OperationalData], StateType],
) -> Callable[[OperationalMonitorPort], StateType]:
    """Return how to read a port that may know nothing."""
    return lambda port: None if port.operation is None else read(port.operation)


def _uptime_seconds(operation: OperationalData) -> float | None:
    """Return for how long the miner has been up, None if the device does not tell."""
    return None if operation.uptime is None else operation.uptime.total_seconds()


def _milliseconds(operation: OperationalData) -> float | None:
    """Return how long the pool takes to answer, None if the device does not tell."""
    response = operation.pool_response
    return None if response is None else response.total_seconds() * 1000


def _giga(difficulty: float | None) -> float | None:
    """Return a difficulty in thousands of millions, None if the device tells none."""
    return None if difficulty is None else round(difficulty / 1e9, 6)


def _error_count(operation: OperationalData) -> int | None:
    """Return how many errors there are, None if the device does not tell."""
    return None if operation.errors is None else len(operation.errors)


# Miners and pools write difficulties so: 4.29 G.
GIGA: Final = "G"

# What is counted is counted from the start of the miner, so that it may be reset.
OPERATION: Final = (
    OperationDescription(
        key="shares_accepted",
        translation_key="shares_accepted",
        value_fn=_from(lambda operation: operation.shares_accepted),
        has_fn=_reports("shares_accepted"),
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="shares_rejected",
        translation_key="shares_rejected",
        value_fn=_from(lambda operation: operation.shares_rejected),
        has_fn=_reports("shares_rejected"),
        sensor_type=RejectedSharesSensor,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="blocks_found",
        translation_key="blocks_found",
        value_fn=_from(lambda operation: operation.blocks_found),
        has_fn=_reports("blocks_found"),
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="best_difficulty",
        translation_key="best_difficulty",
        value_fn=_from(lambda operation: _giga(operation.best_difficulty)),
        has_fn=_reports("best_difficulty"),
        native_unit_of_measurement=GIGA,
        suggested_display_precision=2,
    ),
    OperationDescription(
        key="active_pool",
        translation_key="active_pool",
        value_fn=_from(lambda operation: operation.active_pool),
        has_fn=_reports("active_pool"),
        state_class=None,
        # It may name an account, which not everybody wants in the history.
        entity_registry_enabled_default=False,
    ),
    OperationDescription(
        key="uptime",
        translation_key="uptime",
        value_fn=_from(_uptime_seconds),
        has_fn=_reports("uptime"),
        sensor_type=UptimeSensor,
        device_class=SensorDeviceClass.UPTIME,
        state_class=None,
    ),
    OperationDescription(
        key="errors",
        translation_key="errors",
        value_fn=_from(_error_count),
        has_fn=_reports("errors"),
        sensor_type=ErrorsSensor,
    ),
)
# What few devices tell, and few people want to see all the time.
DETAILS: Final = (
    OperationDescription(
        key="session_difficulty",
        translation_key="session_difficulty",
        value_fn=_from(lambda operation: _giga(operation.session_difficulty)),
        has_fn=_reports("session_difficulty"),
        native_unit_of_measurement=GIGA,
        suggested_display_precision=2,
    ),
    OperationDescription(
        key="wifi_signal",
        translation_key="wifi_signal",
        value_fn=_from(lambda operation: operation.wifi_signal),
        has_fn=_reports("wifi_signal"),
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    ),
    OperationDescription(
        key="core_voltage",
        translation_key="core_voltage",
        value_fn=_from(
            lambda operation: (
                value.volts if (value := credible(operation.core_voltage)) else None
            )
        ),
        has_fn=_reports("core_voltage"),
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=3,
    ),
    OperationDescription(
        key="input_current",
        translation_key="input_current",
        value_fn=_from(lambda operation: operation.input_current),
        has_fn=_reports("input_current"),
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
    ),
    OperationDescription(
        key="hardware_errors",
        translation_key="hardware_errors",
        value_fn=_from(lambda operation: operation.hardware_errors),
        has_fn=_reports("hardware_errors"),
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=2,
    ),
    OperationDescription(
        key="pool_response",
        translation_key="pool_response",
        value_fn=_from(_milliseconds),
        has_fn=_reports("pool_response"),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
    ),
    OperationDescription(
        key="reset_reason",
        translation_key="reset_reason",
        value_fn=_from(lambda operation: operation.reset_reason),
        has_fn=_reports("reset_reason"),
        state_class=None,
        entity_registry_enabled_default=False,
    ),
)


def rows(known: Known) -> Iterator[OperationDescription]:
    """Describe the sensors of a miner."""
    yield from (*OPERATION, *DETAILS)
    yield from means(known.unit)


@cache
def means(unit: HashRateUnit) -> tuple[OperationDescription, ...]:
    """Describe the means of the hash rate that a device works out itself."""

    def mean(
        key: str, read: Callable[[OperationalData], HashRate | None]
    ) -> OperationDescription:
        """Describe one mean."""
        return OperationDescription(
            key=key,
            translation_key=key,
            value_fn=_from(
                lambda operation: (
                    value.to(unit) if (value := credible(read(operation))) else None
                )
            ),
            has_fn=_reports(key),
            native_unit_of_measurement=unit,
            suggested_display_precision=2,
            entity_registry_enabled_default=False,
        )

    return (
        mean("hashrate_1m", lambda operation: operation.hashrate_1m),
        mean("hashrate_10m", lambda operation: operation.hashrate_10m),
        mean("hashrate_1h", lambda operation: operation.hashrate_1h),
    )
