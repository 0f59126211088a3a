"""An ASIC's own network API, through pyasic."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Self, override

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from ...const import LOGGER
from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.ports import MiningControlPort, RestartControlPort
from ...domain.values import FanSetting
from .. import controls, snapshot as snapshots
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
    NotAMinerError,
    UnsupportedError,
)
from ..snapshot import Snapshot
from . import adapter
from .adapter import PyasicDevice
from .dialects import Dialect, dialect_for
from .facts import Facts
from .identification import inspect
from .limits import DeviceTimeoutError
from .merging import merged
from .network import HostNotFoundError, answers, resolve
from .readings import BOOT_SECONDS, is_alive, items_for, real_mac, snapshot_of

__all__ = ["HostNotFoundError", "NetworkAddress", "PyasicController", "identify"]

# How often a device has to show again that it is the one that was linked.
IDENTITY_CHECK_INTERVAL = timedelta(minutes=10).total_seconds()

# How long a device may take to tell that it refuses the login.
LOGIN_TIMEOUT = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAddress:
    """Where a device is and how to log in to it."""

    host: str
    username: str | None = None
    password: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a subentry stores."""
        return cls(
            host=data[CONF_HOST],
            username=data.get(CONF_USERNAME) or None,
            password=data.get(CONF_PASSWORD) or None,
        )


