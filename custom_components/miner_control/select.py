"""The preset, or mode, of a miner."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import select_preset
from .control import ControlEntity
from .domain.ports import PresetControlPort
from .domain.values import Presets
from .fleet.runtime import fleet_coordinator
from .fleet.select import ModeSelect
from .runtime import MinerControlConfigEntry, MinerRuntimeData
from .storage.kinds import is_fleet

PARALLEL_UPDATES = 1

PRESET = SelectEntityDescription(key="preset", translation_key="preset")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the preset, if it is bound to the miner."""
    if is_fleet(entry):
        async_add_entities([ModeSelect(fleet_coordinator(entry))])
        return
    runtime = entry.runtime_data
    if runtime.coordinator.miner.has_feature(PresetControlPort.feature_type):
        async_add_entities([PresetSelect(runtime)])


class PresetSelect(ControlEntity[PresetControlPort], SelectEntity):
    """Choose among the presets of whoever sets them."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the preset to the miner."""
        super().__init__(runtime, PRESET, PresetControlPort)
        self._last = Presets(())

    @property
    def presets(self) -> Presets:
        """Return the presets, the last known ones if nobody tells."""
        if self.provider and (presets := self.provider.presets):
            self._last = presets
        return self._last

    @property
    @override
    def options(self) -> list[str]:
        """Return the presets that can be set."""
        return list(self.presets.options)

    @property
    @override
    def current_option(self) -> str | None:
        """Return the preset that is set."""
        return self.presets.current

    @override
    async def async_select_option(self, option: str) -> None:
        """Set a preset; raise HomeAssistantError if nobody did."""
        await self.give(select_preset(option))
