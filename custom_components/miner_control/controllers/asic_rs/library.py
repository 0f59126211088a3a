"""asic-rs itself, and what it tells, in values of our own.

Nothing else in the integration imports it. Its calls are futures that run already:
each is made and awaited in a coroutine here. Its objects compare by identity, so that
whatever they hold is taken out at once. Measured with pyasic-rs 0.8.6.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib.metadata import version
from typing import Final

from pyasic_rs import FanConfig, Miner, MinerFactory, TuningConfig
from pyasic_rs.data import (
    BoardData,
    DataField,
    HashRate as LibraryHashRate,
    MessageSeverity,
    MinerData,
    MinerMessage,
    MiningMode,
    PoolGroupData,
    TuningCapabilities,
    TuningTarget,
)

from ...domain.values import FanSetting, HashRate, HashRateUnit
from ..network.parsing import amount, number

VERSION: Final = version("pyasic-rs")

# The library's own limits in seconds; ours ends whatever outlasts them.
_CONNECT_SECONDS: Final = 3
_IDENTIFY_SECONDS: Final = 10

# Nothing runs for a century.
_LONGEST_UPTIME: Final = timedelta(days=36_500)
_UNITS: Final[Mapping[str, HashRateUnit]] = {
    "H/s": HashRateUnit.H,
    "KH/s": HashRateUnit.KH,
    "MH/s": HashRateUnit.MH,
    "GH/s": HashRateUnit.GH,
    "TH/s": HashRateUnit.TH,
    "PH/s": HashRateUnit.PH,
    "EH/s": HashRateUnit.EH,
}
_MODES: Final[Mapping[str, MiningMode]] = {
    "low": MiningMode.Low,
    "normal": MiningMode.Normal,
    "high": MiningMode.High,
}


class Field(StrEnum):
    """What can be asked for, by the library's names."""

    MAC = "Mac"
    SERIAL = "SerialNumber"
    HOSTNAME = "Hostname"
    VERSION = "FirmwareVersion"
    HASHRATE = "Hashrate"
    EXPECTED = "ExpectedHashrate"
    WATTS = "Wattage"
    UPTIME = "Uptime"
    FANS = "Fans"
    BOARDS = "Hashboards"
    INLET = "FluidTemperature"
    OUTLET = "OutletFluidTemperature"
    IS_MINING = "IsMining"
    STATE = "OperatingState"
    MESSAGES = "Messages"
    POOLS = "Pools"
    BEST = "BestShare"
    SESSION_BEST = "SessionBestShare"
    TARGET = "TuningTarget"
    RANGE = "TuningCapabilities"
    LIGHT = "LightFlashing"


