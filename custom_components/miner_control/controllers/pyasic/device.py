"""One device, as pyasic knows it.

pyasic is typed loosely and answers untruthfully in places. Here a device is asked
one thing at a time, within limits, and whatever goes wrong is a ControllerError.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
import re
from typing import Any, Self

from ...const import LOGGER
from ..errors import NotAMinerError
from ..network.address import NetworkAddress
from ..network.limits import in_short, limited
from . import library
from .interface import Fetch, Interface, Lasting, RpcInterface

IDENTIFY_TIMEOUT = 15.0

_FAILED_ITEM = re.compile(r"Failed to call (\w+) on")


class PyasicDevice:
    """One device that pyasic speaks to."""

    def __init__(self, miner: Any, address: NetworkAddress) -> None:
        """Wrap a miner object of pyasic; nothing is contacted."""
        self.miner = miner
        self._odd: set[str] = set()
        # Names of the classes that the miner is made of, to tell firmware apart.
        self.lineage = frozenset(cls.__name__ for cls in type(miner).__mro__)
        _log_in(miner, address)
        self._rpc = RpcInterface(miner.rpc) if _can_ask(miner.rpc) else None
        self._web = Interface(miner.web) if _can_ask(miner.web) else None

    @classmethod
    async def identify(cls, host: str, address: NetworkAddress) -> Self:
        """Find out what answers at an IP address.

        Raises NotAMinerError when nothing there is known to be a miner; pyasic
        cannot tell that from a device that does not answer at all.
        """
        async with limited(host, IDENTIFY_TIMEOUT):
            miner = await library.find_miner(host)
        if miner is None:
            raise NotAMinerError(f"{host} is not a miner that pyasic knows")
        return cls(miner, address)

    @classmethod
    def rebuild(
        cls,
        host: str,
        library_class: str,
        firmware_version: str | None,
        address: NetworkAddress,
        model: str | None = None,
    ) -> Self:
        """Make the device that was identified when it was linked; contact nothing."""
        miner = library.make_miner(host, library_class, firmware_version, model)
        return cls(miner, address)

    @property
    def host(self) -> str:
        """Return the IP address."""
        return str(self.miner.ip)

    @property
    def is_unknown(self) -> bool:
        """Tell whether pyasic does not know the model, only its firmware."""
        return library.is_unknown(self.miner)

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

    @property
    def has_gaps(self) -> bool:
        """Tell whether a question was not answered in time when it was last asked."""
        return any(interface.has_gaps for interface in self._interfaces())

    def fetch_pages_with(self, fetch: Fetch) -> None:
        """Have pages read by something better than the library during rounds."""
        if self._web:
            self._web.fetch_with(fetch)

    async def page(self, command: str) -> Any:
        """Return a page by the best means there is, in a round or out of one."""
        return await self._web.ask(command) if self._web else None

    async def in_time[T](self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a page something by other means than the library, within its limits."""
        if self._web is None:
            return await ask()
        return await self._web.in_time(name, ask)

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
        return library.without_absent(data) if self.is_unknown else data

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


def _log_in(miner: Any, address: NetworkAddress) -> None:
    """Give credentials to each of the miner's interfaces and drop old tokens."""
    for api in (miner.rpc, miner.web):
        if api is None:
            continue
        if address.username and hasattr(api, "username"):
            api.username = address.username
        if address.password and hasattr(api, "pwd"):
            api.pwd = address.password
        for token in ("token", "session_token", "salt"):
            if hasattr(api, token):
                setattr(api, token, None)
