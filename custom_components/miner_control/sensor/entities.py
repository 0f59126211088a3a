"""The entities of sensors, which ask whoever serves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import REVOLUTIONS_PER_MINUTE
from homeassistant.core import callback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from ..coordinator import MinerCoordinator, Resolution
from ..domain.ports import (
    ExternalFanSpeedMonitorPort,
    FeaturePort,
    HashrateMonitorPort,
    OperationalMonitorPort,
    PowerControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
)
from ..entity import ATTR_FALLBACK, ATTR_PROVIDER, FeatureEntity, rounded
from ..ha_compat import keep_what_is_known
from .descriptions import MinerSensorDescription

ATTR_ERRORS = "errors"
ATTR_REASONS = "reasons"

# By how much two starts have to differ that are not the same one.
_TOLERANCE = timedelta(minutes=1)


class MinerSensor[P: FeaturePort](FeatureEntity[P], SensorEntity):
    """Show what the provider of a feature reads."""

    __slots__ = ("_precision",)

    entity_description: MinerSensorDescription[P]

    def __init__(
        self, coordinator: MinerCoordinator, description: MinerSensorDescription[P]
    ) -> None:
        """Show what a description describes."""
        super().__init__(coordinator, description, description.port)
        self._precision = description.suggested_display_precision
        if description.precision_fn:
            self._precision = self._fitting_precision(description.precision_fn)

    @property
    @override
    def shown(self) -> object:
        """Return the value and who serves; a port has many that it does not show."""
        return self.native_value, self.available, self.resolution

    @property
    @override
    def available(self) -> bool:
        """Tell whether the value is known, or known to be nothing."""
        return self._shows_off or super().available

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who serves the feature; of a miner that is off, who knows that."""
        if self._shows_off:
            return self.coordinator.data.resolution(PowerControlPort)
        return super().resolution

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the provider's value."""
        if self._shows_off:
            return self.entity_description.value_off
        if (provider := self.provider) is None:
            return None
        return rounded(self.entity_description.value_fn(provider))

    @property
    @override
    def suggested_display_precision(self) -> int | None:
        """Return with how many decimals the value is shown."""
        return self._precision

    def _fitting_precision(self, decimals_of: Callable[[float], int]) -> int | None:
        """Return how many decimals fit the value; never more than there were before."""
        value = self.native_value
        before = self.coordinator.registered_precision(self.entity_description.key)
        if not isinstance(value, int | float) or not value:
            return before
        fitting = decimals_of(value)
        return fitting if before is None else min(before, fitting)

    @property
    def _shows_off(self) -> bool:
        """Tell whether the value follows from the power being off."""
        description = self.entity_description
        return (
            self.coordinator.data.is_known_off
            and description.value_off is not None
            and (description.off_wins or self.provider is None)
        )


class ExternalFanSensor(MinerSensor[ExternalFanSpeedMonitorPort]):
    """Show the speed of the external fan, in rpm or in percent of full speed.

    The unit is that of the first in rank where it tells one now, else as it was
    before. It lasts, for a change would end the statistics; a speed in the other
    one is not known.
    """

    def __init__(
        self,
        coordinator: MinerCoordinator,
        description: MinerSensorDescription[ExternalFanSpeedMonitorPort],
    ) -> None:
        """Settle the unit."""
        super().__init__(coordinator, description)
        resolution = self.resolution
        first = resolution.first if resolution else None
        speed = first.snapshot.external_fan_speed if first else None
        served = self.provider.external_fan_speed if self.provider else None
        self._attr_native_unit_of_measurement = (
            (speed.unit if speed else None)
            or coordinator.registered_unit(description.key)
            or (served.unit if served else REVOLUTIONS_PER_MINUTE)
        )

    @property
    @override
    def native_value(self) -> float | None:
        """Return the speed in the unit that was settled."""
        speed = self.provider.external_fan_speed if self.provider else None
        if speed is None or speed.unit != self.native_unit_of_measurement:
            return None
        return rounded(speed.value)


