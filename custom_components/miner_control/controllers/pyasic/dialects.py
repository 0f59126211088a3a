"""Where firmware differs: what pyasic does not read, or does not do safely.

A dialect adds what its firmware has and pyasic leaves out, and replaces commands
that would do harm. `dialect_for` picks one by the classes that pyasic's object
is made of. What each firmware does was measured against pyasic 0.79.0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any, ClassVar, override

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.values import FanSetting, Frequency, Voltage
from ..errors import CommandRefusedError, ControllerError, UnsupportedError
from .adapter import PyasicDevice

VOLTAGE = MinerFeatureType.VOLTAGE_MONITORING
FREQUENCY = MinerFeatureType.FREQUENCY_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING
MINING = MinerFeatureType.MINING_CONTROL
FAN = MinerFeatureType.INTERNAL_FAN_CONTROL


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a dialect reads beyond pyasic's data."""

    voltage: Voltage | None = None
    frequency: Frequency | None = None
    status: MinerStatus | None = None
    internal_fan: FanSetting | None = None


class Dialect:
    """Firmware that pyasic speaks to without known oddities."""

    # Class names of pyasic that this dialect is for.
    backends: ClassVar[frozenset[str]] = frozenset()
    # What it adds to pyasic's plain data.
    features: ClassVar[frozenset[MinerFeatureType]] = frozenset()
    # Whether pyasic's `is_mining` is the device's own word; it is True by default.
    trusts_is_mining: ClassVar[bool] = True
    # pyasic takes the chips' temperatures for the boards' and the reverse.
    swaps_temperatures: ClassVar[bool] = False
    # A password that is wrong shows in reads: the MAC address is missing then.
    login_shows_in_mac: ClassVar[bool] = False

    def __init__(self, device: PyasicDevice) -> None:
        """Speak to a device."""
        self.device = device
        self.miner = device.miner

    @property
    def supported(self) -> frozenset[MinerFeatureType]:
        """Return what the firmware can do beyond monitoring pyasic's data."""
        can_stop = self.device.overrides("stop_mining")
        return self.features | ({MINING} if can_stop else frozenset())

    async def read_extras(
        self,
        wanted: frozenset[MinerFeatureType],  # noqa: ARG002
    ) -> Extras:
        """Read what pyasic leaves out, as far as it is wanted."""
        return Extras()

    async def is_idle(self) -> bool:
        """Tell whether a device that reports nothing answers all the same."""
        return False

    async def start_mining(self) -> None:
        """Let the device mine."""
        await self._command("resume_mining")

    async def stop_mining(self) -> None:
        """Stop mining."""
        await self._command("stop_mining")

    async def set_fan(self, setting: FanSetting) -> None:  # noqa: ARG002
        """Set the fans; raise UnsupportedError where the firmware cannot."""
        raise UnsupportedError(f"{self.miner} has no fan control")

    async def _command(self, method: str) -> None:
        """Give one of pyasic's commands; raise CommandRefusedError if refused."""
        if await self.device.command(getattr(self.miner, method)) is False:
            raise CommandRefusedError(f"{self.miner} refused {method}")


