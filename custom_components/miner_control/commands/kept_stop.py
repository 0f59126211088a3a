"""A stop of mining that outlives a cut of the power.

Some devices forget that they were told to stop as soon as they begin anew, and mine.
One that was stopped to stay stopped is stopped again then; what a cut of the power
stopped is none of that. Who lets the miner mine, be it on its own page, undoes it.
"""

from datetime import timedelta
from time import monotonic
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..coordinator import MinerCoordinator
from ..domain.ports import MiningControlPort

_KEY: Final = "kept_stop"
# Within what the clocks of a device and of Home Assistant may differ: devices tell
# whole seconds, which are read a moment later, and go wrong by some seconds in a day.
_SLACK: Final = timedelta(seconds=3)
_DRIFT: Final = 0.0005
# How long to wait before another try, in seconds, and how often to try.
RETRY_SECONDS: Final = 30.0
MOST_TRIES: Final = 5


class KeptStop:
    """Remember that a miner was stopped, over a restart of Home Assistant."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Remember it for the miner of a coordinator."""
        self._coordinator = coordinator
        self._tries = 0
        self._next_at = 0.0
        # For how long the device was up when it was last seen to rest.
        self._seen = timedelta()

    def note(self) -> None:
        """Note that the miner was stopped, and is to stay so."""
        uptime = _uptime(self._coordinator.provider(MiningControlPort)) or timedelta()
        self._tries = 0
        self._seen = uptime
        self._coordinator.notes[_KEY] = {
            "at": dt_util.utcnow().timestamp(),
            "uptime": uptime.total_seconds(),
        }

    def forget(self) -> None:
        """Forget it: the miner shall mine."""
        self._tries = 0
        if self._coordinator.notes.get(_KEY) is not None:
            self._coordinator.notes[_KEY] = None

    def note_failure(self) -> None:
        """Note that the miner did not stop again, and give that up after some tries."""
        self._tries += 1
        self._next_at = monotonic() + RETRY_SECONDS
        if self._tries >= MOST_TRIES:
            self.forget()

    @property
    def is_lost(self) -> bool:
        """Tell whether the miner mines only because its device forgot the stop.

        It is forgotten here as well where somebody undid it.
        """
        noted, coordinator = self._coordinator.notes.get(_KEY), self._coordinator
        if noted is None:
            return False
        port = coordinator.provider(MiningControlPort)
        if coordinator.data.is_known_off or coordinator.data.command:
            return False
        uptime = _uptime(port)
        if port is None or uptime is None or port.loses_stop is None:
            return False
        if port.is_mining is not True:
            self._seen = uptime
            return False
        if not port.loses_stop or not self._began_anew(noted, uptime):
            self.forget()
            return False
        return monotonic() >= self._next_at

    def _began_anew(self, noted: dict[str, Any], uptime: timedelta) -> bool:
        """Tell whether the device has restarted since it was stopped."""
        known = timedelta(seconds=noted["uptime"])
        elapsed = timedelta(seconds=dt_util.utcnow().timestamp() - noted["at"])
        expected = known + elapsed * (1 - _DRIFT) - _SLACK
        return uptime < max(self._seen, known, expected)


def _uptime(port: MiningControlPort | None) -> timedelta | None:
    """Return for how long a device is up, None if it does not tell."""
    operation = port.snapshot.operation if port else None
    return operation.uptime if operation else None
