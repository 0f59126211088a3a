"""A server for gRPC, whose handlers may hang, fail or drop the connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from grpclib.const import Cardinality, Handler as Entry
from grpclib.protocol import H2Protocol
from grpclib.server import Server, Stream

from .connections import Connections

type GrpcHandler = Callable[[str, Any, Mapping[str, Any]], Awaitable[GrpcReply]]


@dataclass(frozen=True, slots=True)
class GrpcReply:
    """A message, and what is sent ahead of it."""

    message: Any
    metadata: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class GrpcMethod:
    """A method: its full path, and the types of its messages."""

    path: str
    request: type
    reply: type

    @property
    def name(self) -> str:
        """Return the name without the service."""
        return self.path.rpartition("/")[2]


class GrpcServer:
    """Make a protocol for every connection to a gRPC port."""

    def __init__(
        self,
        methods: tuple[GrpcMethod, ...],
        handler: GrpcHandler,
        connections: Connections,
    ) -> None:
        """Answer the calls of some methods with a handler."""
        self._methods = methods
        self._handler = handler
        self._connections = connections
        self._server: Server | None = None

    def __call__(self) -> asyncio.Protocol:
        """Make the protocol of one connection."""
        if self._server is None:
            # It wants a running loop.
            self._server = Server([self])
        made = self._server._protocol_factory()  # noqa: SLF001 - it has no other door
        return _Counted(made, self._connections)

    def __mapping__(self) -> Mapping[str, Entry]:
        """Return the methods, as grpclib asks for them."""
        return {method.path: self._entry(method) for method in self._methods}

    def _entry(self, method: GrpcMethod) -> Entry:
        """Return how grpclib calls a method."""

        async def serve(stream: Stream[Any, Any]) -> None:
            request = await stream.recv_message()
            metadata = dict(stream.metadata or {})
            reply = await self._handler(method.name, request, metadata)
            if reply.metadata:
                await stream.send_initial_metadata(metadata=dict(reply.metadata))
            await stream.send_message(reply.message)

        return Entry(serve, Cardinality.UNARY_UNARY, method.request, method.reply)


class _Counted(asyncio.Protocol):
    """A connection that is counted while it is open."""

    def __init__(self, inner: H2Protocol, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.BaseTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._connections.opened(transport)
        self._inner.connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    @override
    def pause_writing(self) -> None:
        self._inner.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._inner.resume_writing()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.lost(self._transport)
        self._inner.connection_lost(exc)
