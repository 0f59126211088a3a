"""The connections of one device."""

import asyncio
import contextlib
import socket
import struct

_LINGER_ZERO = struct.pack("ii", 1, 0)


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection with a RST instead of an orderly end."""
    if not isinstance(transport, asyncio.WriteTransport):
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # The peer may have closed it a moment ago.
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


class Connections:
    """Count connections, and reset those that are open."""

    def __init__(self) -> None:
        """Begin with none."""
        self.total = 0
        self.peak = 0
        # In the order of their last use.
        self._open: dict[asyncio.BaseTransport, None] = {}

    @property
    def open(self) -> int:
        """Return how many are open now."""
        return len(self._open)

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a new connection."""
        self._open[transport] = None
        self.total += 1
        self.peak = max(self.peak, len(self._open))

    def lost(self, transport: asyncio.BaseTransport | None) -> None:
        """Take note of an ended connection."""
        if transport is not None:
            self._open.pop(transport, None)

    def used(self, transport: asyncio.BaseTransport | None) -> None:
        """Take note that something came over a connection."""
        if transport is not None and transport in self._open:
            del self._open[transport]
            self._open[transport] = None

    def purge(self, most: int) -> None:
        """Reset those that were quiet for longest, until `most` are left."""
        for transport in tuple(self._open)[: max(0, len(self._open) - most)]:
            self._open.pop(transport)
            reset(transport)

    def reset_all(self) -> None:
        """Reset every open connection."""
        for transport in tuple(self._open):
            reset(transport)

    async def end_all(self) -> None:
        """Reset every open connection and wait until all took note of it."""
        self.reset_all()
        while self._open:  # noqa: ASYNC110 - the loop's next turn is the event
            await asyncio.sleep(0)
        # One more turn for the requests that were cancelled by it.
        await asyncio.sleep(0)