class AntminerDialect(Dialect):
    """Bitmain's own firmware since the S19.

    pyasic writes the whole configuration to stop, and an empty one, pools
    included, where it could not read it before. Here only the mode changes, in
    a configuration that was read and found complete.
    """

    backends = frozenset({"AntminerModern"})
    features = frozenset({FREQUENCY, FAN})
    login_shows_in_mac = True

    _NORMAL, _SLEEP = 0, 1

    def __init__(self, device: PyasicDevice) -> None:
        """Remember no mode to return to yet."""
        super().__init__(device)
        self._mode_before_sleep = self._NORMAL

    @override
    async def read_extras(self, wanted: frozenset[MinerFeatureType]) -> Extras:
        """Read the frequency over RPC and the fan setting from the configuration."""
        frequency = fan = None
        if FREQUENCY in wanted:
            stats = await self.device.read(self.miner.rpc.stats)
            frequency = _frequency(
                board.get("frequency") for board in stats.get("STATS", ())
            )
        if FAN in wanted:
            fan = _antminer_fan(await self.device.read(self.miner.web.get_miner_conf))
        return Extras(frequency=frequency, internal_fan=fan)

    @override
    async def start_mining(self) -> None:
        """Leave the sleep mode for the mode that was set before."""
        if await self._mode() == self._SLEEP:
            await self._configure({"miner-mode": self._mode_before_sleep})

    @override
    async def stop_mining(self) -> None:
        """Enter the sleep mode."""
        mode = await self._mode()
        if mode != self._SLEEP:
            self._mode_before_sleep = mode
            await self._configure({"miner-mode": self._SLEEP})

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage or leave them to the firmware."""
        change: dict[str, Any] = {"bitmain-fan-ctrl": not setting.automatic}
        if setting.percent is not None:
            change["bitmain-fan-pwm"] = str(setting.percent)
        await self._configure(change)

    async def _mode(self) -> int:
        """Return the work mode that is set."""
        return _work_mode(await self._configuration())

    async def _configuration(self) -> Mapping[str, Any]:
        """Read the configuration; raise CommandRefusedError if it is incomplete."""
        conf = await self.device.read(self.miner.web.get_miner_conf)
        if not isinstance(conf, Mapping) or not conf.get("pools"):
            raise CommandRefusedError(
                f"{self.miner} did not give its configuration, so nothing was changed"
            )
        return conf

    async def _configure(self, change: dict[str, Any]) -> None:
        """Change settings and leave everything else, pools above all, as it was."""
        before = await self._configuration()
        wanted = _antminer_settings(before) | change
        await self.device.command(partial(self.miner.web.set_miner_conf, wanted))
        after = _antminer_settings(await self._configuration())
        if {key: after.get(key) for key in change} != change:
            raise CommandRefusedError(f"{self.miner} did not take {sorted(change)}")


class HiveonDialect(AntminerDialect):
    """Hiveon on an Antminer, which kept Bitmain's configuration interface."""

    backends = frozenset({"HiveonModern"})
    features = frozenset({FAN})
    login_shows_in_mac = False


