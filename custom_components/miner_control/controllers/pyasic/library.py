"""pyasic itself, imported without the marks that its import leaves.

Only what rests on this module imports it, when a miner needs it (`libraries.py`).
`VERSION` is the one that is installed.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
import logging
import sys
from typing import Any
import warnings

from ..errors import LibraryMissingError
from ..libraries import PYASIC


def _restore_root_logger(level: int, handlers: list[logging.Handler]) -> None:
    """Undo what importing pyasic does to the root logger."""
    root = logging.getLogger()
    root.setLevel(level)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)


def _silence() -> None:
    """Have pyasic log under its own name, and nothing unless somebody asks.

    Most of it logs to the root logger, and again at every read of a device that
    is out of order. That a device fails, and that it recovered, is logged once,
    by its coordinator; pyasic's words are for whoever turns its debug log on.
    """
    root = logging.getLogger()
    for name, module in tuple(sys.modules.items()):
        if not name.startswith("pyasic."):
            continue
        own = logging.getLogger(name)
        if getattr(module, "logger", None) is root:
            module.logger = own  # type: ignore[attr-defined]
        if getattr(module, "logging", None) is logging and name != "pyasic.logger":
            module.logging = own  # type: ignore[attr-defined]
    if logging.getLogger("pyasic").level == logging.NOTSET:
        logging.getLogger("pyasic").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pyasic\b")


_root_level = logging.getLogger().level
_root_handlers = logging.getLogger().handlers[:]
try:
    # httpx picks its backend at the first request, which would be in the event loop.
    import anyio._backends._asyncio  # noqa: F401
    import pyasic.errors
    import pyasic.miners.base
    import pyasic.miners.factory
    import pyasic.rpc.base
    import pyasic.rpc.btminer
    import pyasic.settings
    import pyasic.web.braiins_os.boser

    from . import unknown
    from .factory import MinerFactory

finally:
    _restore_root_logger(_root_level, _root_handlers)
_silence()

# pyasic gives one kind of Whatsminer a second to answer, and all others this long.
pyasic.settings.update("btminer_v3_ping_timeout", 3)

# Read here, since it is a file, which must not be opened in the event loop.
VERSION = version(PYASIC.name)


async def find_miner(host: str) -> Any:
    """Return pyasic's object for what answers at an IP address, None if no miner."""
    return await MinerFactory().get_miner(host)


def make_miner(
    host: str, library_class: str, firmware_version: str | None, model: str | None
) -> Any:
    """Return pyasic's object of a class that is known; contact nothing.

    `model` is the name of a model that pyasic does not list. Raises
    LibraryMissingError when this version of pyasic does not have the class.
    """
    try:
        miner = _classes()[library_class](host, firmware_version)
    except KeyError as err:
        raise LibraryMissingError(
            f"pyasic {VERSION} has no class {library_class}", library=PYASIC.name
        ) from err
    complete(miner, model)
    return miner


def complete(miner: Any, model: str | None) -> None:
    """Give a miner whose model pyasic does not know what its make alone tells."""
    unknown.complete(miner, model)


def is_unknown(miner: Any) -> bool:
    """Tell whether pyasic does not know the model of a miner."""
    return unknown.is_unknown(miner)


def without_absent(data: Any) -> Any:
    """Return pyasic's data on an unknown model, less parts it does not have."""
    return unknown.without_absent(data)


def implements(miner: Any, method: str) -> bool:
    """Tell whether a miner's class implements a method of pyasic's base."""
    base = pyasic.miners.base.BaseMiner
    return getattr(type(miner), method) is not getattr(base, method)


def failure(reason: str) -> Exception:
    """Return the error that pyasic raises, and expects, where there is no answer."""
    error: Exception = pyasic.errors.APIError(reason)
    return error


def braiins_message(name: str) -> Any:
    """Return an empty message of the gRPC interface of Braiins OS, by its name."""
    return getattr(pyasic.web.braiins_os.boser, name)()


def joinable(api: Any) -> Callable[[str], bool]:
    """Return what tells whether a question may be joined with others by a plus.

    Some of MicroBT's may not; of its API version 3, none.
    """
    plain = pyasic.rpc.base.BaseMinerRPCAPI.multicommand
    if getattr(type(api), "multicommand", None) is plain:
        return lambda _: True
    if isinstance(api, pyasic.rpc.btminer.BTMinerRPCAPI):
        return lambda command: not command.startswith("get_") and command != "status"
    return lambda _: False


@cache
def _classes() -> dict[str, Any]:
    """Return pyasic's miner classes by name; the names are unique."""
    return {
        cls.__name__: cls
        for models in pyasic.miners.factory.MINER_CLASSES.values()
        for cls in models.values()
    } | unknown.INSTEAD
