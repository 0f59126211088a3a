"""A listening socket that opens, closes and falls silent at once."""

import asyncio
from collections.abc import Callable
import contextlib
from enum import Enum
import socket

from .connections import reset

type ProtocolFactory = Callable[[], asyncio.BaseProtocol]

_BACKLOG = 128
# The kernel admits one connection more than the backlog says; a few spare
# ones make sure that the queue is full whatever the kernel's rounding.
_FILLERS = 3


class Reachability(Enum):
    """How a port meets a connection attempt."""

    OPEN = "open"
    CLOSED = "closed"
    SILENT = "silent"


class Listener:
    """Listen on one address and port.

    Changes take effect before the call returns, which `asyncio.Server`
    cannot do, so that a test never races with its own fault.
    """

    def __init__(self, address: str, port: int, factory: ProtocolFactory) -> None:
        """Be closed at first."""
        self.address = address
        self.port = port
        self._factory = factory
        self._state = Reachability.CLOSED
        self._socket: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self._accepting: set[asyncio.Task[None]] = set()

    def set(self, state: Reachability) -> None:
        """Open the port, close it, or let it swallow packets."""
        if state is self._state:
            return
        self._close()
        if state is Reachability.OPEN:
            self._open()
        elif state is Reachability.SILENT:
            self._fall_silent()
        self._state = state

    async def stop(self) -> None:
        """Close the port and wait for connections that are being set up."""
        self.set(Reachability.CLOSED)
        for task in tuple(self._accepting):
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)

    def _bind(self, backlog: int) -> socket.socket:
        # asyncio sends small messages at once where it knows that this is TCP.
        listening = socket.socket(
            socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        try:
            listening.settimeout(0.0)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.address, self.port))
            listening.listen(backlog)
        except OSError:
            listening.close()
            raise
        self._socket = listening
        return listening

    def _open(self) -> None:
        listening = self._bind(_BACKLOG)
        loop = asyncio.get_running_loop()
        loop.add_reader(listening.fileno(), self._accept, listening)

    def _fall_silent(self) -> None:
        """Fill the queue of a socket that never accepts.

        The kernel drops connection attempts to a full queue without a word,
        as a network does whose device has lost its power.
        """
        self._bind(0)
        for _ in range(_FILLERS):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.settimeout(0.0)
            with contextlib.suppress(BlockingIOError):
                filler.connect((self.address, self.port))
            self._fillers.append(filler)

    def _close(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            # The peer gave up between its attempt and now.
            return
        connection.settimeout(0.0)
        connecting = self._connect(connection, listening)
        task = asyncio.get_running_loop().create_task(connecting)
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)

    async def _connect(
        self, connection: socket.socket, listening: socket.socket
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_accepted_socket(self._factory, connection)
        except OSError, asyncio.CancelledError:
            connection.close()
            return
        if self._socket is not listening:
            # The port was closed while this connection was being set up.
            reset(transport)
