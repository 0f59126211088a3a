"""The energy that a miner used, counted from whoever serves."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, isfinite
from time import monotonic, time
from typing import Any, Final, cast, override

from homeassistant.components.sensor import RestoreSensor
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval

from ..controllers.base import Controller
from ..coordinator import MinerCoordinator, Resolution
from ..domain.energy import CounterReading, EnergyCounter, EnergySample
from ..domain.ports import EnergyMonitorPort, FeaturePort, PowerMonitorPort
from ..ha_compat import keep_what_is_known
from .descriptions import MinerSensorDescription
from .entities import MinerSensor

# Power is looked at as often as that even if nobody has anything new to tell, so
# that what is counted does not depend on how often a device is asked.
SAMPLE_INTERVAL: Final = timedelta(minutes=1)
_ENERGY: Final = "energy"
# How long Home Assistant keeps what an entity left for its restoration, in seconds.
_RESTORABLE: Final = 7 * 86_400.0


class EnergySensor(MinerSensor[EnergyMonitorPort], RestoreSensor):
    """Count energy from the counter or the power that serves, by their ranking.

    A counter goes before a meter of power of the same priority.
    """

    async_entity_id_changed = keep_what_is_known

    def __init__(
        self,
        coordinator: MinerCoordinator,
        description: MinerSensorDescription[EnergyMonitorPort],
    ) -> None:
        """Count from nothing, until it is known what was counted before."""
        super().__init__(coordinator, description)
        self._counter = EnergyCounter()
        self._kept: dict[str, Any] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was counted before, and look at the meters steadily."""
        self._counter = await self._former_counter()
        await super().async_added_to_hass()
        self._look()
        self.async_on_remove(
            async_track_time_interval(self.hass, self._on_timer, SAMPLE_INTERVAL)
        )

    async def _former_counter(self) -> EnergyCounter:
        """Return a counter that goes on from what was counted before.

        What an earlier version left with Home Assistant is taken over once.
        """
        known = self.coordinator.totals.known.get(_ENERGY)
        if known is not None:
            return _counter_of(known)
        extra = await self.async_get_last_extra_data()
        restored = await self.async_get_last_sensor_data()
        if extra is None or restored is None:
            return EnergyCounter()
        told = extra.as_dict().get("told")
        return _counter_of({"total": restored.native_value, "told": told})

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Look at the meters for the last time."""
        self._look()
        await super().async_will_remove_from_hass()

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Look at the meters because time has passed."""
        self._handle_coordinator_update()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Look at the meters."""
        self._look()
        super()._handle_coordinator_update()

    def _look(self) -> None:
        """Count what the meters tell, and keep that."""
        self._counter.add(self._sample() or self._sample_without_power())
        told = self._counter.told
        kept = {
            "total": self._counter.total,
            "told": None if told is None else asdict(told),
            "watts": self._counter.watts,
        }
        if kept == self._kept:
            return
        # Without it, what another counter tells says nothing after a sudden end.
        is_new = _teller(kept) != _teller(self._kept)
        self._kept = kept
        self.coordinator.totals.keep({_ENERGY: kept | {"at": time()}}, at_once=is_new)

    @property
    @override
    def available(self) -> bool:
        """Tell that the total is known, also while nobody measures."""
        return True

    @property
    @override
    def native_value(self) -> float:
        """Return what was counted, to the milliwatt-hour, of much to nine digits."""
        return float(f"{round(self._counter.total, 6):.9g}")

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who counts: by a counter or by the power, whichever ranks higher."""
        counting = super().resolution
        measuring = self.coordinator.data.resolution(PowerMonitorPort)
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
        return self.coordinator.data.is_known_off and self._sample() is None

    @property
    def _integrates(self) -> bool:
        """Tell whether the power that serves ranks higher than the counter."""
        meter = self.coordinator.data.resolution(PowerMonitorPort)
        counter = self.coordinator.data.resolution(EnergyMonitorPort)
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
        meter = self.coordinator.data.provider(PowerMonitorPort)
        power = meter.power if meter else None
        sample = EnergySample(
            time=monotonic(),
            watts=power.watts if power else None,
            meter_id=_id_of(meter) if meter else None,
            is_off=self.coordinator.data.is_known_off,
        )
        if self._integrates:
            return None if power is None else sample
        if (counter := self.provider) is None or (energy := counter.energy) is None:
            return None
        return replace(
            sample, provider_id=_id_of(counter), counter=energy.kilowatt_hours
        )

    def _sample_without_power(self) -> EnergySample | None:
        """Return that nothing is used, if that is known although nobody measures."""
        if not self.coordinator.data.is_known_off:
            return None
        return EnergySample(time=monotonic(), is_off=True)


def _counter_of(known: Mapping[str, Any]) -> EnergyCounter:
    """Return a counter that goes on from what was kept, as far as that is sound."""
    total = known.get("total")
    if not isinstance(total, int | float | Decimal) or not isfinite(total):
        return EnergyCounter()
    watts, begin = known.get("watts"), known.get("at")
    return EnergyCounter(
        max(0.0, float(total)),
        _reading_of(known.get("told")),
        watts=watts if isinstance(watts, int | float) and isfinite(watts) else None,
        elapsed=time() - begin if isinstance(begin, int | float) else _RESTORABLE,
    )


def _reading_of(stored: object) -> CounterReading | None:
    """Return what a counter told that was stored, None where nothing sound was."""
    try:
        told = CounterReading(**stored)  # type: ignore[arg-type]
        return told if isfinite(told.counter) and 0 <= told.total < inf else None
    except TypeError:
        return None


def _teller(kept: Mapping[str, Any]) -> str | None:
    """Return whose counter was kept, None for nobody's."""
    told: Mapping[str, Any] = kept.get("told") or {}
    return told.get("provider_id")


def _id_of(provider: FeaturePort) -> str:
    """Return the id of the controller that serves a port."""
    return cast("Controller", provider).controller_id
