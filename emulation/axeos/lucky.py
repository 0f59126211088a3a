"""Lucky Miners LV07 and LV08, whose firmware is a closed fork of AxeOS 2.1.

Shapes are recorded answers of firmware 1.1.0: UpstreamData/pyasic#280 (LV07) and #278
(LV08, cut off behind its pools; the rest is that of AxeOS 2.4). What they can be told
is guessed from AxeOS 2.4, which they were made from.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from ..machine import Rating
from ..network import Json
from ..transport import HttpRequest, Reply
from .board import LV07, LV08, Board
from .kin import INDEX, EmulatedAxe, Route, change_pool, in_short, split, stratum

_WHOLE = ("frequency", "coreVoltage", "autofanspeed", "fanspeed")


class EmulatedLuckyLV07(EmulatedAxe):
    """Two chips; it tells neither its MAC address nor its name."""

    kind: ClassVar[str] = "lucky-lv07"
    model: ClassVar[str] = "Lucky Miner LV07"
    board: ClassVar[Board] = LV07
    rating: ClassVar[Rating] = LV07.rating

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a device as it leaves the factory."""
        super().__init__(address, **options)
        self.settings |= {"autofanspeed": 1, "fanspeed": 100}

    @property
    @override
    def fan_automatic(self) -> bool:
        return bool(self.settings["autofanspeed"])

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and not self.fan_automatic:
            return int(self.settings["fanspeed"])
        return super().fan_percent

    @override
    def routes(self) -> Mapping[str, Route]:
        return {
            "GET /": lambda _: Reply(INDEX),
            "GET /api/system/info": lambda _: Reply(self.info()),
            "PATCH /api/system": self._patch,
            "POST /api/system/restart": self._restart,
        }

    @override
    def refuses(self, request: HttpRequest) -> bool:
        return False

    def info(self) -> Json:
        """Return what it tells of the system."""
        watts = self.own_watts
        return self._work() | {
            "power": round(watts, 4),
            "voltagei": 12015.625,
            "current": round(watts / 12.015625 * 1000, 1),
            "fanSpeed": self.fan_rpm,
            "ssid": "workshop",
            "wifiStatus": "Connected!",
            "stratumPassword": self.pools[0].password,
            **stratum("stratum", self.pools[0]),
            "flipscreen": 1,
            "invertscreen": 0,
            "invertfanpolarity": 1,
            "autofanspeed": self.settings["autofanspeed"],
            "fanspeed": self.fan_percent,
            "selftest": 0,
            "allowUpdate": 0,
            "initMiner": "lucky",
        }

    def _work(self) -> Json:
        settings = self.settings
        return {
            "temp": round(self.chip_temperature),
            "hashRate": self.hashrate * 1000,
            "bestDiff": in_short(self.best_difficulty),
            "freeHeap": 8_445_720,
            "coreVoltage": settings["coreVoltage"],
            "coreVoltageActual": settings["coreVoltage"] - 22,
            "frequency": settings["frequency"],
            "sharesAccepted": self.machine.shares,
            "sharesRejected": self.rejected,
            "uptimeSeconds": int(self.uptime),
            "ASICModel": self.board.chip,
            "minerModel": self.board.model,
            "version": "1.1.0",
            "boardVersion": self.board.version,
            "runningPartition": "factory",
        }

    def _patch(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted:
            return Reply("Invalid JSON", 400)
        self.record(request.name, posted)
        changes = {k: v for k, v in posted.items() if _is_taken(k, v)}
        self.settings |= {k: v for k, v in changes.items() if k in _WHOLE}
        change_pool("stratum", changes, self.pools[0])
        self.apply()
        return Reply()

    def _restart(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply("System will restart shortly.")


class EmulatedLuckyLV08(EmulatedLuckyLV07):
    """Nine chips; it tells who it is."""

    kind: ClassVar[str] = "lucky-lv08"
    model: ClassVar[str] = "Lucky Miner LV08"
    board: ClassVar[Board] = LV08
    rating: ClassVar[Rating] = LV08.rating

    @override
    def info(self) -> Json:
        fallback = self.pools[1]
        host, port = split(fallback.url)
        left_out = ("voltagei", "fanSpeed", "stratumPassword", "selftest", "initMiner")
        told = {k: v for k, v in super().info().items() if k not in left_out}
        return told | {
            "voltage": 12140.625,
            "vrTemp": round(self.board_temperature),
            "bestSessionDiff": in_short(self.best_difficulty // 50),
            "isUsingFallbackStratum": int(self.uses_fallback),
            "macAddr": self.mac.upper(),
            "hostname": "espressif",
            "asicCount": self.board.chips,
            "asicDetected": self.board.chips,
            "smallCoreCount": self.board.cores,
            "fallbackStratumURL": host,
            "fallbackStratumPort": port,
            "fallbackStratumUser": fallback.user,
            "overheat_mode": 0,
            "fanrpm": self.fan_rpm,
        }


LUCKY_MINERS = (EmulatedLuckyLV07, EmulatedLuckyLV08)


def _is_taken(key: str, value: object) -> bool:
    """Tell whether the firmware takes a setting."""
    if key in ("frequency", "coreVoltage"):
        return isinstance(value, (int, float)) and value > 0
    return isinstance(value, (int, float) if key in _WHOLE else str)
