"""AxeOS on the Bitaxe and its kin."""

from collections.abc import Mapping, MutableMapping
import re
from time import monotonic
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSetting,
    Hashboard,
    HashRateUnit,
    OperationalData,
    Power,
)
from ...errors import CommandRefusedError
from ...network.device import Signs
from ...network.http import read_object
from ...network.parsing import (
    amount,
    count,
    difficulty,
    frequency,
    hashrate,
    number,
    percentage,
    section,
    voltage,
)
from ..device import PyasicDevice, tell
from ..interface import Lasting
from .base import (
    BOARDS,
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    MINING,
    NEEDS_STATUS,
    OPERATION,
    RESTART,
    VOLTAGE,
    Dialect,
    answer_to,
)

_POWER = MinerFeatureType.POWER_MONITORING

# How long the device shows itself, and what it answers when it does.
IDENTIFY_SECONDS: Final = 30.0
_SAYS_HI: Final = re.compile(r"says|30 seconds", re.IGNORECASE)
_NO_LONGER: Final = "no longer"

# What the system information tells beyond pyasic's data.
_OF_INFO: Final = frozenset(
    {
        *NEEDS_STATUS,
        *(_POWER, VOLTAGE, FREQUENCY, FAN, BOARDS, OPERATION),
        *(MAX_POWER, MAX_HASHRATE, LOCATE),
    }
)
# Thousands, millions and so on, as difficulties are shown in short.
_SUFFIXES: Final = "KMGTPE"

_PAUSED: Final = "miningPaused"
_FAN_IS_AUTOMATIC: Final = "autofanspeed"
# The speed that is set; releases before 2.11 call it by the second name, which
# later ones use for the speed that the fan has.
_FAN_PERCENT: Final = ("manualFanSpeed", "fanspeed")


class AxeOsDialect(Dialect):
    """Open firmware of which pyasic has no control but the reboot."""

    backends = frozenset({"ESPMiner"})
    features = frozenset({VOLTAGE, FREQUENCY, FAN, RESTART, MAX_POWER, MAX_HASHRATE})
    can_reboot = True
    can_restart_mining = False
    reads_status = True
    showing_identity = _OF_INFO
    lasting: ClassVar[Lasting] = {"system/asic": frozenset({"asicCount"})}

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Know of no pause until the device has told of it."""
        super().__init__(device, memory)
        self._shows_until = 0.0
        # Until then it may still do what it was told before it was known.
        self._unknown_until = monotonic() + IDENTIFY_SECONDS
        device.fetch_pages_with(self._page)

    @property
    @override
    def supported(self) -> Features:
        """Return what every release can do."""
        return self.features

    @override
    async def explore(self) -> Features:
        """Return what this release can do; pausing came with AxeOS 2.14."""
        can_pause = _PAUSED in await self._info()
        return self.supported | ({MINING, LOCATE} if can_pause else frozenset())

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address, which the system information holds."""
        return Signs(mac=(await self._info()).get("macAddr"))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what the system information holds beyond pyasic's data."""
        if not wanted & _OF_INFO:
            return Snapshot()
        info = await self._info()
        if not info:
            return Snapshot()
        return Snapshot(
            power=_watts(info.get("power")),
            voltage=voltage([info.get("voltage")], fraction=1000),
            frequency=frequency([info.get("frequency")]),
            status=_status(info),
            internal_fan=_fan(info),
            hashboards=_boards(info),
            operation=_operation(info),
            max_power=_watts(info.get("maxPower")),
            is_locating=monotonic() < self._shows_until,
        )

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read what the chips reach at the highest clock that is on offer."""
        if MAX_HASHRATE not in wanted:
            return Snapshot()
        asic = await answer_to(self.miner.web.asic_info)
        offered = asic.get("frequencyOptions")
        clocks = [number(c) or 0 for c in offered] if isinstance(offered, list) else []
        chips = number(asic.get("asicCount"))
        cores = number((await self._info()).get("smallCoreCount"))
        if not clocks or not chips or not cores:
            return Snapshot()
        reached = cores * chips * max(clocks)
        return Snapshot(max_hashrate=hashrate(reached, HashRateUnit.MH))

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

    @override
    async def reboot(self) -> None:
        """Restart the device; releases before 2.13 answer that with plain text."""
        try:
            await tell(self.miner.web.restart)
        except Exception as err:
            if "JSON decode error" not in str(err):
                raise

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Have the device say hello for half a minute, or stop it.

        The one command for both turns the one into the other.
        """
        if not locating and monotonic() >= max(self._shows_until, self._unknown_until):
            return
        for _ in range(2):
            if await self._toggle_hello() is locating:
                return
        raise CommandRefusedError(f"{self.miner} did not show itself")

    async def _toggle_hello(self) -> bool | None:
        """Turn the hello on or off, and return which; None if it is not told."""
        answer = await tell(self.miner.web.send_command, "system/identify", post=True)
        said = str(section(answer).get("message", ""))
        if not _SAYS_HI.search(said):
            return None
        shows = _NO_LONGER not in said
        self._shows_until = monotonic() + IDENTIFY_SECONDS if shows else 0.0
        return shows

    async def _page(self, command: str) -> dict[str, Any]:
        """Return a page, empty if there is none.

        The library makes an HTTP client for each, which takes four times as long.
        """
        web = self.miner.web
        return await read_object(f"http://{web.ip}:{web.port}/api/{command}")

    async def _info(self) -> dict[str, Any]:
        """Read the system information."""
        return await answer_to(self.miner.web.system_info)

    async def _post(self, command: str) -> None:
        """Post a command that pyasic does not know."""
        await tell(self.miner.web.send_command, command, post=True)


