"""Numbers of a miner: its power limit, what rules its fans, how it is tuned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricPotential,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import (
    Command,
    set_fan_minimum,
    set_fan_target,
    set_power_limit,
    set_tuning,
)
from .control import ControlEntity, bound_controllers, can_be_slowed_down
from .domain.authority import Origin
from .domain.ports import (
    FeaturePort,
    InternalFanControlPort,
    PowerLimitControlPort,
    TuningControlPort,
)
from .domain.power_target import number_step
from .domain.values import PowerLimit, TuningRange
from .entity import ATTR_FALLBACK, ATTR_PROVIDER, MinerEntity, rounded
from .fleet.number import BudgetNumber
from .fleet.runtime import fleet_coordinator
from .runtime import MinerControlConfigEntry, MinerRuntimeData
from .storage.kinds import is_fleet

PARALLEL_UPDATES = 1

type Range = PowerLimit | TuningRange


@dataclass(frozen=True, kw_only=True)
class MinerNumberDescription[P: FeaturePort](NumberEntityDescription):
    """Describe a number: where it stands and may be set to, and what sets it.

    `has_fn` tells whether a controller that the feature is bound to can set it, where
    it was seen to tell a `reading`.
    """

    port: type[P]
    has_fn: Callable[[P], bool] = lambda _: True
    reading: str | None = None
    range_fn: Callable[[P], Range | None]
    command_fn: Callable[[float], Command[P]]
    mode: NumberMode | None = NumberMode.BOX


NUMBERS: tuple[MinerNumberDescription[Any], ...] = (
    MinerNumberDescription(
        key="power_limit",
        translation_key="power_limit",
        port=PowerLimitControlPort,
        range_fn=lambda port: port.power_limit,
        command_fn=set_power_limit,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
    ),
    MinerNumberDescription(
        key="fan_target",
        translation_key="fan_target",
        port=InternalFanControlPort,
        reading="fan_target",
        range_fn=lambda port: port.fan_target,
        command_fn=set_fan_target,
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        entity_category=EntityCategory.CONFIG,
    ),
    MinerNumberDescription(
        key="fan_minimum",
        translation_key="fan_minimum",
        port=InternalFanControlPort,
        reading="fan_minimum",
        range_fn=lambda port: port.fan_minimum,
        command_fn=set_fan_minimum,
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.CONFIG,
    ),
    MinerNumberDescription(
        key="tuning_frequency",
        translation_key="tuning_frequency",
        port=TuningControlPort,
        range_fn=lambda port: port.tuning.frequency if port.tuning else None,
        command_fn=lambda value: set_tuning(frequency=value),
        device_class=NumberDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        entity_category=EntityCategory.CONFIG,
    ),
    MinerNumberDescription(
        key="tuning_voltage",
        translation_key="tuning_voltage",
        port=TuningControlPort,
        has_fn=lambda port: port.can_set_voltage,
        range_fn=lambda port: port.tuning.voltage if port.tuning else None,
        command_fn=lambda value: set_tuning(voltage=value),
        device_class=NumberDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.MILLIVOLT,
        entity_category=EntityCategory.CONFIG,
    ),
)
POWER_TARGET = NumberEntityDescription(
    key="power_target",
    translation_key="power_target",
    device_class=NumberDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    mode=NumberMode.BOX,
)
ATTR_EXPECTED_POWER = "expected_power"
ATTR_LEARNED_POWER = "learned_power"
ATTR_REASON = "reason"
ATTR_SETTING = "setting"
# Until a device has reported its range, nothing can be set anyway.
_ANYTHING = TuningRange(value=None, minimum=0, maximum=100_000)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers that a bound controller can set."""
    if is_fleet(entry):
        async_add_entities([BudgetNumber(fleet_coordinator(entry))])
        return
    runtime = entry.runtime_data
    async_add_entities(
        MinerNumber(runtime, description)
        for description in NUMBERS
        if any(
            description.has_fn(port)
            for port in bound_controllers(
                runtime.coordinator, description.port, reading=description.reading
            )
        )
    )
    if can_be_slowed_down(runtime.coordinator):
        async_add_entities([PowerTargetNumber(runtime)])


class MinerNumber[P: FeaturePort](ControlEntity[P], NumberEntity):
    """Set a number within the range of whoever sets it."""

    entity_description: MinerNumberDescription[P]

    def __init__(
        self, runtime: MinerRuntimeData, description: MinerNumberDescription[P]
    ) -> None:
        """Set what a description describes."""
        super().__init__(runtime, description, description.port)
        self._last: Range = _ANYTHING

    @property
    def range(self) -> Range:
        """Return the setting and its range, the last known one if nobody tells."""
        provider = self.provider
        if provider and (found := self.entity_description.range_fn(provider)):
            self._last = found
        return self._last

    @property
    @override
    def native_value(self) -> float | None:
        """Return what is set."""
        found = self.range
        return rounded(found.watts if isinstance(found, PowerLimit) else found.value)

    @property
    @override
    def native_min_value(self) -> float:
        """Return the lowest value on offer."""
        return self.range.minimum

    @property
    @override
    def native_max_value(self) -> float:
        """Return the highest value on offer."""
        return self.range.maximum

    @property
    @override
    def native_step(self) -> float:
        """Return how finely it can be set."""
        return self.range.step

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it; raise HomeAssistantError if nobody did."""
        await self.give(self.entity_description.command_fn(value))


class PowerTargetNumber(MinerEntity, NumberEntity):
    """Ask for watts, whatever it is that makes the miner draw less."""

    _unrecorded_attributes = frozenset(
        {ATTR_PROVIDER, ATTR_FALLBACK, ATTR_LEARNED_POWER}
    )

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the number to the miner."""
        super().__init__(runtime.coordinator, POWER_TARGET)
        self._target = runtime.coordinator.power_target

    @property
    @override
    def shown(self) -> object:
        """Return what was asked and chosen, and who serves the means."""
        return self.available, self._target.shown

    @property
    @override
    def available(self) -> bool:
        """Tell whether somebody could slow the miner down now, or in a moment."""
        if self._target.reach is None:
            return False
        return self._target.is_offered or self.coordinator.data.is_restarting

    @property
    @override
    def native_value(self) -> float | None:
        """Return the watts that were asked for, as long as they are what holds."""
        return self._target.watts

    @property
    @override
    def native_min_value(self) -> float:
        """Return the lowest watts that the miner can be asked for."""
        if self._target.may_rest:
            return 0.0
        reach, step = self._target.reach, self.native_step
        return reach.floor // step * step if reach else 0.0

    @property
    @override
    def native_max_value(self) -> float:
        """Return the highest watts that the miner can draw."""
        reach, step = self._target.reach, self.native_step
        return -(-reach.ceiling // step) * step if reach else _ANYTHING.maximum

    @property
    @override
    def native_step(self) -> float:
        """Return how finely watts can be asked for."""
        reach = self._target.reach
        return number_step(reach) if reach else 1.0

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell what was chosen and why, what that draws, and who serves it."""
        target, resolution = self._target, self._target.resolution
        provider = resolution.provider if resolution else None
        expected = target.expected_power
        return {
            ATTR_SETTING: target.setting,
            ATTR_EXPECTED_POWER: None if expected is None else round(expected, 1),
            ATTR_REASON: target.reason,
            ATTR_LEARNED_POWER: dict(target.learned.watts),
            ATTR_PROVIDER: provider.title if provider else None,
            ATTR_FALLBACK: bool(resolution and resolution.is_fallback),
        }

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Ask for watts; raise HomeAssistantError if nobody set anything."""
        await self._target.async_set(value, origin=Origin.PERSON)
