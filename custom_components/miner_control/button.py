"""Restart a miner, or only its mining."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast, override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import Command, reboot, restart_mining
from .control import ControlEntity, bound_controllers, can_be_slowed_down
from .controllers.base import Controller
from .coordinator import Resolution
from .domain.ports import RestartControlPort
from .entity import HeatingEntity, MinerEntity
from .fleet.button import fleet_buttons
from .fleet.runtime import fleet_coordinator
from .heating.thermostat import HeatingThermostat
from .runtime import MinerControlConfigEntry, MinerRuntimeData
from .storage.kinds import is_fleet

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class MinerButtonDescription(ButtonEntityDescription):
    """Describe a button: what it does, by a command that tells who can do it."""

    command_fn: Callable[[], Command[RestartControlPort]]
    entity_category: EntityCategory | None = EntityCategory.CONFIG


BUTTONS = (
    MinerButtonDescription(
        key="reboot",
        translation_key="reboot",
        device_class=ButtonDeviceClass.RESTART,
        command_fn=reboot,
    ),
    MinerButtonDescription(
        key="restart_mining",
        translation_key="restart_mining",
        command_fn=restart_mining,
    ),
)


FORGET_LEARNED_POWER = ButtonEntityDescription(
    key="forget_learned_power",
    translation_key="forget_learned_power",
    entity_category=EntityCategory.CONFIG,
)
FORGET_ROOM = ButtonEntityDescription(
    key="forget_room",
    translation_key="forget_room",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a button for each way to restart that a bound controller has."""
    if (thermostat := entry.runtime_data.thermostat) is not None:
        async_add_entities([ForgetRoomButton(thermostat)])
    if is_fleet(entry):
        async_add_entities(fleet_buttons(fleet_coordinator(entry)))
        return
    runtime = entry.runtime_data
    ports = list(bound_controllers(runtime.coordinator, RestartControlPort))
    async_add_entities(
        MinerButton(runtime, description)
        for description in BUTTONS
        if any(map(description.command_fn().is_for, ports))
    )
    if can_be_slowed_down(runtime.coordinator):
        async_add_entities([ForgetButton(runtime)])


class ForgetRoomButton(HeatingEntity, ButtonEntity):
    """Have the thermostat forget what it learned of the room."""

    def __init__(self, thermostat: HeatingThermostat) -> None:
        """Forget what a thermostat learned."""
        super().__init__(thermostat, FORGET_ROOM)

    @property
    @override
    def shown(self) -> object:
        """Return nothing: it looks the same all the time."""
        return None

    @override
    async def async_press(self) -> None:
        """Forget."""
        self.thermostat.forget()


class MinerButton(ControlEntity[RestartControlPort], ButtonEntity):
    """Restart by whoever can."""

    entity_description: MinerButtonDescription

    def __init__(
        self, runtime: MinerRuntimeData, description: MinerButtonDescription
    ) -> None:
        """Do what a description describes."""
        super().__init__(runtime, description, RestartControlPort)
        self._is_for = description.command_fn().is_for

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who serves: of all that restart anything, who can do just this."""
        found = super().resolution
        if found is None or self._can(found.provider):
            return found
        candidates = self.coordinator.candidates(RestartControlPort)
        able = next((port for port in candidates if self._can(port)), None)
        provider = cast("Controller | None", able)
        first = found.first if self._can(found.first) else provider
        return replace(found, provider=provider, first=first)

    def _can(self, controller: object) -> bool:
        """Tell whether a controller has what the button needs."""
        port = cast("RestartControlPort | None", controller)
        return port is not None and self._is_for(port)

    @override
    async def async_press(self) -> None:
        """Restart; raise HomeAssistantError if nobody did."""
        await self.give(self.entity_description.command_fn())


class ForgetButton(MinerEntity, ButtonEntity):
    """Forget what the settings of the miner draw, and which it cannot hold."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Attach the button to the miner."""
        super().__init__(runtime.coordinator, FORGET_LEARNED_POWER)

    @property
    @override
    def shown(self) -> object:
        """Return nothing: it can always be pressed."""
        return None

    @property
    @override
    def available(self) -> bool:
        """Tell that it can be pressed, whatever the miner does."""
        return True

    @override
    async def async_press(self) -> None:
        """Forget all of it."""
        self.coordinator.power_target.forget()
