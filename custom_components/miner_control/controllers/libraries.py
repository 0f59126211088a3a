"""Libraries that speak to devices, installed and imported when a miner needs them.

Their pins stand here and nowhere else in the integration. Home Assistant installs
them by its own rules, but not because the integration is loaded: the manifest names
none. Whatever goes wrong with a library is a LibraryMissingError, and concerns only
what rests on that library.

A library that could not be installed is tried again when a miner is loaded or linked,
which Home Assistant allows once per start; one that could not be imported has left
parts of itself behind, and is tried again after a restart.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from importlib import import_module, invalidate_caches
from importlib.metadata import PackageNotFoundError, version
import sys
from threading import Lock
from types import ModuleType
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.requirements import RequirementsNotFound, async_process_requirements
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.package import is_installed

from ..const import DOMAIN, LOGGER
from .errors import LibraryLoadingError, LibraryMissingError, LibraryProblem


@dataclass(frozen=True, slots=True)
class Library:
    """A library: its name, the package that is imported, and what is installed.

    The requirement is one that fits Home Assistant's package constraints.
    """

    name: str
    package: str
    requirement: str


PYASIC: Final = Library("pyasic", "pyasic", "pyasic==0.79.0")
ASIC_RS: Final = Library("pyasic-rs", "pyasic_rs", "pyasic-rs>=0.8.6,<0.9")
PYOTP: Final = Library("pyotp", "pyotp", "pyotp>=2.10,<3")

LIBRARIES: Final = (PYASIC, ASIC_RS, PYOTP)


@dataclass(slots=True)
class _State:
    """What is known of one library since Home Assistant started."""

    failure: LibraryMissingError | None = None
    installation: asyncio.Task[None] | None = None
    listeners: list[CALLBACK_TYPE] = field(default_factory=list)


_STATES: HassKey[dict[Library, _State]] = HassKey(f"{DOMAIN}_libraries")

# What was imported to its end: what Python lists may only be half imported yet.
_IMPORTED: Final[dict[str, ModuleType]] = {}
_VERSIONS: Final[dict[Library, str]] = {}
# Held by the thread that has Python forget what it knows of folders.
_FORGETTING: Final = Lock()

_ANNOUNCE: ContextVar[Callable[[Library], None] | None] = ContextVar(
    f"{DOMAIN}_announce_installation", default=None
)


async def async_import(
    hass: HomeAssistant, library: Library, module: str
) -> ModuleType:
    """Return a module that rests on a library, which is installed first if need be.

    That may take minutes. Raises LibraryMissingError if the library cannot be used.
    """
    if (found := _IMPORTED.get(module)) is None:
        await _install(hass, library)
        found = await _import(hass, library, module)
    return found


async def async_import_soon(
    hass: HomeAssistant, library: Library, module: str
) -> ModuleType:
    """Return a module that rests on a library, without waiting for an installation.

    Raises LibraryLoadingError while the library is installed in the background, and
    LibraryMissingError if it cannot be used. `async_watch` tells of the end.
    """
    if (found := _IMPORTED.get(module)) is not None:
        return found
    state = _state(hass, library)
    if state.failure is not None:
        raise state.failure.again()
    if await _must_be_installed(hass, library):
        _start_installation(hass, library)
        raise LibraryLoadingError(f"{library.name} is being installed")
    return await _import(hass, library, module)


def imported(module: str) -> ModuleType:
    """Return a module that rests on a library and was imported before."""
    return _IMPORTED[module]


@contextmanager
def announcing(announce: Callable[[Library], None]) -> Iterator[None]:
    """Tell whoever waits in a task that begins here that a library is installed."""
    token = _ANNOUNCE.set(announce)
    try:
        yield
    finally:
        _ANNOUNCE.reset(token)


@callback
def async_watch(
    hass: HomeAssistant, library: Library, on_change: CALLBACK_TYPE
) -> CALLBACK_TYPE:
    """Tell when an installation has ended, until the function returned is called.

    One that failed before is tried again.
    """
    state = _state(hass, library)
    state.listeners.append(on_change)
    if _may_be_tried_again(state) and _may_install(hass):
        _start_installation(hass, library)
    return lambda: state.listeners.remove(on_change)


def failure_of(hass: HomeAssistant, library: Library) -> LibraryMissingError | None:
    """Return why a library cannot be used, None as long as nothing went wrong."""
    return _state(hass, library).failure


def loaded_version(library: Library) -> str | None:
    """Return the version of a library in use, None if none was needed yet."""
    return _VERSIONS.get(library)


def report(hass: HomeAssistant) -> dict[str, dict[str, str | bool | None]]:
    """Return what is to be known of each library, by its name.

    That is what is installed when it is needed, the version in use, whether it is
    being installed, and why it cannot be used.
    """
    states = {library: _state(hass, library) for library in LIBRARIES}
    return {
        library.name: {
            "requirement": library.requirement,
            "version": loaded_version(library),
            "installing": state.installation is not None,
            "problem": state.failure.problem if state.failure else None,
            "detail": state.failure.detail if state.failure else None,
        }
        for library, state in states.items()
    }


def _state(hass: HomeAssistant, library: Library) -> _State:
    """Return what is known of a library."""
    return hass.data.setdefault(_STATES, {}).setdefault(library, _State())


def _may_install(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant installs packages: not with `--skip-pip`."""
    return not hass.config.skip_pip


