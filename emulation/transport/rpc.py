"""A server for the cgminer API: one request, one answer, end of connection."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from typing import override

from .connections import Connections, reset
from .exchange import ConnectionDropped

type RpcHandler = Callable[[bytes], Awaitable[bytes]]

_MAX_REQUEST = 64 * 1024


class RpcServer:
    """Make a protocol for every connection to an RPC port."""

    def __init__(
        self,
        handler: RpcHandler,
        connections: Connections,
        is_complete: Callable[[bytes], bool],
    ) -> None:
        """Answer requests with a handler as soon as they are complete."""
        self._handler = handler
        self._connections = connections
        self._is_complete = is_complete

    def __call__(self) -> asyncio.Protocol:
        """Make the protocol of one connection."""
        return _RpcProtocol(self._handler, self._connections, self._is_complete)


class _RpcProtocol(asyncio.Protocol):
    """Serve one connection."""

    def __init__(
        self,
        handler: RpcHandler,
        connections: Connections,
        is_complete: Callable[[bytes], bool],
    ) -> None:
        self._handler = handler
        self._connections = connections
        self._is_complete = is_complete
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._serving: asyncio.Task[None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._connections.opened(transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._serving is None and self._is_complete(self._buffer):
            self._serving = asyncio.get_running_loop().create_task(self._serve())

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.lost(self._transport)
        if self._serving is not None:
            self._serving.cancel()

    async def _serve(self) -> None:
        if self._transport is None:
            return
        try:
            answer = await self._handler(self._buffer)
        except ConnectionDropped:
            reset(self._transport)
            return
        except Exception:
            # A connection without an end would hide what went wrong.
            reset(self._transport)
            raise
        self._transport.write(answer)
        self._transport.close()


def is_whole_json(request: bytes) -> bool:
    """Tell whether a request has arrived in full.

    Clients do not shut down their side, so the end of a JSON document is the
    only mark there is.
    """
    if not request.lstrip().startswith(b"{") or len(request) > _MAX_REQUEST:
        return True
    try:
        json.loads(request)
    except ValueError:
        return False
    return True
