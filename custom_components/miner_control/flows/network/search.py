"""Look for miners at all addresses of a network."""

from asyncio import Semaphore, TaskGroup
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant

from ...controllers import listening_ports
from ...controllers.network.hosts import answers
from ..link import Link, RefusedError
from .lookup import identified_device

# The largest network that is searched has 1022 addresses, ...
MIN_PREFIX: Final = 22
MAX_ADDRESSES: Final = 1022
# ... and this is what is proposed where Home Assistant's own is larger.
_USUAL_PREFIX = 24

_CONNECT_TIMEOUT = 1.5
# How many addresses are tried at once, and how many devices are asked what they are.
_ATTEMPTS_AT_ONCE = 64
_QUESTIONS_AT_ONCE = 8

# A device, or None where it is a miner that refuses the login.
type Found = dict[str, Link | None]


class InvalidSubnetError(Exception):
    """What was entered is no network, range or address of the user's own."""


class SubnetTooLargeError(Exception):
    """A network has more addresses than can be searched in a reasonable time."""


def parse_addresses(text: str) -> Sequence[IPv4Address]:
    """Return the addresses of a network, a range or a device, as people write them.

    That is 192.168.1.0/24, 192.168.1.10-40, 192.168.1.10-192.168.2.40 or 192.168.1.10.
    Raises InvalidSubnetError or SubnetTooLargeError.
    """
    first, dash, last = (part.strip() for part in text.partition("-"))
    try:
        addresses = _range(first, last) if dash else _network(first)
    except ValueError as err:
        raise InvalidSubnetError from err
    if any(address.is_global or address.is_multicast for address in addresses):
        raise InvalidSubnetError
    return addresses


def _network(text: str) -> Sequence[IPv4Address]:
    """Return the addresses of devices in a network; ValueError if it is none."""
    network = IPv4Network(text, strict=False)
    if network.prefixlen < MIN_PREFIX:
        raise SubnetTooLargeError
    return list(network.hosts())


def _range(first: str, last: str) -> Sequence[IPv4Address]:
    """Return all addresses from one to another, of which the last part is enough.

    Raises ValueError if they are none.
    """
    start = IPv4Address(first)
    missing = 3 - last.count(".")
    end = IPv4Address(".".join([*first.split(".")[:missing], last]))
    if end < start:
        raise ValueError(f"{end} is before {start}")
    if int(end) - int(start) >= MAX_ADDRESSES:
        raise SubnetTooLargeError
    return [start + number for number in range(int(end) - int(start) + 1)]


async def own_subnet(hass: HomeAssistant) -> str | None:
    """Return the network that Home Assistant itself is in, None without one."""
    adapters = [
        adapter
        for adapter in await async_get_adapters(hass)
        if adapter["enabled"] and adapter["ipv4"]
    ]
    adapters.sort(key=lambda adapter: adapter["default"], reverse=True)
    if not adapters:
        return None
    own = adapters[0]["ipv4"][0]
    return str(_searchable(own["address"], own["network_prefix"]))


def _searchable(address: str, prefix: int) -> IPv4Network:
    """Return the network of an address, or a part of it that can be searched."""
    if prefix < MIN_PREFIX:
        prefix = _USUAL_PREFIX
    return IPv4Network((address, prefix), strict=False)


async def search(
    hass: HomeAssistant, hosts: Sequence[str], on_progress: Callable[[float], None]
) -> Found:
    """Return the miners at some addresses; tell which share of these is done."""
    attempts, questions = Semaphore(_ATTEMPTS_AT_ONCE), Semaphore(_QUESTIONS_AT_ONCE)
    found: Found = {}
    done = 0

    async def look(host: str) -> None:
        """Look at one address."""
        nonlocal done
        async with attempts:
            is_there = await answers(host, listening_ports(), _CONNECT_TIMEOUT)
        if is_there:
            async with questions:
                found.update(await _look_closer(hass, host))
        done += 1
        on_progress(done / len(hosts))

    async with TaskGroup() as tasks:
        for host in hosts:
            tasks.create_task(look(host))
    return {host: found[host] for host in hosts if host in found}


async def _look_closer(hass: HomeAssistant, host: str) -> Found:
    """Return what answers at an address, if that is a miner."""
    try:
        return {host: await identified_device(hass, host)}
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
