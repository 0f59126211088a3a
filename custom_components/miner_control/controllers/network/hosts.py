"""Look up the names of devices, and which of their ports are open."""

import asyncio
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
import socket

from yarl import URL

from ..errors import ControllerUnreachableError

RESOLVE_TIMEOUT = 5.0
CONNECT_TIMEOUT = 3.0

# Ports of web pages: a device that is up would at least take a connection there.
WEB_PORTS = (80, 443, 8080)


class HostNotFoundError(ControllerUnreachableError):
    """A host name does not lead to an address."""

    translation_key = "host_not_found"


class NotIPv4Error(ControllerUnreachableError):
    """An address is not IPv4, which is all that miners speak."""

    translation_key = "host_not_found"


def host_of(text: str) -> str:
    """Return the host of what people paste: a URL, a host with a port, or blanks.

    The result is empty if there is none. Raises NotIPv4Error for an IPv6 address.
    """
    pasted = text.strip().strip("'\"<>")
    if not pasted:
        return ""
    try:
        url = URL(pasted if "://" in pasted else f"//{_bracketed(pasted)}")
        host = url.host or ""
    except ValueError:
        return ""
    if ":" in host:
        raise NotIPv4Error(f"{host} is not an IPv4 address")
    return host.strip()


def _bracketed(text: str) -> str:
    """Return a text with brackets around a plain IPv6 address, as URLs have them."""
    try:
        return f"[{IPv6Address(text)}]"
    except ValueError:
        return text


async def resolve(host: str) -> str:
    """Return the IP address of a host name or address.

    Raises HostNotFoundError when the name is not known.
    """
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, None, family=socket.AF_INET, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError) as err:
        raise HostNotFoundError(f"the host name {host} is not known") from err
    return str(found[0][4][0])


async def answers(
    host: str, ports: Iterable[int], seconds: float | None = None
) -> bool:
    """Tell whether anything takes a connection at an address."""
    limit = CONNECT_TIMEOUT if seconds is None else seconds
    return any(await asyncio.gather(*(_connects(host, p, limit) for p in ports)))


async def _connects(host: str, port: int, seconds: float) -> bool:
    """Tell whether a port takes a connection."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
