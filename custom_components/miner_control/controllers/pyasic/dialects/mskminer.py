"""MSKMINER on Antminers, compared with answers of release 2.6.0.39 (pyasic's tests)."""

from collections.abc import Iterable
from dataclasses import replace
import re
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ....domain.values import HashRateUnit
from ...network.parsing import first, hashrate_now, rows, section, voltage
from . import bitmain_stats
from .base import FREQUENCY, VOLTAGE, Dialect, answer_to

_MOST_CHAINS: Final = 16
_VERSION: Final = re.compile(r"v\.?(\d[\d.]*)")


class MskDialect(Dialect):
    """MSKMINER, of which pyasic looks for total and watts in the wrong row."""

    backends = frozenset({"MSKMiner"})
    features: ClassVar[Features] = frozenset(
        {FREQUENCY, VOLTAGE, MinerFeatureType.POWER_MONITORING}
    )
    unread_items = frozenset({"hashrate", "hashboards", "wattage"})

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
        return (await self._type()).split(" ")[0] or None

    @override
    async def read_firmware_version(self) -> str | None:
        """Read the version that stands behind the model."""
        version = _VERSION.search(await self._type())
        return version.group(1).strip(".") if version else None

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read total, boards, watts and voltage from one answer."""
        stats = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        row = stats[-1] if stats else {}
        rates = (row.get("GHS 5s"), row.get("total_rate"))
        read = (hashrate_now(rate, HashRateUnit.GH) for rate in rates)
        volts = (row.get(f"chain_voltage{n}") for n in range(1, _MOST_CHAINS + 1))
        return replace(
            bitmain_stats.of_rpc(row, str(self.miner.raw_model)),
            hashrate=next(filter(None, read), None),
            power=bitmain_stats.watts_of([row])[1],
            voltage=voltage(volts, fraction=1),
            operation=await self.read_counters(wanted),
        )

    async def _type(self) -> str:
        """Return what the firmware calls itself: model and version."""
        told = first((await answer_to(self.miner.rpc.version)).get("VERSION"))
        return str(told.get("Type") or "").strip()
