"""The one door to pyasic: nothing else imports it.

pyasic is typed loosely and answers untruthfully in places. Behind this door every
call has a time limit, a device is asked one thing at a time, and whatever goes
wrong is a ControllerError.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.metadata import version
import logging
import re
from typing import Any, Protocol, Self

from ...const import LOGGER
from ..errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    LibraryMissingError,
    NotAMinerError,
)


def _restore_logging(level: int, handlers: list[logging.Handler]) -> None:
    """Undo what importing pyasic does to the root logger."""
    root = logging.getLogger()
    root.setLevel(level)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)


_root_level = logging.getLogger().level
_root_handlers = logging.getLogger().handlers[:]
try:
    # httpx picks its backend at the first request, which would be in the event loop.
    import anyio._backends._asyncio  # noqa: F401
    import pyasic
    from pyasic.miners.base import BaseMiner
    from pyasic.miners.factory import MINER_CLASSES
except Exception as err:  # noqa: BLE001 - a broken library must not break the rest
    LIBRARY_ERROR: Exception | None = err
else:
    LIBRARY_ERROR = None
finally:
    _restore_logging(_root_level, _root_handlers)

IDENTIFY_TIMEOUT = 15.0
READ_TIMEOUT = 10.0
COMMAND_TIMEOUT = 30.0

_FAILED_ITEM = re.compile(r"Failed to call (\w+) on")
_AUTH_FAILURES = ("could not authenticate", "unauthenticated", "401", "unauthorized")


class Credentials(Protocol):
    """A user name and a password; None for the device's own default."""

    @property
    def username(self) -> str | None:
        """Return the user name."""

    @property
    def password(self) -> str | None:
        """Return the password."""


class PyasicDevice:
    """One device that pyasic speaks to."""

    def __init__(self, miner: Any, credentials: Credentials) -> None:
        """Wrap a miner object of pyasic; nothing is contacted."""
        self.miner = miner
        self._lock = asyncio.Lock()
        self._unreadable: set[str] = set()
        # Names of the classes that the miner is made of, to tell firmware apart.
        self.lineage = frozenset(cls.__name__ for cls in type(miner).__mro__)
        _log_in(miner, credentials)

    @classmethod
    async def identify(cls, host: str, credentials: Credentials) -> Self:
        """Find out what answers at an IP address.

        Raises NotAMinerError when nothing there is known to be a miner; pyasic
        cannot tell that from a device that does not answer at all.
        """
        _require_library()
        async with _guard(IDENTIFY_TIMEOUT, host):
            miner = await pyasic.get_miner(host)
        if miner is None:
            raise NotAMinerError(f"{host} is not a miner that pyasic knows")
        return cls(miner, credentials)

    @classmethod
    def rebuild(
        cls,
        host: str,
        library_class: str,
        firmware_version: str | None,
        credentials: Credentials,
    ) -> Self:
        """Make the device that was identified when it was linked; contact nothing."""
        _require_library()
        try:
            miner = _classes()[library_class](host, firmware_version)
        except KeyError as err:
            raise LibraryMissingError(
                f"pyasic {library_version()} has no class {library_class}"
            ) from err
        return cls(miner, credentials)

    @property
    def library_class(self) -> str:
        """Return the name by which `rebuild` finds the class again."""
        return type(self.miner).__name__

    def overrides(self, method: str) -> bool:
        """Tell whether the firmware's class implements a method of pyasic's base."""
        return getattr(type(self.miner), method) is not getattr(BaseMiner, method)

    async def get_data(self, items: Collection[str]) -> Any:
        """Read the items given and return pyasic's MinerData.

        One odd value makes pyasic drop a whole poll; the item is left out then,
        until `forget_unreadable`.
        """
        wanted = [item for item in items if item not in self._unreadable]
        while True:
            try:
                return await self._call(
                    partial(self.miner.get_data, include=list(wanted)), READ_TIMEOUT
                )
            except ControllerError as err:
                item = _failed_item(err)
                if item not in wanted:
                    raise
                LOGGER.debug("%s does not give %s: %s", self.miner, item, err)
                self._unreadable.add(item)
                wanted.remove(item)

    def forget_unreadable(self) -> None:
        """Try items again that could not be read."""
        self._unreadable.clear()

    async def read(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Make one of the library's raw reads."""
        return await self._call(call, READ_TIMEOUT)

    async def command(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Give one of the library's commands; what it returns proves nothing.

        Some firmware answers a command that it carried out with an empty body,
        which pyasic takes for a failure; then None is returned.
        """
        try:
            return await self._call(call, COMMAND_TIMEOUT)
        except ControllerUnreachableError as err:
            if "JSON decode error" in str(err.__cause__):
                return None
            raise

    async def _call(
        self,
        call: Callable[[], Awaitable[Any]],
        timeout: float,
    ) -> Any:
        """Make a call of the library, alone and for a limited time."""
        async with self._lock, _guard(timeout, str(self.miner.ip)):
            return await call()


def library_version() -> str:
    """Return the version of pyasic that is installed."""
    return version("pyasic")


@asynccontextmanager
async def _guard(seconds: float, host: str) -> AsyncIterator[None]:
    """Limit the time of a call and turn every failure into a ControllerError."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as err:
        raise _timed_out(host, seconds) from err
    except ControllerError:
        raise
    except Exception as err:
        # The library raises what happens to come up: KeyError, ValueError, errors
        # of five transport libraries, even RecursionError.
        raise _translate(host, err) from err
    # Parts of pyasic take the cancellation for an answer of the device.
    if limit.expired():
        raise _timed_out(host, seconds)


def _timed_out(host: str, seconds: float) -> ControllerUnreachableError:
    """Return the error of a device that took too long."""
    return ControllerUnreachableError(f"{host} did not answer within {seconds:.0f} s")


def _translate(host: str, err: Exception) -> ControllerError:
    """Return the ControllerError that says what an error of the library means."""
    reason = " ".join(str(part) for part in (err, err.__cause__) if part)
    if any(sign in reason.lower() for sign in _AUTH_FAILURES):
        return ControllerAuthError(f"{host} refuses the credentials")
    return ControllerUnreachableError(
        f"{host}: {type(err.__cause__ or err).__name__}: {reason[:200]}"
    )


def _failed_item(err: ControllerError) -> str | None:
    """Return the data item that pyasic stumbled over, if it says so."""
    cause = err.__cause__
    # A device that does not answer fails at whichever item comes first.
    if cause is None or isinstance(cause.__cause__, OSError | TimeoutError):
        return None
    found = _FAILED_ITEM.search(str(cause))
    return found.group(1) if found else None


def _require_library() -> None:
    """Raise LibraryMissingError where pyasic cannot be used."""
    if LIBRARY_ERROR is not None:
        raise LibraryMissingError(f"pyasic cannot be loaded: {LIBRARY_ERROR}")


@cache
def _classes() -> dict[str, Any]:
    """Return pyasic's miner classes by name; the names are unique."""
    return {
        cls.__name__: cls
        for models in MINER_CLASSES.values()
        for cls in models.values()
    }


def _log_in(miner: Any, credentials: Credentials) -> None:
    """Give credentials to each of the miner's interfaces and drop old tokens."""
    for api in (miner.rpc, miner.web):
        if api is None:
            continue
        if credentials.username and hasattr(api, "username"):
            api.username = credentials.username
        if credentials.password and hasattr(api, "pwd"):
            api.pwd = credentials.password
        for token in ("token", "session_token", "salt"):
            if hasattr(api, token):
                setattr(api, token, None)
