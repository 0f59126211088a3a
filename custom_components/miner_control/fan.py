"""Fans: the miner's own, and one outside."""

from typing import Any, override

from homeassistant.components.fan import (
    FanEntity,
    FanEntityDescription,
    FanEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import set_external_fan
from .control import ControlEntity, bound_controllers
from .domain.ports import ExternalFanControlPort, FeaturePort, InternalFanControlPort
from .domain.values import FanSetting
from .runtime import MinerControlConfigEntry, MinerRuntimeData

# The operations of a miner take their turns; an external fan has one of its own.
PARALLEL_UPDATES = 0

PRESET_AUTO = "auto"
_AUTOMATIC = FanSetting(percent=None, automatic=True)
_FULL_SPEED = 100

INTERNAL_FAN = FanEntityDescription(key="internal_fan", translation_key="internal_fan")
EXTERNAL_FAN = FanEntityDescription(key="external_fan", translation_key="external_fan")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the fans that are bound to the miner."""
    runtime = entry.runtime_data
    fans = (InternalFan(runtime), ExternalFan(runtime))
    async_add_entities(fan for fan in fans if fan.is_bound)


class MinerFan[P: FeaturePort](ControlEntity[P], FanEntity):
    """Run a fan at a percentage."""

    _attr_speed_count = 100

    @property
    def setting(self) -> FanSetting | None:
        """Return how the fan is set, None if nobody tells."""
        raise NotImplementedError

    async def set(self, setting: FanSetting) -> None:
        """Set the fan; raise HomeAssistantError if nobody did."""
        raise NotImplementedError

    @property
    def is_bound(self) -> bool:
        """Tell whether any controller is bound to the fan."""
        return self.coordinator.miner.has_feature(self._port.feature_type)

    @property
    @override
    def is_on(self) -> bool | None:
        """Tell whether the fan runs."""
        setting = self.setting
        if setting is None:
            return None
        if setting.automatic:
            # It rules itself, at whatever speed.
            return True
        return None if setting.percent is None else setting.percent > 0

    @property
    @override
    def percentage(self) -> int | None:
        """Return the speed that is set."""
        return self.setting.percent if self.setting else None

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed."""
        await self.set(FanSetting(percentage))


class InternalFan(MinerFan[InternalFanControlPort]):
    """The miner's own fans, which mostly rule themselves unless told a speed."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the fans to the miner."""
        super().__init__(runtime, INTERNAL_FAN, InternalFanControlPort)

    @property
    def _has_automatic(self) -> bool:
        """Tell whether anybody who may set the fans can let them rule themselves."""
        ports = bound_controllers(self.coordinator, self._port, enabled=True)
        return any(port.has_automatic_fan for port in ports)

    @property
    @override
    def supported_features(self) -> FanEntityFeature:
        """Return what can be done with the fans."""
        supported = FanEntityFeature.SET_SPEED | FanEntityFeature.TURN_ON
        if self._has_automatic:
            supported |= FanEntityFeature.PRESET_MODE
        return supported

    @property
    @override
    def preset_modes(self) -> list[str] | None:
        """Return the only mode, where anybody has it."""
        return [PRESET_AUTO] if self._has_automatic else None

    @property
    @override
    def setting(self) -> FanSetting | None:
        """Return how the fans are set."""
        return self.provider.internal_fan if self.provider else None

    @property
    @override
    def preset_mode(self) -> str | None:
        """Tell whether the fans rule themselves."""
        return PRESET_AUTO if self.setting and self.setting.automatic else None

    @override
    async def set(self, setting: FanSetting) -> None:
        """Set the fans; raise ServiceValidationError for none at all."""
        await self._operations.set_internal_fan(setting)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Let the fans rule themselves; there is no other mode."""
        await self.set(_AUTOMATIC)

    @override
    async def async_turn_on(
        self,
        percentage: int | None = None,
        preset_mode: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Run the fans at a speed, or let them rule themselves if they can."""
        if preset_mode is not None or (percentage is None and self._has_automatic):
            await self.set(_AUTOMATIC)
        else:
            await self.set(
                FanSetting(_FULL_SPEED if percentage is None else percentage)
            )

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Refuse, since Home Assistant takes 0 % for that."""
        await self.set(FanSetting(0))


class ExternalFan(MinerFan[ExternalFanControlPort]):
    """A fan outside the miner."""

    _attr_supported_features = (
        FanEntityFeature.SET_SPEED
        | FanEntityFeature.TURN_ON
        | FanEntityFeature.TURN_OFF
    )

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the fan to the miner."""
        super().__init__(runtime, EXTERNAL_FAN, ExternalFanControlPort)

    @property
    @override
    def setting(self) -> FanSetting | None:
        """Return how the fan is set."""
        return self.provider.external_fan if self.provider else None

    @override
    async def set(self, setting: FanSetting) -> None:
        """Set the fan."""
        await self.give(set_external_fan(setting))

    @override
    async def async_turn_on(
        self,
        percentage: int | None = None,
        preset_mode: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Run the fan, at full speed if none is given."""
        await self.set(FanSetting(_FULL_SPEED if percentage is None else percentage))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop the fan."""
        await self.set(FanSetting(0))
