"""An NMAxeGamma with the firmware of its maker.

Shapes and behaviour are those of NMminer1024/ESP-Miner-NMAxe, 3.0.21 of 2026-06-27:
`src/web/http_server.cpp` and `docs/API.md`. It tells no MAC address, and everybody
its pool's password. How long it takes to pause and to resume is guessed.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from ..machine import Rating
from ..network import Json
from ..transport import HttpRequest, Reply
from .board import NM_AXE_GAMMA, Board
from .kin import INDEX, EmulatedAxe, Route, in_short

_PAUSING_SECONDS = 0.5
_RESUMING_SECONDS = 3.0
_DONE = {"status": "ok"}


class EmulatedNMAxe(EmulatedAxe):
    """One chip, one fan, and answers that are nested."""

    kind: ClassVar[str] = "nmaxe"
    model: ClassVar[str] = "NMAxeGamma"
    board: ClassVar[Board] = NM_AXE_GAMMA
    rating: ClassVar[Rating] = NM_AXE_GAMMA.rating

    def __init__(
        self, address: str, *, version: str = "v3.0.21", **options: Any
    ) -> None:
        """Describe a device that mines."""
        super().__init__(address, **options)
        self.version = version
        self.state = "running"
        self.is_busy = False
        self.settings |= {"auto": 1, "target": 55.0, "speed": 60}

    @property
    @override
    def fan_automatic(self) -> bool:
        return bool(self.settings["auto"])

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and not self.fan_automatic:
            return int(self.settings["speed"])
        return super().fan_percent

    @override
    def pause(self) -> None:
        self.state = "pausing"
        self.later(_PAUSING_SECONDS, self._have_paused)

    @override
    def resume(self) -> None:
        self.state = "resuming"
        # It tells so until its chips have ramped up.
        super().resume()
        self.later(_RESUMING_SECONDS, self._have_resumed)

    def _have_paused(self) -> None:
        if self.state == "pausing":
            self.state = "paused"
            super().pause()

    def _have_resumed(self) -> None:
        if self.state == "resuming":
            self.state = "running"

    @override
    def _come_up(self, age: float = 0.0) -> None:
        self.state = "running"
        super()._come_up(age)

    @override
    def refuses(self, request: HttpRequest) -> bool:
        return False

    @override
    def routes(self) -> Mapping[str, Route]:
        return {
            "GET /": lambda _: Reply(INDEX),
            "GET /api/system/info": lambda _: Reply(self.info()),
            "POST /api/system/restart": self._restart,
            "PATCH /api/mining/state": self._switch,
            "GET /api/setting/mining": lambda _: Reply(self._mining()),
            "PATCH /api/setting/mining": self._set_mining,
            "GET /api/setting/preference": lambda _: Reply(self._preference()),
            "PATCH /api/setting/preference": self._set_preference,
            "GET /api/update/progress": lambda _: Reply(
                {"running": self.is_busy, "progress": 0, "filename": ""}
            ),
            "POST /api/swarm/find": self._find,
            "GET /probe": lambda _: Reply(self._probe()),
        }

    def info(self) -> Json:
        """Return what it tells of the system."""
        watts, volts = self.own_watts, 12.0
        return {
            "power": {
                "power": round(watts, 3),
                "vbus": int(volts * 1000),
                "ibus": round(watts / volts * 1000),
            },
            "temps": {
                "vcore": round(self.board_temperature, 2),
                "asic": round(self.chip_temperature, 2),
            },
            "asic": {
                "count": self.board.chips,
                "model": self.board.chip,
                "vcoreReq": self.settings["coreVoltage"],
                "vcoreReal": self.settings["coreVoltage"] - 4 if self.mining else 0,
                "freqReq": self.settings["frequency"],
                "smallCoreCnt": self.board.cores,
            },
            "miner": self._miner(),
            "identity": {
                "fwVersion": self.version,
                "hwModel": self.board.model,
                "displayName": f"{self.board.model}Rev2",
                "hostName": "nmaxe-001",
                "ssid": "workshop",
                "rssi": self.wifi,
                "appSha256": "ef970b389312276b",
            },
            "stratum": {
                "url": self.pools[1 if self.uses_fallback else 0].url,
                "user": self.pools[0].user,
                "pwd": self.pools[0].password,
            },
            "fans": [{"id": 0, "speed": self.fan_percent, "rpm": self.fan_rpm}],
        }

    def _miner(self) -> Json:
        return {
            "state": self.state,
            "paused": self.state != "running",
            "pauseReason": "user" if self.state != "running" else "",
            "hashRate": round(self.hashrate * 1000, 3) if self.mining else 0,
            "bestDiffEver": in_short(self.best_difficulty),
            "bestDiffSession": in_short(self.best_difficulty // 50),
            "networkDiff": "130.00T",
            "poolDiff": "1.00k",
            "lastDiff": "12.70k",
            "blkhits": self.blocks,
            "freeHeap": 187_320,
            "minFreeHeap": 163_840,
            "sAccepted": self.machine.shares,
            "sRejected": self.rejected,
            "uptimeSeconds": int(self.uptime),
            "uptimeEver": int(self.uptime) + 864_000,
            "bmMode": int(self.is_busy),
        }

    def _mining(self) -> Json:
        primary, fallback = (
            {"url": pool.url, "user": pool.user, "pwd": pool.password}
            for pool in self.pools[:2]
        )
        board = self.board
        return {
            "vcoreReq": self.settings["coreVoltage"],
            "freqReq": self.settings["frequency"],
            "asic": board.chip,
            "stratum": {"used": primary, "primary": primary, "fallback": fallback},
            "overclock": {
                "options": [
                    {"name": _option(mhz, "MHz", board.frequency), "value": mhz}
                    for mhz in board.frequencies
                ]
            },
            "vcore": {
                "options": [
                    {"name": _option(mv, "mV", board.voltage), "value": mv}
                    for mv in board.voltages
                ]
            },
        }

    def _preference(self) -> Json:
        settings = self.settings
        return {
            "screenFlip": 0,
            "ledIndicator": 1,
            "screenAutoRoll": 1,
            "Brightness": 80,
            "hwModel": self.board.model,
            "displayName": f"{self.board.model}Rev2",
            "fans": [
                {
                    "id": 0,
                    "speed": self.fan_percent,
                    "rpm": self.fan_rpm,
                    "auto": settings["auto"],
                    "target": settings["target"],
                }
            ],
        }

    def _probe(self) -> Json:
        return {
            "model": self.board.model,
            "hostname": "nmaxe-001",
            "ver": self.version,
            "sw": 240,
            "sh": 135,
            "hr": self.hashrate * 1e12,
            "sbd": float(self.best_difficulty // 50),
            "ebd": float(self.best_difficulty),
            "ut": int(self.uptime),
        }

    def _restart(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply(_DONE)

    def _find(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.locating = True
        return Reply(_DONE)

    def _switch(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if "paused" not in posted or not _is_json(request):
            return Reply({"error": "invalid json"}, 400)
        if self.is_busy:
            text = "mining state control is disabled in benchmark mode"
            return Reply({"error": text}, 409)
        self.record(request.name, posted)
        if posted["paused"] and self.state not in ("pausing", "paused"):
            self.pause()
        elif not posted["paused"] and self.state != "running":
            self.resume()
        return Reply(
            _DONE
            | {"state": self.state, "paused": self.state != "running", "reason": "user"}
        )

    def _set_mining(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted or not _is_json(request):
            return Reply({"error": "invalid json"}, 400)
        self.record(request.name, posted)
        stratum = posted.get("stratum", {})
        for pool, name in zip(self.pools, ("primary", "fallback"), strict=False):
            told = stratum.get(name, {})
            pool.url = told.get("url", pool.url)
            pool.user = told.get("user", pool.user)
            pool.password = told.get("pwd", pool.password)
        # What is no whole number becomes 0.
        for key, name in (
            ("asicVcoreReq", "coreVoltage"),
            ("asicFreqReq", "frequency"),
        ):
            if key in posted:
                self.settings[name] = int(posted[key])
        self.apply()
        return Reply(_DONE)

    def _set_preference(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted or not _is_json(request):
            return Reply({"error": "invalid json"}, 400)
        self.record(request.name, posted)
        for fan in posted.get("fans", ()):
            if fan.get("id") == 0:
                known = {k: fan[k] for k in ("auto", "target", "speed") if k in fan}
                self.settings |= known
        return Reply(_DONE)


def _is_json(request: HttpRequest) -> bool:
    """Tell whether a request says that it is JSON, as this firmware wants it."""
    return "application/json" in request.headers.get("Content-Type", "")


def _option(value: int, unit: str, default: int) -> str:
    """Return the name of an option as the device writes it."""
    return f"{value} {unit} (default)" if value == default else f"{value} {unit}"
