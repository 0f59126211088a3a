"""Ways to reach a miner; one module or folder each, and the one registry of them.

To add one: a class that inherits `Controller`, or `NetworkController` for a protocol,
and the ports that it can provide, and a line in `_TYPES`. Everything else asks here.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import CONF_PROTOCOL
from .asic_rs.controller import AsicRsController
from .axeos.controller import AxeosController
from .base import Capabilities, Controller, ControllerConfig
from .entities.controller import EntitiesController
from .errors import (
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
    LibraryMissingError,
    NoAnswerInTimeError,
    NotAMinerError,
)
from .libraries import loaded_version
from .network.address import NetworkAddress
from .network.controller import NetworkController
from .network.hosts import WEB_PORTS, answers, resolve
from .pyasic.controller import PyasicController
from .simulated import SimulatedController

type NetworkType = type[NetworkController[Any]]

_TYPES: list[type[Controller]] = [
    AxeosController,
    PyasicController,
    AsicRsController,
    EntitiesController,
    SimulatedController,
]

# What is told of several protocols that failed: the first of these that one met.
_MOST_TELLING = (ControllerAuthError, LibraryMissingError)


@dataclass(frozen=True, slots=True)
class Found:
    """What answers at an address: the type that reaches it, and what it can do."""

    controller_type: NetworkType
    capabilities: Capabilities


def register(controller_type: type[Controller]) -> None:
    """Add a type of controller; a protocol must have a name of its own."""
    _TYPES.append(controller_type)


def unregister(controller_type: type[Controller]) -> None:
    """Remove a type of controller that was added."""
    _TYPES.remove(controller_type)


def subentry_types() -> frozenset[str]:
    """Return the types of subentries that are controllers."""
    return frozenset(cls.subentry_type for cls in _TYPES)


def protocols() -> tuple[NetworkType, ...]:
    """Return the network protocols, the one to try first at the beginning."""
    found = [cls for cls in _TYPES if issubclass(cls, NetworkController)]
    return tuple(sorted(found, key=lambda cls: -cls.default_priority))


def better_protocols(protocol: str, known: Capabilities) -> tuple[NetworkType, ...]:
    """Return the protocols that a linked device may speak better, the best first.

    They come before its own, and know the kind by what its own has found out.
    """
    ranked = protocols()
    names = [cls.protocol for cls in ranked]
    before = ranked[: names.index(protocol)] if protocol in names else ()
    return tuple(cls for cls in before if cls.may_speak_to(known))


def protocol_label(protocol: str) -> str:
    """Return what a protocol is called on screen."""
    labels = {cls.protocol: cls.label for cls in protocols()}
    return labels.get(protocol, protocol)


def standby_of(linked: type[Controller], known: Capabilities) -> NetworkType | None:
    """Return the type that can stand by for a linked device; None where none can.

    Nothing is installed or asked for that.
    """
    return next(
        (cls for cls in protocols() if cls.can_stand_by_for(linked, known)), None
    )


def listening_ports() -> frozenset[int]:
    """Return the ports on which devices listen, whatever protocol they speak."""
    return frozenset().union(*(cls.ports for cls in protocols()))


def controller_type(
    subentry_type: str, data: Mapping[str, Any]
) -> type[Controller] | None:
    """Return the class of the controller that a subentry describes.

    None if this version does not know its type, or its protocol.
    """
    for cls in _TYPES:
        if cls.subentry_type != subentry_type:
            continue
        if not issubclass(cls, NetworkController):
            return cls
        if cls.protocol == data.get(CONF_PROTOCOL):
            return cls
    return None


def create_controller(
    hass: HomeAssistant, subentry_type: str, config: ControllerConfig
) -> Controller:
    """Make the controller that a subentry describes; contact nothing.

    Raises LookupError if this version does not know its type, or its protocol.
    """
    cls = controller_type(subentry_type, config.data)
    if cls is None:
        raise LookupError(f"{subentry_type} is no type of controller")
    return cls(hass, config)


async def prepare(hass: HomeAssistant) -> None:
    """Load what the protocols need; raise LibraryMissingError if all of them fail."""
    failure: LibraryMissingError | None = None
    for protocol in protocols():
        try:
            await protocol.async_prepare(hass)
        except LibraryMissingError as err:
            failure = err
        else:
            return
    if failure is not None:
        raise failure


async def identify(
    hass: HomeAssistant, address: NetworkAddress, protocol: str | None = None
) -> Found:
    """Find out what answers at an address: by one protocol, else by the best that fits.

    Raises HostNotFoundError for an unknown name, ControllerUnreachableError when
    nothing answers, NotAMinerError when what answers speaks no known protocol, and any
    other ControllerError when a device was found but cannot be used.
    """
    host = await resolve(address.host)
    failures: dict[NetworkType, ControllerError] = {}
    for cls in protocols():
        if protocol not in (None, cls.protocol):
            continue
        if not await _is_worth_it(cls, host, failures):
            continue
        try:
            found = Found(cls, await cls.identify(hass, host, address))
        except ControllerError as err:
            failures[cls] = err
        else:
            return await _better(hass, host, address, failures) or found
    raise await _most_telling(host, list(failures.values()))


async def _better(
    hass: HomeAssistant,
    host: str,
    address: NetworkAddress,
    failures: Mapping[NetworkType, ControllerError],
) -> Found | None:
    """Find by a protocol that goes before, and that a busy device did not answer."""
    for cls, failure in failures.items():
        if isinstance(failure, NoAnswerInTimeError):
            with suppress(ControllerError):
                return Found(cls, await cls.identify(hass, host, address))
    return None


async def _is_worth_it(
    cls: NetworkType, host: str, failures: Mapping[NetworkType, ControllerError]
) -> bool:
    """Tell whether a protocol's library may be loaded to look at a device by it.

    Nothing is installed for an address where nothing listens; nor for a mere web page
    that another library does not know.
    """
    if cls.library is None or loaded_version(cls.library) is not None:
        return True
    ports = set(cls.ports)
    if any(
        other.library and isinstance(failure, NotAMinerError)
        for other, failure in failures.items()
    ):
        ports -= set(WEB_PORTS)
    return await answers(host, ports)


async def _most_telling(host: str, failures: list[ControllerError]) -> ControllerError:
    """Return which failure of several protocols says most about what answers."""
    for kind in _MOST_TELLING:
        for failure in failures:
            if isinstance(failure, kind):
                return failure
    found = [err for err in failures if not isinstance(err, NotAMinerError)]
    if found:
        return found[0]
    if not await answers(host, listening_ports() | set(WEB_PORTS)):
        return ControllerUnreachableError(f"{host} does not answer")
    return NotAMinerError(f"{host} speaks no protocol of a miner")
