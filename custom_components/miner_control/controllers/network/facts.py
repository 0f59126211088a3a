"""What changes rarely, and is asked rarely: pools, errors, presets, lights."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Final

from ...const import LOGGER
from ...domain.features import MinerFeatureType
from ...domain.ports import PORTS
from ...domain.snapshot import Features, Snapshot
from ..errors import ControllerError
from .limits import in_short
from .merging import merged

# How long facts are believed.
INTERVAL = timedelta(minutes=10).total_seconds()
# How soon facts are asked for again that the device did not tell.
RETRY_INTERVAL = timedelta(minutes=1).total_seconds()
# The same where a question hung, at first: most of what hangs once is soon back.
FIRST_RETRY_INTERVAL = 5.0

# Features that rest on facts, with some firmware.
_OF_FACTS: Final[Features] = frozenset(
    {
        MinerFeatureType.PRESET_CONTROL,
        MinerFeatureType.POWER_LIMIT_CONTROL,
        MinerFeatureType.LOCATE_CONTROL,
        MinerFeatureType.MAX_POWER_DETECTION,
        MinerFeatureType.MAX_HASHRATE_DETECTION,
    }
)
# Of operation, facts are only a part.
NEED_FACTS: Final[Features] = _OF_FACTS | {MinerFeatureType.OPERATIONAL_MONITORING}

type Reader = Callable[[Features], Awaitable[Snapshot]]


class Facts:
    """Keep facts about one device until it is time to ask again."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known = Snapshot()
        self._wanted: Features = frozenset()
        self._next_at = 0.0
        # Until when what is known may stand in for what is asked for and not answered.
        self._good_until = 0.0
        self._retry = FIRST_RETRY_INTERVAL

    def forget(self) -> None:
        """Ask again at the next chance: something was changed, or was away."""
        self._known = Snapshot()
        self._next_at = self._good_until = 0.0
        self._retry = FIRST_RETRY_INTERVAL

    async def read(
        self,
        read: Reader,
        wanted: Features,
        extras: Snapshot,
        has_gaps: Callable[[], bool],
    ) -> Snapshot:
        """Return the facts, asked for anew if they are old.

        That a device does not tell them spoils nothing that it told before;
        `has_gaps` tells whether it let a question hang.
        """
        wanted &= NEED_FACTS
        if not wanted or (wanted <= self._wanted and monotonic() < self._next_at):
            return self._known
        self._wanted = wanted
        try:
            told = await read(wanted)
        except ControllerError as err:
            LOGGER.debug("No facts were told: %s", in_short(err))
            self._next_at = monotonic() + RETRY_INTERVAL
            return self._known
        if has_gaps():
            self._fill(told)
        else:
            self._replace(told, complete=_is_complete(wanted, told, extras))
        return self._known

    def _replace(self, told: Snapshot, *, complete: bool) -> None:
        """Know what was told, and nothing else."""
        self._known, self._retry = told, FIRST_RETRY_INTERVAL
        self._next_at = monotonic() + (INTERVAL if complete else RETRY_INTERVAL)
        self._good_until = monotonic() + INTERVAL + RETRY_INTERVAL

    def _fill(self, told: Snapshot) -> None:
        """Know what was told, and for a while what was told before of the rest."""
        before = self._known if monotonic() < self._good_until else Snapshot()
        self._known = merged(before, told)
        self._next_at = monotonic() + self._retry
        self._retry = min(self._retry * 2, RETRY_INTERVAL)


def _is_complete(wanted: Features, *told: Snapshot) -> bool:
    """Tell whether everything that is wanted was told by something."""
    return all(
        any(getattr(part, field) is not None for part in told)
        for feature in wanted & _OF_FACTS
        for field in PORTS[feature].fields
    )
