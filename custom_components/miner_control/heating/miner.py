"""A miner that heats its room."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo

from ..commands.command import set_external_fan
from ..commands.operations import MinerOperations
from ..coordinator import MinerCoordinator, OwnCommand, Protection
from ..domain.authority import Authority, Origin
from ..domain.budget import LettingGo
from ..domain.features import MinerFeatureType, MinerStatus
from ..domain.ports import MaxPowerDetectionPort
from ..domain.power_target import PowerReach
from ..domain.thermostat import Decision
from ..domain.values import FanSetting
from .heater import Heater
from .sensors import (
    RoomReading,
    chip_temperature,
    external_fan_turns,
    hashes,
    room_reading,
    watts,
)

MINES: Final = (MinerStatus.ON, MinerStatus.STARTING, MinerStatus.ERROR)
# What stands above the fleet's budget and above people.
_PROTECTS: Final = (
    Authority.FROST_PROTECTION,
    Authority.LOST_SENSOR,
    Authority.HARD_CAP,
)
# Below this share of what it draws usually, a miner that has power only rests.
HEATING_SHARE: Final = 0.15


class MinerHeater(Heater):
    """Heat with one miner, by its power target and its mining switch."""

    def __init__(
        self, coordinator: MinerCoordinator, operations: MinerOperations
    ) -> None:
        """Command the miner of a coordinator."""
        super().__init__(coordinator, coordinator.config_entry)
        self._miner = coordinator
        self._operations = operations
        coordinator.config_entry.async_on_unload(self._forget_protection)

    @property
    @override
    def status(self) -> MinerStatus | None:
        """Return what the miner does."""
        return self._miner.data.status

    @property
    @override
    def watts(self) -> float | None:
        """Return what the miner draws."""
        return watts(self._miner)

    @property
    @override
    def is_mining(self) -> bool:
        """Tell whether the miner mines, or should."""
        return self.status in MINES

    @property
    @override
    def is_available(self) -> bool:
        """Tell whether the miner can be told something.

        One whose plug somebody switched off is left alone, unless its power is all
        that there is to start and stop it by.
        """
        state = self._miner.data
        if state.is_known_off:
            return self._miner.stand_in is not None
        return state.status not in (None, MinerStatus.UNKNOWN)

    @property
    @override
    def hashes(self) -> bool | None:
        """Tell whether the miner works."""
        return hashes(self._miner)

    @property
    @override
    def reach(self) -> PowerReach | None:
        """Return what can be asked of its power target."""
        return self._miner.power_target.reach

    @property
    @override
    def asked(self) -> float | None:
        """Return what its power target chose, unless others have set it since."""
        target = self._miner.power_target
        return target.set_to_draw if target.origin is Origin.THERMOSTAT else None

    @property
    @override
    def most_watts(self) -> float | None:
        """Return the most that the miner says it draws."""
        teller = self._miner.provider(MaxPowerDetectionPort)
        power = teller.max_power if teller else None
        return power.watts if power else None

    @property
    @override
    def own_starts(self) -> int:
        """Return how often its power target corrected itself at the cost of a start."""
        return self._miner.power_target.own_starts

    @property
    @override
    def chip(self) -> float | None:
        """Return how hot its hottest chip is."""
        return chip_temperature(self._miner)

    @override
    def settles_until(self, now: float) -> float | None:
        """Return until when its power target settles."""
        until = self._miner.power_target.settles_until
        return None if until is None else now + max(0.0, until - monotonic())

    @override
    def least_heat(self, usual: float) -> float:
        """Return up to which watts it only rests."""
        return max(usual * HEATING_SHARE, self._miner.standby_watts)

    @override
    def room_reading(self, timeout: float) -> RoomReading | None:
        """Return what the best of its room sensors says."""
        return room_reading(self._miner, timeout)

    @property
    @override
    def held(self) -> Authority | None:
        """Return whether an emergency stop or a fleet decides about the miner."""
        if self._miner.authority.latched_by is not None:
            return Authority.EMERGENCY_STOP
        rules = self._miner.authority.ruled_by is not None
        return Authority.FLEET if rules else None

    @callback
    @override
    def subscribe_own_commands(
        self, listener: Callable[[OwnCommand], None]
    ) -> CALLBACK_TYPE:
        """Tell a listener what people tell the miner."""
        return self._miner.authority.async_subscribe(listener)

    @override
    async def tell(self, decision: Decision) -> None:
        """Tell the miner what was decided; raise HomeAssistantError if it does not."""
        target = self._miner.power_target
        if decision.mine is False:
            await self._operations.stop_mining(origin=Origin.THERMOSTAT)
            return
        steps = target.starts
        try:
            if decision.watts is not None:
                # Before it mines: it shall not begin with all that it can.
                await target.async_set(
                    decision.watts,
                    origin=Origin.THERMOSTAT,
                    may_wake=bool(decision.mine),
                )
        except HomeAssistantError:
            # A room must not stay cold because a miner at rest takes no settings.
            if not decision.mine:
                raise
        if decision.mine:
            await self._operations.start_mining(
                origin=Origin.THERMOSTAT, has_stepped=target.starts > steps
            )

    @override
    async def let_go(self, how: LettingGo) -> None:
        """Leave the miner as it is, lower it or stop it."""
        if how is LettingGo.STAY or not self.is_mining:
            return
        decision = Decision(mine=False)
        if how is LettingGo.FLOOR:
            if self.reach is None:
                return
            decision = Decision(watts=self.reach.floor)
        await self.tell(decision)

    @callback
    @override
    def note(self, decision: Decision) -> None:
        """Let the fleet of the miner know what protects the miner or its room."""
        found = None
        if decision.authority in _PROTECTS:
            mines = self.is_mining if decision.mine is None else decision.mine
            if decision.authority is Authority.HARD_CAP:
                mines = False
            floor = self.reach.floor if self.reach else 0.0
            found = Protection(
                authority=decision.authority,
                cause=decision.why.value,
                mines=mines,
                watts=max(decision.need, floor) or None,
            )
        self._miner.authority.protection = found

    @callback
    def _forget_protection(self) -> None:
        """Protect nothing any more."""
        self._miner.authority.protection = None

    @property
    @override
    def has_fan(self) -> bool:
        """Tell whether a controller sets an external fan."""
        return self._miner.miner.has_feature(MinerFeatureType.EXTERNAL_FAN_CONTROL)

    @property
    @override
    def own_fans_have_failed(self) -> bool:
        """Tell whether the fans of the miner stand still while it mines."""
        return self._miner.fans.have_failed

    @property
    @override
    def external_fan_turns(self) -> bool | None:
        """Tell whether the external fan turns."""
        return external_fan_turns(self._miner)

    @override
    async def set_fan(self, percent: float) -> None:
        """Tell the external fan how fast to run."""
        await self._operations.carry_out(
            set_external_fan(FanSetting(round(percent))), origin=Origin.THERMOSTAT
        )

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the miner's device."""
        return self._miner.device_info

    @override
    async def async_refresh(self) -> None:
        """Refresh all controllers."""
        await self._miner.async_refresh_all()

    @property
    @override
    def kept(self) -> Mapping[str, Any]:
        """Return nothing: a miner keeps its power target itself."""
        return {}

    @override
    def restore(self, kept: Mapping[str, Any]) -> None:
        """Leave it at that: nothing was kept."""
