"""What describes a sensor: the port that feeds it, and what to read there."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfTemperature
from homeassistant.helpers.typing import StateType

from ..domain.ports import FeaturePort
from ..domain.values import Measurement


@dataclass(frozen=True, kw_only=True)
class MinerSensorDescription[P: FeaturePort](SensorEntityDescription):
    """Describe a sensor: the port that feeds it, and what to read there.

    `value_off` is shown while the power is known to be off; None where nobody can
    know then. A meter that still measures goes before it, unless it is `off_wins`.
    `reading` names what a device must have been seen to tell, since not every one
    that has the feature tells it.
    """

    port: type[P]
    value_fn: Callable[[P], StateType]
    value_off: float | None = None
    off_wins: bool = False
    reading: str | None = None
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


@dataclass(frozen=True, kw_only=True)
class TemperatureSensorDescription[P: FeaturePort](MinerSensorDescription[P]):
    """Describe a thermometer."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.TEMPERATURE
    native_unit_of_measurement: str | None = UnitOfTemperature.CELSIUS
    suggested_display_precision: int | None = 1


def credible[M: Measurement](value: M | None) -> M | None:
    """Return a value that can be true; None for one that is missing or cannot be.

    Whoever serves has one such value at least, but not every one need be.
    """
    return value if value is not None and value.is_plausible else None
