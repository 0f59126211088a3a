"""Whether a device refuses its login: asic-rs takes that for silence."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import ClientError, DigestAuthMiddleware

from ..network.address import NetworkAddress
from ..network.hosts import answers
from ..network.http import Page, fetch
from .firmware import ANTMINER, BRAIINS, USERNAMES, VNISH

# Cgminer's port, which VNish and Bitmain's firmware keep: a router has none.
_MINER_PORTS: Final = (4028,)
_DEFAULTS: Final[Mapping[str, tuple[str, str]]] = {
    ANTMINER: ("root", "root"),
    BRAIINS: ("root", "root"),
    VNISH: ("", "admin"),
}


def given_logins(address: NetworkAddress) -> Mapping[str, tuple[str, str]]:
    """Return the user's login for each firmware, none where there is no password."""
    if not address.password:
        return {}
    return {
        firmware: (address.username or username, address.password)
        for firmware, username in USERNAMES.items()
    }


async def is_refused(host: str, address: NetworkAddress) -> bool:
    """Tell whether the pages of a miner refuse the login that it was given.

    Without one, the library uses that which the firmware came with. A device that
    takes it anywhere refuses it nowhere.
    """
    if not await answers(host, _MINER_PORTS):
        return False
    given = {**_DEFAULTS, **given_logins(address)}
    pages = [page async for page in _login_pages(host, given)]
    return any(page.is_refused for page in pages) and not any(
        page.is_there for page in pages
    )


async def _login_pages(
    host: str, given: Mapping[str, tuple[str, str]]
) -> AsyncIterator[Page]:
    """Try to log in at the page of each firmware, and yield those that answer."""
    username, password = given[BRAIINS]
    calls = (
        fetch(f"http://{host}/api/v1/unlock", body={"pw": given[VNISH][1]}),
        fetch(
            f"http://{host}/api/v1/auth/login",
            body={"username": username, "password": password},
        ),
        fetch(
            f"http://{host}/cgi-bin/get_system_info.cgi",
            login=DigestAuthMiddleware(*given[ANTMINER]),
        ),
    )
    for call in calls:
        with suppress(ClientError, ValueError):
            yield await call
