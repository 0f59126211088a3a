"""Look for miners at all addresses of a network."""

from asyncio import Semaphore, TaskGroup
from collections.abc import Callable, Iterable, Sequence
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Final

from homeassistant.components.network import async_get_adapters
from homeassistant.components.network.models import Adapter
from homeassistant.core import HomeAssistant

from ..controllers.pyasic.network import answers
from .finding import RefusedError, identified_device
from .linking import Link

# The largest network that is searched has 1022 addresses, ...
MIN_PREFIX: Final = 22
# ... and this is what is proposed where Home Assistant's own is larger.
_USUAL_PREFIX = 24

# Where miners listen: the ports of their web pages and of their two kinds of RPC.
PORTS: Final = (80, 4028, 4433)
_CONNECT_TIMEOUT = 1.5
# How many addresses are tried at once, and how many devices are asked what they are.
_ATTEMPTS_AT_ONCE = 64
_QUESTIONS_AT_ONCE = 8

# A device, or None where it is a miner that refuses the login.
type Found = dict[str, Link | None]


class InvalidSubnetError(Exception):
    """What was entered is no network of the user's own."""


class SubnetTooLargeError(Exception):
    """A network has more addresses than can be searched in a reasonable time."""


def parse_subnet(text: str) -> IPv4Network:
    """Return the network that a text describes.

    Raises InvalidSubnetError or SubnetTooLargeError.
    """
    try:
        network = IPv4Network(text.strip(), strict=False)
    except (AddressValueError, NetmaskValueError, ValueError) as err:
        raise InvalidSubnetError from err
    if network.prefixlen < MIN_PREFIX:
        raise SubnetTooLargeError
    if network.is_global or network.is_multicast:
        raise InvalidSubnetError
    return network


async def own_subnet(hass: HomeAssistant) -> str | None:
    """Return the network that Home Assistant itself is in, None without one."""
    adapters = [
        adapter
        for adapter in await async_get_adapters(hass)
        if adapter["enabled"] and adapter["ipv4"]
    ]
    adapters.sort(key=lambda adapter: adapter["default"], reverse=True)
    return str(_network_of(adapters[0])) if adapters else None


def _network_of(adapter: Adapter) -> IPv4Network:
    """Return the network of an adapter, or a part of it that can be searched."""
    own = adapter["ipv4"][0]
    prefix = own["network_prefix"]
    if prefix < MIN_PREFIX:
        prefix = _USUAL_PREFIX
    return IPv4Network((own["address"], prefix), strict=False)


async def search(hosts: Sequence[str], on_progress: Callable[[float], None]) -> Found:
    """Return the miners at some addresses; tell which share of these is done."""
    attempts, questions = Semaphore(_ATTEMPTS_AT_ONCE), Semaphore(_QUESTIONS_AT_ONCE)
    found: Found = {}
    done = 0

    async def look(host: str) -> None:
        """Look at one address."""
        nonlocal done
        async with attempts:
            is_there = await answers(host, PORTS, _CONNECT_TIMEOUT)
        if is_there:
            async with questions:
                found.update(await _look_closer(host))
        done += 1
        on_progress(done / len(hosts))

    async with TaskGroup() as tasks:
        for host in hosts:
            tasks.create_task(look(host))
    return {host: found[host] for host in hosts if host in found}


async def _look_closer(host: str) -> Found:
    """Return what answers at an address, if that is a miner."""
    try:
        return {host: await identified_device(host)}
    except RefusedError as err:
        return {host: None} if "invalid_auth" in err.errors.values() else {}


def without_copies(found: Found) -> Iterable[tuple[str, Link | None]]:
    """Yield what was found, a device with several addresses once."""
    known: set[str] = set()
    for host, link in found.items():
        mac = link.capabilities.mac if link else None
        if mac is None or mac not in known:
            yield host, link
        if mac is not None:
            known.add(mac)
