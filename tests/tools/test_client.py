"""The connection to Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from tools.home.client import Client, Json
from tools.home.errors import HomeError

TOKEN = "a token"

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def websocket(request: web.Request) -> web.WebSocketResponse:
    """Answer the way Home Assistant does."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_json({"type": "auth_required"})
    login = await socket.receive_json()
    accepted = login["access_token"] == TOKEN
    await socket.send_json({"type": "auth_ok" if accepted else "auth_invalid"})
    async for message in socket:
        await answer(socket, message.json())
    return socket


async def answer(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    """Answer one command by its name."""
    number = message["id"]
    if message["type"] == "hang_up":
        await socket.close()
    elif message["type"] == "fail":
        error = {"message": "that went wrong"}
        await socket.send_json(
            {"id": number, "type": "result", "success": False, "error": error}
        )
    else:
        result = respond(message) if message["type"] == "call_service" else message
        await socket.send_json(
            {"id": number, "type": "result", "success": True, "result": result}
        )
        if message["type"] == "subscribe":
            await socket.send_json({"id": number, "type": "event", "event": {"a": 1}})


def respond(call: dict[str, Any]) -> dict[str, Any]:
    """Answer an action with its own name and data, if an answer is wanted."""
    name = f"{call['domain']}.{call['service']}"
    wanted = call.get("return_response", False)
    return {"response": {name: call["service_data"]} if wanted else None}


async def rest(request: web.Request) -> web.Response:
    """Answer a REST request with what it says, or refuse it."""
    if request.headers["Authorization"] != f"Bearer {TOKEN}":
        return web.Response(status=401, text="who are you?")
    return web.json_response(await request.json())


@asynccontextmanager
async def connected(token: str = TOKEN) -> AsyncIterator[Client]:
    """Return a client of a server."""
    application = web.Application()
    application.router.add_get("/api/websocket", websocket)
    application.router.add_post("/api/echo", rest)
    async with TestServer(application) as server, ClientSession() as session:
        base = str(server.make_url("")).rstrip("/")
        async with await Client.connect(session, base, token) as client:
            yield client


async def test_command_returns_its_result() -> None:
    """A command's fields arrive, and its result comes back."""
    async with connected() as client:
        result = await client.call("get_states", more="fields")

    assert (result["type"], result["more"]) == ("get_states", "fields")


async def test_failed_command_says_why() -> None:
    """What Home Assistant has against a command is told."""
    async with connected() as client:
        with pytest.raises(HomeError, match="that went wrong"):
            await client.call("fail")


async def test_events_reach_their_handler() -> None:
    """Who subscribes gets what comes."""
    events: list[Json] = []
    async with connected() as client:
        await client.subscribe(events.append, "subscribe")
        await client.call("anything that comes after the event")

    assert events == [{"a": 1}]


async def test_action_with_an_answer() -> None:
    """An action is asked with its data, and its answer is unwrapped."""
    async with connected() as client:
        answered = await client.ask("miner_control", "get_features", entry="1")

    assert answered == {"miner_control.get_features": {"entry": "1"}}


async def test_lost_connection_leaves_nobody_waiting() -> None:
    """A command that is never answered fails."""
    async with connected() as client:
        with pytest.raises(HomeError, match="closed the connection"):
            await client.call("hang_up")


async def test_refused_login() -> None:
    """A wrong token is told at once."""
    with pytest.raises(HomeError, match="refused the login"):
        async with connected("another token"):
            pass


async def test_rest_request() -> None:
    """A REST request carries the token, and its answer comes back."""
    async with connected() as client:
        assert await client.post("/api/echo", {"a": 1}) == {"a": 1}
        with pytest.raises(HomeError, match="404"):
            await client.post("/api/nothing", {})
