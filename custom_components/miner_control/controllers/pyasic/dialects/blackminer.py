"""Hammer and VolcMiner, whose firmware comes from an older Antminer's.

Compared with the answers of a Hammer D10 with 2023-05-28 (pyasic's tests).
"""

from dataclasses import replace
from typing import ClassVar, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ...network.parsing import frequency, rows
from . import bitmain_stats
from .base import FREQUENCY, Dialect, answer_to


class BlackMinerDialect(Dialect):
    """A scrypt machine of whose fans pyasic reads as many as it takes it to have."""

    backends = frozenset({"BlackMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    unread_items = frozenset({"fans"})

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is always asked for."""
        return super().asked_along(wanted) | {"stats"}

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the fans and the clock along with the counters."""
        found = await super().read_extras(wanted)
        told = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        row = told[-1] if told else {}
        shows_fans = MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING in wanted
        return replace(
            found,
            frequency=frequency([row.get("frequency")]),
            internal_fan_speeds=bitmain_stats.fans_of(row, None)
            if shows_fans
            else None,
        )
