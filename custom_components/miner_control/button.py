"""Restart a miner, or only its mining."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import Command, reboot, restart_mining
from .control import ControlEntity, bound_controllers
from .domain.ports import RestartControlPort
from .runtime import MinerControlConfigEntry, MinerRuntimeData

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class MinerButtonDescription(ButtonEntityDescription):
    """Describe a button: what it does, and which controllers can do that."""

    can_fn: Callable[[RestartControlPort], bool]
    command_fn: Callable[[], Command[RestartControlPort]]
    device_class: ButtonDeviceClass | None = ButtonDeviceClass.RESTART
    entity_category: EntityCategory | None = EntityCategory.CONFIG


BUTTONS = (
    MinerButtonDescription(
        key="reboot",
        translation_key="reboot",
        can_fn=lambda port: port.can_reboot,
        command_fn=reboot,
    ),
    MinerButtonDescription(
        key="restart_mining",
        translation_key="restart_mining",
        can_fn=lambda port: port.can_restart_mining,
        command_fn=restart_mining,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a button for each way to restart that a bound controller has."""
    runtime = entry.runtime_data
    ports = list(bound_controllers(runtime.coordinator, RestartControlPort))
    async_add_entities(
        MinerButton(runtime, description)
        for description in BUTTONS
        if any(map(description.can_fn, ports))
    )


class MinerButton(ControlEntity[RestartControlPort], ButtonEntity):
    """Restart by whoever can."""

    entity_description: MinerButtonDescription

    def __init__(
        self, runtime: MinerRuntimeData, description: MinerButtonDescription
    ) -> None:
        """Do what a description describes."""
        super().__init__(runtime, description, RestartControlPort)

    @override
    async def async_press(self) -> None:
        """Restart; raise HomeAssistantError if nobody did."""
        await self.give(self.entity_description.command_fn())
