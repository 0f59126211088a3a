"""What a device tells by itself: one socket that AxeOS has from 2.15 on.

The first frame holds everything, later ones what has changed. That something is gone
is never told, so everything is read again from time to time, and at every poll while
a fault is told. Frames come twice a second for ever; most change nothing that anybody
would notice, and wait for the next poll, which then needs no request.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from datetime import timedelta
import json
from time import monotonic
from typing import Any, Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
)
from homeassistant.core import HomeAssistant, callback

from ...const import DOMAIN, LOGGER
from ..network.limits import in_short
from ..network.parsing import number
from .api import in_url
from .family import MAC, Info

PATH: Final = "/api/ws/live"
# Older releases lose sockets.
SINCE: Final = (2, 15)
# How old a whole answer may be, and at first one that lacks what there was before.
WHOLE_SECONDS: Final = timedelta(minutes=10).total_seconds()
GAP_SECONDS: Final = 5.0
# A device that is silent for so long has gone.
SILENCE: Final = 10.0
CONNECT_TIMEOUT: Final = 5.0
# How long it may take to say goodbye; Home Assistant may be waiting for that.
CLOSE_TIMEOUT: Final = 0.5
# How soon to try again, at first and at most.
RETRY_SECONDS: Final = 15.0
MOST_RETRY_SECONDS: Final = 600.0
# How soon a change is announced, and how often at most.
ANNOUNCE_SECONDS: Final = 0.5
_MOST_BYTES: Final = 256 * 1024

# While one of these is told, its end would not be.
_FAULTS: Final = ("power_fault", "hardware_fault")
# What a whole answer may lack: faults, and what is told when asked alone.
_MAY_LACK: Final = frozenset({*_FAULTS, "fullHostname", "mdnsHostname"})
# What is announced whenever it changes.
_STATES: Final = frozenset(
    {
        *_FAULTS,
        "miningPaused",
        "overheat_mode",
        "frequency",
        "coreVoltage",
        "autofanspeed",
        "manualFanSpeed",
        "temptarget",
        "minFanSpeed",
        "isUsingFallbackStratum",
        "useFallbackStratum",
        "stratumURL",
        "version",
        "bestDiff",
        "blockFound",
    }
)
# By how much these have to change, as a share or in their own unit, to be announced.
_MEASURED: Final[Mapping[str, tuple[float, float]]] = {
    "hashRate": (0.1, 5.0),
    "power": (0.05, 0.5),
    "temp": (0.0, 1.0),
    "temp2": (0.0, 1.0),
    "vrTemp": (0.0, 2.0),
    "fanspeed": (0.0, 10.0),
    "actualFrequency": (0.0, 5.0),
}


class Push:
    """Listen to one device, and hold what it told."""

    def __init__(
        self,
        hass: HomeAssistant,
        session: ClientSession,
        host: str,
        announce: Callable[[], None],
    ) -> None:
        """Remember whom to tell; connect to nothing."""
        self._hass = hass
        self._session = session
        self._host = host
        self._announce = announce
        self._told: dict[str, Any] = {}
        self._shown: dict[str, Any] = {}
        # What came while the device is being asked.
        self._news: dict[str, Any] | None = None
        self._whole_until = 0.0
        # What was ever told, and how soon to ask for that where it is not any more.
        self._seen: frozenset[str] = frozenset()
        self._gap = GAP_SECONDS
        self._heard_at = -SILENCE
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @callback
    def start(self) -> None:
        """Begin to listen, if nobody does."""
        if self._task is None:
            # In a context of its own: it outlives the turn that it is begun in.
            self._task = Context().run(
                self._hass.async_create_background_task,
                self._listen(),
                f"{DOMAIN} push of {self._host}",
            )

    @callback
    def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._heard_at = -SILENCE

    @property
    def is_live(self) -> bool:
        """Tell whether the device is telling by itself."""
        return monotonic() - self._heard_at < SILENCE

    def info(self) -> Info | None:
        """Return all that the device told; None where it has to be asked."""
        is_whole = monotonic() < self._whole_until
        if not self.is_live or not is_whole or any(map(self._told.get, _FAULTS)):
            return None
        self._shown = dict(self._told)
        return self._shown

    @contextmanager
    def asking(self) -> Iterator[Info]:
        """Collect what the device tells by itself while it is asked.

        Its answer may be older, however late it comes, and what has not changed since
        is never told again.
        """
        self._news = news = dict[str, Any]()
        try:
            yield news
        finally:
            self._news = None

    def replace(self, info: Info) -> None:
        """Take a whole answer, in which nothing is left that is gone.

        What is back is not told again unless it has changed, so it is asked for soon.
        """
        self._told = dict(info)
        self._shown = self._told.copy()
        told = frozenset(key for key, value in info.items() if value is not None)
        wait = WHOLE_SECONDS
        if self._seen - told - _MAY_LACK:
            wait, self._gap = self._gap, min(2 * self._gap, WHOLE_SECONDS)
        else:
            self._gap = GAP_SECONDS
        # What is lacking for so long has gone for good.
        self._seen = told if wait == WHOLE_SECONDS else self._seen | told
        self._whole_until = monotonic() + wait

    def expire(self) -> None:
        """Have the device asked next time: it was told something."""
        self._whole_until = 0.0

    async def _listen(self) -> None:
        """Listen for ever; try again, ever more rarely, where that fails."""
        wait = RETRY_SECONDS
        while True:
            try:
                if await self._converse():
                    wait = RETRY_SECONDS
            except (ClientError, TimeoutError, OSError, ValueError) as err:
                LOGGER.debug("No push from %s: %s", self._host, in_short(err))
            self._heard_at = -SILENCE
            await asyncio.sleep(wait)
            wait = min(2 * wait, MOST_RETRY_SECONDS)

    async def _converse(self) -> bool:
        """Listen until the device falls silent; return whether it told anything."""
        async with asyncio.timeout(CONNECT_TIMEOUT):
            socket = await self._session.ws_connect(
                f"http://{in_url(self._host)}{PATH}",
                max_msg_size=_MOST_BYTES,
                timeout=ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
            )
        try:
            return await self._take_frames(socket)
        finally:
            await socket.close()

    async def _take_frames(self, socket: ClientWebSocketResponse) -> bool:
        """Take frame after frame; raise ValueError for one that makes no sense."""
        heard = False
        while True:
            message = await socket.receive(SILENCE)
            if message.type is not WSMsgType.TEXT:
                return heard
            frame = json.loads(message.data)
            changes = frame.get("data") if isinstance(frame, dict) else None
            if not isinstance(changes, dict):
                raise ValueError("this is no frame")  # noqa: TRY004 - as JSON has it
            self._take(changes, whole=not heard)
            heard = True

    @callback
    def _take(self, changes: dict[str, Any], *, whole: bool) -> None:
        """Take what has changed, and announce it if anybody would notice."""
        if whole:
            self.replace(changes)
        else:
            self._told |= changes
        if self._news is not None:
            # Who it is, is what the answer says.
            self._news |= {k: v for k, v in changes.items() if k != MAC}
        self._heard_at = monotonic()
        if self._timer is None and self._is_noticeable(changes):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(ANNOUNCE_SECONDS, self._tell)

    @callback
    def _tell(self) -> None:
        """Announce what has changed."""
        self._timer = None
        self._announce()

    def _is_noticeable(self, changes: Mapping[str, Any]) -> bool:
        """Tell whether anything has changed much since it was shown last."""
        for key, value in changes.items():
            if key in _STATES and self._shown.get(key) != value:
                return True
            limits = _MEASURED.get(key)
            if limits is not None and _differs(self._shown.get(key), value, *limits):
                return True
        return False


def _differs(shown: object, now: object, share: float, least: float) -> bool:
    """Tell whether a measurement is another than the one that is shown."""
    before, after = number(shown), number(now)
    if before is None or after is None:
        return before is not after
    return abs(after - before) > max(least, share * abs(before))
