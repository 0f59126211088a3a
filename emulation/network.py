"""The ports of a device: who answers on them, and what faults do to it."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
import json
from typing import Any, override

from grpclib import GRPCError, Status

from .faults import ActiveFault, Fault, spoil
from .transport import (
    ConnectionDropped,
    Connections,
    GrpcMethod,
    GrpcReply,
    GrpcServer,
    HttpRequest,
    HttpServer,
    Listener,
    Reachability,
    Reply,
    RpcServer,
    distort,
    hold,
    is_whole_json,
)

type Json = dict[str, Any]

HTTP_PORT = 80
RPC_PORT = 4028

_LENGTH_BYTES = 4

# What each fault comes to over gRPC, which has no half messages.
_BROKEN = (Fault.HTTP_500, Fault.GARBAGE, Fault.TRUNCATE)
_EMPTIED = (Fault.EMPTY, Fault.NULLS, Fault.MISSING)


class RpcEndpoint(ABC):
    """One dialect of the RPC port."""

    delay: float = 0.0
    """Real seconds that every answer takes."""

    def name(self, request: Json) -> str:
        """Return the command of a request."""
        return str(request.get("command") or request.get("cmd") or "")

    @abstractmethod
    def answer(self, request: Json) -> Json:
        """Answer a request."""

    @abstractmethod
    def failure(self) -> Json:
        """Return the answer to a command that fails."""

    def encode(self, answer: Json) -> bytes:
        """Return an answer as it goes over the wire."""
        return json.dumps(answer, separators=(",", ":")).encode()

    def is_complete(self, received: bytes) -> bool:
        """Tell whether a request has arrived in full."""
        return is_whole_json(received)

    def decode(self, received: bytes) -> Json:
        """Read a request; one in plain text is told by its empty content."""
        try:
            request = json.loads(received)
        except ValueError:
            return {}
        return request if isinstance(request, dict) else {}


class FramedEndpoint(RpcEndpoint):
    """An RPC port whose requests and answers begin with their length."""

    @override
    def encode(self, answer: Json) -> bytes:
        content = super().encode(answer)
        return len(content).to_bytes(_LENGTH_BYTES, "little") + content

    @override
    def is_complete(self, received: bytes) -> bool:
        announced = int.from_bytes(received[:_LENGTH_BYTES], "little")
        return len(received) >= _LENGTH_BYTES + announced

    @override
    def decode(self, received: bytes) -> Json:
        return super().decode(received[_LENGTH_BYTES:])


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """What answers on an HTTP port."""

    answer: Callable[[HttpRequest], Reply]
    sockets: int = 0
    """How many connections it takes before it ends the oldest; 0 for any number."""


class GrpcEndpoint:
    """What answers on a gRPC port."""

    def __init__(
        self,
        methods: tuple[GrpcMethod, ...],
        answer: Callable[[str, Any, Mapping[str, Any]], GrpcReply],
    ) -> None:
        """Serve some methods by one function, which may raise GRPCError."""
        self.methods = methods
        self.answer = answer
        self._replies = {method.name: method.reply for method in methods}

    def reply_to(self, name: str) -> Any:
        """Return an empty answer to a method."""
        return self._replies[name]()


type Endpoint = RpcEndpoint | HttpEndpoint | GrpcEndpoint
type Tamper = Callable[[str, Any], Any]


class Network:
    """The ports of one device, with their faults and their request log."""

    def __init__(self, address: str, endpoints: Mapping[int, Endpoint]) -> None:
        """Be dark and closed."""
        self.address = address
        self.endpoints = endpoints
        self.requests: Counter[str] = Counter()
        self.connections = Connections()
        self.active: ActiveFault | None = None
        # Says something else than the device, by the name of the request and the
        # content of its answer; bytes go over the wire as they are.
        self.tamper: Tamper | None = None
        self._listeners: list[Listener] = []
        self._servers: list[HttpServer] = []
        self._lit = False

    def start(self) -> None:
        """Take the ports, or raise OSError if they may not be had."""
        self._listeners = [
            self._listener(port, endpoint) for port, endpoint in self.endpoints.items()
        ]
        self.update()

    async def stop(self) -> None:
        """Close everything, and end requests that are still being answered."""
        for listener in self._listeners:
            await listener.stop()
        await self.connections.end_all()
        for server in self._servers:
            await server.shutdown(timeout=0)
        self._listeners.clear()
        self._servers.clear()

    def light(self, *, on: bool) -> None:
        """Appear on the network or go dark."""
        self._lit = on
        self.update()

    def inject(self, active: ActiveFault | None) -> None:
        """Put a fault in force, or end it."""
        self.active = active
        self.update()

    def update(self) -> None:
        """Bring the ports to what power and fault ask for."""
        states = {self._reachability(port) for port in self.endpoints}
        for listener in self._listeners:
            listener.set(self._reachability(listener.port))
        if not self._lit or Reachability.CLOSED in states:
            self.connections.reset_all()

    def _reachability(self, port: int) -> Reachability:
        active = self.active
        fault = active.fault if active and active.hits(f"port:{port}") else None
        if fault is Fault.BLACKHOLE:
            return Reachability.SILENT
        if fault is Fault.REFUSE or not self._lit:
            return Reachability.CLOSED
        return Reachability.OPEN

    def _listener(self, port: int, endpoint: Endpoint) -> Listener:
        if isinstance(endpoint, HttpEndpoint):
            server = HttpServer(
                partial(self._http, endpoint),
                self.connections,
                sockets=endpoint.sockets,
            )
            self._servers.append(server)
            return Listener(self.address, port, server)
        if isinstance(endpoint, GrpcEndpoint):
            grpc = GrpcServer(
                endpoint.methods, partial(self._grpc, endpoint), self.connections
            )
            return Listener(self.address, port, grpc)
        rpc = RpcServer(
            partial(self._rpc, endpoint), self.connections, endpoint.is_complete
        )
        return Listener(self.address, port, rpc)

    async def _rpc(self, endpoint: RpcEndpoint, raw: bytes) -> bytes:
        request = endpoint.decode(raw)
        active = self._meet(f"rpc:{endpoint.name(request)}")
        await hold(active, endpoint.delay)
        fault = active.fault if active else None
        if fault is Fault.HTTP_500:
            return endpoint.encode(endpoint.failure())
        answer = spoil(endpoint.answer(request), fault)
        if self.tamper is not None:
            answer = self.tamper(f"rpc:{endpoint.name(request)}", answer)
            if isinstance(answer, bytes):
                return answer
        return distort(endpoint.encode(answer), fault)

    async def _http(self, endpoint: HttpEndpoint, request: HttpRequest) -> Reply:
        active = self._meet(request.name)
        await hold(active)
        fault = active.fault if active else None
        if fault is Fault.HTTP_500:
            return Reply("Internal Server Error", 500)
        reply = endpoint.answer(request)
        if reply.stream is not None:
            return reply
        if self.tamper is not None:
            content = self.tamper(request.name, reply.content)
            reply = Reply(content, reply.status, reply.headers)
        if fault is None:
            return reply
        whole = Reply(spoil(reply.content, fault)).encode()
        return Reply(distort(whole, fault), reply.status, reply.headers)

    async def _grpc(
        self,
        endpoint: GrpcEndpoint,
        name: str,
        request: Any,
        metadata: Mapping[str, Any],
    ) -> GrpcReply:
        """Answer a call; what cannot be read or has no numbers is an empty message."""
        try:
            active = self._meet(f"grpc:{name}")
            await hold(active)
        except ConnectionDropped:
            self.connections.reset_all()
            raise GRPCError(Status.UNAVAILABLE, "gone") from None
        fault = active.fault if active else None
        if fault in _BROKEN:
            raise GRPCError(Status.INTERNAL, "internal error")
        reply = endpoint.answer(name, request, metadata)
        if fault in _EMPTIED:
            return GrpcReply(endpoint.reply_to(name), reply.metadata)
        return reply

    def _meet(self, name: str) -> ActiveFault | None:
        """Log a request and return the fault that hits it."""
        if not self._lit:
            raise ConnectionDropped
        self.requests[name] += 1
        return self.active if self.active and self.active.hits(name) else None
