"""Pages of a device that pyasic does not ask for, or at a greater cost."""

from dataclasses import dataclass
from http import HTTPStatus
import json
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    DigestAuthMiddleware,
    TCPConnector,
    ThreadedResolver,
)

from ...const import LOGGER
from .limits import in_short


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


async def fetch(
    url: str,
    *,
    login: DigestAuthMiddleware | None = None,
    body: dict[str, Any] | None = None,
) -> Page:
    """Ask for a page, or send one something; a login is good for the next page too.

    No connection is kept: some devices take only a few. Raises aiohttp's
    ClientError, and ValueError for text in no known encoding.
    """
    method = "GET" if body is None else "POST"
    # There is no name to look up, and the usual resolver would read files at once.
    connector = TCPConnector(resolver=ThreadedResolver())
    async with (
        ClientSession(
            connector=connector, middlewares=() if login is None else (login,)
        ) as session,
        session.request(method, url, json=body, allow_redirects=False) as response,
    ):
        return Page(response.status, await response.text())


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
