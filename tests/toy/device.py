"""A toy miner that answers on a loopback address."""

import asyncio
import json
from types import TracebackType
from typing import Self

from .protocol import PORT


class EmulatedToy:
    """Answer as a toy miner does."""

    def __init__(self, address: str, mac: str, password: str | None = None) -> None:
        """Mine; listen to nobody yet."""
        self.address = address
        self.mac = mac
        self.password = password
        self.mines = True
        self.commands: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._answer, self.address, PORT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Listen no more."""
        await self.stop()

    async def stop(self) -> None:
        """Fall silent."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one question; do not mind who only looks whether the port is open."""
        if line := await reader.readline():
            writer.write(json.dumps(self._reply(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _reply(self, question: dict[str, str | None]) -> dict[str, object]:
        """Return the answer to a question."""
        if self.password not in (None, question["password"]):
            return {"error": "password"}
        if (command := question["do"]) != "tell":
            self.commands.append(str(command))
            self.mines = command == "start"
        return {"mac": self.mac, "model": "Toy 1", "mines": self.mines}