class AxeOsDialect(Dialect):
    """AxeOS on the Bitaxe and its kin; pyasic has no control of them but reboot."""

    backends = frozenset({"ESPMiner"})
    features = frozenset({VOLTAGE, FREQUENCY, FAN})
    trusts_is_mining = False

    _can_pause = False

    @property
    @override
    def supported(self) -> frozenset[MinerFeatureType]:
        """Return what the firmware can do; pausing came with AxeOS 2.14."""
        return self.features | ({MINING} if self._can_pause else frozenset())

    @override
    async def read_extras(self, wanted: frozenset[MinerFeatureType]) -> Extras:
        """Read what the system information holds beyond pyasic's data."""
        if not wanted & (self.features | {STATUS}):
            return Extras()
        info = await self.device.read(self.miner.web.system_info)
        self._can_pause = "miningPaused" in info
        return Extras(
            voltage=_voltage(info.get("voltage"), 1000),
            frequency=_frequency([info.get("frequency")]),
            status=_axeos_status(info),
            internal_fan=_axeos_fan(info),
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
        change: dict[str, int] = {"autofanspeed": int(setting.automatic)}
        if setting.percent is not None and not setting.automatic:
            change["manualFanSpeed"] = setting.percent
        await self.device.command(partial(self.miner.web.update_settings, **change))

    async def _post(self, command: str) -> None:
        """Post a command that pyasic does not know."""
        await self.device.command(
            partial(self.miner.web.send_command, command, post=True)
        )


class WhatsminerDialect(Dialect):
    """MicroBT's firmware with the API version 2."""

    backends = frozenset({"BTMinerV2"})
    features = frozenset({VOLTAGE, FREQUENCY})

    @override
    async def read_extras(self, wanted: frozenset[MinerFeatureType]) -> Extras:
        """Read the clock and the supply's input voltage."""
        frequency = voltage = None
        if FREQUENCY in wanted:
            devices = await self.device.read(self.miner.rpc.devs)
            frequency = _frequency(
                board.get("Chip Frequency") for board in devices.get("DEVS", ())
            )
        if VOLTAGE in wanted:
            supply = (await self.device.read(self.miner.rpc.get_psu)).get("Msg", {})
            voltage = _voltage(supply.get("vin"), 100)
        return Extras(frequency=frequency, voltage=voltage)

    @override
    async def is_idle(self) -> bool:
        """Tell a stopped miner, of whose API only a part answers, from a dead one."""
        try:
            return bool(await self.device.read(self.miner.rpc.status))
        except ControllerError:
            return False


class WhatsminerV3Dialect(Dialect):
    """MicroBT's firmware with the API version 3; pyasic never learns of a stop."""

    backends = frozenset({"BTMinerV3"})
    trusts_is_mining = False


class AvalonDialect(Dialect):
    """Canaan's firmware, which does not say that it is switched off."""

    backends = frozenset({"AvalonMiner"})
    trusts_is_mining = False


class SilentDialect(Dialect):
    """Firmware of which pyasic always says that it mines."""

    backends = frozenset({"LUXMiner", "GoldshellMiner", "BFGMiner", "CGMiner"})
    trusts_is_mining = False


class VnishDialect(Dialect):
    """VNish, whose boards' and chips' temperatures pyasic confuses."""

    backends = frozenset({"VNish"})
    features = frozenset({FREQUENCY})
    swaps_temperatures = True

    @override
    async def read_extras(self, wanted: frozenset[MinerFeatureType]) -> Extras:
        """Read the clock of each chain."""
        if FREQUENCY not in wanted:
            return Extras()
        summary = await self.device.read(self.miner.web.summary)
        chains = summary.get("miner", {}).get("chains", ())
        return Extras(frequency=_frequency(c.get("frequency") for c in chains))


_DIALECTS: tuple[type[Dialect], ...] = (
    AntminerDialect,
    HiveonDialect,
    AxeOsDialect,
    WhatsminerDialect,
    WhatsminerV3Dialect,
    # Before the dialects of the classes that it derives from in pyasic.
    AvalonDialect,
    VnishDialect,
    SilentDialect,
)


def dialect_for(device: PyasicDevice) -> Dialect:
    """Return the dialect that a device speaks."""
    for dialect in _DIALECTS:
        if dialect.backends & device.lineage:
            return dialect(device)
    return Dialect(device)


def _number(value: object) -> float | None:
    """Return a number that a device may also write as text, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _frequency(values: Iterable[object]) -> Frequency | None:
    """Return the mean of the clocks that are above zero."""
    clocks = [clock for value in values if (clock := _number(value))]
    return Frequency(fmean(clocks)) if clocks else None


def _voltage(value: object, divisor: float) -> Voltage | None:
    """Return a voltage that is reported in a fraction of a volt."""
    number = _number(value)
    return None if number is None else Voltage(number / divisor)


def _work_mode(conf: Mapping[str, Any]) -> int:
    """Return an Antminer's work mode, which is reported as text or number."""
    return int(_number(conf.get("bitmain-work-mode")) or 0)


def _antminer_settings(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an Antminer expects to be written, from what it reports."""
    return {
        "bitmain-fan-ctrl": conf.get("bitmain-fan-ctrl", False),
        "bitmain-fan-pwm": str(conf.get("bitmain-fan-pwm", "100")),
        "freq-level": str(conf.get("bitmain-freq-level") or "100"),
        "miner-mode": _work_mode(conf),
        "pools": conf["pools"],
    }


def _antminer_fan(conf: object) -> FanSetting | None:
    """Return how an Antminer's fans are set."""
    if not isinstance(conf, Mapping) or "bitmain-fan-ctrl" not in conf:
        return None
    percent = _number(conf.get("bitmain-fan-pwm"))
    return FanSetting(
        percent=None if percent is None else round(percent),
        automatic=not conf["bitmain-fan-ctrl"],
    )


def _axeos_status(info: Mapping[str, Any]) -> MinerStatus | None:
    """Return what AxeOS says of itself; older releases say nothing."""
    paused = info.get("miningPaused")
    if paused is None:
        return None
    return MinerStatus.OFF if paused else MinerStatus.ON


def _axeos_fan(info: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fan is set; its speed where the setting is not told."""
    percent = _number(info.get("manualFanSpeed", info.get("fanspeed")))
    if percent is None:
        return None
    return FanSetting(round(percent), automatic=bool(info.get("autofanspeed")))
