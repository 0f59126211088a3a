"""pyasic itself, imported without the marks that its import leaves.

Nothing else in the integration imports it. `VERSION` is the one that is installed.
Where the import fails, `ERROR` holds the reason, the rest of the integration works,
and `require` raises.
"""

from functools import cache
from importlib.metadata import version
import logging
import sys
from typing import Any
import warnings

from ..errors import LibraryMissingError


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
    import pyasic.miners.base
    import pyasic.miners.factory
    import pyasic.rpc.base
    import pyasic.settings

    from .factory import MinerFactory

    # Read here, since it is a file, which must not be opened in the event loop.
    VERSION = version("pyasic")
except Exception as err:  # noqa: BLE001 - a broken library must not break the rest
    ERROR: Exception | None = err
    VERSION = ""
else:
    ERROR = None
    _silence()
finally:
    _restore_root_logger(_root_level, _root_handlers)


def require() -> None:
    """Raise LibraryMissingError where pyasic cannot be used."""
    if ERROR is not None:
        raise LibraryMissingError(f"pyasic cannot be loaded: {ERROR}")


async def find_miner(host: str) -> Any:
    """Return pyasic's object for what answers at an IP address, None if no miner."""
    return await MinerFactory().get_miner(host)


def make_miner(host: str, library_class: str, firmware_version: str | None) -> Any:
    """Return pyasic's object of a class that is known; contact nothing.

    Raises LibraryMissingError when this version of pyasic does not have the class.
    """
    require()
    try:
        return _classes()[library_class](host, firmware_version)
    except KeyError as err:
        raise LibraryMissingError(
            f"pyasic {VERSION} has no class {library_class}"
        ) from err


def implements(miner: Any, method: str) -> bool:
    """Tell whether a miner's class implements a method of pyasic's base."""
    base = pyasic.miners.base.BaseMiner
    return getattr(type(miner), method) is not getattr(base, method)


def joins_plainly(api: Any) -> bool:
    """Tell whether an interface joins questions by a plus and does nothing else."""
    plain = pyasic.rpc.base.BaseMinerRPCAPI.multicommand
    return getattr(type(api), "multicommand", None) is plain


@cache
def _classes() -> dict[str, Any]:
    """Return pyasic's miner classes by name; the names are unique."""
    return {
        cls.__name__: cls
        for models in pyasic.miners.factory.MINER_CLASSES.values()
        for cls in models.values()
    }
