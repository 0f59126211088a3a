"""Sensors of single chips."""

from collections.abc import Callable, Iterator
from functools import cache

from homeassistant.const import EntityCategory
from homeassistant.helpers.typing import StateType

from ..domain.ports import OperationalMonitorPort
from ..domain.values import Chip, HashRateUnit
from .descriptions import (
    MinerSensorDescription,
    TemperatureSensorDescription,
    credible,
    reports,
)
from .known import Known
from .operation import OperationDescription

# A device with more shows its boards instead.
MOST_CHIPS = 16


def rows(known: Known) -> Iterator[MinerSensorDescription[OperationalMonitorPort]]:
    """Describe the sensors of a miner."""
    for number in range(1, min(known.chips, MOST_CHIPS) + 1):
        yield from chip(number, known.unit)


@cache
def chip(
    number: int, unit: HashRateUnit
) -> tuple[MinerSensorDescription[OperationalMonitorPort], ...]:
    """Describe the sensors of one chip, counted from 1, once for all miners."""
    return _temperature(number), _hashrate(number, unit)


def _temperature(number: int) -> MinerSensorDescription[OperationalMonitorPort]:
    """Describe the thermometer of a chip."""
    return TemperatureSensorDescription(
        key=f"single_chip_temperature_{number}",
        translation_key="single_chip_temperature",
        translation_placeholders={"number": str(number)},
        port=OperationalMonitorPort,
        has_fn=reports(OperationalMonitorPort, "chip_temperature"),
        value_fn=_of_chip(
            number,
            lambda chip: (
                value.celsius if (value := credible(chip.temperature)) else None
            ),
        ),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


def _hashrate(number: int, unit: HashRateUnit) -> OperationDescription:
    """Describe the hash rate of a chip."""
    return OperationDescription(
        key=f"single_chip_hashrate_{number}",
        translation_key="single_chip_hashrate",
        translation_placeholders={"number": str(number)},
        has_fn=reports(OperationalMonitorPort, "chip_hashrate"),
        value_fn=_of_chip(
            number,
            lambda chip: value.to(unit) if (value := credible(chip.hashrate)) else None,
        ),
        value_off=0,
        off_wins=True,
        native_unit_of_measurement=unit,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
    )


def _of_chip(
    number: int, read: Callable[[Chip], StateType]
) -> Callable[[OperationalMonitorPort], StateType]:
    """Return how to read one chip, of which the device may tell nothing."""

    def value(port: OperationalMonitorPort) -> StateType:
        """Read the chip."""
        chips = (port.operation.chips if port.operation else None) or ()
        return read(chips[number - 1]) if number <= len(chips) else None

    return value
