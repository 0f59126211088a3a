"""Names and ports of devices, before pyasic knows anything of them."""

import asyncio
from collections.abc import Iterable
from ipaddress import ip_address
import socket

from ..errors import ControllerUnreachableError

RESOLVE_TIMEOUT = 5.0
CONNECT_TIMEOUT = 3.0

# Ports on which a device that is up would at least take a connection.
KNOWN_PORTS = (80, 4028, 443, 4433, 8080)


class HostNotFoundError(ControllerUnreachableError):
    """A host name does not lead to an address."""

    translation_key = "host_not_found"


async def resolve(host: str) -> str:
    """Return the IP address of a host; pyasic takes nothing else.

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
    host: str, ports: Iterable[int] = KNOWN_PORTS, seconds: float = CONNECT_TIMEOUT
) -> bool:
    """Tell whether anything takes a connection at an address."""
    return any(await asyncio.gather(*(_connects(host, p, seconds) for p in ports)))


async def _connects(host: str, port: int, seconds: float) -> bool:
    """Tell whether a port takes a connection."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
