"""What tells how warm it is: in the room, outdoors, and in the miner."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from homeassistant.components.weather import DOMAIN as WEATHER_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter

from ..controllers.base import Controller
from ..controllers.entities.adjustments import Adjustment
from ..controllers.entities.readings import is_known, temperature
from ..controllers.entities.sources import EntitySources
from ..coordinator import MinerCoordinator
from ..domain.features import MinerFeatureType
from ..domain.ports import (
    ChipTemperatureMonitorPort,
    ExternalFanControlPort,
    ExternalFanSpeedMonitorPort,
    HashrateMonitorPort,
    PowerMonitorPort,
    RoomTemperatureMonitorPort,
)
from ..storage.bindings import load_miner

_ROOM: Final = MinerFeatureType.ROOM_TEMPERATURE_MONITORING
# The weather changes slowly, but a sensor that is silent for so long is lost.
_OUTDOORS_AGE: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class RoomReading:
    """How warm a sensor says that the room is, and how long ago it did."""

    celsius: float
    age: float
    title: str


class RoomSensors:
    """The room sensors of an entry, read as they are, in the order of their rank."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Know which sensors may be asked."""
        subentries = entry.subentries
        self._ranked = [
            (subentries[known.controller_id].title, EntitySources(hass, data))
            for known in load_miner(entry).ranked_features(_ROOM)
            for data in (subentries[known.controller_id].data,)
        ]

    def reading(self, timeout: float) -> RoomReading | None:
        """Return what the best sensor says that is not silent; None if none is there.

        Where all are silent it is the best of them, so that its age can be judged.
        """
        return _best(self._readings(), timeout)

    def _readings(self) -> Iterator[RoomReading]:
        """Yield what the sensors say that are there, the best first."""
        for title, sources in self._ranked:
            state, found = sources.state(_ROOM), sources.read(_ROOM)
            if state is not None and found is not None and found.is_plausible:
                age = (dt_util.utcnow() - state.last_reported).total_seconds()
                yield RoomReading(found.celsius, age, title)


def room_reading(coordinator: MinerCoordinator, timeout: float) -> RoomReading | None:
    """Return what the best sensor says that is not silent; None if none is there.

    Where all are silent it is the best of them, so that its age can be judged.
    """
    readings = (
        RoomReading(port.room_temperature.celsius, _age(port), _controller(port).title)
        for port in coordinator.candidates(RoomTemperatureMonitorPort)
        if port.room_temperature is not None and port.room_temperature.is_plausible
    )
    return _best(readings, timeout)


def _best(readings: Iterable[RoomReading], timeout: float) -> RoomReading | None:
    """Return the first reading that is fresh, else the first that there is."""
    known = list(readings)
    fresh = (reading for reading in known if reading.age <= timeout)
    return next(fresh, known[0] if known else None)


def outdoors(hass: HomeAssistant, reference: str | None) -> float | None:
    """Return how warm it is outdoors by a sensor or a weather entity, in °C."""
    if reference is None:
        return None
    entity_id = er.async_resolve_entity_id(er.async_get(hass), reference)
    state = hass.states.get(entity_id) if entity_id else None
    if state is None or not is_known(state):
        return None
    if (dt_util.utcnow() - state.last_reported).total_seconds() > _OUTDOORS_AGE:
        return None
    if state.domain != WEATHER_DOMAIN:
        found = temperature(state, Adjustment())
        return found.celsius if found is not None and found.is_plausible else None
    told = state.attributes.get("temperature")
    unit = state.attributes.get("temperature_unit")
    has_unit = unit in TemperatureConverter.VALID_UNITS
    if not isinstance(told, int | float) or not has_unit:
        return None
    return TemperatureConverter.convert(told, unit, UnitOfTemperature.CELSIUS)


def watts(coordinator: MinerCoordinator) -> float | None:
    """Return what the miner draws, which is the heat that it gives; None if unknown."""
    if (meter := coordinator.provider(PowerMonitorPort)) and meter.power:
        return meter.power.watts
    return 0.0 if coordinator.data.is_known_off else None


def chip_temperature(coordinator: MinerCoordinator) -> float | None:
    """Return how hot the hottest chip is."""
    port = coordinator.provider(ChipTemperatureMonitorPort)
    return port.chip_temperature.celsius if port and port.chip_temperature else None


def hashes(coordinator: MinerCoordinator) -> bool | None:
    """Tell whether the miner works; None where nobody knows."""
    port = coordinator.provider(HashrateMonitorPort)
    return port.hashrate.value > 0 if port and port.hashrate else None


def external_fan_turns(coordinator: MinerCoordinator) -> bool | None:
    """Tell whether the external fan turns; None where nobody measures that."""
    port = coordinator.provider(ExternalFanSpeedMonitorPort)
    speed = port.external_fan_speed if port else None
    if port is None or speed is None:
        return None
    teller = cast("Controller", port)
    mover = cast("Controller | None", coordinator.provider(ExternalFanControlPort))
    is_another = teller is not mover
    # What is made up says nothing of a real fan.
    return None if teller.is_made_up and is_another else speed.value > 0


def _age(port: RoomTemperatureMonitorPort) -> float:
    """Return for how many seconds a sensor has been silent."""
    age = _controller(port).reading_age(_ROOM)
    return age.total_seconds() if age else 0.0


def _controller(port: RoomTemperatureMonitorPort) -> Controller:
    """Return the controller that serves a port."""
    return cast("Controller", port)
