"""The socket over which AxeOS 2.14 and later tells what has changed.

From `main/http_server/websocket.c` and `websocket_api.c` of 2.15.0: the first frame
holds everything, each later one the top-level keys whose values have changed. That
a key is gone is never told.
"""

import asyncio
from collections.abc import Callable
import json

from aiohttp import web

from ..faults import Fault
from ..network import Json
from ..transport import Reply

MOST_CLIENTS = 10
NAME = "GET /api/ws/live"

# The socket's copy of the system information lacks them.
_LEFT_OUT = ("fullHostname", "mdnsHostname")


class Live:
    """Tell clients twice a second what has changed."""

    def __init__(
        self, read: Callable[[], Json], fault: Callable[[], Fault | None]
    ) -> None:
        """Tell what can be read; a fault spoils frames, or holds them back."""
        self._read = read
        self._fault = fault
        self.interval = 0.5
        self.clients = 0
        self.frames = 0

    def open(self) -> Reply:
        """Take a client, unless there are too many."""
        if self.clients >= MOST_CLIENTS:
            return Reply("Max WebSocket clients reached", 429)
        return Reply(stream=self._serve)

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        """Tell a client everything, and then what changes, until it leaves."""
        self.clients += 1
        listening = asyncio.ensure_future(self._listen(socket))
        try:
            await self._tell(socket, listening)
        finally:
            self.clients -= 1
            listening.cancel()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        """Read what a client says, and ignore it."""
        async for _ in socket:
            pass

    async def _tell(
        self, socket: web.WebSocketResponse, listening: asyncio.Future[None]
    ) -> None:
        """Send frames for as long as anybody listens."""
        known: Json = {}
        while not listening.done():
            fault = self._fault()
            if fault in (Fault.RESET, Fault.REFUSE):
                return
            if fault not in (Fault.HANG, Fault.BLACKHOLE):
                now = {k: v for k, v in self._read().items() if k not in _LEFT_OUT}
                changed = {
                    k: v for k, v in now.items() if k not in known or known[k] != v
                }
                known = now
                if changed:
                    await socket.send_str(_frame(changed, fault))
                    self.frames += 1
            await asyncio.wait((listening,), timeout=self.interval)


def _frame(changed: Json, fault: Fault | None) -> str:
    """Return a frame, or what a fault makes of it."""
    text = json.dumps({"event": "update", "data": changed})
    if fault is Fault.TRUNCATE:
        return text[: len(text) // 2]
    if fault is Fault.GARBAGE:
        return "\x01\x02{["
    if fault is Fault.EMPTY:
        return ""
    return text
