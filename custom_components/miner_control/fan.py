"""Fans: the miner's own, and one outside."""

from typing import Any, override

from homeassistant.components.fan import (
    FanEntity,
    FanEntityDescription,
    FanEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import set_external_fan
from .const import DOMAIN
from .control import ControlEntity, bound_controllers
from .domain.ports import ExternalFanControlPort, FeaturePort, InternalFanControlPort
from .domain.values import FanSetting
from .runtime import MinerControlConfigEntry, MinerRuntimeData

# The operations of a miner take their turns; an external fan has one of its own.
PARALLEL_UPDATES = 0

PRESET_AUTO = "auto"
_AUTOMATIC = FanSetting(percent=None, automatic=True)
_FULL_SPEED = 100

# Fans of a miner are settings of it: the overview would take them for the climate of
# a room, and offer to turn them off.
INTERNAL_FAN = FanEntityDescription(
    key="internal_fan",
    translation_key="internal_fan",
    entity_category=EntityCategory.CONFIG,
)
EXTERNAL_FAN = FanEntityDescription(
    key="external_fan",
    translation_key="external_fan",
    entity_category=EntityCategory.CONFIG,
)


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
        """Return the speed of the fan, None if nobody tells."""
        setting = self.setting
        return None if setting is None or self._has_unknown_speed else setting.percent

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed."""
        await self.set(FanSetting(percentage))

    @override
    async def async_increase_speed(self, percentage_step: int | None = None) -> None:
        """Run the fan faster than now; at full speed if nobody tells how fast it runs.

        Home Assistant takes an unknown speed for 0 %, and would all but stop the fan.
        """
        if self._has_unknown_speed:
            await self.async_set_percentage(_FULL_SPEED)
        else:
            await super().async_increase_speed(percentage_step)

    @override
    async def async_decrease_speed(self, percentage_step: int | None = None) -> None:
        """Run the fan slower than now.

        Raises ServiceValidationError if nobody tells how fast it runs.
        """
        if self._has_unknown_speed:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="fan_speed_unknown"
            )
        await super().async_decrease_speed(percentage_step)

    @property
    def _has_unknown_speed(self) -> bool:
        """Tell whether nobody tells how fast the fan runs.

        A fan that rules itself does run, whatever was set before that.
        """
        setting = self.setting
        if setting is None or setting.percent is None:
            return True
        return setting.automatic and setting.percent == 0


class InternalFan(MinerFan[InternalFanControlPort]):
    """The miner's own fans, which mostly rule themselves unless told a speed."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the fans to the miner."""
        super().__init__(runtime, INTERNAL_FAN, InternalFanControlPort)

    @property
    @override
    def shown(self) -> object:
        """Return whether the fans can be let alone, too."""
        return super().shown, self._has_automatic

    @property
    def _has_automatic(self) -> bool:
        """Tell whether anybody who may set the fans can let them rule themselves."""
        ports = bound_controllers(self.coordinator, self._port, enabled=True)
        return any(port.has_automatic_fan for port in ports)

    @property
    @override
    def supported_features(self) -> FanEntityFeature:
        """Return what can be done with the fans."""
        # They run while the miner has power, so that nothing turns them on or off.
        supported = FanEntityFeature.SET_SPEED
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
