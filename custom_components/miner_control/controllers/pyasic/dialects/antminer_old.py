"""Antminers before the S17 with Bitmain's own firmware, read by their RPC port alone.

Compared with reports of an S9 (MultiMiner#290) and of an L3+ (pyasic#210).
"""

from typing import ClassVar, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ...network.merging import merged
from ...network.parsing import first, rows
from . import bitmain_stats
from .base import FREQUENCY, Dialect, answer_to


class OldAntminerDialect(Dialect):
    """An Antminer of which pyasic takes megahashes for more and misses fans."""

    backends = frozenset({"AntminerOld", "BMMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    unread_items = frozenset({"expected_hashrate", "hashboards", "fans"})

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is always asked for."""
        return frozenset({"summary", "stats"})

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read everything from two answers, with the counters."""
        told = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        row = told[-1] if told else {}
        summary = first((await answer_to(self.miner.rpc.summary)).get("SUMMARY"))
        algorithm, model = self.algorithm, str(self.miner.raw_model)
        return merged(
            merged(
                bitmain_stats.totals_of(summary, row, algorithm, self.unit),
                bitmain_stats.of_rpc(row, model, algorithm),
            ),
            Snapshot(
                internal_fan_speeds=bitmain_stats.fans_of(row, self.miner.expected_fans)
                if MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING in wanted
                else None,
                operation=await self.read_counters(wanted),
            ),
        )
