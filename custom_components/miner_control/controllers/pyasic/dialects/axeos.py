"""AxeOS on the Bitaxe and its kin."""

from collections.abc import Mapping
from typing import Any, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.values import FanSetting, Power
from ...errors import CommandRefusedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice, tell
from .base import (
    FAN,
    FREQUENCY,
    MINING,
    NEEDS_STATUS,
    VOLTAGE,
    Dialect,
    Features,
    answer_to,
    frequency,
    number,
    voltage,
)

_POWER = MinerFeatureType.POWER_MONITORING

_PAUSED: Final = "miningPaused"
_FAN_IS_AUTOMATIC: Final = "autofanspeed"
# The speed that is set; releases before 2.11 call it by the second name, which
# later ones use for the speed that the fan has.
_FAN_PERCENT: Final = ("manualFanSpeed", "fanspeed")


class AxeOsDialect(Dialect):
    """Open firmware of which pyasic has no control but the reboot."""

    backends = frozenset({"ESPMiner"})
    features = frozenset({VOLTAGE, FREQUENCY, FAN})
    reads_status = True

    def __init__(self, device: PyasicDevice) -> None:
        """Know of no pause until the device has told of it."""
        super().__init__(device)
        self._can_pause = False

    @property
    @override
    def supported(self) -> Features:
        """Return what the firmware can do; pausing came with AxeOS 2.14."""
        return self.features | ({MINING} if self._can_pause else frozenset())

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what the system information holds beyond pyasic's data."""
        if not wanted & {*self.features, *NEEDS_STATUS, _POWER}:
            return Snapshot()
        info = await self._info()
        self._can_pause = _PAUSED in info
        return Snapshot(
            power=_power(info),
            voltage=voltage([info.get("voltage")], fraction=1000),
            frequency=frequency([info.get("frequency")]),
            status=_status(info),
            internal_fan=_fan(info),
        )

    @override
    async def start_mining(self) -> None:
        """Resume hashing."""
        await self._post("system/resume")

    @override
    async def stop_mining(self) -> None:
        """Pause hashing."""
        await self._post("system/pause")

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fan to a percentage or leave it to the firmware."""
        change: dict[str, int] = {_FAN_IS_AUTOMATIC: int(setting.automatic)}
        if setting.percent is not None and not setting.automatic:
            change[_fan_key(await self._info())] = setting.percent
        await tell(self.miner.web.update_settings, **change)
        info = await self._info()
        if any(number(info.get(key)) != value for key, value in change.items()):
            raise CommandRefusedError(f"{self.miner} did not take {change}")

    async def _info(self) -> dict[str, Any]:
        """Read the system information."""
        return await answer_to(self.miner.web.system_info)

    async def _post(self, command: str) -> None:
        """Post a command that pyasic does not know."""
        await tell(self.miner.web.send_command, command, post=True)


def _fan_key(info: Mapping[str, Any]) -> str:
    """Return the name of the setting of the fan's speed."""
    return next((key for key in _FAN_PERCENT if key in info), _FAN_PERCENT[0])


def _power(info: Mapping[str, Any]) -> Power | None:
    """Return the power, which pyasic rounds to watts: much for a small device."""
    watts = number(info.get("power"))
    return None if watts is None else Power(watts)


def _status(info: Mapping[str, Any]) -> MinerStatus | None:
    """Return what AxeOS says of itself; older releases say nothing."""
    paused = info.get(_PAUSED)
    if paused is None:
        return None
    return MinerStatus.OFF if paused else MinerStatus.ON


def _fan(info: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fan is set."""
    percent = number(info.get(_fan_key(info)))
    automatic = number(info.get(_FAN_IS_AUTOMATIC))
    if percent is None or automatic is None:
        return None
    return FanSetting(round(percent), automatic=bool(automatic))
