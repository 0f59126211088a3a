"""What every controller of a device on the network has in common.

A protocol is one folder with a subclass of `NetworkController`, which lists the ports
that its devices may have and says how to find, make, inspect and read a device, and a
subclass of `NetworkDevice`, which gives the commands. This module does the rest: it
looks up the host, checks that the linked device answers, gives each command to that
device alone, and reads slow facts rarely.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any, ClassVar, Final, override

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant

from ...const import CONF_CAPABILITIES
from ...domain.features import MinerFeatureType
from ...domain.ports import PORTS
from ...domain.snapshot import Features, Snapshot
from ...domain.status import is_mining
from ...domain.values import DeviceInfo, FanSetting, Settling
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
    LibraryMissingError,
    UnsupportedError,
)
from ..libraries import Library, async_watch, failure_of, loaded_version
from .address import NetworkAddress
from .device import NetworkDevice, Reading, Signs
from .facts import Facts
from .hosts import answers, resolve
from .limits import DeviceTimeoutError
from .merging import merged
from .parsing import real_mac
from .settling import settling_of

READ_TIMEOUT = 15.0
# How long a look for a device that is away may take.
PROBE_TIMEOUT = 2.0
COMMAND_TIMEOUT = 30.0
# How long a device may take to say that it refuses the login.
LOGIN_TIMEOUT = 3.0

# How often a device has to show again that it is the one that was linked.
IDENTITY_CHECK_INTERVAL = timedelta(minutes=10).total_seconds()
# By how many seconds the time may differ since which a device says that it runs.
UPTIME_SLACK = 30.0

# What is read along with other things, but shown for these alone.
_ONLY_FOR: Final[Features] = frozenset(
    {
        MinerFeatureType.HASHBOARD_MONITORING,
        MinerFeatureType.POWER_LIMIT_CONTROL,
        MinerFeatureType.PRESET_CONTROL,
        MinerFeatureType.LOCATE_CONTROL,
        MinerFeatureType.MAX_POWER_DETECTION,
        MinerFeatureType.MAX_HASHRATE_DETECTION,
    }
)


class NetworkController[D: NetworkDevice](Controller):
    """Poll a device on the network, and command it, once it is known to be the one.

    A subclass inherits this class first and then a port for each feature type that
    its devices may have: what the ports command is implemented here.
    """

    subentry_type: ClassVar[str] = "network"
    # The protocol as subentries store it, and its name on screen.
    protocol: ClassVar[str]
    label: ClassVar[str]
    # Where its devices listen: a search of the network looks at these ports.
    ports: ClassVar[tuple[int, ...]]
    # What has to be installed before a device can be spoken to.
    library: ClassVar[Library | None] = None
    step: ClassVar[str] = "network"
    is_device: ClassVar[bool] = True
    needs_power: ClassVar[bool] = True

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Remember the address; the device object is made at the first refresh."""
        super().__init__(hass, config)
        self._address = NetworkAddress.from_dict(config.data)
        self._interval = config.scan_interval
        self._device: D | None = None
        self._identified_at: float | None = None
        # Since when the device has been running, by our clock.
        self._running_since: float | None = None
        self._facts = Facts()

    @classmethod
    async def async_prepare(cls, hass: HomeAssistant) -> None:
        """Install and import what the protocol needs, which may take minutes.

        Raises LibraryMissingError if that fails.
        """

    @classmethod
    def may_speak_to(cls, known: Capabilities) -> bool:  # noqa: ARG003 - subclasses ask it
        """Tell whether a device that another protocol found may speak this one.

        It rests on what is known; the device itself is only asked if this is true.
        """
        return False

    @classmethod
    @abstractmethod
    async def find(cls, hass: HomeAssistant, host: str, address: NetworkAddress) -> D:
        """Return the device at an IP address, to log in to as `address` says.

        Raises NotAMinerError when nothing there speaks the protocol, and any other
        ControllerError when something does but cannot be used.
        """

    @classmethod
    @abstractmethod
    async def inspect(cls, device: D, candidates: Features) -> Capabilities:
        """Read all that a device reports about itself, and return what it can do."""

    @abstractmethod
    async def connect(self, host: str) -> D:
        """Return the linked device at an IP address; contact nothing."""

    @abstractmethod
    async def read(self, device: D, features: Features) -> Reading:
        """Read what some features need; raise ControllerError if nothing answers."""

    async def read_facts(
        self,
        device: D,  # noqa: ARG002 - subclasses ask it
        features: Features,  # noqa: ARG002
    ) -> Snapshot:
        """Read what changes rarely: pools, errors, presets, lights."""
        return Snapshot()

    @classmethod
    async def identify(
        cls, hass: HomeAssistant, host: str, address: NetworkAddress
    ) -> Capabilities:
        """Find the device at an IP address, and return what it is and what it can do.

        Raises NotAMinerError when nothing there speaks the protocol,
        ControllerUnreachableError when it stops answering, ControllerAuthError when
        it refuses the login.
        """
        device = await cls.find(hass, host, address)
        found = await in_turn(
            device,
            READ_TIMEOUT,
            lambda: cls.inspect(device, cls.supported_features()),
        )
        if address.password or address.otp_secret:
            await in_turn(device, COMMAND_TIMEOUT, device.check_login)
        return found

    @classmethod
    @override
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return the MAC address, or the protocol and host of a device without one."""
        mac = data.get(CONF_CAPABILITIES, {}).get("mac")
        return str(mac or f"{cls.protocol}_{data.get(CONF_HOST) or title}")

    @property
    @override
    def update_interval(self) -> timedelta | None:
        """Return how often the user wants the device to be asked."""
        return self._interval

    @property
    @override
    def library_versions(self) -> Mapping[str, str]:
        """Return the version of the protocol's library, once it was imported."""
        version = loaded_version(self.library) if self.library else None
        return {self.library.name: version} if self.library and version else {}

    @property
    @override
    def library_failure(self) -> LibraryMissingError | None:
        """Return why the protocol's library cannot be used; None if it can."""
        return failure_of(self.hass, self.library) if self.library else None

    @override
    def async_subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Announce that the library was installed, or could not be."""
        if self.library is None:
            return super().async_subscribe(on_change)
        return async_watch(self.hass, self.library, on_change)

    @property
    def can_reboot(self) -> bool:
        """Tell whether the device can be restarted, as linking found."""
        return self.capabilities.can_reboot

    @property
    def can_restart_mining(self) -> bool:
        """Tell whether mining alone can be restarted, as linking found."""
        return self.capabilities.can_restart_mining

    @property
    def is_mining(self) -> bool | None:
        """Tell whether the device says that it mines, or shows it."""
        return is_mining(self.snapshot)

    @override
    async def async_probe(self) -> bool:
        """Tell whether anything takes a connection where the device listens."""
        if self.library_failure is not None:
            return False
        try:
            host = await resolve(self._address.host)
            return await answers(host, self.ports, PROBE_TIMEOUT)
        except Exception:  # noqa: BLE001 - whatever it is, the next read will tell
            return False

    @override
    def forget_connection(self) -> None:
        """Have whatever answers next show that it is the linked device."""
        self.snapshot = Snapshot()
        self._identified_at = None
        self._facts.forget()
        if self._device is not None:
            self._device.forget()

    @override
    def forget_settings(self) -> None:
        """Ask anew for what changes rarely, at the next read."""
        self._facts.forget()
        if self._device is not None:
            self._device.forget_settings()

    @override
    def urgently(self) -> AbstractContextManager[None]:
        """Go before all else that wants the device."""
        return nullcontext() if self._device is None else self._device.urgently()

    async def start_mining(self) -> None:
        """Let the device mine."""
        await self._command(lambda device: device.start_mining())

    async def stop_mining(self) -> None:
        """Stop mining and keep the device reachable."""
        await self._command(lambda device: device.stop_mining())

    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or to automatic."""
        await self._command(lambda device: device.set_fan(setting))

    async def set_fan_rule(
        self, *, target: float | None = None, minimum: float | None = None
    ) -> None:
        """Set what automatic fans aim at in °C, and their least percentage."""
        await self._command(
            lambda device: device.set_fan_rule(target=target, minimum=minimum)
        )

    async def prefer_fallback_pool(self, *, fallback: bool) -> None:
        """Work for the fallback pool, or for the usual one; pools stay as they are."""
        await self._command(
            lambda device: device.prefer_fallback_pool(fallback=fallback)
        )

    async def set_power_limit(self, watts: float) -> None:
        """Limit the power, within what the device takes."""
        limit = self.snapshot.power_limit
        if limit and not limit.minimum <= watts <= limit.maximum:
            raise UnsupportedError(
                f"{watts:g} W is not within {limit.minimum:g} to {limit.maximum:g} W"
            )
        await self._command(lambda device: device.set_power_limit(watts))

    async def select_preset(self, preset: str) -> None:
        """Select a mode or preset."""
        await self._command(lambda device: device.select_preset(preset))

    async def reboot(self) -> None:
        """Restart the device."""
        if not self.can_reboot:
            raise UnsupportedError(f"{self.title} cannot be restarted")
        await self._command(lambda device: device.reboot())

    async def restart_mining(self) -> None:
        """Restart mining and leave the device up."""
        if not self.can_restart_mining:
            raise UnsupportedError(f"{self.title} cannot restart mining alone")
        await self._command(lambda device: device.restart_mining())

    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light that helps to find the device on or off."""
        await self._command(lambda device: device.set_locating(locating=locating))

    @override
    async def async_look_again(self) -> Capabilities | None:
        """Find out anew what the linked device can do, and if need be what it is."""
        device = await self._connected()
        if self.capabilities.model is None:
            async with device.turn(COMMAND_TIMEOUT):
                device = await self.find(self.hass, device.host, self._address)

        async def look() -> Capabilities:
            """Inspect the device, if it is the linked one."""
            await self._check_identity(device)
            return await self.inspect(device, self.supported_features())

        return await in_turn(device, COMMAND_TIMEOUT, look)

    @override
    async def _read(self, features: Features) -> Snapshot:
        """Read the device once, and its identity and facts from time to time."""
        try:
            device = await self._connected()
            reading = await in_turn(
                device, READ_TIMEOUT, lambda: self._read_linked(device, features)
            )
        except ControllerError:
            # Whatever answers next has to show first that it is the same device,
            # and nobody shall take what was read before for what is so now.
            self.forget_connection()
            raise
        facts = await self._facts.read(
            lambda wanted: in_turn(
                device, READ_TIMEOUT, lambda: self.read_facts(device, wanted)
            ),
            features & self.features,
            reading.snapshot,
            lambda: device.has_gaps,
        )
        return self._shown(merged(facts, reading.snapshot), features)

    async def _read_linked(self, device: D, features: Features) -> Reading:
        """Read the device, if it is the linked one."""
        with device.round(features):
            if self._needs_identity_check():
                await self._check_identity(device)
            reading = await self.read(device, features)
            self._refuse_stranger(device, reading.signs)
            if self._may_be_another(reading):
                await self._check_identity(device)
        return reading

    def _shown(self, snapshot: Snapshot, features: Features) -> Snapshot:
        """Return what a read found, less what belongs to features nobody needs."""
        left_out = [
            field for kind in _ONLY_FOR - features for field in PORTS[kind].fields
        ]
        return replace(
            snapshot,
            device_info=_device_info_of(self.capabilities),
            **dict.fromkeys(left_out),
        )

    async def _command(self, give: Callable[[D], Awaitable[None]]) -> None:
        """Give a command to the device after it has shown that it is the linked one."""
        device = await self._connected()

        async def command() -> None:
            """Give the command, if the device is the linked one."""
            await self._check_identity(device)
            await give(device)

        try:
            await in_turn(device, COMMAND_TIMEOUT, command)
        finally:
            # Whoever proves the command reads anew what it may have changed.
            self.forget_settings()

    async def _connected(self) -> D:
        """Return the device, made anew where its name leads to a new address."""
        if self._device is not None and self._identified_at is not None:
            return self._device
        host = await resolve(self._address.host)
        if self._device is None or self._device.host != host:
            self._device = await self.connect(host)
        return self._device

    def _needs_identity_check(self) -> bool:
        """Tell whether the device has to show that it is still the same."""
        return (
            self._identified_at is None
            or monotonic() - self._identified_at >= IDENTITY_CHECK_INTERVAL
        )

    async def _check_identity(self, device: D) -> None:
        """Raise unless the device is the linked one."""
        self._identified_at = None
        signs = await self._read_identity(device)
        if self._linked_identity and signs == Signs():
            raise ControllerUnreachableError(
                f"{self._address.host} does not tell which device it is"
            )
        self._refuse_stranger(device, signs)
        self._identified_at = monotonic()

    def _may_be_another(self, reading: Reading) -> bool:
        """Tell whether what a device says may come from another one than before.

        It has been running for another time, and did not tell who it is.
        """
        operation = reading.snapshot.operation
        if operation is None or operation.uptime is None:
            return False
        since = monotonic() - operation.uptime.total_seconds()
        before, self._running_since = self._running_since, since
        has_jumped = before is not None and abs(since - before) > UPTIME_SLACK
        return has_jumped and reading.signs == Signs()

    @property
    def _linked_identity(self) -> str | None:
        """Return the MAC or serial number of the linked device, if it has either.

        A number that is all zeros is none.
        """
        serial = self.capabilities.serial or ""
        return self.capabilities.mac or (serial if serial.strip("0.") else None)

    async def _read_identity(self, device: D) -> Signs:
        """Read what the linked device is known by, as the present one tells it."""
        if self.capabilities.mac:
            return Signs(mac=real_mac(await device.read_mac()))
        serial = self._linked_identity and await device.read_serial()
        return Signs(serial=serial)

    def settling(self, feature_type: MinerFeatureType) -> Settling:  # noqa: ARG002
        """Return how a setting of a feature takes effect."""
        return settling_of(self.capabilities)

    def _refuse_stranger(self, device: D, signs: Signs) -> None:
        """Raise if a device tells that it is another one than the linked one."""
        linked, mac = self.capabilities, real_mac(signs.mac)
        if linked.mac and mac:
            is_linked = mac == linked.mac
        elif self._linked_identity and linked.serial and signs.serial:
            is_linked = device.recognizes(linked.serial, signs.serial)
        else:
            return
        if not is_linked:
            raise IdentityMismatchError(
                f"another device than the linked one answers at {self._address.host}"
            )


async def in_turn[T](
    device: NetworkDevice, seconds: float, work: Callable[[], Awaitable[T]]
) -> T:
    """Do something with a device that nobody else uses meanwhile.

    Raises ControllerError, and nothing else.
    """
    try:
        async with device.turn(seconds):
            return await work()
    except DeviceTimeoutError:
        raise
    except ControllerUnreachableError as err:
        if await _refuses_login(device):
            raise ControllerAuthError(f"{device.host} refuses the login") from err
        raise


async def _refuses_login(device: NetworkDevice) -> bool:
    """Tell whether a device that does not answer as it should refuses the login."""
    try:
        async with device.turn(LOGIN_TIMEOUT):
            return await device.refuses_login()
    except ControllerError:
        return False


def _device_info_of(capabilities: Capabilities) -> DeviceInfo:
    """Return what linking found out about the device."""
    return DeviceInfo(
        model=capabilities.model,
        make=capabilities.make,
        serial=capabilities.serial,
        firmware=capabilities.firmware,
        firmware_version=capabilities.firmware_version,
        mac=capabilities.mac,
        hostname=capabilities.hostname,
        boards=capabilities.boards or None,
        chips=capabilities.chips,
        fans=capabilities.fans or None,
    )