_KNOWN_FIELDS: Final = tuple(
    (name, getattr(DataField, name)) for name in vars(DataField) if name[0].isupper()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board: °C, V, MHz; None for what was not told."""

    position: int
    hashrate: HashRate | None = None
    nominal: HashRate | None = None
    board_celsius: float | None = None
    chip_celsius: float | None = None
    volts: float | None = None
    megahertz: float | None = None
    chips: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One pool, and the shares that were sent there."""

    url: str | None
    is_active: bool | None
    accepted: int | None
    rejected: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a device told at one time; None for what it did not, or was not asked."""

    mac: str | None = None
    serial: str | None = None
    hostname: str | None = None
    version: str | None = None
    hashrate: HashRate | None = None
    expected: HashRate | None = None
    watts: float | None = None
    uptime: timedelta | None = None
    # By their positions, in rpm.
    fans: tuple[tuple[int, int], ...] | None = None
    boards: tuple[Board, ...] | None = None
    inlet: float | None = None
    outlet: float | None = None
    is_mining: bool | None = None
    state: str | None = None
    messages: tuple[str, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    best: float | None = None
    session_best: float | None = None
    # The name of a preset or mode, and a power in W, as the device aims at them.
    preset: str | None = None
    limit: float | None = None
    # The least and the highest power in W that it takes as a limit.
    power_range: tuple[float, float] | None = None
    light: bool | None = None

    @property
    def is_alive(self) -> bool:
        """Tell whether a device answered at all: the library does not say so.

        It fills in that the device mines, boards, and pools.
        """
        signs = (self.mac, self.uptime, self.hashrate, self.watts)
        return any(sign is not None for sign in signs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a device is, as identification found."""

    make: str
    model: str
    firmware: str
    algorithm: str
    boards: int
    chips: int | None
    fans: int


class Found:
    """A device that the library knows how to speak to."""

    def __init__(self, miner: Miner) -> None:
        """Wrap the library's object; contact nothing."""
        self._miner = miner
        self.identity = Identity(
            make=str(miner.make),
            model=str(miner.model),
            firmware=str(miner.firmware),
            algorithm=str(miner.algo),
            boards=miner.expected_hashboards or 0,
            chips=miner.expected_chips,
            fans=miner.expected_fans or 0,
        )

    def supports(self, ability: str) -> bool:
        """Tell whether the library has a command for the firmware."""
        return bool(getattr(self._miner, f"supports_{ability}"))

    async def read(self, fields: Collection[Field]) -> Told:
        """Ask for some things; a device that is gone tells nothing of them."""
        excluded = [found for name, found in _KNOWN_FIELDS if name not in fields]
        return _told(await self._miner.get_data(exclude=excluded), frozenset(fields))

    async def fan(self) -> FanSetting | None:
        """Read how the fans are set; None where the firmware does not tell."""
        found = await self._miner.get_fan_config()
        if found is None:
            return None
        if found.mode == "auto":
            # How fast they run is not in there.
            return FanSetting(None, automatic=True)
        return FanSetting(found.fan_speed)

    async def presets(self) -> tuple[str, ...]:
        """Read the names of the presets that the device was tuned for."""
        return tuple(
            str(found.name)
            for found in await self._miner.get_presets()
            if found.status == "tuned"
        )

    async def has_pools(self) -> bool:
        """Tell whether the configuration that a command would write has pools."""
        groups = await self._miner.get_pools_config()
        return any(group.pools for group in groups or ())

    async def pause(self) -> bool:
        """Stop mining at once, wherever the library can."""
        return await self._miner.pause()

    async def resume(self) -> bool:
        """Let the device mine."""
        return await self._miner.resume()

    async def restart(self) -> bool:
        """Restart the device, or with some firmware its mining."""
        return await self._miner.restart()

    async def set_light(self, *, lit: bool) -> bool:
        """Turn the light on or off."""
        return await self._miner.set_fault_light(lit)

    async def set_fan(self, percent: int | None) -> bool:
        """Set the fans to a percentage, or None to let the device rule them."""
        # The firmware that has this keeps the temperature that it aims at.
        automatic = FanConfig.auto(0.0)
        config = automatic if percent is None else FanConfig.manual(percent)
        return await self._miner.set_fan_config(config)

    async def set_limit(self, watts: int) -> bool:
        """Limit the power in whole watts."""
        return await self._miner.set_power_limit(float(watts))

    async def set_mode(self, name: str) -> bool:
        """Set a mode by its name; raise KeyError for one that there is not."""
        return await self._miner.set_tuning_config(TuningConfig.mode(_MODES[name]))

    async def set_preset(self, name: str) -> bool:
        """Set a preset by its name."""
        return await self._miner.set_tuning_config(TuningConfig.preset(name))


async def find(host: str, logins: Mapping[str, tuple[str, str]]) -> Found | None:
    """Find out what answers at an IP address; None for nothing that is known.

    `logins` holds user names and passwords, by the names of firmware.
    """
    factory = (
        MinerFactory()
        .with_connectivity_timeout_secs(_CONNECT_SECONDS)
        .with_identification_timeout_secs(_IDENTIFY_SECONDS)
        .with_connectivity_retries(0)
    )
    for firmware, (username, password) in logins.items():
        # A version of the library may not know all of them.
        with suppress(ValueError):
            factory = factory.with_firmware_discovery_auth(firmware, username, password)
    miner = await factory.get_miner(host)
    return None if miner is None else Found(miner)


def _told(data: MinerData, asked: frozenset[Field]) -> Told:
    """Return what was told of what was asked; the library fills in the rest."""
    target = data.tuning_target if Field.TARGET in asked else None
    return Told(
        mac=data.mac,
        serial=data.serial_number,
        hostname=data.hostname,
        version=data.firmware_version,
        hashrate=_hashrate(data.hashrate),
        expected=_hashrate(data.expected_hashrate),
        watts=amount(data.wattage),
        uptime=_uptime(data.uptime),
        fans=_fans(data) if Field.FANS in asked else None,
        boards=_boards(data) if Field.BOARDS in asked else None,
        inlet=number(data.fluid_temperature),
        outlet=number(data.outlet_fluid_temperature),
        is_mining=data.is_mining if Field.IS_MINING in asked else None,
        state=_state(data) if Field.STATE in asked else None,
        messages=_messages(data.messages) if Field.MESSAGES in asked else None,
        pools=_pools(data.pools) if Field.POOLS in asked else None,
        best=amount(data.best_share),
        session_best=amount(data.session_best_share),
        preset=_preset(target),
        limit=target.watts if target and target.variant == "power" else None,
        power_range=_power_range(data.tuning_capabilities),
        light=data.light_flashing if Field.LIGHT in asked else None,
    )


def _hashrate(found: LibraryHashRate | None) -> HashRate | None:
    """Return a hash rate in the unit that it was told in."""
    if found is None or (value := amount(found.value)) is None:
        return None
    unit = _UNITS.get(str(found.unit))
    return None if unit is None else HashRate(value, unit)


def _uptime(found: timedelta | None) -> timedelta | None:
    """Return an uptime that can be one."""
    if found is None or not timedelta() <= found <= _LONGEST_UPTIME:
        return None
    return found


def _fans(data: MinerData) -> tuple[tuple[int, int], ...]:
    """Return the speed of each fan that told one; the library adds noise to it."""
    told = ((fan.position, amount(fan.rpm)) for fan in data.fans)
    return tuple((position, round(rpm)) for position, rpm in told if rpm is not None)


def _boards(data: MinerData) -> tuple[Board, ...]:
    """Return all boards that the model has, those too of which nothing is known."""
    return tuple(map(_board, data.hashboards))


def _board(board: BoardData) -> Board:
    """Return one board; its chips are as hot as those at the outlet, if at all."""
    chips = (board.inlet_chip_temperature, board.outlet_chip_temperature)
    known = [celsius for chip in chips if (celsius := number(chip)) is not None]
    return Board(
        position=board.position,
        hashrate=_hashrate(board.hashrate),
        nominal=_hashrate(board.expected_hashrate),
        board_celsius=number(board.board_temperature),
        chip_celsius=max(known, default=None),
        volts=number(board.voltage),
        megahertz=number(board.frequency),
        chips=board.working_chips,
    )


def _state(data: MinerData) -> str | None:
    """Return the name of what the device says that it does."""
    state = data.operating_state
    return None if state is None else type(state).__name__


def _messages(messages: Collection[MinerMessage]) -> tuple[str, ...]:
    """Return what is wrong, less what is only news, and less what says nothing."""
    return tuple(
        f"{found.message} ({found.code})" if found.code else str(found.message)
        for found in messages
        if found.severity != MessageSeverity.Info and (found.message or found.code)
    )


def _pools(groups: Collection[PoolGroupData]) -> tuple[Pool, ...]:
    """Return the pools of all groups in their order."""
    return tuple(
        Pool(
            url=str(pool.url) if pool.url else None,
            is_active=pool.active,
            accepted=pool.accepted_shares,
            rejected=pool.rejected_shares,
        )
        for group in groups
        for pool in group.pools
    )


def _preset(target: TuningTarget | None) -> str | None:
    """Return the name of the preset or mode that is aimed at."""
    if target is None:
        return None
    if target.variant == "mode" and target.target_mode is not None:
        return str(target.target_mode).lower()
    return target.preset_name if target.variant == "preset" else None


def _power_range(found: TuningCapabilities | None) -> tuple[float, float] | None:
    """Return the least and the highest power in W that may be aimed at."""
    power = found.power if found else None
    if power is None or power.minimum is None or power.maximum is None:
        return None
    least, most = power.minimum.watts, power.maximum.watts
    return None if least is None or most is None or least > most else (least, most)
