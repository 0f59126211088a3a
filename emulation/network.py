"""The ports of a device: who answers on them, and what faults do to it."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
import json
from typing import Any

from .faults import ActiveFault, Fault, spoil
from .transport import (
    ConnectionDropped,
    Connections,
    HttpRequest,
    HttpServer,
    Listener,
    Reachability,
    Reply,
    RpcServer,
    distort,
    hold,
)

type Json = dict[str, Any]

HTTP_PORT = 80
RPC_PORT = 4028


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


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """What answers on an HTTP port."""

    answer: Callable[[HttpRequest], Reply]


type Endpoint = RpcEndpoint | HttpEndpoint
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
            server = HttpServer(partial(self._http, endpoint), self.connections)
            self._servers.append(server)
            return Listener(self.address, port, server)
        rpc = RpcServer(partial(self._rpc, endpoint), self.connections)
        return Listener(self.address, port, rpc)

    async def _rpc(self, endpoint: RpcEndpoint, raw: bytes) -> bytes:
        request = _parse(raw)
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
        if self.tamper is not None:
            content = self.tamper(request.name, reply.content)
            reply = Reply(content, reply.status, reply.headers)
        if fault is None:
            return reply
        whole = Reply(spoil(reply.content, fault)).encode()
        return Reply(distort(whole, fault), reply.status, reply.headers)

    def _meet(self, name: str) -> ActiveFault | None:
        """Log a request and return the fault that hits it."""
        if not self._lit:
            raise ConnectionDropped
        self.requests[name] += 1
        return self.active if self.active and self.active.hits(name) else None


def _parse(raw: bytes) -> Json:
    """Read a request; one in plain text is told by its empty content."""
    try:
        request = json.loads(raw)
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
