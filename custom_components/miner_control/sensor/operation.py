"""Sensors of how mining has gone so far."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.helpers.typing import StateType

from ..domain.ports import OperationalMonitorPort
from ..domain.values import OperationalData
from .descriptions import MinerSensorDescription


@dataclass(frozen=True, kw_only=True)
class OperationDescription(MinerSensorDescription[OperationalMonitorPort]):
    """Describe a sensor of operational data, which tells of itself."""

    port: type[OperationalMonitorPort] = OperationalMonitorPort
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


def _from(
    read: Callable[[OperationalData], StateType],
) -> Callable[[OperationalMonitorPort], StateType]:
    """Return how to read a port that may know nothing."""
    return lambda port: None if port.operation is None else read(port.operation)


def _uptime_seconds(operation: OperationalData) -> float | None:
    """Return for how long the miner has been up, None if the device does not tell."""
    return None if operation.uptime is None else operation.uptime.total_seconds()


def _error_count(operation: OperationalData) -> int | None:
    """Return how many errors there are, None if the device does not tell."""
    return None if operation.errors is None else len(operation.errors)


# What is counted is counted from the start of the miner, so that it may be reset.
OPERATION: Final = (
    OperationDescription(
        key="shares_accepted",
        translation_key="shares_accepted",
        value_fn=_from(lambda operation: operation.shares_accepted),
        reading="shares_accepted",
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="shares_rejected",
        translation_key="shares_rejected",
        value_fn=_from(lambda operation: operation.shares_rejected),
        reading="shares_rejected",
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="blocks_found",
        translation_key="blocks_found",
        value_fn=_from(lambda operation: operation.blocks_found),
        reading="blocks_found",
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    OperationDescription(
        key="best_difficulty",
        translation_key="best_difficulty",
        value_fn=_from(lambda operation: operation.best_difficulty),
        reading="best_difficulty",
        suggested_display_precision=0,
    ),
    OperationDescription(
        key="active_pool",
        translation_key="active_pool",
        value_fn=_from(lambda operation: operation.active_pool),
        reading="active_pool",
        state_class=None,
        # It may name an account, which not everybody wants in the history.
        entity_registry_enabled_default=False,
    ),
)
UPTIME: Final = OperationDescription(
    key="uptime",
    translation_key="uptime",
    value_fn=_from(_uptime_seconds),
    reading="uptime",
    device_class=SensorDeviceClass.UPTIME,
    state_class=None,
)
ERRORS: Final = OperationDescription(
    key="errors",
    translation_key="errors",
    value_fn=_from(_error_count),
    reading="errors",
)
