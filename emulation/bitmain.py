"""Bitmain's hardware and the RPC port that its firmwares share."""

from abc import abstractmethod
from collections.abc import Mapping
import time
from typing import Any, ClassVar

from .cgminer import CgminerRpc, Command, pool_rows
from .device import EmulatedMiner
from .network import Json

_CHAIN_SLOTS = 4
# How far each of a board's four sensors is from their mean, in degrees.
_SENSORS = (-3, -2, 2, 3)


class BitmainMiner(EmulatedMiner):
    """A machine with three boards, four fans and an API to read only."""

    oui: ClassVar[str] = "28:e2:97"
    api_name: ClassVar[str]
    joins_commands: ClassVar[bool]
    per_terahash: ClassVar[float] = 1e3
    """How many of the unit that its figures are in make 1 TH/s."""
    rate_unit: ClassVar[str] = "GH"

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine."""
        self._rpc = CgminerRpc(
            self.api_name,
            self._commands(),
            joins=self.joins_commands,
            denied=frozenset({"devdetails", "config", "edevs", "restart"}),
        )
        super().__init__(address, **options)
        tail = self.mac[-8:].replace(":", "")
        self.serial_number = f"YNAHAADABJE{tail}".upper()

    @property
    @abstractmethod
    def identity(self) -> Json:
        """Return what the firmware says of itself."""

    @property
    def gigahashes(self) -> float:
        """Return the hash rate as it is told, under the name of GH/s."""
        return round(self.hashrate * self.per_terahash, 2)

    @property
    def ideal_rate(self) -> float:
        """Return the hash rate that is expected, in the same unit."""
        return self.expected_hashrate * self.per_terahash

    @property
    def board_rate(self) -> float:
        """Return one board's share of the hash rate in the same unit."""
        return round(self.hashrate * self.per_terahash / self.rating.boards, 2)

    @property
    def board_sensors(self) -> list[int]:
        """Return the temperatures that a board's own sensors show."""
        return self._sensors(self.board_temperature)

    @property
    def chip_sensors(self) -> list[int]:
        """Return the temperatures of the chips next to them."""
        return self._sensors(self.chip_temperature)

    @property
    def chip_map(self) -> str:
        """Return a board's chips as these firmwares draw them."""
        return " ooo" * (self.rating.chips // 3) + "o" * (self.rating.chips % 3)

    def _sensors(self, mean: float) -> list[int]:
        """Return four readings; without hashing, boards have no power."""
        if not self.mining:
            return [0] * len(_SENSORS)
        return [round(mean) + offset for offset in _SENSORS]

    def _commands(self) -> Mapping[str, Command]:
        return {
            "version": self._version,
            "summary": self._summary,
            "stats": self._stats,
            "pools": self._pools,
        }

    def _version(self, _: Json) -> Json:
        return self._rpc.success(22, "CGMiner versions", VERSION=[self.identity])

    def _summary(self, _: Json) -> Json:
        rate = self.gigahashes
        row = {
            "Elapsed": self.elapsed,
            "GHS 5s": rate,
            "GHS av": rate,
            "GHS 30m": rate,
            "Found Blocks": 0,
            "Getwork": 3957,
            "Accepted": self.machine.shares,
            "Rejected": self.machine.shares // 500,
            "Hardware Errors": 562,
            "Utility": 4.82,
            "Discarded": 0,
            "Stale": 1,
            "Best Share": 12_904_207_043,
            "Device Hardware%": 0.0,
            "Pool Rejected%": 0.2,
            "Pool Stale%": 0.0,
            "Last getwork": int(time.time()),
        }
        return self._rpc.success(11, "Summary", SUMMARY=[row])

    def _stats(self, _: Json) -> Json:
        rows = [self.identity | {"STATS": 0}, self._totals() | self._chains()]
        return self._rpc.success(70, "CGMiner stats", STATS=rows)

    def _totals(self) -> Json:
        rate = self.gigahashes
        fans = {f"fan{n}": self.fan_rpm for n in range(1, self.rating.fans + 1)}
        return {
            "STATS": 0,
            "ID": "BTM_SOC0",
            "Elapsed": self.elapsed,
            "GHS 5s": rate,
            "GHS av": rate,
            "rate_30m": rate,
            "Mode": 2,
            "miner_count": self.rating.boards,
            "frequency": round(self.frequency),
            "fan_num": self.rating.fans,
            **fans,
            "temp_num": self.rating.boards,
            "total_rateideal": round(self.ideal_rate, 1),
            "rate_unit": self.rate_unit,
            "total_freqavg": round(self.frequency),
            "total_acn": self.rating.boards * self.rating.chips,
            "total rate": rate,
            "temp_max": 0,
            "no_matching_work": 562,
            "miner_id": "8144d5ca79104814",
        }

    def _chains(self) -> Json:
        """Return what `stats` tells of each chain, of which the last is empty."""
        entries: Json = {}
        for slot in range(1, _CHAIN_SLOTS + 1):
            there = slot <= self.rating.boards
            boards = self.board_sensors if there else [0] * len(_SENSORS)
            chips = self.chip_sensors if there else [0] * len(_SENSORS)
            entries |= {
                f"temp{slot}": max(boards),
                f"temp2_{slot}": max(chips),
                f"temp_pcb{slot}": "-".join(map(str, boards)),
                f"temp_chip{slot}": "-".join(map(str, chips)),
                f"chain_acn{slot}": self.rating.chips if there else 0,
                f"chain_acs{slot}": self.chip_map if there else "",
                f"chain_hw{slot}": 0,
                f"chain_rate{slot}": f"{self.board_rate:.2f}" if there else "",
                f"freq{slot}": round(self.frequency) if there else 0,
            }
        return entries

    def _pools(self, _: Json) -> Json:
        rows = pool_rows(self.pools, self.machine.shares, active=self.mining)
        return self._rpc.success(7, f"{len(rows)} Pool(s)", POOLS=rows)