def _may_be_tried_again(state: _State) -> bool:
    """Tell whether a library failed in a way that leaves nothing behind."""
    failure = state.failure
    return failure is not None and failure.problem is LibraryProblem.NOT_INSTALLED


async def _must_be_installed(hass: HomeAssistant, library: Library) -> bool:
    """Tell whether Home Assistant has to install a library.

    Raises LibraryMissingError where another version is in use: it stays until a
    restart.
    """
    found = await asyncio.to_thread(_other_version, library)
    if found is None or not _may_install(hass):
        return False
    if found and library.package in sys.modules:
        raise _note(
            hass,
            library,
            LibraryProblem.OTHER_VERSION,
            f"another integration uses version {found}",
        )
    return True


def _other_version(library: Library) -> str | None:
    """Return the version that is installed if it does not fit; empty for none."""
    if is_installed(library.requirement):
        return None
    try:
        return version(library.name)
    except PackageNotFoundError:
        return ""


async def _install(hass: HomeAssistant, library: Library) -> None:
    """Install a library unless it is there; raise LibraryMissingError if that fails."""
    state = _state(hass, library)
    if state.failure is not None and not _may_be_tried_again(state):
        raise state.failure.again()
    if not await _must_be_installed(hass, library):
        return
    if announce := _ANNOUNCE.get():
        announce(library)
    # Whoever gives up waiting does not end it for the others.
    await asyncio.shield(_start_installation(hass, library))
    if state.failure is not None:
        raise state.failure.again()


@callback
def _start_installation(hass: HomeAssistant, library: Library) -> asyncio.Task[None]:
    """Install a library in the background, unless that goes on already."""
    state = _state(hass, library)
    if state.installation is None:
        # In a context of its own: whoever needs the library first may give up, and
        # then ends what was begun for a device alone.
        state.installation = Context().run(
            hass.async_create_background_task,
            _run_installation(hass, library),
            f"{DOMAIN} install {library.name}",
            eager_start=False,
        )
    return state.installation


async def _run_installation(hass: HomeAssistant, library: Library) -> None:
    """Have Home Assistant install a library, and tell everybody of the end."""
    state = _state(hass, library)
    try:
        await async_process_requirements(hass, DOMAIN, [library.requirement])
    except RequirementsNotFound:
        detail = f"{library.requirement} could not be installed"
        _note(hass, library, LibraryProblem.NOT_INSTALLED, detail)
    except Exception as err:  # noqa: BLE001 - the installer is a program of its own
        _note(hass, library, LibraryProblem.NOT_INSTALLED, _reason(err))
    else:
        state.failure = None
    finally:
        state.installation = None
    for listener in tuple(state.listeners):
        listener()


async def _import(hass: HomeAssistant, library: Library, module: str) -> ModuleType:
    """Import a module that rests on a library, outside the event loop."""
    try:
        found, used = await asyncio.to_thread(_import_now, library, module)
    except Exception as err:
        if isinstance(err, ModuleNotFoundError) and err.name == library.package:
            problem = LibraryProblem.NOT_INSTALLED
        else:
            problem = LibraryProblem.BROKEN
        raise _note(hass, library, problem, _reason(err)) from err
    _state(hass, library).failure = None
    _IMPORTED[module], _VERSIONS[library] = found, used
    return found


def _import_now(library: Library, module: str) -> tuple[ModuleType, str]:
    """Import a module, and return it with the version of its library."""
    try:
        found = import_module(module)
    except ModuleNotFoundError as err:
        if err.name != library.package:
            raise
        # It may have been installed a moment ago. Python fails with a KeyError where
        # two threads do this at once.
        with _FORGETTING:
            invalidate_caches()
        found = import_module(module)
    return found, version(library.name)


def _reason(err: Exception) -> str:
    """Return what an import failed for, on one line and not without end."""
    return f"{type(err).__name__}: {' '.join(str(err).split())}"[:300]


def _note(
    hass: HomeAssistant, library: Library, problem: LibraryProblem, detail: str
) -> LibraryMissingError:
    """Remember why a library cannot be used, log it once, and return the error."""
    state = _state(hass, library)
    failure = LibraryMissingError(
        f"{library.name} cannot be used: {detail}",
        library=library.name,
        problem=problem,
        detail=detail,
    )
    if state.failure is None:
        LOGGER.error("%s; restart Home Assistant to try again", failure)
    state.failure = failure
    return failure.again()
