"""NerdQAxe and kin with the NerdOS firmware.

Shapes and behaviour are those of shufps/ESP-Miner-NerdQAxePlus, 1.0.38-alpha9 of
2026-06-02: `main/http_server/handler_system.cpp`, `handler_shutdown.cpp`,
`handler_ota_factory.cpp` and `v2/handler_v2_dashboard.cpp`. 1.1 kept them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from ..machine import Rating
from ..network import Json
from ..transport import HttpRequest, Reply
from .board import NERD_OCTAXE, NERD_QAXE, NERD_QX, Board
from .kin import INDEX, EmulatedAxe, Route, change_pool, stratum
from .otp import Lock

_LAST_WORDS = 1.0
_OVERHEATED = 1
# As `main/system.cpp` has them.
_POWER_ON = "SYSTEM.RESET_POWERON"
_BY_ORDER = "SYSTEM.RESET_SOFTWARE"
_UPDATE_SECONDS = 20.0
_GITHUB = "https://github.com/shufps/"

# A PATCH takes whole numbers, flags and fractions by their exact types, and ignores
# whatever else it is given.
_WHOLE = [
    "coreVoltage",
    "frequency",
    "jobInterval",
    "overheat_temp",
    "autofanspeed",
    "manualFanSpeed",
    "pidTargetTemp",
    "stratumDifficulty",
    "stratumPort",
    "fallbackStratumPort",
]
_FLAGS = [
    "flipscreen",
    "invertscreen",
    "invertfanpolarity",
    "autoscreenoff",
    "stratumTLS",
]
_FRACTIONS = ["pidP", "pidI", "pidD"]
_TEXTS = [
    "ssid",
    "wifiPass",
    "hostname",
    "stratumURL",
    "stratumUser",
    "stratumPassword",
    "fallbackStratumURL",
    "fallbackStratumUser",
    "fallbackStratumPassword",
]
# What releases before 1.0.29 do not tell and do not take.
_NEWER = frozenset(
    [
        *("shutdown", "otp", "manualFanSpeed", "pidTargetTemp", "pidP", "pidI", "pidD"),
        *("fans", "fanCount", "fanspeed2", "fanrpm2", "asicTemps", "vrTempInt"),
        *("hashRate_1m", "foundBlocks", "totalFoundBlocks", "stratum", "can"),
        *("currentA", "minCurrentA", "maxCurrentA", "duplicateHWNonces"),
        *("recentpingloss", "autoscreenoff", "stratumDifficulty", "freeHeapInt"),
        *("networkDifficulty", "defaultTheme", "stratumTLS"),
    ]
)
_OLD_ROUTES = (
    "GET /",
    "GET /api/system/info",
    "PATCH /api/system",
    "POST /api/system/restart",
)
_ABOVE_ZERO = ("coreVoltage", "frequency", "jobInterval")


class EmulatedNerdQaxe(EmulatedAxe):
    """Four chips, two fans, and its own measure of the power from the supply."""

    kind: ClassVar[str] = "nerdqaxe"
    model: ClassVar[str] = "NerdQAxe++"
    board: ClassVar[Board] = NERD_QAXE
    rating: ClassVar[Rating] = NERD_QAXE.rating
    sockets: ClassVar[int] = 10
    automatic: ClassVar[int] = 2
    """The mode in which its fans are ruled by the temperature."""

    def __init__(
        self,
        address: str,
        *,
        version: str = "v1.1.0",
        otp: str | None = None,
        **options: Any,
    ) -> None:
        """Describe a device; `otp` is the secret of its one-time passwords."""
        super().__init__(address, **options)
        self.version = version
        self.lock = Lock(self.clock, otp) if otp else None
        self.is_shut_down = False
        self.board_error = 0
        self.update_from: str | None = None
        self.reset_reason = _POWER_ON
        self.settings |= {
            "hostname": "nerdqaxe",
            "autofanspeed": 2,
            "manualFanSpeed": 80,
            "pidTargetTemp": 55,
            "pidP": 6.0,
            "pidI": 0.1,
            "pidD": 10.0,
            "overheat_temp": 70,
            "jobInterval": 1200,
            "flipscreen": 1,
            "invertscreen": 0,
            "autoscreenoff": 0,
            "invertfanpolarity": 0,
            "stratumDifficulty": 1000,
        }

    @property
    @override
    def mining(self) -> bool:
        return super().mining and not self.is_shut_down and not self.board_error

    @property
    @override
    def paused(self) -> bool:
        return self.is_shut_down

    @property
    @override
    def fan_automatic(self) -> bool:
        return bool(self.settings["autofanspeed"] == self.automatic)

    @property
    @override
    def fan_percent(self) -> int:
        mode = self.settings["autofanspeed"]
        if not self.ready or mode == self.automatic:
            return super().fan_percent
        # Any other mode means full speed.
        return int(self.settings["manualFanSpeed"]) if mode == 0 else 100

    @override
    def pause(self) -> None:
        """Take the power from the chips."""
        self.is_shut_down = True
        self.apply()

    @override
    def resume(self) -> None:
        """Restart, since nothing else ends a shutdown."""
        self.reboot()

    @override
    def reboot(self) -> None:
        self.reset_reason = _BY_ORDER
        super().reboot()

    @override
    def power_off(self) -> None:
        self.reset_reason = _POWER_ON
        super().power_off()

    @override
    def _come_up(self, age: float = 0.0) -> None:
        self.is_shut_down = False
        self.board_error = 0
        self.end_sessions()
        super()._come_up(age)

    def overheat(self) -> None:
        """Take the power from the chips until a restart, since they are too hot."""
        self.board_error = _OVERHEATED
        self.apply()

    # What it tells

    @override
    def routes(self) -> Mapping[str, Route]:
        return {
            "GET /": lambda _: Reply(INDEX),
            "GET /api/system/info": lambda _: self._closing(self.info()),
            "GET /api/system/asic": lambda _: self._closing(self._asic()),
            "PATCH /api/system": self._patch,
            "POST /api/system/restart": self._restart,
            "POST /api/system/shutdown": self._shut_down,
            "GET /api/v2/identify": lambda _: self._closing(self._who()),
            "GET /api/v2/dashboard": lambda _: self._closing(self._dashboard()),
            "POST /api/v2/otp/session": self._open_session,
            "POST /api/system/OTA/github": self._update,
            "GET /api/system/OTA/github": lambda _: self._closing(self._progress()),
        }

    def _closing(self, content: Json) -> Reply:
        """Return an answer after which the device ends the connection."""
        return Reply(content, headers={"Connection": "close"})

    def info(self) -> Json:
        """Return what it tells of the system."""
        return (
            self._power() | self._rates() | self._heat() | self._shares()
        ) | self._setup()

    def _power(self) -> Json:
        board, watts = self.board, self.own_watts
        volts = 11.7656
        return {
            "power": round(watts, 3),
            "maxPower": board.most_watts,
            "minPower": board.least_watts,
            "voltage": volts * 1000,
            "maxVoltage": 13,
            "minVoltage": 11,
            "current": round(watts / volts * 1000, 1),
            "currentA": round(watts / volts, 4),
            "minCurrentA": 0,
            "maxCurrentA": 8,
            "coreVoltageActual": self.settings["coreVoltage"] - 31
            if self.mining
            else 0,
            "defaultCoreVoltage": board.voltage,
            "defaultFrequency": board.frequency,
        }

    def _rates(self) -> Json:
        rate = round(self.hashrate * 1000, 4) if self.mining else 0.0
        # Only a shutdown zeroes the means.
        mean = 0.0 if self.is_shut_down else round(self.expected_hashrate * 1000, 4)
        return {
            "hashRateTimestamp": int(self.uptime * 1000),
            "hashRate": rate,
            "hashRate_1m": mean,
            "hashRate_10m": mean,
            "hashRate_1h": mean,
            "hashRate_1d": mean,
            "shutdown": self.is_shut_down,
            "duplicateHWNonces": 0,
        }

    def _heat(self) -> Json:
        hottest = round(self.chip_temperature, 2)
        second = self.board.fans > 1
        return {
            "temp": hottest,
            "vrTemp": round(self.board_temperature, 2),
            "vrTempInt": round(self.board_temperature + 6, 2),
            "asicTemps": [hottest - 0.3 * n for n in range(self.board.chips)],
            "fanspeed": self.fan_percent,
            "fanrpm": self.fan_rpm,
            "fanspeed2": self.fan_percent if second else 0,
            "fanrpm2": self.fan_rpm - 34 if second else 0,
            "fanCount": self.board.fans,
            "fans": [self._fan(n) for n in range(self.board.fans)],
        }

    def _fan(self, number: int) -> Json:
        settings = self.settings
        return {
            "label": ("ASIC", "VReg")[number],
            "mode": settings["autofanspeed"],
            "manualSpeed": settings["manualFanSpeed"],
            "overheatTemp": settings["overheat_temp"],
            "rpm": self.fan_rpm - 34 * number,
            "speedPerc": self.fan_percent,
            "pid": {"targetTemp": settings["pidTargetTemp"], "p": 6, "i": 0.1, "d": 10},
        }

    def _shares(self) -> Json:
        return {
            "sharesAccepted": self.machine.shares,
            "sharesRejected": self.rejected,
            "bestDiff": self.best_difficulty,
            "bestSessionDiff": self.best_difficulty // 50,
            "foundBlocks": self.blocks,
            "totalFoundBlocks": self.blocks,
            "poolDifficulty": 4096,
            "networkDifficulty": 130_000_000_000_000,
            "lastpingrtt": 18.4,
            "recentpingloss": 0,
            "stratum": {
                "poolMode": 0,
                "activePoolMode": 0,
                "poolBalance": 50,
                "usingFallback": self.uses_fallback,
                "pools": [{"connected": self.has_pool, "poolDifficulty": 4096}],
            },
        }

    def _setup(self) -> Json:
        board, settings = self.board, self.settings
        primary, fallback = self.pools[:2]
        return {
            **settings,
            **stratum("stratum", primary),
            **stratum("fallbackStratum", fallback),
            "asicCount": board.chips,
            "smallCoreCount": board.cores,
            "deviceModel": board.model,
            "ASICModel": board.chip,
            "hostip": self.address,
            "macAddr": self.mac.upper(),
            "ssid": "workshop",
            "wifiRSSI": self.wifi,
            "wifiStatus": "Connected!",
            "otp": self.lock is not None,
            "can": {"hasExtension": False, "enabled": False},
            "uptimeSeconds": int(self.uptime),
            "lastResetReason": self.reset_reason,
            "freeHeap": 7_700_000,
            "freeHeapInt": 110_000,
            "version": self.version,
            "runningPartition": "ota_1",
            "defaultTheme": "cosmic",
        }

    def _asic(self) -> Json:
        board = self.board
        return {
            "ASICModel": board.chip,
            "deviceModel": board.model,
            "asicCount": board.chips,
            "defaultFrequency": board.frequency,
            "defaultVoltage": board.voltage,
            "absMaxFrequency": board.most_frequency,
            "absMaxVoltage": board.most_voltage,
            "ecoFrequency": board.eco_frequency,
            "ecoVoltage": board.eco_voltage,
            "swarmColor": "#11d51e",
            "frequencyOptions": list(board.frequencies),
            "voltageOptions": list(board.voltages),
        }

    def _who(self) -> Json:
        return {
            "deviceModel": self.board.model,
            "defaultTheme": "cosmic",
            "otp": self.lock is not None,
            "apActive": False,
            "can": {"enabled": False},
        }

    def _dashboard(self) -> Json:
        return {
            "system": {
                "uptime": int(self.uptime),
                "shutdown": self.is_shut_down,
                "boardError": self.board_error,
                "overheatTemp": self.settings["overheat_temp"],
            },
            "performance": {"hashRate": round(self.hashrate * 1000, 2)},
            "power": {"watts": round(self.own_watts, 2)},
        }

    # What it can be told

    @override
    def end_sessions(self) -> None:
        if self.lock:
            self.lock.end_sessions()

    def _refusal(self, request: HttpRequest) -> Reply | None:
        """Return why it does not take an order from somebody."""
        return self.lock.refusal(request.headers) if self.lock else None

    def _open_session(self, request: HttpRequest) -> Reply:
        if self.lock is None:
            return Reply("OTP is disabled", 400)
        return self.lock.open_session(request.headers)

    def _patch(self, request: HttpRequest) -> Reply:
        if refusal := self._refusal(request):
            return refusal
        posted = request.json()
        if not posted and request.body.strip() != b"{}":
            return Reply("Invalid JSON", 400)
        self.record(request.name, posted)
        changes = self._heeded(posted)
        self.settings |= {k: v for k, v in changes.items() if k in self.settings}
        change_pool("stratum", changes, self.pools[0])
        change_pool("fallbackStratum", changes, self.pools[1])
        self.apply()
        return Reply()

    def _heeded(self, posted: Json) -> Json:
        """Return which settings of those that were posted it takes."""
        return {key: value for key, value in posted.items() if _is_heeded(key, value)}

    def _restart(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.later(_LAST_WORDS, self.reboot)
        return Reply("System will restart shortly.")

    def _shut_down(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.later(_LAST_WORDS, self.pause)
        return Reply("System will shutdown shortly.")

    def _update(self, request: HttpRequest) -> Reply:
        if refusal := self._refusal(request):
            return refusal
        url = str(request.json().get("url") or "")
        if not url.startswith(_GITHUB):
            return Reply("Invalid or unsafe URL", 400)
        if self.update_from is not None:
            return Reply({"status": "busy"}, 409)
        self.record(request.name, request.json())
        self.update_from = url
        self._updating_since = self.clock.now()
        self.later(_UPDATE_SECONDS, self._end_update)
        return Reply({"status": "started"}, 202)

    def _progress(self) -> Json:
        if self.update_from is None:
            return {"pending": False, "running": False, "step": "idle", "progress": 0}
        passed = (self.clock.now() - self._updating_since) / _UPDATE_SECONDS
        return {
            "pending": False,
            "running": True,
            "step": "updating_fw",
            "progress": min(99, int(passed * 100)),
        }

    def _end_update(self) -> None:
        """Run what was fetched; its version stands in the address."""
        parts = (self.update_from or "").split("/download/")
        self.update_from = None
        if len(parts) == 2:
            self.version = parts[1].split("/")[0]
        self.reboot()


class EmulatedNerdQaxeOld(EmulatedNerdQaxe):
    """The same before NerdOS 1.0.29: no shutdown, one fan, and that without a target.

    From `main/http_server/http_server.cpp` of the tag v1.0.26. Its hash rate is the
    mean of ten minutes; the speed of the fan is set by the name that tells it.
    """

    kind: ClassVar[str] = "nerdqaxe-old"
    automatic: ClassVar[int] = 1

    def __init__(
        self, address: str, *, version: str = "v1.0.26", **options: Any
    ) -> None:
        """Describe a device whose fan rules itself."""
        super().__init__(address, version=version, **options)
        self.settings["autofanspeed"] = self.automatic

    @override
    def routes(self) -> Mapping[str, Route]:
        routes = super().routes()
        return {name: routes[name] for name in _OLD_ROUTES}

    @override
    def info(self) -> Json:
        told = super().info() | {"isUsingFallbackStratum": self.uses_fallback}
        told["hashRate"] = told["hashRate_10m"]
        return {name: value for name, value in told.items() if name not in _NEWER}

    @override
    def _heeded(self, posted: Json) -> Json:
        heeded = {k: v for k, v in super()._heeded(posted).items() if k not in _NEWER}
        if isinstance(speed := posted.get("fanspeed"), int):
            heeded["manualFanSpeed"] = speed
        return heeded


class EmulatedNerdQaxeWithOtp(EmulatedNerdQaxe):
    """The same, locked with one-time passwords.

    Its secret has 20 bytes, as those that the firmware makes up (`createSecret` in
    main/otp/otp.cpp of NerdOS 1.0.38-alpha9).
    """

    kind: ClassVar[str] = "nerdqaxe-otp"
    secret: ClassVar[str] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    def __init__(self, address: str, **options: Any) -> None:
        """Lock it with a secret that everybody knows."""
        super().__init__(address, **{"otp": self.secret} | options)


class EmulatedNerdOctaxe(EmulatedNerdQaxe):
    """Eight chips."""

    kind: ClassVar[str] = "nerdoctaxe"
    model: ClassVar[str] = NERD_OCTAXE.model
    board: ClassVar[Board] = NERD_OCTAXE
    rating: ClassVar[Rating] = NERD_OCTAXE.rating


class EmulatedNerdQX(EmulatedNerdQaxe):
    """The only one with an economical setting."""

    kind: ClassVar[str] = "nerdqx"
    model: ClassVar[str] = "NerdQX"
    board: ClassVar[Board] = NERD_QX
    rating: ClassVar[Rating] = NERD_QX.rating


def _is_heeded(key: str, value: object) -> bool:
    """Tell whether a setting is of the type that the firmware looks for."""
    if key in _WHOLE:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        low = 1 if key in _ABOVE_ZERO else 0
        return is_whole and isinstance(value, int) and low <= value <= 65_535
    if key in _FLAGS:
        return isinstance(value, bool)
    if key in _FRACTIONS:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return key in _TEXTS and isinstance(value, str)
