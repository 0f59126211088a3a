"""Stand in for devices: answer on their ports what a script tells of them."""

import asyncio
from collections.abc import Mapping
import json
from typing import Any

_UNKNOWN = {"STATUS": [{"STATUS": "E", "Code": 14, "Msg": "Invalid command"}], "id": 1}


async def serve_rpc(address: str, answers: Mapping[str, Any]) -> asyncio.Server:
    """Answer commands, alone or joined by `+`, on cgminer's port 4028."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads((await reader.read(4096)).rstrip(b"\0") or b"{}")
        name = str(request.get("command"))
        told = answers.get(name, _UNKNOWN)
        if "+" in name:
            told = {part: [answers.get(part, _UNKNOWN)] for part in name.split("+")}
        writer.write(json.dumps(told).encode() + b"\0")
        writer.close()

    return await asyncio.start_server(talk, address, 4028)


async def serve_http(address: str, answers: Mapping[str, Any]) -> asyncio.Server:
    """Answer requests such as `GET /path` on port 80; a function is given the body."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path = head.split()[:2]
        lengths = [
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        ]
        body = await reader.readexactly(sum(lengths))
        told = answers.get(f"{method} {path}")
        state = "404 Not Found" if told is None else "200 OK"
        if callable(told):
            told = told(json.loads(body))
        kind = "text/html" if isinstance(told, str) else "application/json"
        text = told if isinstance(told, str) else json.dumps(told)
        fields = f"Content-Type: {kind}\r\nContent-Length: {len(text)}"
        answer = f"HTTP/1.1 {state}\r\n{fields}\r\nConnection: close\r\n\r\n{text}"
        writer.write(answer.encode())
        writer.close()

    return await asyncio.start_server(talk, address, 80)
