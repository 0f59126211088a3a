"""An Antminer S9, whose boards and fans have numbers that do not begin at 1.

After what one told at its RPC port (nwoolls/MultiMiner#290), of which the pages are
guessed: it has no statistics there and no work mode in its settings.
"""

from typing import ClassVar, override

from emulation.machine import Rating
from emulation.network import Json
from emulation.transport import HttpRequest, Reply

from .device import EmulatedAntminer

_SLOTS = 16
_FIRST_SLOT = 6
_FANS = 8
_FANS_AT = (3, 6)
_PAGES = ("get_system_info", "get_network_info", "get_miner_conf")
_NOT_TOLD = ("total_rateideal", "rate_unit")


class EmulatedAntminerS9(EmulatedAntminer):
    """An S9 with Bitmain's own firmware of 2017, that can only be read."""

    kind: ClassVar[str] = "antminer-s9"
    model: ClassVar[str] = "Antminer S9"
    rating: ClassVar[Rating] = Rating(
        hashrate=14.0,
        watts=1372.0,
        idle_watts=20.0,
        boot_watts=10.0,
        frequency=656.0,
        chips=63,
        fans=2,
        fan_rpm=6000,
    )

    @override
    def _totals(self) -> Json:
        told = {
            name: v for name, v in super()._totals().items() if name not in _NOT_TOLD
        }
        fans = {f"fan{n}": 0 for n in range(1, _FANS + 1)}
        return told | fans | {f"fan{n}": self.fan_rpm for n in _FANS_AT}

    @override
    def _chains(self) -> Json:
        entries: Json = {}
        for slot in range(1, _SLOTS + 1):
            there = 0 <= slot - _FIRST_SLOT < self.rating.boards
            entries |= {
                f"temp{slot}": round(self.board_temperature) if there else 0,
                f"temp2_{slot}": round(self.chip_temperature) if there else 0,
                f"temp3_{slot}": 0,
                f"freq_avg{slot}": self.frequency if there else 0.0,
                f"chain_acn{slot}": self.rating.chips if there else 0,
                f"chain_acs{slot}": self.chip_map if there else "",
                f"chain_rate{slot}": f"{self.board_rate:.2f}" if there else "",
            }
        return entries

    @override
    def configuration(self) -> Json:
        told = super().configuration()
        return {name: told[name] for name in ("pools", "bitmain-freq", "api-listen")}

    @override
    def _answer(self, request: HttpRequest) -> Reply:
        name = request.path.rpartition("/")[2].removesuffix(".cgi")
        if name in _PAGES or not name:
            return super()._answer(request)
        return Reply("<html><title>404 Not Found</title></html>", 404)
