"""What a cut of the power leaves behind: a miner that was stopped for it.

Many keep a stop over a loss of power, and would sleep for good. Power on undoes what
power off did, be it given by a command, at the plug, or while Home Assistant is down.
"""

from time import monotonic
from typing import Final

from ..coordinator import MinerCoordinator
from ..domain.ports import MiningControlPort

_KEY: Final = "stopped_for_cut"
# It was told to stop, but has its power still; or was cut after that.
_STOPPED, _CUT = "stopped", "cut"


class Resumption:
    """Remember whether mining has to be resumed, over a restart of Home Assistant."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Remember it for the miner of a coordinator."""
        self._coordinator = coordinator
        self._due_since: float | None = None

    def note_stop(self) -> None:
        """Note that the miner is told to stop because its power will be cut."""
        self._note(_STOPPED)

    def note_cut(self) -> None:
        """Note that the power was cut."""
        if self._noted is not None:
            self._note(_CUT)

    def note_power(self) -> None:
        """Note that the miner was given power, which it may have had all the time."""
        self.note_cut()

    def forget(self) -> None:
        """Forget it: the miner mines, or shall not."""
        self._note(None)

    @property
    def is_due(self) -> bool:
        """Tell whether the miner can be told to mine again now."""
        coordinator = self._coordinator
        if self._noted != _CUT or coordinator.data.is_known_off:
            self._due_since = None
            return False
        if self._due_since is None:
            self._due_since = monotonic()
        return coordinator.provider(MiningControlPort) is not None

    @property
    def is_too_late(self) -> bool:
        """Tell whether the miner has had the time that a start may take."""
        since, grace = self._due_since, self._coordinator.boot_grace
        return since is not None and monotonic() - since >= grace

    @property
    def _noted(self) -> object:
        """Return what was noted."""
        return self._coordinator.notes.get(_KEY)

    def _note(self, what: str | None) -> None:
        """Note something, where it is news."""
        if self._noted != what:
            self._coordinator.notes[_KEY] = what
