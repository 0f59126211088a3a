"""Sensors of single hash boards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfElectricPotential, UnitOfFrequency
from homeassistant.helpers.typing import StateType

from ..domain.ports import HashboardMonitorPort
from ..domain.values import Hashboard, HashRateUnit
from .descriptions import (
    MinerSensorDescription,
    TemperatureSensorDescription,
    credible,
    reports,
)
from .known import Known


@dataclass(frozen=True, kw_only=True)
class BoardDescription(MinerSensorDescription[HashboardMonitorPort]):
    """Describe a sensor of a board."""

    port: type[HashboardMonitorPort] = HashboardMonitorPort
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


type BoardSensors = tuple[MinerSensorDescription[HashboardMonitorPort], ...]


def rows(known: Known) -> Iterator[MinerSensorDescription[HashboardMonitorPort]]:
    """Describe the sensors of a miner; what a single board shows, the miner shows."""
    for number in range(1, known.boards + 1) if known.boards > 1 else ():
        yield from hashboard(number, known.unit)


@cache
def hashboard(number: int, unit: HashRateUnit) -> BoardSensors:
    """Describe the sensors of one board, counted from 1, once for all miners.

    Those are enabled that tell a bad board from a good one.
    """
    return (
        *_temperatures(number),
        _hashrate(number, unit),
        *_electrics(number),
    )


def _of_board(
    number: int, read: Callable[[Hashboard], StateType]
) -> Callable[[HashboardMonitorPort], StateType]:
    """Return how to read one board, of which the device may tell nothing."""

    def value(port: HashboardMonitorPort) -> StateType:
        """Read the board."""
        boards = port.hashboards or ()
        return read(boards[number - 1]) if number <= len(boards) else None

    return value


def _temperatures(
    number: int,
) -> Iterator[MinerSensorDescription[HashboardMonitorPort]]:
    """Describe the thermometers of a board."""
    yield TemperatureSensorDescription(
        key=f"board_{number}_chip_temperature",
        translation_key="board_chip_temperature",
        translation_placeholders={"number": str(number)},
        port=HashboardMonitorPort,
        has_fn=reports(HashboardMonitorPort, "board_chip_temperature"),
        value_fn=_of_board(
            number,
            lambda board: (
                value.celsius if (value := credible(board.chip_temperature)) else None
            ),
        ),
        entity_category=EntityCategory.DIAGNOSTIC,
    )
    yield TemperatureSensorDescription(
        key=f"board_{number}_board_temperature",
        translation_key="board_board_temperature",
        translation_placeholders={"number": str(number)},
        port=HashboardMonitorPort,
        has_fn=reports(HashboardMonitorPort, "board_board_temperature"),
        value_fn=_of_board(
            number,
            lambda board: (
                value.celsius if (value := credible(board.board_temperature)) else None
            ),
        ),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


def _hashrate(number: int, unit: HashRateUnit) -> BoardDescription:
    """Describe the hash rate of a board."""
    return BoardDescription(
        key=f"board_{number}_hashrate",
        translation_key="board_hashrate",
        translation_placeholders={"number": str(number)},
        has_fn=reports(HashboardMonitorPort, "board_hashrate"),
        value_fn=_of_board(
            number,
            lambda board: (
                value.to(unit) if (value := credible(board.hashrate)) else None
            ),
        ),
        value_off=0,
        off_wins=True,
        native_unit_of_measurement=unit,
        suggested_display_precision=2,
    )


def _electrics(number: int) -> Iterator[BoardDescription]:
    """Describe what a board runs at."""
    yield BoardDescription(
        key=f"board_{number}_voltage",
        translation_key="board_voltage",
        translation_placeholders={"number": str(number)},
        has_fn=reports(HashboardMonitorPort, "board_voltage"),
        value_fn=_of_board(
            number,
            lambda board: value.volts if (value := credible(board.voltage)) else None,
        ),
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
    )
    yield BoardDescription(
        key=f"board_{number}_frequency",
        translation_key="board_frequency",
        translation_placeholders={"number": str(number)},
        has_fn=reports(HashboardMonitorPort, "board_frequency"),
        value_fn=_of_board(
            number,
            lambda board: (
                value.megahertz if (value := credible(board.frequency)) else None
            ),
        ),
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
    )
