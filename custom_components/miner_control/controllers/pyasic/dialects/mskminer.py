"""MSKMINER on Antminers, compared with answers of release 2.6.0.39 (pyasic's tests)."""

from collections.abc import Iterable
from dataclasses import replace
import re
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ...network.merging import merged
from ...network.parsing import first, rows, section, voltage
from . import bitmain_stats
from .base import FREQUENCY, VOLTAGE, Dialect, answer_to

_MOST_CHAINS: Final = 16
# It is called a L3+ by the name of its maker, and an S19 by its own alone.
_MODEL: Final = re.compile(r"(?:Antminer )?[^ ]+")
_VERSION: Final = re.compile(r"v\.?(\d[\d.]*)")


class MskDialect(Dialect):
    """MSKMINER, of which pyasic looks for total and watts in the wrong row."""

    backends = frozenset({"MSKMiner"})
    features: ClassVar[Features] = frozenset(
        {FREQUENCY, VOLTAGE, MinerFeatureType.POWER_MONITORING}
    )
    unread_items = frozenset(
        {"hashrate", "expected_hashrate", "hashboards", "wattage", "fans"}
    )

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data, less what its web interface alone tells."""
        return await super().read_data(frozenset(items) - {"mac"})

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, which wants a login."""
        told = section((await answer_to(self.miner.web.info_v1)).get("network_info"))
        return section(told.get("result")).get("macaddr")

    @override
    async def read_model(self) -> str | None:
        """Read the model, which pyasic does not ask this firmware for."""
        told = _MODEL.match(await self._type())
        return told.group() if told else None

    @override
    async def read_firmware_version(self) -> str | None:
        """Read the version that stands behind the model."""
        version = _VERSION.search(await self._type())
        return version.group(1).strip(".") if version else None

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read totals, boards, fans, watts and voltage from one answer."""
        stats = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        row = stats[-1] if stats else {}
        rate = row.get("GHS 5s", row.get("total_rate"))
        told = {"GHS 5s": rate}
        totals = bitmain_stats.totals_of(told, row, self.algorithm, self.unit)
        volts = (row.get(f"chain_voltage{n}") for n in range(1, _MOST_CHAINS + 1))
        model = str(self.miner.raw_model)
        return replace(
            merged(totals, bitmain_stats.of_rpc(row, model, self.algorithm)),
            internal_fan_speeds=bitmain_stats.fans_of(row, None),
            power=bitmain_stats.watts_of([row])[1],
            voltage=voltage(volts, fraction=1),
            operation=await self.read_counters(wanted),
        )

    async def _type(self) -> str:
        """Return what the firmware calls itself: model and version."""
        told = first((await answer_to(self.miner.rpc.version)).get("VERSION"))
        return str(told.get("Type") or "").strip()
