"""The energy that a miner used, counted from whoever serves."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, isfinite
from time import monotonic
from typing import Any, Final, Self, cast, override

from homeassistant.components.sensor import RestoreSensor, SensorExtraStoredData
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval

from ..controllers.base import Controller
from ..coordinator import MinerCoordinator, Resolution
from ..domain.energy import CounterReading, EnergyCounter, EnergySample
from ..domain.ports import EnergyMonitorPort, FeaturePort, PowerMonitorPort
from .descriptions import MinerSensorDescription
from .entities import MinerSensor

# Power is looked at as often as that even if nobody has anything new to tell, so
# that what is counted does not depend on how often a device is asked.
SAMPLE_INTERVAL: Final = timedelta(minutes=1)


@dataclass
class EnergyStoredData(SensorExtraStoredData):
    """What was counted, and what the counter told that served last."""

    told: CounterReading | None = None

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return what is stored."""
        told = {} if self.told is None else {"told": asdict(self.told)}
        return super().as_dict() | told

    @classmethod
    @override
    def from_dict(cls, restored: dict[str, Any]) -> Self | None:
        """Read what is stored, which may be of a version that knew no counter."""
        if (found := super().from_dict(restored)) is not None:
            found.told = _stored_reading(restored.get("told"))
        return found


class EnergySensor(MinerSensor[EnergyMonitorPort], RestoreSensor):
    """Count energy from the counter or the power that serves, by their ranking.

    A counter goes before a meter of power of the same priority.
    """

    def __init__(
        self,
        coordinator: MinerCoordinator,
        description: MinerSensorDescription[EnergyMonitorPort],
    ) -> None:
        """Count from nothing, until it is known what was counted before."""
        super().__init__(coordinator, description)
        self._counter = EnergyCounter()

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was counted before, and look at the meters steadily."""
        self._counter = await self._restored_counter()
        await super().async_added_to_hass()
        self._counter.add(self._sample())
        self.async_on_remove(
            async_track_time_interval(self.hass, self._on_timer, SAMPLE_INTERVAL)
        )

    @property
    @override
    def extra_restore_state_data(self) -> EnergyStoredData:
        """Return what has to be known after a restart, be it a sudden one."""
        return EnergyStoredData(
            self.native_value, self.native_unit_of_measurement, self._counter.told
        )

    async def _restored_counter(self) -> EnergyCounter:
        """Return a counter that goes on from what was counted before."""
        extra = await self.async_get_last_extra_data()
        restored = EnergyStoredData.from_dict(extra.as_dict()) if extra else None
        if restored is None:
            return EnergyCounter()
        total = restored.native_value
        if not isinstance(total, int | float | Decimal) or not isfinite(total):
            return EnergyCounter()
        return EnergyCounter(max(0.0, float(total)), restored.told)

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Look at the meters because time has passed."""
        self._handle_coordinator_update()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Look at the meters."""
        self._counter.add(self._sample())
        super()._handle_coordinator_update()

    @property
    @override
    def native_value(self) -> float:
        """Return what was counted, to the milliwatt-hour."""
        return round(self._counter.total, 6)

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who counts: by a counter or by the power, whichever ranks higher."""
        counting = super().resolution
        measuring = self.coordinator.resolution(PowerMonitorPort)
        if self._shows_off or counting is None or measuring is None:
            return counting or measuring
        return replace(
            counting,
            provider=(measuring if self._integrates else counting).provider,
            first=max(
                (EnergyMonitorPort, counting.first),
                (PowerMonitorPort, measuring.first),
                key=lambda bound: self._priority(*bound),
            )[1],
            is_reachable=counting.is_reachable or measuring.is_reachable,
        )

    @property
    @override
    def _shows_off(self) -> bool:
        """Tell whether nothing is used now, because the power is off."""
        return self.coordinator.is_known_off and self._sample() is None

    @property
    def _integrates(self) -> bool:
        """Tell whether the power that serves ranks higher than the counter."""
        meter = self.coordinator.resolution(PowerMonitorPort)
        counter = self.coordinator.resolution(EnergyMonitorPort)
        return self._priority(
            PowerMonitorPort, meter.provider if meter else None
        ) > self._priority(EnergyMonitorPort, counter.provider if counter else None)

    def _priority(self, port: type[FeaturePort], controller: Controller | None) -> int:
        """Return the priority of a controller for a port, 0 for nobody."""
        if controller is None:
            return 0
        miner, controller_id = self.coordinator.miner, controller.controller_id
        return miner.get_feature(port.feature_type, controller_id).priority

    def _sample(self) -> EnergySample | None:
        """Return what whoever counts tells now, None if nobody does."""
        return (
            self._sample_of_power() if self._integrates else self._sample_of_counter()
        )

    def _sample_of_counter(self) -> EnergySample | None:
        """Return what the counter that serves tells."""
        if (counter := self.provider) is None or (energy := counter.energy) is None:
            return None
        total = energy.kilowatt_hours
        return EnergySample(
            provider_id=_id_of(counter), time=monotonic(), counter=total
        )

    def _sample_of_power(self) -> EnergySample | None:
        """Return what the meter of power that serves tells."""
        meter = self.coordinator.provider(PowerMonitorPort)
        if meter is None or (power := meter.power) is None:
            return None
        return EnergySample(
            provider_id=_id_of(meter), time=monotonic(), watts=power.watts
        )


def _stored_reading(stored: object) -> CounterReading | None:
    """Return what a counter told that was stored, None where nothing sound was."""
    try:
        told = CounterReading(**stored)  # type: ignore[arg-type]
        return told if isfinite(told.counter) and 0 <= told.total < inf else None
    except TypeError:
        return None


def _id_of(provider: FeaturePort) -> str:
    """Return the id of the controller that serves a port."""
    return cast("Controller", provider).controller_id
