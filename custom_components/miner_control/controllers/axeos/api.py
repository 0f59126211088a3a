"""Ask a device of ESP-Miner's kind over HTTP, on Home Assistant's own session.

No connection is kept, for these devices have few sockets. No `Origin` is sent, for
they refuse pages of other networks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
import json
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from ..errors import (
    CommandRefusedError,
    ControllerError,
    ControllerUnreachableError,
    DeviceBusyError,
    DeviceLockedError,
    ForbiddenNetworkError,
    OneTimePasswordError,
    UnsupportedError,
)
from ..network.limits import in_short

INFO: Final = "/api/system/info"
TIMEOUT: Final = 8.0
# How long a device may take to say that it is one of this kind.
FIND_TIMEOUT: Final = 3.0

_CLOSE: Final = {"Connection": "close"}
_BUSY: Final = (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
_NOT_THERE: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.FOUND,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered."""

    status: int
    text: str
    wants_login: bool = False
    """Whether it names a way to log in, which no device of this kind does."""

    @property
    def is_ok(self) -> bool:
        """Tell whether the device did what it was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def content(self) -> Any:
        """Return the content, None if it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def object(self) -> dict[str, Any]:
        """Return the JSON object in the content, empty if there is none."""
        found = self.content() if self.is_ok else None
        return found if isinstance(found, dict) else {}


class Api:
    """The web interface of one device."""

    def __init__(self, session: ClientSession, host: str) -> None:
        """Remember where the device is; contact nothing."""
        self._session = session
        self.host = host

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float = TIMEOUT,
    ) -> Answer:
        """Return the answer, whatever it is.

        Raises ControllerUnreachableError if there is none.
        """
        try:
            async with self._session.request(
                method,
                f"http://{in_url(self.host)}{path}",
                json=body,
                headers={**_CLOSE, **(headers or {})},
                allow_redirects=False,
                timeout=ClientTimeout(total=seconds),
            ) as response:
                return Answer(
                    response.status,
                    await response.text(errors="replace"),
                    wants_login="WWW-Authenticate" in response.headers,
                )
        except (ClientError, TimeoutError, OSError) as err:
            raise ControllerUnreachableError(f"{self.host}: {in_short(err)}") from err

    async def get(self, path: str) -> dict[str, Any]:
        """Return the JSON object of a page, empty if the device has no such page.

        Raises ControllerError where it refuses, or answers nothing.
        """
        answer = await self.ask("GET", path)
        if answer.status in _NOT_THERE:
            return {}
        self.require(answer, path)
        return answer.object()

    def require(self, answer: Answer, what: str) -> None:
        """Raise the ControllerError that says why the device did not do something."""
        if not answer.is_ok:
            raise self._refusal(answer, what)

    def _refusal(self, answer: Answer, what: str) -> ControllerError:
        """Return the error that a refusal stands for; it quotes no device."""
        host = self.host
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return self._unauthorized(answer)
        if answer.status in _BUSY:
            return DeviceBusyError(f"{host} is busy with an update or a benchmark")
        if answer.status in _NOT_THERE:
            return UnsupportedError(f"{host} does not know {what}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ControllerUnreachableError(f"{host} failed at {what}")
        return CommandRefusedError(f"{host} refused {what} ({answer.status})")

    def _unauthorized(self, answer: Answer) -> ControllerError:
        """Return which of three refusals this one is."""
        said = answer.text.lower()
        if "blocked" in said:
            return DeviceLockedError(
                f"{self.host} takes no one-time password (OTP) for five minutes, "
                "since too many were wrong"
            )
        if "otp" in said:
            return OneTimePasswordError(
                f"{self.host} asks for a one-time password (OTP)"
            )
        return ForbiddenNetworkError(
            f"{self.host} only answers devices of its own private network"
        )


def in_url(host: str) -> str:
    """Return an IP address as a URL has it."""
    return f"[{host}]" if ":" in host else host
