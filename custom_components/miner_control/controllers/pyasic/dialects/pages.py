"""Firmware whose web pages want a digest login, as Bitmain's and its kin's do."""

from collections.abc import MutableMapping
from functools import cached_property
from typing import Any, ClassVar, override

from aiohttp import DigestAuthMiddleware

from ...network.http import fetch, read_object
from ..device import PyasicDevice
from .base import Dialect


class PagesDialect(Dialect):
    """Ask for each page with one login; pyasic logs in anew for each."""

    # Whether the login of one page is good for the next.
    keeps_login: ClassVar[bool] = True

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Read pages in place of the library."""
        super().__init__(device, memory)
        if self.keeps_login:
            device.fetch_pages_with(self._page)

    @cached_property
    def _login(self) -> DigestAuthMiddleware:
        """Return the login of all pages; raise ValueError if it cannot be one."""
        return DigestAuthMiddleware(self.miner.web.username, self.miner.web.pwd)

    @override
    async def refuses_login(self) -> bool:
        """Ask for a page, since pyasic calls every failure alike."""
        url = self._url("get_system_info")
        return (await fetch(url, login=self._login)).is_refused

    async def _page(self, command: str) -> dict[str, Any]:
        """Return a page, empty if there is none."""
        return await read_object(self._url(command), login=self._login)

    def _url(self, command: str) -> str:
        """Return the address of a page."""
        web = self.miner.web
        return f"http://{web.ip}:{web.port}/cgi-bin/{command}.cgi"
