"""One device, as pyasic knows it.

pyasic is typed loosely and answers untruthfully in places. Here a device is asked
one thing at a time, within limits, and whatever goes wrong is a ControllerError.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
import re
from typing import Any, Protocol, Self

from ...const import LOGGER
from ..errors import NotAMinerError
from . import library
from .limits import in_short, limited
from .rounds import Fetch, Interface, Lasting, RpcInterface

IDENTIFY_TIMEOUT = 15.0
READ_TIMEOUT = 15.0
COMMAND_TIMEOUT = 30.0

_FAILED_ITEM = re.compile(r"Failed to call (\w+) on")


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
        self._odd: set[str] = set()
        # Names of the classes that the miner is made of, to tell firmware apart.
        self.lineage = frozenset(cls.__name__ for cls in type(miner).__mro__)
        _log_in(miner, credentials)
        self._rpc = RpcInterface(miner.rpc) if _can_ask(miner.rpc) else None
        self._web = Interface(miner.web) if _can_ask(miner.web) else None

    @classmethod
    async def identify(cls, host: str, credentials: Credentials) -> Self:
        """Find out what answers at an IP address.

        Raises NotAMinerError when nothing there is known to be a miner; pyasic
        cannot tell that from a device that does not answer at all.
        """
        library.require()
        async with limited(host, IDENTIFY_TIMEOUT):
            miner = await library.find_miner(host)
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
        miner = library.make_miner(host, library_class, firmware_version)
        return cls(miner, credentials)

    @property
    def host(self) -> str:
        """Return the IP address."""
        return str(self.miner.ip)

    @property
    def library_class(self) -> str:
        """Return the name by which `rebuild` finds the class again."""
        return type(self.miner).__name__

    def implements(self, method: str) -> bool:
        """Tell whether the firmware's class implements a method of pyasic's base."""
        return library.implements(self.miner, method)

    def implementer(self, method: str) -> str:
        """Return the name of the class that a method comes from."""
        classes = type(self.miner).__mro__
        return next(cls.__name__ for cls in classes if method in vars(cls))

    @asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Have the device to oneself for a limited time.

        All that asks or tells the device something happens in a turn, so that what
        is read before a change still holds when it is made.
        """
        async with self._lock, limited(self.host, seconds):
            yield

    @contextmanager
    def round(self, lasting: Lasting, along: Collection[str]) -> Iterator[None]:
        """Ask each question once until the end, whoever wants the answer.

        Answers to `lasting` questions are believed for longer; those to the ones
        `along` are asked for with others, since somebody will want them.
        """
        with ExitStack() as stack:
            for interface in self._interfaces():
                stack.enter_context(interface.round(lasting))
            if self._rpc:
                stack.enter_context(self._rpc.along(along))
            yield

    def fetch_pages_with(self, fetch: Fetch) -> None:
        """Have pages read by something better than the library during rounds."""
        if self._web:
            self._web.fetch_with(fetch)

    def forget(self) -> None:
        """Forget what was to last: another device may answer next."""
        for interface in self._interfaces():
            interface.forget()

    def _interfaces(self) -> list[Interface]:
        """Return the interfaces that the device has."""
        return [found for found in (self._rpc, self._web) if found]

    async def get_data(self, items: Collection[str]) -> Any:
        """Read the items given and return pyasic's MinerData.

        One odd value makes pyasic drop all the others. Such an item is left out,
        and read apart from the others until it can be read again.
        """
        data, odd = await self._get_readable(set(items) - self._odd)
        for item in self._odd & set(items):
            apart, still_odd = await self._get_readable({item})
            if not still_odd:
                setattr(data, item, getattr(apart, item))
                self._odd.discard(item)
        self._odd |= odd
        if "is_mining" not in set(items) - self._odd:
            # Without an answer, pyasic takes it that a device mines.
            data.is_mining = None
        return data

    async def _get_readable(self, items: set[str]) -> tuple[Any, set[str]]:
        """Read what can be read of some items, and return what cannot be."""
        odd: set[str] = set()
        while True:
            try:
                data = await self.miner.get_data(include=sorted(items - odd))
            except Exception as err:
                item = _failed_item(err)
                if item not in items - odd:
                    raise
                LOGGER.debug("%s gives no %s: %s", self.miner, item, in_short(err))
                odd.add(item)
            else:
                return data, odd


async def tell(call: Callable[..., Awaitable[Any]], *args: Any, **named: Any) -> Any:
    """Give one of the library's commands; what it returns proves nothing.

    Some firmware answers a command that it carried out with an empty body,
    which pyasic takes for a failure; then None is returned.
    """
    try:
        return await call(*args, **named)
    except Exception as err:
        if "empty response" in str(err):
            return None
        raise


def _can_ask(api: Any) -> bool:
    """Tell whether an interface has the calls that all its others rest on."""
    return hasattr(api, "send_command") and hasattr(api, "multicommand")


def _failed_item(err: Exception) -> str | None:
    """Return the data item that pyasic stumbled over, if it says so."""
    # A device that does not answer fails at whichever item comes first.
    if isinstance(err.__cause__, OSError | TimeoutError):
        return None
    found = _FAILED_ITEM.search(str(err))
    return found.group(1) if found else None


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
