"""What describes a sensor: the port that feeds it, and what to read there."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfTemperature
from homeassistant.helpers.typing import StateType

from ..coordinator import MinerCoordinator
from ..domain.ports import FeaturePort
from ..domain.values import Measurement
from .known import Known

# From here on, watts and volts are shown with one decimal less.
_LARGE = 100

type SensorType[P: FeaturePort] = Callable[
    [MinerCoordinator, MinerSensorDescription[P]], SensorEntity
]


@dataclass(frozen=True, kw_only=True)
class MinerSensorDescription[P: FeaturePort](SensorEntityDescription):
    """Describe a sensor: the port that feeds it, and what to read there.

    `value_off` is shown while the power is known to be off; None where nobody can
    know then. A meter that still measures goes before it, unless it is `off_wins`.
    `has_fn` tells whether the miner has it; by default one that has the feature has.
    `sensor_type` makes a sensor that does more than show a value. `precision_fn` tells
    the decimals that fit a value, where miners of all sizes have very different ones.
    """

    port: type[P]
    value_fn: Callable[[P], StateType]
    has_fn: Callable[[Known], bool] | None = None
    sensor_type: SensorType[P] | None = None
    value_off: float | None = None
    off_wins: bool = False
    precision_fn: Callable[[float], int] | None = None
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT

    def is_shown(self, known: Known) -> bool:
        """Tell whether the miner has what the sensor shows."""
        return self.has_fn(known) if self.has_fn else known.has(self.port)


@dataclass(frozen=True, kw_only=True)
class TemperatureSensorDescription[P: FeaturePort](MinerSensorDescription[P]):
    """Describe a thermometer."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.TEMPERATURE
    native_unit_of_measurement: str | None = UnitOfTemperature.CELSIUS
    suggested_display_precision: int | None = 1


def reports(port: type[FeaturePort], reading: str) -> Callable[[Known], bool]:
    """Return a test for what not every device with a feature reports.

    `reading` is one of `readings_of`.
    """
    return lambda known: known.has(port) and known.reports(reading)


def decimals_of_watts(value: float) -> int:
    """Return the decimals of a power: a small miner draws a few watts."""
    return 0 if value >= _LARGE else 1


def decimals_of_volts(value: float) -> int:
    """Return the decimals of a voltage: of the mains, or of a supply."""
    return 1 if value >= _LARGE else 2


def credible[M: Measurement](value: M | None) -> M | None:
    """Return a value that can be true; None for one that is missing or cannot be.

    Whoever serves has one such value at least, but not every one need be.
    """
    return value if value is not None and value.is_plausible else None
