"""What a thermostat heats with: what that measures, and what it can be told."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from ..coordinator import OwnCommand
from ..domain.authority import Authority
from ..domain.budget import LettingGo
from ..domain.features import MinerStatus
from ..domain.power_target import PowerReach
from ..domain.thermostat import Decision, HeatingLimits
from ..storage.heating import HeatingSettings
from .sensors import RoomReading


class Heater(ABC):
    """Give heat to a room as far as those above the thermostat allow it.

    Times are UTC seconds, powers W.
    """

    def __init__(
        self, coordinator: DataUpdateCoordinator[Any], entry: ConfigEntry
    ) -> None:
        """Look at what a coordinator knows."""
        self.coordinator = coordinator
        self.entry = entry

    @property
    def hass(self) -> HomeAssistant:
        """Return the Home Assistant that it belongs to."""
        return self.coordinator.hass

    # What is measured

    @property
    @abstractmethod
    def status(self) -> MinerStatus | None:
        """Return what it does."""

    @property
    @abstractmethod
    def watts(self) -> float | None:
        """Return what it draws, which is the heat that it gives; None if unknown."""

    @property
    @abstractmethod
    def is_mining(self) -> bool:
        """Tell whether it is on, as far as the thermostat is concerned."""

    @property
    @abstractmethod
    def is_available(self) -> bool:
        """Tell whether it can be told something."""

    @property
    @abstractmethod
    def hashes(self) -> bool | None:
        """Tell whether it works; None where nobody knows."""

    @property
    @abstractmethod
    def reach(self) -> PowerReach | None:
        """Return between which watts it can be set; None if only on and off."""

    @property
    @abstractmethod
    def asked(self) -> float | None:
        """Return the watts that this thermostat asked for, if that still holds."""

    @property
    @abstractmethod
    def most_watts(self) -> float | None:
        """Return the most that it draws, None where nobody knows."""

    @property
    def chip(self) -> float | None:
        """Return how hot the hottest chip is that the thermostat has to look after."""
        return None

    @property
    def own_starts(self) -> int:
        """Return how often it restarted mining by itself to do what it was asked."""
        return 0

    @property
    def is_held_back(self) -> bool:
        """Tell whether it does not give yet, or not at all, what it was asked for."""
        return self.status is MinerStatus.STARTING

    @property
    def obeys(self) -> bool:
        """Tell whether anything is done about what it is told."""
        return True

    @abstractmethod
    def settles_until(self, now: float) -> float | None:
        """Return until when nothing new should be asked for."""

    @abstractmethod
    def least_heat(self, usual: float) -> float:
        """Return up to which watts it only rests, by what it draws usually."""

    @abstractmethod
    def room_reading(self, timeout: float) -> RoomReading | None:
        """Return what the best room sensor says; None if none is there."""

    # Who else has a say

    @property
    @abstractmethod
    def held(self) -> Authority | None:
        """Return who decides about it above the thermostat, if anybody."""

    def limits(self, settings: HeatingSettings) -> HeatingLimits:
        """Return what the thermostat keeps to."""
        return settings.limits

    def judged(self, decision: Decision) -> Decision:
        """Return what becomes of a decision, and who has a say in that."""
        return decision

    @callback
    def subscribe_own_commands(
        self,
        listener: Callable[[OwnCommand], None],  # noqa: ARG002
    ) -> CALLBACK_TYPE:
        """Tell a listener what people tell it, until that is unsubscribed."""
        return lambda: None

    # What it is told

    @abstractmethod
    async def tell(self, decision: Decision) -> None:
        """Do what was decided; raise HomeAssistantError if that fails."""

    @abstractmethod
    async def let_go(self, how: LettingGo) -> None:
        """Do what the user chose for when the thermostat is off."""

    @callback
    @abstractmethod
    def note(self, decision: Decision) -> None:
        """Take note of what holds from now on, also where there is nothing to tell."""

    # An external fan

    @property
    def has_fan(self) -> bool:
        """Tell whether there is an external fan that can be told something."""
        return False

    @property
    def own_fans_have_failed(self) -> bool:
        """Tell whether fans of its own stand still that should turn."""
        return False

    @property
    def external_fan_turns(self) -> bool | None:
        """Tell whether the external fan turns; None where nobody measures that."""
        return None

    async def set_fan(self, percent: float) -> None:
        """Run the external fan at a percentage of its speed."""
        raise NotImplementedError

    # What is shown, and kept

    @property
    @abstractmethod
    def device_info(self) -> DeviceInfo:
        """Return the device that the thermostat belongs to."""

    @abstractmethod
    async def async_refresh(self) -> None:
        """Look at once, when asked to update an entity."""

    @property
    @abstractmethod
    def kept(self) -> Mapping[str, Any]:
        """Return what outlasts a restart."""

    @abstractmethod
    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from what was kept."""
