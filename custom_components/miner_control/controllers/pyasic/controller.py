"""An ASIC's own network API, through pyasic."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
import socket
from time import monotonic
from typing import Any, ClassVar, Self, override

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from ...const import LOGGER
from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.ports import InternalFanControlPort, MiningControlPort
from ...domain.values import FanSetting
from .. import snapshot as snapshots
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
    NotAMinerError,
)
from ..snapshot import Snapshot
from .adapter import PyasicDevice, library_version
from .dialects import Dialect, dialect_for
from .readings import (
    IDENTITY_ITEMS,
    hashrate_of,
    idle_snapshot,
    is_alive,
    is_hashing,
    items_for,
    mac_of,
    snapshot_of,
)

# How often a device has to show again that it is the one that was linked.
IDENTITY_CHECK_INTERVAL = timedelta(minutes=10).total_seconds()

# Ports on which a device that is up would at least take a connection.
_KNOWN_PORTS = (80, 4028, 443, 4433, 8080)
_CONNECT_TIMEOUT = 3.0


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
    MiningControlPort,
    InternalFanControlPort,
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
        self._dialect: Dialect | None = None
        self._identified_at: float | None = None

    @property
    @override
    def update_interval(self) -> timedelta | None:
        """Return how often the user wants the device to be asked."""
        return self._interval

    @property
    @override
    def internal_fan(self) -> FanSetting | None:
        """Return how the fans are set."""
        return self.snapshot.internal_fan

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the device hashes, or says that it is about to."""
        rate, status = self.snapshot.hashrate, self.snapshot.status
        if rate is not None and rate.value > 0:
            return True
        if status is None:
            return None if rate is None else False
        return status in (MinerStatus.ON, MinerStatus.STARTING)

    @override
    def forget_connection(self) -> None:
        """Have whatever answers next show that it is the linked device."""
        self.snapshot = Snapshot()
        self._identified_at = None

    @override
    async def start_mining(self) -> None:
        """Let the device mine."""
        await (await self._verified()).start_mining()

    @override
    async def stop_mining(self) -> None:
        """Stop mining and keep the device reachable."""
        await (await self._verified()).stop_mining()

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the device rule them."""
        await (await self._verified()).set_fan(setting)

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the device once, and its identity from time to time."""
        try:
            return await self._read_device(features)
        except ControllerError:
            # Whatever answers next has to show first that it is the same device.
            self._identified_at = None
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as err:
            raise ControllerUnreachableError(
                f"{self._address.host} gave an answer that makes no sense: {err!r}"
            ) from err

    async def _read_device(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the device once."""
        dialect = await self._connected()
        items = items_for(features, dialect)
        checks_identity = self._needs_identity_check()
        if checks_identity:
            items.add("mac")
            dialect.device.forget_unreadable()
        data = await dialect.device.get_data(items)
        if not is_alive(data):
            if await dialect.is_idle():
                return idle_snapshot(self.capabilities)
            raise ControllerUnreachableError(f"{self._address.host} does not answer")
        if checks_identity:
            self._check_identity(mac_of(data), dialect)
        extras = await dialect.read_extras(features)
        return snapshot_of(data, extras, dialect, self.capabilities)

    async def _connected(self) -> Dialect:
        """Return the device, made anew where its name leads to a new address."""
        if self._dialect is not None and self._identified_at is not None:
            return self._dialect
        host = await resolve(self._address.host)
        if self._dialect is None or str(self._dialect.miner.ip) != host:
            self._dialect = dialect_for(
                PyasicDevice.rebuild(
                    host,
                    self.capabilities.library_class or "",
                    self.capabilities.firmware_version,
                    self._address,
                )
            )
        return self._dialect

    async def _verified(self) -> Dialect:
        """Return the device after it has shown that it is the linked one."""
        dialect = await self._connected()
        if self.capabilities.mac is not None:
            data = await dialect.device.get_data({"mac"})
            self._check_identity(mac_of(data), dialect)
        return dialect

    def _needs_identity_check(self) -> bool:
        """Tell whether the device has to show that it is still the same."""
        return (
            self._identified_at is None
            or monotonic() - self._identified_at >= IDENTITY_CHECK_INTERVAL
        )

    def _check_identity(self, mac: str | None, dialect: Dialect) -> None:
        """Raise unless the device has the MAC address that was linked."""
        linked = self.capabilities.mac
        if linked is not None and mac is None:
            if dialect.login_shows_in_mac:
                raise ControllerAuthError(f"{self._address.host} refuses the login")
            raise ControllerUnreachableError(
                f"{self._address.host} does not tell its MAC address"
            )
        if linked not in (None, mac):
            raise IdentityMismatchError(
                f"another device than the linked one answers at {self._address.host}"
            )
        self._identified_at = monotonic()


async def identify(address: NetworkAddress) -> Capabilities:
    """Ask the device at an address what it is and what it can do.

    Raises ControllerUnreachableError when nothing answers there, NotAMinerError
    when what answers is no miner, ControllerAuthError when the login is refused.
    """
    host = await resolve(address.host)
    try:
        device = await PyasicDevice.identify(host, address)
    except NotAMinerError as err:
        if not await _answers(host):
            raise ControllerUnreachableError(f"{host} does not answer") from err
        raise
    dialect = dialect_for(device)
    candidates = PyasicController.supported_features()
    data = await device.get_data(items_for(candidates, dialect) | IDENTITY_ITEMS)
    if not is_alive(data):
        raise ControllerUnreachableError(f"{host} does not answer any more")
    if dialect.login_shows_in_mac and mac_of(data) is None:
        raise ControllerAuthError(f"{host} refuses the login")
    extras = await dialect.read_extras(candidates)
    found = snapshot_of(data, extras, dialect, Capabilities(features=frozenset()))
    LOGGER.debug("%s is a %s", host, device.miner.model)
    return _capabilities(data, found, dialect)


async def resolve(host: str) -> str:
    """Return the IP address of a host; pyasic takes nothing else.

    Raises ControllerUnreachableError when the name is not known.
    """
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, None, family=socket.AF_INET, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as err:
        raise HostNotFoundError(f"the host name {host} is not known") from err
    return str(found[0][4][0])


class HostNotFoundError(ControllerUnreachableError):
    """A host name does not lead to an address."""

    translation_key = "host_not_found"


async def _answers(host: str) -> bool:
    """Tell whether anything takes a connection at an address."""
    return any(await asyncio.gather(*(_connects(host, p) for p in _KNOWN_PORTS)))


async def _connects(host: str, port: int) -> bool:
    """Tell whether a port takes a connection."""
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT):
            _, writer = await asyncio.open_connection(host, port)
    except OSError, TimeoutError:
        return False
    writer.close()
    return True


def _capabilities(data: Any, found: Snapshot, dialect: Dialect) -> Capabilities:
    """Return what a device was found to be and to be capable of."""
    miner = dialect.miner
    rate = hashrate_of(data.expected_hashrate) or hashrate_of(data.hashrate)
    return Capabilities(
        features=_features(data, found, dialect),
        make=_text(miner.make),
        model=_text(miner.raw_model),
        firmware=_text(miner.firmware),
        firmware_version=_text(data.fw_ver),
        serial=_text(data.serial_number),
        mac=mac_of(data),
        hostname=_text(data.hostname),
        algorithm=_text(miner.algo),
        hashrate_unit=rate.unit if rate else None,
        library_class=dialect.device.library_class,
        library_version=library_version(),
        boards=miner.expected_hashboards or len(data.hashboards),
        chips=miner.expected_chips,
        fans=miner.expected_fans or len(data.fans),
    )


def _features(
    data: Any, found: Snapshot, dialect: Dialect
) -> frozenset[MinerFeatureType]:
    """Return what this device can serve: what it showed, and what its class does.

    A miner that is not hashing shows neither temperatures nor clocks, although it
    has them; it gets the benefit of the doubt where the library reads them.
    """
    types = MinerFeatureType
    device = dialect.device
    hashing = is_hashing(data)
    boards = device.overrides("_get_hashboards")
    idle_boards = boards and not hashing
    extra = dialect.supported
    can = {
        types.HASHRATE_MONITORING: device.overrides("_get_hashrate"),
        types.POWER_MONITORING: device.overrides("_get_wattage")
        and (found.power is not None or not hashing),
        types.STATUS_MONITORING: True,
        types.CHIP_TEMPERATURE_MONITORING: found.chip_temperature or idle_boards,
        types.BOARD_TEMPERATURE_MONITORING: found.board_temperature or idle_boards,
        types.INLET_TEMPERATURE_MONITORING: found.inlet_temperature,
        types.OUTLET_TEMPERATURE_MONITORING: found.outlet_temperature,
        types.FAN_SPEED_INTERNAL_MONITORING: found.internal_fan_speeds,
        types.VOLTAGE_MONITORING: found.voltage
        or (types.VOLTAGE_MONITORING in extra and not hashing),
        types.FREQUENCY_MONITORING: found.frequency
        or (types.FREQUENCY_MONITORING in extra and not hashing),
        types.MINING_CONTROL: types.MINING_CONTROL in extra,
        types.INTERNAL_FAN_CONTROL: types.INTERNAL_FAN_CONTROL in extra,
        types.MODEL_DETECTION: True,
    }
    return frozenset(feature for feature, possible in can.items() if possible)


def _text(value: object) -> str | None:
    """Return a name as text, None if there is none."""
    return str(value) if value is not None and str(value) else None
