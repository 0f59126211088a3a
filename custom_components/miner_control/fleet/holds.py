"""What people told single miners: it holds for a while, and is shown with its end."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..coordinator import OwnCommand, authority_of
from ..domain.budget import Hold
from .members import runtime_of


class Holds:
    """Keep own commands, over a restart of Home Assistant."""

    def __init__(
        self,
        hass: HomeAssistant,
        seconds: float,
        stored: object,
        on_change: Callable[[], None],
    ) -> None:
        """Remember what was stored; a command holds for some seconds."""
        self._hass = hass
        self._seconds = seconds
        self._on_change = on_change
        self._known: dict[str, Hold] = {}
        self._stop: list[CALLBACK_TYPE] = []
        for miner_id, hold in (stored if isinstance(stored, dict) else {}).items():
            try:
                self._known[miner_id] = Hold(**hold)
            except TypeError:
                continue

    @callback
    def async_start(self, miners: Iterable[str]) -> None:
        """Listen to what is told to some miners."""
        for miner_id in miners:
            authority = authority_of(self._hass, miner_id)
            self._stop.append(authority.async_subscribe(partial(self._note, miner_id)))

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        while self._stop:
            self._stop.pop()()

    def at(self, now: float) -> dict[str, Hold]:
        """Return what holds at a time, and forget the rest."""
        for miner_id in [m for m, hold in self._known.items() if hold.until <= now]:
            del self._known[miner_id]
        return self._known

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored."""
        return {miner_id: asdict(hold) for miner_id, hold in self._known.items()}

    @callback
    def _note(self, miner_id: str, command: OwnCommand) -> None:
        """Note what a person told a miner: mining, or how much it is to draw."""
        if self._seconds <= 0:
            return
        before = self._known.get(miner_id)
        mining = command.mines
        if mining is None:
            mining = before.mining if before else self._is_mining(miner_id)
        watts = command.watts
        if watts is None and command.mines is not None and before and before.mining:
            watts = before.watts
        until = command.at + self._seconds
        self._known[miner_id] = Hold(until=until, mining=mining, watts=watts)
        self._on_change()

    def _is_mining(self, miner_id: str) -> bool:
        """Tell whether a miner mines, of which a person only changed the power."""
        runtime = runtime_of(self._hass, miner_id)
        return runtime is None or runtime.events.is_mining is not False
