"""A Bitaxe Gamma with the AxeOS firmware."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, override

from .device import EmulatedMiner, Pool
from .machine import Rating
from .network import HTTP_PORT, Endpoint, HttpEndpoint, Json
from .transport import HttpRequest, Reply

_INDEX = (
    "<!doctype html><html lang='en'><head><title>AxeOS</title></head>"
    "<body><app-root></app-root></body></html>"
)
_IDENTIFY_SECONDS = 30.0
_CORE_VOLTAGE = 1150
_SMALL_CORES = 2040

type Range = tuple[float, float]

# What a PATCH may change, with the range of numbers and the length of texts.
_NUMBERS: Mapping[str, Range] = {
    "frequency": (1, 1000),
    "coreVoltage": (1, 1500),
    "autofanspeed": (0, 1),
    "manualFanSpeed": (0, 100),
    "minFanSpeed": (0, 99),
    "temptarget": (35, 66),
    "overclockEnabled": (0, 1),
    "overheat_mode": (0, 1),
    "displayTimeout": (-1, 71582),
    "stratumPort": (1, 65535),
    "fallbackStratumPort": (1, 65535),
}
_TEXTS: Mapping[str, Range] = {
    "hostname": (1, 32),
    "stratumURL": (0, 255),
    "stratumUser": (0, 255),
    "stratumPassword": (0, 255),
    "fallbackStratumURL": (0, 255),
    "fallbackStratumUser": (0, 255),
    "fallbackStratumPassword": (0, 255),
}


# The firmware's JSON library does not tell capitals from small letters.
_KEYS = {key.lower(): key for key in (*_NUMBERS, *_TEXTS)}
_SCHEME = "stratum+tcp://"


class EmulatedBitaxe(EmulatedMiner):
    """A small open device with one chip, one fan and no login."""

    kind: ClassVar[str] = "bitaxe"
    model: ClassVar[str] = "Bitaxe Gamma 602"
    ports: ClassVar[tuple[int, ...]] = (HTTP_PORT,)
    oui: ClassVar[str] = "48:ca:43"
    rating: ClassVar[Rating] = Rating(
        hashrate=1.071,
        watts=18.0,
        idle_watts=2.4,
        boot_watts=1.6,
        frequency=525.0,
        boards=1,
        chips=1,
        fans=1,
        fan_rpm=7200,
        chip_rise=36.0,
        board_rise=26.0,
    )

    def __init__(
        self, address: str, *, version: str = "v2.14.1", **options: Any
    ) -> None:
        """Describe a device with a firmware version."""
        super().__init__(address, **options)
        self.version = version
        self.best_difficulty = 4_312_775_861
        self.settings: dict[str, Any] = {
            "hostname": "bitaxe",
            "frequency": self.rating.frequency,
            "coreVoltage": _CORE_VOLTAGE,
            "autofanspeed": 1,
            "manualFanSpeed": 100,
            "minFanSpeed": 25,
            "temptarget": 60,
            "overclockEnabled": 0,
            "overheat_mode": 0,
            "displayTimeout": -1,
        }
        self._routes: Mapping[str, Callable[[HttpRequest], Reply]] = {
            "GET /": lambda _: Reply(_INDEX),
            "GET /api/system/info": lambda _: Reply(self._info()),
            "GET /api/system/asic": lambda _: Reply(self._asic()),
            "PATCH /api/system": self._patch,
            "POST /api/system/restart": self._restart,
            "POST /api/system/pause": self._pause,
            "POST /api/system/resume": self._resume,
            "POST /api/system/identify": self._identify,
        }

    @property
    @override
    def target_load(self) -> float:
        return float(self.settings["frequency"]) / self.rating.frequency

    @property
    @override
    def fan_automatic(self) -> bool:
        return bool(self.settings["autofanspeed"])

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and not self.fan_automatic:
            return int(self.settings["manualFanSpeed"])
        return super().fan_percent

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {HTTP_PORT: HttpEndpoint(self._answer)}

    def _answer(self, request: HttpRequest) -> Reply:
        if route := self._routes.get(request.name):
            return route(request)
        if request.path.startswith("/api/"):
            return Reply({"error": "unknown route"}, 404)
        return Reply("Redirect to the captive portal", 302, {"Location": "/"})

    def _is_at_least(self, *version: int) -> bool:
        parts = self.version.lstrip("v").split("-")[0].split(".")
        return tuple(int(part) for part in parts) >= version

    def _info(self) -> Json:
        return self._power() | self._work() | self._network_info() | self._setup()

    def _power(self) -> Json:
        watts = self.own_watts
        return {
            "power": round(watts, 2),
            "voltage": 5093.75,
            "current": round(watts / 5.09375 * 1000, 2),
            "temp": round(self.chip_temperature, 2),
            "temp2": -1,
            "vrTemp": round(self.board_temperature, 2),
            "maxPower": 40,
            "nominalVoltage": 5,
            "coreVoltage": self.settings["coreVoltage"],
            "coreVoltageActual": self.settings["coreVoltage"] - 8 if self.mining else 0,
            "fanspeed": self.fan_percent,
            "fanrpm": self.fan_rpm,
            "fan2rpm": 0,
        }

    def _work(self) -> Json:
        gigahashes = round(self.hashrate * 1000, 4)
        return {
            "hashRate": gigahashes,
            "hashRate_1m": gigahashes,
            "expectedHashrate": round(self.expected_hashrate * 1000, 2),
            "errorPercentage": 0.2,
            "bestDiff": self._difficulty(self.best_difficulty),
            "bestSessionDiff": self._difficulty(self.best_difficulty // 50),
            "poolDifficulty": 1000,
            "sharesAccepted": self.machine.shares,
            "sharesRejected": self.machine.shares // 500,
            "sharesRejectedReasons": [],
            "uptimeSeconds": int(self.uptime),
            "smallCoreCount": _SMALL_CORES,
            "ASICModel": "BM1370",
            "miningPaused": self.paused,
            "blockFound": 0,
            "isUsingFallbackStratum": 0,
            **({} if self._is_at_least(2, 9) else {"asicCount": 1}),
        }

    def _network_info(self) -> Json:
        return {
            "ssid": "workshop",
            "macAddr": self.mac.upper(),
            "ipv4": self.address,
            "wifiStatus": "Connected!",
            "wifiRSSI": -52,
            "apEnabled": 0,
            "version": self.version,
            "axeOSVersion": self.version,
            "idfVersion": "v5.5.1",
            "boardVersion": "602",
            "runningPartition": "ota_0",
            "freeHeap": 8_262_144,
            "isPSRAMAvailable": 1,
        }

    def _setup(self) -> Json:
        primary, fallback = self.pools[:2]
        return {
            **self.settings,
            **_stratum("stratum", primary),
            **_stratum("fallbackStratum", fallback),
        }

    def _asic(self) -> Json:
        return {
            "ASICModel": "BM1370",
            "deviceModel": "Gamma",
            "swarmColor": "green",
            "asicCount": 1,
            "defaultFrequency": int(self.rating.frequency),
            "frequencyOptions": [400, 490, 525, 550, 600, 625],
            "defaultVoltage": _CORE_VOLTAGE,
            "voltageOptions": [1000, 1060, 1100, 1150, 1200, 1250],
        }

    def _difficulty(self, value: int) -> int | str:
        """Return a difficulty as the version shows it: 4.31G or a number."""
        return value if self._is_at_least(2, 12) else f"{value / 1e9:.2f}G"

    def _patch(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted and request.body.strip() != b"{}":
            return Reply("Invalid JSON", 400)
        changes = {_KEYS.get(key.lower(), key): value for key, value in posted.items()}
        if not all(_is_allowed(key, value) for key, value in changes.items()):
            return Reply("Wrong API input", 400)
        self.record(request.name, changes)
        self._change(changes)
        return Reply()

    def _change(self, changes: Json) -> None:
        # Firmware before 2.11 called the manual fan speed by its old name.
        if "fanspeed" in changes and not self._is_at_least(2, 11):
            changes["manualFanSpeed"] = changes["fanspeed"]
        for key, value in changes.items():
            if key in self.settings:
                self.settings[key] = value
        self._change_pool("stratum", changes, self.pools[0])
        self._change_pool("fallbackStratum", changes, self.pools[1])
        self.apply()

    def _change_pool(self, prefix: str, changes: Json, pool: Pool) -> None:
        host, port = _split(pool.url)
        host = changes.get(f"{prefix}URL", host)
        port = changes.get(f"{prefix}Port", port)
        # A scheme in the posted host stays in it, as it does in the firmware.
        pool.url = f"{_SCHEME}{host}:{port}"
        pool.user = changes.get(f"{prefix}User", pool.user)
        pool.password = changes.get(f"{prefix}Password", pool.password)

    def _restart(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        message = "System will restart shortly."
        return Reply({"message": message} if self._is_at_least(2, 13) else message)

    def _pause(self, request: HttpRequest) -> Reply:
        return self._switch(request, self.pause, "Mining paused")

    def _resume(self, request: HttpRequest) -> Reply:
        return self._switch(request, self.resume, "Mining resumed")

    def _switch(
        self, request: HttpRequest, action: Callable[[], None], message: str
    ) -> Reply:
        if not self._is_at_least(2, 14):
            return Reply({"error": "unknown route"}, 404)
        self.record(request.name)
        action()
        return Reply({"message": message})

    def _identify(self, request: HttpRequest) -> Reply:
        """Say hello for half a minute, or stop saying so."""
        self.record(request.name)
        self.locating = not self.locating
        if not self.locating:
            return Reply({"message": 'The device no longer says "Hi!".'})
        self.later(_IDENTIFY_SECONDS, self._end_identify)
        return Reply({"message": 'The device says "Hi!" for 30 seconds.'})

    def _end_identify(self) -> None:
        self.locating = False


def _stratum(prefix: str, pool: Pool) -> Json:
    host, port = _split(pool.url)
    return {
        f"{prefix}URL": host,
        f"{prefix}Port": port,
        f"{prefix}User": pool.user,
    }


def _split(url: str) -> tuple[str, int]:
    """Return host and port of a pool, which the firmware keeps without scheme."""
    host, _, port = url.removeprefix(_SCHEME).rpartition(":")
    return host, int(port)


def _is_allowed(key: str, value: object) -> bool:
    """Tell whether a setting is unknown, or known and within its range."""
    if limits := _NUMBERS.get(key):
        return isinstance(value, (int, float)) and limits[0] <= value <= limits[1]
    if limits := _TEXTS.get(key):
        return isinstance(value, str) and limits[0] <= len(value) <= limits[1]
    return True
