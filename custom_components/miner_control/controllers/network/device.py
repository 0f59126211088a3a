"""One device on the network, as its protocol speaks to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from contextvars import ContextVar
from dataclasses import dataclass, field

from ...domain.snapshot import Features, Snapshot
from ...domain.values import FanSetting
from ..errors import ControllerUnreachableError, UnsupportedError
from .http import visit
from .limits import limited

# Whether what goes on goes before all else that wants the device.
_IS_URGENT: ContextVar[bool] = ContextVar("miner_control_is_urgent", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What identifies a device, as it reports it; None where it reports nothing."""

    mac: object = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One read of a device, with what identified the device in the same answers."""

    snapshot: Snapshot
    signs: Signs = field(default_factory=Signs)


class NetworkDevice:
    """A device at an IP address that is asked one thing at a time.

    A protocol inherits this class and overrides what its devices can do. Its methods
    may raise anything: `turn` turns what goes wrong into a ControllerError.
    """

    def __init__(self, host: str) -> None:
        """Remember the IP address; contact nothing."""
        self.host = host
        self._lock = asyncio.Lock()
        # What limits the turn that somebody has now.
        self._limit: asyncio.Timeout | None = None
        self._urgencies = 0

    @contextmanager
    def urgently(self) -> Iterator[None]:
        """Go before all else that wants the device: whoever has it loses it.

        What waits for its turn, or asks for one meanwhile, gets a ControllerError.
        """
        token = _IS_URGENT.set(True)
        self._urgencies += 1
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)
        try:
            yield
        finally:
            self._urgencies -= 1
            _IS_URGENT.reset(token)

    @asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Have the device to oneself for a limited time.

        Every question and command happens in a turn, so that what was read before a
        change still holds when the change is made.
        """
        async with self._lock:
            if self._urgencies and not _IS_URGENT.get():
                raise ControllerUnreachableError(f"{self.host} has to stop first")
            async with limited(self.host, seconds) as limit, visit():
                self._limit = limit
                try:
                    yield
                finally:
                    self._limit = None

    def round(
        self,
        wanted: Features,  # noqa: ARG002 - subclasses look at it
    ) -> AbstractContextManager[None]:
        """Ask each question once until the end, whoever wants the answer."""
        return nullcontext()

    @property
    def has_gaps(self) -> bool:
        """Tell whether a question was not answered in time when it was last asked."""
        return False

    def forget(self) -> None:
        """Forget what was remembered: another device may answer next."""

    def forget_settings(self) -> None:
        """Ask anew for what changes rarely: somebody told the device something."""

    async def read_mac(self) -> object:
        """Read the MAC address as the device writes it; None if it has none."""
        return None

    async def read_serial(self) -> str | None:
        """Read the serial number, which identifies a device without a MAC address."""
        return None

    def recognizes(self, linked: str, serial: str) -> bool:
        """Tell whether a serial number is that of the linked device."""
        return linked == serial

    async def check_login(self) -> None:
        """Raise ControllerAuthError if the device refuses the login it was given.

        Only a device whose readings need no login has to be asked.
        """

    async def refuses_login(self) -> bool:
        """Ask whether the device refuses the login, where its silence may mean that."""
        return False

    async def start_mining(self) -> None:
        """Let the device mine."""
        raise UnsupportedError(f"{self.host} cannot start mining")

    async def stop_mining(self) -> None:
        """Stop mining, and keep the device reachable."""
        raise UnsupportedError(f"{self.host} cannot stop mining")

    async def set_fan(self, setting: FanSetting) -> None:  # noqa: ARG002
        """Set the fans to a percentage, or to automatic."""
        raise UnsupportedError(f"{self.host} has no fan control")

    async def set_fan_rule(
        self,
        *,
        target: float | None = None,  # noqa: ARG002
        minimum: float | None = None,  # noqa: ARG002
    ) -> None:
        """Set what automatic fans aim at in °C, and their least percentage."""
        raise UnsupportedError(f"{self.host} has no such setting of its fans")

    async def prefer_fallback_pool(self, *, fallback: bool) -> None:  # noqa: ARG002
        """Work for the fallback pool, or for the usual one."""
        raise UnsupportedError(f"{self.host} cannot be told which pool to prefer")

    async def set_power_limit(self, watts: float) -> None:  # noqa: ARG002
        """Limit the power in W."""
        raise UnsupportedError(f"{self.host} has no power limit")

    async def select_preset(self, preset: str) -> None:
        """Select a mode or preset."""
        raise UnsupportedError(f"{self.host} has no preset {preset!r}")

    async def reboot(self) -> None:
        """Restart the device."""
        raise UnsupportedError(f"{self.host} cannot be restarted")

    async def restart_mining(self) -> None:
        """Restart mining, and leave the device up."""
        raise UnsupportedError(f"{self.host} cannot restart mining alone")

    async def set_locating(self, *, locating: bool) -> None:  # noqa: ARG002
        """Turn the light that helps to find the device on or off."""
        raise UnsupportedError(f"{self.host} has no light")
