"""Buttons of a fleet: stop all miners at once, and undo that."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription

from .coordinator import FleetCoordinator
from .entity import FleetEntity


@dataclass(frozen=True, kw_only=True)
class FleetButtonDescription(ButtonEntityDescription):
    """Describe a button by what it does."""

    press_fn: Callable[[FleetCoordinator], Awaitable[None]]


BUTTONS: Final[tuple[FleetButtonDescription, ...]] = (
    FleetButtonDescription(
        key="emergency_stop",
        translation_key="emergency_stop",
        press_fn=lambda fleet: fleet.async_emergency_stop(),
    ),
    FleetButtonDescription(
        key="reset_emergency_stop",
        translation_key="reset_emergency_stop",
        press_fn=lambda fleet: fleet.async_reset_emergency_stop(),
    ),
)


class FleetButton(FleetEntity, ButtonEntity):
    """Do something with all miners of a fleet."""

    entity_description: FleetButtonDescription

    @property
    @override
    def available(self) -> bool:
        """Tell that an emergency stop is always possible."""
        return True

    @property
    @override
    def shown(self) -> object:
        """Return nothing: a button shows only when it was pressed."""
        return None

    @override
    async def async_press(self) -> None:
        """Do it."""
        await self.entity_description.press_fn(self.coordinator)


def fleet_buttons(coordinator: FleetCoordinator) -> Iterator[FleetButton]:
    """Yield the buttons of a fleet."""
    return (FleetButton(coordinator, description) for description in BUTTONS)