def _fan_key(info: Mapping[str, Any]) -> str:
    """Return the name of the setting of the fan's speed."""
    return next((key for key in _FAN_PERCENT if key in info), _FAN_PERCENT[0])


def _watts(value: object) -> Power | None:
    """Return a power; pyasic rounds to watts, which is much for a small device."""
    watts = number(value)
    return None if watts is None else Power(watts)


def _boards(info: Mapping[str, Any]) -> tuple[Hashboard, ...] | None:
    """Return the one board, with the voltage at its chips; None if it is not told."""
    board = Hashboard(
        voltage=voltage([info.get("coreVoltageActual")], fraction=1000),
        frequency=frequency([info.get("frequency")]),
        nominal_hashrate=hashrate(info.get("expectedHashrate"), HashRateUnit.GH),
    )
    return None if board == Hashboard() else (board,)


def _operation(info: Mapping[str, Any]) -> OperationalData | None:
    """Return the counters and the pool."""
    found = OperationalData(
        shares_accepted=count(info.get("sharesAccepted")),
        shares_rejected=count(info.get("sharesRejected")),
        blocks_found=count(info.get("blockFound")),
        best_difficulty=_difficulty(info.get("bestDiff")),
        active_pool=_pool(info),
        errors=_errors(info),
    )
    return None if found == OperationalData() else found


def _errors(info: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return what stopped the device, None if it does not tell of such a thing."""
    overheated = number(info.get("overheat_mode"))
    if overheated is None:
        return None
    return ("overheat_mode",) if overheated else ()


def _difficulty(value: object) -> float | None:
    """Return a difficulty; releases before 2.12 write it in short, such as 4.31G."""
    if not isinstance(value, str):
        return difficulty(value)
    text = value.strip()
    exponent = _SUFFIXES.find(text[-1:].upper()) + 1 if text else 0
    digits = amount(text[:-1].strip() if exponent else text)
    return None if digits is None else difficulty(digits * 1000**exponent)


def _pool(info: Mapping[str, Any]) -> str | None:
    """Return the address of the pool that is worked for."""
    if info.get(_PAUSED):
        return None
    prefix = "fallbackStratum" if info.get("isUsingFallbackStratum") else "stratum"
    host, port = info.get(f"{prefix}URL"), info.get(f"{prefix}Port")
    return f"stratum+tcp://{host}:{port}" if host and port else None


def _status(info: Mapping[str, Any]) -> MinerStatus | None:
    """Return what AxeOS says of itself; older releases say nothing."""
    paused = info.get(_PAUSED)
    if paused is None:
        return None
    return MinerStatus.IDLE if paused else MinerStatus.ON


def _fan(info: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fan is set."""
    percent = percentage(info.get(_fan_key(info)))
    automatic = number(info.get(_FAN_IS_AUTOMATIC))
    if percent is None or automatic is None:
        return None
    return FanSetting(percent, automatic=bool(automatic))
