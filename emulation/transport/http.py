"""A small HTTP server on top of aiohttp's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import contextlib
from dataclasses import dataclass, field
import json
from typing import Any, override

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from .connections import Connections, reset
from .exchange import ConnectionDropped


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as devices need it."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name that the request log uses."""
        return f"{self.method} {self.path}"

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body, empty if there is none."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


type Stream = Callable[[web.WebSocketResponse], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; content that is neither text nor None is sent as JSON."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Stream | None = None
    """Talks over a WebSocket for as long as the client stays."""

    @property
    def content_type(self) -> str:
        """Return the media type of the content."""
        if self.content is None:
            return "text/plain"
        if isinstance(self.content, str):
            return "text/html" if self.content.startswith("<") else "text/plain"
        return "application/json"

    def encode(self) -> bytes:
        """Return the content as it goes over the wire."""
        if self.content is None:
            return b""
        if isinstance(self.content, bytes):
            return self.content
        if isinstance(self.content, str):
            return self.content.encode()
        return json.dumps(self.content).encode()


type HttpHandler = Callable[[HttpRequest], Awaitable[Reply]]


class HttpServer(web.Server):
    """Make a protocol for every connection to an HTTP port."""

    def __init__(
        self, handler: HttpHandler, connections: Connections, *, sockets: int = 0
    ) -> None:
        """Answer requests with a handler.

        One connection more than `sockets` ends the one that was quiet for longest.
        """
        super().__init__(
            self._serve,
            # Otherwise a request that a fault holds would outlive its client.
            handler_cancellation=True,
            access_log=None,
        )
        self._answer = handler
        self._counted = connections
        self._sockets = sockets

    @override
    def connection_made(
        self,
        handler: RequestHandler,
        transport: asyncio.Transport,
    ) -> None:
        super().connection_made(handler, transport)
        self._counted.opened(transport)
        if self._sockets:
            self._counted.purge(self._sockets)

    @override
    def connection_lost(
        self,
        handler: RequestHandler,
        exc: BaseException | None = None,
    ) -> None:
        self._counted.lost(handler.transport)
        super().connection_lost(handler, exc)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self._counted.used(request.transport)
        body = await request.read()
        received = HttpRequest(request.method, request.path, body, request.headers)
        try:
            reply = await self._answer(received)
        except ConnectionDropped:
            reset(request.transport)
            return web.Response()
        if reply.stream is not None:
            return await _talk(request, reply.stream)
        return web.Response(
            body=reply.encode(),
            status=reply.status,
            content_type=reply.content_type,
            headers=reply.headers,
        )


async def _talk(request: web.BaseRequest, stream: Stream) -> web.StreamResponse:
    """Talk over a WebSocket until either side has enough."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    with contextlib.suppress(ConnectionError, RuntimeError):
        await stream(socket)
        await socket.close()
    return socket
