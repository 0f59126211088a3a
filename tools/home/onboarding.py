"""The first user of a new Home Assistant."""

import asyncio
from dataclasses import dataclass
import secrets

import aiohttp

from .errors import HomeError

# Home Assistant installs no package before its web server answers.
START_TIMEOUT = 60.0
START_POLL = 0.25


@dataclass(frozen=True)
class Login:
    """A user's name and password."""

    username: str
    password: str


def new_login() -> Login:
    """Return a login that nobody else on this machine can guess."""
    return Login("demo", secrets.token_urlsafe(9))


async def wait_for_start(session: aiohttp.ClientSession, base: str) -> None:
    """Wait until Home Assistant runs and can be onboarded."""
    for _ in range(round(START_TIMEOUT / START_POLL)):
        if await _is_ready(session, base):
            return
        await asyncio.sleep(START_POLL)
    raise HomeError(f"Home Assistant did not answer within {START_TIMEOUT:.0f} s")


async def _is_ready(session: aiohttp.ClientSession, base: str) -> bool:
    """Tell whether the onboarding answers."""
    try:
        async with session.get(f"{base}/api/onboarding") as response:
            return response.ok
    except aiohttp.ClientError:
        return False


async def create_owner(session: aiohttp.ClientSession, base: str, login: Login) -> str:
    """Create the owner and return an access token."""
    client_id = f"{base}/"
    user = {
        "client_id": client_id,
        "name": "Demo",
        "username": login.username,
        "password": login.password,
        "language": "en",
    }
    async with session.post(f"{base}/api/onboarding/users", json=user) as response:
        response.raise_for_status()
        code = (await response.json())["auth_code"]
    exchange = {
        "client_id": client_id,
        "grant_type": "authorization_code",
        "code": code,
    }
    async with session.post(f"{base}/auth/token", data=exchange) as response:
        response.raise_for_status()
        return str((await response.json())["access_token"])