class StatusSensor(MinerSensor[StatusMonitorPort]):
    """Show what the miner is doing, told from everything that is known."""

    @property
    @override
    def available(self) -> bool:
        """Tell whether anything is known, or somebody there could know it."""
        return self.coordinator.data.status is not None or super().available

    @property
    @override
    def native_value(self) -> StateType:
        """Return the status of the miner."""
        return self.coordinator.data.status


class ErrorsSensor(MinerSensor[OperationalMonitorPort]):
    """Show how many errors a miner has, and list them."""

    _unrecorded_attributes = frozenset({ATTR_PROVIDER, ATTR_FALLBACK, ATTR_ERRORS})

    @property
    @override
    def shown(self) -> object:
        """Return the errors, too."""
        return super().shown, self.extra_state_attributes

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """List the errors."""
        operation = self.provider.operation if self.provider else None
        errors = operation.errors if operation else None
        return {**super().extra_state_attributes, ATTR_ERRORS: list(errors or ())}


class RejectedSharesSensor(MinerSensor[OperationalMonitorPort]):
    """Show how many shares were rejected, and why."""

    _unrecorded_attributes = frozenset({ATTR_PROVIDER, ATTR_FALLBACK, ATTR_REASONS})

    @property
    @override
    def shown(self) -> object:
        """Return the reasons, too."""
        return super().shown, self.extra_state_attributes

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """List the reasons, where the device tells them."""
        operation = self.provider.operation if self.provider else None
        reasons = operation.rejections if operation else None
        told = {} if reasons is None else {ATTR_REASONS: dict(reasons)}
        return {**super().extra_state_attributes, **told}


class EfficiencySensor(MinerSensor[PowerMonitorPort]):
    """Show what work costs: the power that serves by the hash rate that serves."""

    @property
    @override
    def available(self) -> bool:
        """Tell whether both are known, or known to be nothing."""
        hashrate = self.coordinator.data.resolution(HashrateMonitorPort)
        return self._shows_off or (
            super().available and hashrate is not None and hashrate.is_reachable
        )

    @property
    @override
    def native_value(self) -> float | None:
        """Return the energy per unit of work; None for a miner that does none."""
        watts, speed = cast("float | None", super().native_value), self._speed
        return rounded(watts / speed) if watts and speed else None

    @property
    def _speed(self) -> float | None:
        """Return the hash rate that serves, None where nobody knows it."""
        meter = self.coordinator.data.provider(HashrateMonitorPort)
        hashrate = meter.hashrate if meter else None
        return hashrate.to(self.coordinator.hashrate_unit) if hashrate else None

    @property
    @override
    def _shows_off(self) -> bool:
        """Tell whether the power is known to be off."""
        return self.coordinator.data.is_known_off


class UptimeSensor(MinerSensor[OperationalMonitorPort]):
    """Show since when a miner has been up.

    That follows from an uptime only at the moment when it was read, so it is
    worked out once for each uptime.
    """

    async_entity_id_changed = keep_what_is_known

    _seen: tuple[OperationalMonitorPort, float] | None = None
    _up_since: datetime | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Look at what was read before."""
        await super().async_added_to_hass()
        self._look()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Look at what was read."""
        self._look()
        super()._handle_coordinator_update()

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return when the miner started; None for one that has no power."""
        return None if self.coordinator.data.is_known_off else self._up_since

    def _look(self) -> None:
        """Work out when the miner started, if there is a new uptime."""
        provider = self.provider
        seconds = self.entity_description.value_fn(provider) if provider else None
        if provider is None or not isinstance(seconds, float):
            self._seen = self._up_since = None
        elif self._seen != (provider, seconds):
            self._seen = provider, seconds
            self._move(dt_util.utcnow() - timedelta(seconds=seconds))

    def _move(self, up_since: datetime) -> None:
        """Note when the miner started, unless clocks that differ are all there is."""
        if self._up_since is None or abs(up_since - self._up_since) > _TOLERANCE:
            self._up_since = up_since