class PyasicController(
    snapshots.HashrateFromSnapshot,
    snapshots.PowerFromSnapshot,
    snapshots.StatusFromSnapshot,
    snapshots.ChipTemperatureFromSnapshot,
    snapshots.BoardTemperatureFromSnapshot,
    snapshots.InletTemperatureFromSnapshot,
    snapshots.OutletTemperatureFromSnapshot,
    snapshots.InternalFanSpeedFromSnapshot,
    snapshots.VoltageFromSnapshot,
    snapshots.FrequencyFromSnapshot,
    snapshots.ModelFromSnapshot,
    snapshots.HashboardsFromSnapshot,
    snapshots.OperationFromSnapshot,
    snapshots.MaxPowerFromSnapshot,
    snapshots.MaxHashrateFromSnapshot,
    MiningControlPort,
    controls.InternalFanFromSnapshot,
    controls.PowerLimitFromSnapshot,
    controls.PresetsFromSnapshot,
    RestartControlPort,
    controls.LocatingFromSnapshot,
    Controller,
):
    """Poll an ASIC through pyasic and command it."""

    subentry_type: ClassVar[str] = "pyasic"
    default_priority: ClassVar[int] = 50
    # The firmware only estimates what a plug can measure.
    default_priorities: ClassVar[Mapping[MinerFeatureType, int]] = {
        MinerFeatureType.POWER_MONITORING: 40
    }
    needs_power: ClassVar[bool] = True

    def __init__(self, config: ControllerConfig) -> None:
        """Remember the address; the device object is made at the first refresh."""
        super().__init__(config)
        self._address = NetworkAddress.from_dict(config.data)
        self._interval = config.scan_interval
        self._memory = config.memory
        self._dialect: Dialect | None = None
        self._identified_at: float | None = None
        self._idle_at: float | None = None
        self._facts = Facts()

    @property
    @override
    def update_interval(self) -> timedelta | None:
        """Return how often the user wants the device to be asked."""
        return self._interval

    @property
    @override
    def can_reboot(self) -> bool:
        """Tell whether the device can be restarted, as linking found."""
        return self.capabilities.can_reboot

    @property
    @override
    def can_restart_mining(self) -> bool:
        """Tell whether mining alone can be restarted, as linking found."""
        return self.capabilities.can_restart_mining

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the device hashes, or says that it is about to."""
        status = self.snapshot.status
        if status is None:
            return None
        return status in (MinerStatus.ON, MinerStatus.STARTING)

    @override
    def forget_connection(self) -> None:
        """Have whatever answers next show that it is the linked device."""
        self.snapshot = Snapshot()
        self._identified_at = None
        self._idle_at = monotonic()
        self._facts.forget()
        if self._dialect:
            self._dialect.device.forget()

    @override
    async def start_mining(self) -> None:
        """Let the device mine."""
        await self._command(lambda dialect: dialect.start_mining())

    @override
    async def stop_mining(self) -> None:
        """Stop mining and keep the device reachable."""
        await self._command(lambda dialect: dialect.stop_mining())

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the device rule them."""
        await self._command(lambda dialect: dialect.set_fan(setting))

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Limit the power, within what the device takes."""
        limit = self.snapshot.power_limit
        if limit and not limit.minimum <= watts <= limit.maximum:
            raise UnsupportedError(
                f"{watts:g} W is not within {limit.minimum:g} to {limit.maximum:g} W"
            )
        await self._command(lambda dialect: dialect.set_power_limit(watts))

    @override
    async def select_preset(self, preset: str) -> None:
        """Set a mode or preset."""
        await self._command(lambda dialect: dialect.select_preset(preset))

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        if not self.can_reboot:
            raise UnsupportedError(f"{self.title} cannot be restarted")
        await self._command(lambda dialect: dialect.reboot())

    @override
    async def restart_mining(self) -> None:
        """Restart mining and leave the device up."""
        if not self.can_restart_mining:
            raise UnsupportedError(f"{self.title} cannot restart mining alone")
        await self._command(lambda dialect: dialect.restart_mining())

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off by which the device is found."""
        await self._command(lambda dialect: dialect.set_locating(locating=locating))

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the device once, and its identity and facts from time to time."""
        try:
            dialect = await self._connected()
            work = partial(self._read_device, features)
            data, extras = await _in_turn(dialect, adapter.READ_TIMEOUT, work)
        except ControllerError:
            # Whatever answers next has to show first that it is the same device,
            # and nobody shall take what was read before for what is so now.
            self.forget_connection()
            raise
        facts = await self._read_facts(dialect, features, extras)
        return self._with_start(
            snapshot_of(
                data, merged(facts, extras), dialect, self.capabilities, features
            )
        )

    async def _read_facts(
        self, dialect: Dialect, features: frozenset[MinerFeatureType], extras: Snapshot
    ) -> Snapshot:
        """Read what changes rarely, in a turn of its own: it may fail by itself."""

        async def read(wanted: frozenset[MinerFeatureType]) -> Snapshot:
            """Ask the device."""
            return await _in_turn(
                dialect, adapter.READ_TIMEOUT, lambda known: known.read_facts(wanted)
            )

        return await self._facts.read(read, features & self.features, extras)

    async def _read_device(
        self, features: frozenset[MinerFeatureType], dialect: Dialect
    ) -> tuple[Any, Snapshot]:
        """Read the device, if it is the linked one."""
        with dialect.round(features):
            if self._needs_identity_check():
                await self._check_identity(dialect)
            data = await dialect.read_data(items_for(features, dialect))
            extras = await dialect.read_extras(features)
            if self._linked_identity and features & dialect.showing_identity:
                signs = await dialect.read_signs()
                has_mac = self.capabilities.mac is not None
                self._refuse_stranger(real_mac(signs.mac) if has_mac else signs.serial)
        if not is_alive(data, extras):
            raise ControllerUnreachableError(f"{self._address.host} says nothing")
        return data, extras

    async def _command(self, give: Callable[[Dialect], Awaitable[None]]) -> None:
        """Give a command to the device after it has shown that it is the linked one."""

        async def command(dialect: Dialect) -> None:
            """Give the command, if the device is the linked one."""
            await self._check_identity(dialect)
            await give(dialect)

        try:
            await _in_turn(await self._connected(), adapter.COMMAND_TIMEOUT, command)
        finally:
            # Whoever proves the command reads anew what it may have changed.
            self._facts.forget()

    async def _connected(self) -> Dialect:
        """Return the device, made anew where its name leads to a new address."""
        if self._dialect is not None and self._identified_at is not None:
            return self._dialect
        host = await resolve(self._address.host)
        if self._dialect is None or self._dialect.device.host != host:
            self._dialect = dialect_for(
                PyasicDevice.rebuild(
                    host,
                    self.capabilities.library_class or "",
                    self.capabilities.firmware_version,
                    self._address,
                )
            )
            self._dialect.rated_power = self.capabilities.rated_power
            self._dialect.memory = self._memory
        return self._dialect

    def _needs_identity_check(self) -> bool:
        """Tell whether the device has to show that it is still the same."""
        return (
            self._identified_at is None
            or monotonic() - self._identified_at >= IDENTITY_CHECK_INTERVAL
        )

    async def _check_identity(self, dialect: Dialect) -> None:
        """Raise unless the device is the linked one."""
        self._identified_at = None
        found = await self._read_identity(dialect)
        if found is None is not self._linked_identity:
            raise ControllerUnreachableError(
                f"{self._address.host} does not tell which device it is"
            )
        self._refuse_stranger(found)
        self._identified_at = monotonic()

    @property
    def _linked_identity(self) -> str | None:
        """Return the MAC or serial number of the linked device, if it has either."""
        return self.capabilities.mac or self.capabilities.serial

    async def _read_identity(self, dialect: Dialect) -> str | None:
        """Return what the linked device is known by, as the present one tells it."""
        if self._linked_identity is None:
            return None
        if self.capabilities.mac:
            return real_mac(await dialect.read_mac())
        return await dialect.read_serial()

    def _refuse_stranger(self, found: str | None) -> None:
        """Raise if a device tells that it is another one than the linked one."""
        if found is not None and found != self._linked_identity:
            raise IdentityMismatchError(
                f"another device than the linked one answers at {self._address.host}"
            )

    def _with_start(self, snapshot: Snapshot) -> Snapshot:
        """Tell a miner that was let go a moment ago from one that fails to hash."""
        if snapshot.status is MinerStatus.OFF:
            self._idle_at = monotonic()
        hashrate, idle_at = snapshot.hashrate, self._idle_at
        if snapshot.status is not MinerStatus.ON or hashrate is None or hashrate.value:
            return snapshot
        if idle_at is None or monotonic() - idle_at >= BOOT_SECONDS:
            return snapshot
        return replace(snapshot, status=MinerStatus.STARTING)


async def identify(address: NetworkAddress) -> Capabilities:
    """Ask the device at an address what it is and what it can do.

    Raises ControllerUnreachableError when nothing answers there, NotAMinerError
    when what answers is no miner, ControllerAuthError when the login is refused.
    """
    host = await resolve(address.host)
    try:
        device = await PyasicDevice.identify(host, address)
    except NotAMinerError as err:
        if not await answers(host):
            raise ControllerUnreachableError(f"{host} does not answer") from err
        raise
    LOGGER.debug("%s is a %s", host, device.miner.model)
    candidates = PyasicController.supported_features()
    return await _in_turn(
        dialect_for(device),
        adapter.READ_TIMEOUT,
        lambda dialect: inspect(dialect, candidates),
    )


async def _in_turn[T](
    dialect: Dialect, seconds: float, work: Callable[[Dialect], Awaitable[T]]
) -> T:
    """Do something with a device that nobody else uses meanwhile."""
    try:
        async with dialect.device.turn(seconds):
            return await work(dialect)
    except DeviceTimeoutError:
        raise
    except ControllerUnreachableError as err:
        if await _refuses_login(dialect):
            host = dialect.device.host
            raise ControllerAuthError(f"{host} refuses the login") from err
        raise


async def _refuses_login(dialect: Dialect) -> bool:
    """Tell whether a device that does not answer as it should refuses the login."""
    try:
        async with dialect.device.turn(LOGIN_TIMEOUT):
            return await dialect.refuses_login()
    except ControllerError:
        return False
