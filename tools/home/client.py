"""Home Assistant's own API: REST, WebSocket and what they say of entities."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, Self

import aiohttp

from .errors import HomeError

type Json = Mapping[str, Any]
type EventHandler = Callable[[Json], None]


class Client:
    """A signed-in connection to Home Assistant."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
        base: str,
        token: str,
    ) -> None:
        """Take over an authenticated socket; `connect` makes one."""
        self._session = session
        self._socket = socket
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._handlers: dict[int, EventHandler] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, session: aiohttp.ClientSession, base: str, token: str
    ) -> Self:
        """Open the WebSocket and sign in."""
        socket = await session.ws_connect(f"{base}/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        if (answer := await socket.receive_json())["type"] != "auth_ok":
            await socket.close()
            raise HomeError(f"Home Assistant refused the login: {answer}")
        return cls(session, socket, base, token)

    async def __aenter__(self) -> Self:
        """Start to read what Home Assistant sends."""
        self._reader = asyncio.create_task(self._read(), name="websocket")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the socket."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        await self._socket.close()

    async def post(self, path: str, body: Json) -> Any:
        """Send a REST request and return what it answers."""
        return await self._request("POST", path, body)

    async def get(self, path: str) -> Any:
        """Ask for something by a REST request and return what it answers."""
        return await self._request("GET", path)

    async def delete(self, path: str) -> Any:
        """Have something removed by a REST request."""
        return await self._request("DELETE", path)

    async def call(self, command: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result."""
        return await self._send(next(self._ids), command, fields)

    async def subscribe(
        self, handler: EventHandler, command: str, **fields: Any
    ) -> None:
        """Send a WebSocket command whose events a handler takes."""
        message_id = next(self._ids)
        self._handlers[message_id] = handler
        await self._send(message_id, command, fields)

    async def act(self, domain: str, service: str, **data: Any) -> None:
        """Perform an action."""
        await self.call(
            "call_service", domain=domain, service=service, service_data=data
        )

    async def ask(self, domain: str, service: str, **data: Any) -> Any:
        """Perform an action that answers something."""
        result = await self.call(
            "call_service",
            domain=domain,
            service=service,
            service_data=data,
            return_response=True,
        )
        return result["response"]

    async def _request(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send a REST request and return what it answers."""
        async with self._session.request(
            method, f"{self._base}{path}", json=body, headers=self._headers
        ) as response:
            if not response.ok:
                text = await response.text()
                raise HomeError(f"{method} {path}: {response.status} {text}")
            return await response.json()

    async def _send(self, message_id: int, command: str, fields: Json) -> Any:
        """Send a message and wait for its answer."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[message_id] = answer
        await self._socket.send_json({**fields, "id": message_id, "type": command})
        return await answer

    async def _read(self) -> None:
        """Hand each message to whoever waits for it, until the socket closes."""
        try:
            async for message in self._socket:
                self._dispatch(message.json())
        finally:
            closed = HomeError("Home Assistant closed the connection")
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(closed)

    def _dispatch(self, message: Json) -> None:
        """Take one message."""
        message_id = message["id"]
        if message["type"] == "event":
            self._handlers[message_id](message["event"])
        elif (answer := self._answers.pop(message_id, None)) and not answer.done():
            if message["success"]:
                answer.set_result(message["result"])
            else:
                answer.set_exception(HomeError(message["error"]["message"]))
