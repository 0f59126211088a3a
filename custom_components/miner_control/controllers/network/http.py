"""Ask a device for the pages of its web interface."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
import json
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DigestAuthMiddleware,
    TCPConnector,
    ThreadedResolver,
)
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN, LOGGER
from .limits import in_short

_PLAIN_SESSION: HassKey[ClientSession] = HassKey(f"{DOMAIN}_plain_session")


@dataclass(frozen=True, slots=True)
class Page:
    """What a device answered to a request."""

    status: int
    text: str

    @property
    def is_there(self) -> bool:
        """Tell whether the device gave what it was asked for."""
        return self.status == HTTPStatus.OK

    @property
    def is_refused(self) -> bool:
        """Tell whether the device refused the login."""
        return self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

    def json(self) -> Any:
        """Return the content; raise ValueError if it is no JSON."""
        return json.loads(self.text)


@callback
def shared_session(hass: HomeAssistant) -> ClientSession:
    """Return Home Assistant's own session, or one that does without multicast.

    Home Assistant's looks up names by mDNS as well, and cannot be had where no
    interface can multicast: that raises OSError, ENODEV for one.
    """
    if (plain := hass.data.get(_PLAIN_SESSION)) is not None:
        return plain
    try:
        return async_get_clientsession(hass)
    except OSError as err:
        LOGGER.debug("Names are looked up without mDNS: %s", in_short(err))
    session = ClientSession(connector=TCPConnector(resolver=ThreadedResolver()))

    async def close(_event: Event) -> None:
        """Close it with all others."""
        await session.close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    hass.data[_PLAIN_SESSION] = session
    return session


class _Visit:
    """What is asked of one device in a row, over one connection if it lets us."""

    session: ClientSession | None = None

    def open(self) -> ClientSession:
        """Return the session of the visit, made when it is needed first."""
        if self.session is None:
            self.session = _new_session()
        return self.session


_VISIT: ContextVar[_Visit | None] = ContextVar(f"{DOMAIN}_visit", default=None)


@asynccontextmanager
async def visit() -> AsyncIterator[None]:
    """Keep the connection from page to page, and close it at the end.

    To connect takes longer than to ask. None is kept beyond that: some devices take
    only a few.
    """
    visiting = _Visit()
    token = _VISIT.set(visiting)
    try:
        yield
    finally:
        _VISIT.reset(token)
        if visiting.session is not None:
            await visiting.session.close()


async def fetch(
    url: str,
    *,
    login: DigestAuthMiddleware | None = None,
    body: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """Ask for a page, or send one something; a login is good for the next page too.

    Raises aiohttp's ClientError, and ValueError for text in no known encoding.
    """
    if (visiting := _VISIT.get()) is None:
        async with visit():
            return await fetch(url, login=login, body=body, headers=headers)
    async with visiting.open().request(
        "GET" if body is None else "POST",
        url,
        json=body,
        headers=headers,
        allow_redirects=False,
        middlewares=() if login is None else (login,),
    ) as response:
        return Page(response.status, await response.text())


def _new_session() -> ClientSession:
    """Return a session for one device, whose turn limits the time.

    There is no name to look up, and the usual resolver would read files at once.
    """
    connector = TCPConnector(resolver=ThreadedResolver())
    return ClientSession(connector=connector, timeout=ClientTimeout())


async def read_object(
    url: str, *, login: DigestAuthMiddleware | None = None
) -> dict[str, Any]:
    """Return the JSON object that a page holds, empty if the device gives none."""
    try:
        page = await fetch(url, login=login)
        content = page.json() if page.is_there else {}
    except (ClientError, ValueError) as err:
        LOGGER.debug("No answer from %s: %s", url, in_short(err))
        return {}
    return content if isinstance(content, dict) else {}
