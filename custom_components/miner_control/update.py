"""The firmware of a miner."""

from typing import Any, override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import install_firmware
from .control import ControlEntity
from .domain.ports import FirmwareUpdatePort
from .domain.values import Firmware
from .runtime import MinerControlConfigEntry, MinerRuntimeData

PARALLEL_UPDATES = 1

FIRMWARE = UpdateEntityDescription(
    key="firmware",
    translation_key="firmware",
    device_class=UpdateDeviceClass.FIRMWARE,
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the firmware, if it is bound to the miner."""
    runtime = entry.runtime_data
    if runtime.coordinator.miner.has_feature(FirmwareUpdatePort.feature_type):
        async_add_entities([FirmwareUpdate(runtime)])


class FirmwareUpdate(ControlEntity[FirmwareUpdatePort], UpdateEntity):
    """Show which firmware is installed and which is the latest, and install it."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the firmware to the miner."""
        super().__init__(runtime, FIRMWARE, FirmwareUpdatePort)
        self._last = Firmware()

    @property
    def firmware(self) -> Firmware:
        """Return the versions, the last known ones if nobody tells."""
        if self.provider and (firmware := self.provider.firmware):
            self._last = firmware
        return self._last

    @property
    @override
    def supported_features(self) -> UpdateEntityFeature:
        """Return what can be done with the firmware."""
        firmware = self.firmware
        supported = UpdateEntityFeature(0)
        if firmware.can_install:
            supported |= UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS
        if firmware.release_notes:
            supported |= UpdateEntityFeature.RELEASE_NOTES
        return supported

    @property
    @override
    def installed_version(self) -> str | None:
        """Return the version that runs."""
        return self.firmware.installed

    @property
    @override
    def latest_version(self) -> str | None:
        """Return the latest version; the one that runs if no other is known."""
        return self.firmware.latest or self.firmware.installed

    @property
    @override
    def release_url(self) -> str | None:
        """Return where the latest version is described."""
        return self.firmware.release_url

    @property
    @override
    def in_progress(self) -> bool:
        """Tell whether a version is being installed."""
        return self.firmware.is_installing

    @property
    @override
    def update_percentage(self) -> int | None:
        """Return how far the installation has come, None if nobody knows."""
        return self.firmware.progress if self.firmware.is_installing else None

    @override
    async def async_release_notes(self) -> str | None:
        """Return what is new in the latest version."""
        return self.firmware.release_notes

    @override
    async def async_install(
        self, version: str | None, backup: bool, **kwargs: Any
    ) -> None:
        """Install the latest version; raise HomeAssistantError if nobody did."""
        await self.give(install_firmware())
