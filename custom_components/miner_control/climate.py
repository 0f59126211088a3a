"""The thermostat of a miner or fleet that heats a room."""

from typing import Any, Final, override

from homeassistant.components.climate import (
    ClimateEntity,
    ClimateEntityDescription,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import (
    ATTR_TEMPERATURE,
    PRECISION_TENTHS,
    EntityCategory,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .domain.comfort import Mode, Preset
from .entity import HeatingEntity
from .ha_compat import with_former_names
from .heating.thermostat import HeatingThermostat
from .runtime import MinerControlConfigEntry

PARALLEL_UPDATES = 1

ATTR_AUTHORITY: Final = "authority"
ATTR_FAILURE: Final = "failure"
ATTR_HEAT_NEED: Final = "heat_need"
ATTR_OBSERVING: Final = "observing"
ATTR_REASON: Final = "reason"
ATTR_SENSOR: Final = "sensor"
ATTR_STARTS: Final = "starts_in_24_hours"
ATTR_UNTIL: Final = "until"

_MODES: Final = {
    HVACMode.OFF: Mode.OFF,
    HVACMode.HEAT: Mode.HEAT,
    HVACMode.AUTO: Mode.AUTO,
}
_PRESETS: Final = {preset.value: preset for preset in Preset}
# Names of Home Assistant's, which it keeps in a place of its own.
ATTR_HVAC_MODE: Final = "hvac_mode"
PRESET_NONE: Final = "none"
THERMOSTAT: Final = ClimateEntityDescription(
    key="thermostat", translation_key="thermostat"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the thermostat of a miner or fleet that is set up to heat."""
    if (thermostat := entry.runtime_data.thermostat) is not None:
        async_add_entities([RoomThermostat(thermostat)])


@with_former_names
class RoomThermostat(HeatingEntity, ClimateEntity):
    """Say how warm it shall be, and show what is done for that."""

    _unrecorded_attributes = frozenset({ATTR_HEAT_NEED, ATTR_UNTIL})

    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_precision = PRECISION_TENTHS
    _attr_target_temperature_step = 0.5
    _attr_supported_features = (
        ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.PRESET_MODE
        | ClimateEntityFeature.TURN_ON
        | ClimateEntityFeature.TURN_OFF
    )
    _attr_entity_category: EntityCategory | None = None

    def __init__(self, thermostat: HeatingThermostat) -> None:
        """Show a thermostat."""
        super().__init__(thermostat, THERMOSTAT)
        self._attr_hvac_modes = list(_MODES)
        self._attr_preset_modes = [PRESET_NONE, *_PRESETS]
        self._attr_min_temp = thermostat.settings.min_temperature
        self._attr_max_temp = thermostat.settings.max_temperature

    @property
    @override
    def shown(self) -> object:
        """Return all that the thermostat shows."""
        return self.thermostat.shown

    # 2026.11: these two are named so from then on.
    @property
    @override
    def native_current_temperature(self) -> float | None:  # type: ignore[misc, unused-ignore]
        """Return how warm the room is."""
        reading = self.thermostat.reading
        return reading.celsius if reading else None

    @property
    @override
    def native_target_temperature(self) -> float:  # type: ignore[misc, unused-ignore]
        """Return how warm it shall be."""
        return self.thermostat.target

    @property
    @override
    def hvac_mode(self) -> HVACMode:
        """Return what is followed."""
        mode = self.thermostat.comfort.mode
        return next(shown for shown, known in _MODES.items() if known is mode)

    @property
    @override
    def hvac_action(self) -> HVACAction:
        """Return what happens, by what is measured."""
        thermostat = self.thermostat
        if thermostat.is_starting and self.hvac_mode is not HVACMode.OFF:
            return HVACAction.PREHEATING
        if self.hvac_mode is HVACMode.OFF:
            return HVACAction.OFF
        if thermostat.is_heating:
            return HVACAction.HEATING
        return HVACAction.FAN if thermostat.is_fan_running_on else HVACAction.IDLE

    @property
    @override
    def preset_mode(self) -> str:
        """Return by which preset it shall be as warm as it shall."""
        preset = self.thermostat.comfort.preset
        return next(
            (shown for shown, known in _PRESETS.items() if known is preset), PRESET_NONE
        )

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Say why the room is heated as it is, and what limits that."""
        thermostat, decision = self.thermostat, self.thermostat.decision
        told: dict[str, Any] = {
            ATTR_REASON: decision.why.value,
            ATTR_AUTHORITY: decision.authority.name.lower(),
            ATTR_HEAT_NEED: round(decision.need, -1),
            ATTR_STARTS: thermostat.starts,
            ATTR_OBSERVING: thermostat.settings.observe,
        }
        if thermostat.reading is not None:
            told[ATTR_SENSOR] = thermostat.reading.title
        if decision.until is not None:
            until = dt_util.utc_from_timestamp(decision.until)
            told[ATTR_UNTIL] = until.isoformat(timespec="seconds")
        if thermostat.failure is not None:
            told[ATTR_FAILURE] = thermostat.failure
        return told

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Follow nothing, a temperature, or a schedule."""
        await self.thermostat.async_set_mode(_MODES[hvac_mode])

    @override
    async def async_turn_on(self) -> None:
        """Heat: by the schedule if there is one, else to a temperature."""
        mode = Mode.AUTO if self.thermostat.settings.schedule else Mode.HEAT
        await self.thermostat.async_set_mode(mode)

    @override
    async def async_turn_off(self) -> None:
        """Follow nothing."""
        await self.thermostat.async_set_mode(Mode.OFF)

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Aim at a temperature, and follow what is given with it."""
        if (mode := kwargs.get(ATTR_HVAC_MODE)) is not None:
            await self.thermostat.async_set_mode(_MODES[HVACMode(mode)])
        if (celsius := kwargs.get(ATTR_TEMPERATURE)) is not None:
            self.thermostat.set_temperature(celsius)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Aim at what a preset stands for."""
        self.thermostat.choose(_PRESETS.get(preset_mode))
