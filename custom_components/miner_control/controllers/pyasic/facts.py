"""What changes rarely, and is asked rarely: pools, errors, presets, lights."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Final

from ...const import LOGGER
from ...domain.features import MinerFeatureType
from ..errors import ControllerError
from ..snapshot import Snapshot
from .dialects.base import Features
from .limits import in_short

# How long facts are believed.
INTERVAL = timedelta(minutes=10).total_seconds()
# How soon facts are asked for again that the device did not tell.
RETRY_INTERVAL = timedelta(minutes=1).total_seconds()

# What each feature shows of them.
_FIELDS: Final = {
    MinerFeatureType.PRESET_CONTROL: "presets",
    MinerFeatureType.POWER_LIMIT_CONTROL: "power_limit",
    MinerFeatureType.LOCATE_CONTROL: "is_locating",
    MinerFeatureType.MAX_POWER_DETECTION: "max_power",
    MinerFeatureType.MAX_HASHRATE_DETECTION: "max_hashrate",
}
# Features that rest on facts at least in part, with some firmware.
NEED_FACTS: Final[Features] = frozenset(
    {*_FIELDS, MinerFeatureType.OPERATIONAL_MONITORING}
)

type Reader = Callable[[Features], Awaitable[Snapshot]]


class Facts:
    """Keep facts about one device until it is time to ask again."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known = Snapshot()
        self._wanted: Features = frozenset()
        self._next_at = 0.0

    def forget(self) -> None:
        """Ask again at the next chance: something was changed, or was away."""
        self._known = Snapshot()
        self._next_at = 0.0

    async def read(self, read: Reader, wanted: Features, extras: Snapshot) -> Snapshot:
        """Return the facts, asked for anew if they are old.

        That a device does not tell them spoils nothing that it told before.
        """
        wanted &= NEED_FACTS
        if not wanted or (wanted <= self._wanted and monotonic() < self._next_at):
            return self._known
        complete = False
        try:
            self._known = await read(wanted)
        except ControllerError as err:
            LOGGER.debug("No facts were told: %s", in_short(err))
        else:
            complete = _is_complete(wanted, self._known, extras)
        self._wanted = wanted
        self._next_at = monotonic() + (INTERVAL if complete else RETRY_INTERVAL)
        return self._known


def _is_complete(wanted: Features, *told: Snapshot) -> bool:
    """Tell whether everything that is wanted was told by something."""
    return all(
        any(getattr(part, field) is not None for part in told)
        for feature, field in _FIELDS.items()
        if feature in wanted
    )
