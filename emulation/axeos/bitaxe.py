"""Bitaxes with the AxeOS firmware, from 2.4 to 2.15.

Shapes, ranges and behaviour are those of the sources of bitaxeorg/ESP-Miner (see
`releases`); how the means fall behind after a pause is guessed.
"""

from collections.abc import Callable, Mapping
import math
from typing import Any, ClassVar, override

from ..device import Pool
from ..faults import Fault
from ..machine import Rating
from ..network import Json
from ..transport import HttpRequest, Reply
from . import live, releases
from .board import GAMMA_TURBO, SUPRA_HEX, Board
from .kin import INDEX, EmulatedAxe, Route, change_pool, in_short, split, stratum

_IDENTIFY_SECONDS = 30.0
_COOLING_SECONDS = 30.0
# By how much MHz and mV are lowered for good after the chip was too hot.
_REDUCTION = 100
_PAUSED_FAN = 30


class EmulatedBitaxe(EmulatedAxe):
    """A small open device with one chip, one fan and no login."""

    kind: ClassVar[str] = "bitaxe"
    model: ClassVar[str] = "Bitaxe Gamma 602"
    sockets: ClassVar[int] = 20
    # What it runs where nothing else is wanted.
    release: ClassVar[str] = "v2.14.1"

    def __init__(
        self, address: str, *, version: str | None = None, **options: Any
    ) -> None:
        """Describe a device with a firmware version."""
        self.version = version or self.release
        super().__init__(address, **options)
        self.power_fault: str | None = None
        self.hardware_fault: str | None = None
        self.overheated = False
        self.settings |= {
            "hostname": "bitaxe",
            "autofanspeed": 1,
            "manualFanSpeed": 100,
            "minFanSpeed": 25,
            "temptarget": 60,
            "overclockEnabled": 0,
            "overheat_mode": 0,
            "displayTimeout": -1,
            "invertscreen": 0,
            "rotation": 0,
            "statsFrequency": 0,
            "useFallbackStratum": 0,
        }
        # The setting of before the last start is the one that is heeded, and told.
        self.prefers_fallback = False
        self.live = live.Live(self.info, self._fault_of_live)
        self._mean = 0.0

    @property
    @override
    def mining(self) -> bool:
        return super().mining and not self.hardware_fault and not self.overheated

    @property
    @override
    def listeners(self) -> int:
        return self.live.clients

    @property
    @override
    def fan_automatic(self) -> bool:
        return bool(self.settings["autofanspeed"])

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and not self.fan_automatic:
            return int(self.settings["manualFanSpeed"])
        if self.ready and not self.mining and not self.overheated:
            return _PAUSED_FAN
        return super().fan_percent

    @property
    @override
    def frequency(self) -> float:
        return float(self.settings["frequency"]) if self.mining else 0.0

    @property
    @override
    def preset(self) -> str | None:
        """Return what people call the setting of the chips; the firmware names none."""
        board = self.board
        clock, volts = self.settings["frequency"], self.settings["coreVoltage"]
        if (clock, volts) == (board.frequency, board.voltage):
            return "default"
        if clock == min(board.frequencies) and volts < board.voltage:
            return "eco"
        return "custom"

    @override
    def _come_up(self, age: float = 0.0) -> None:
        self.prefers_fallback = bool(self.settings["useFallbackStratum"])
        super()._come_up(age)

    # What can happen to it

    def overheat(self) -> None:
        """Get too hot, and lower the settings for good, as the release does."""
        self.settings |= {"autofanspeed": 0, "manualFanSpeed": 100}
        if not self.is_at_least(2, 11):
            self.settings |= {"frequency": 50, "coreVoltage": 1000, "overheat_mode": 1}
            self.reboot()
            return
        # From 2.14 on, no field shows that it cools down.
        self.settings["overheat_mode"] = 0 if self.is_at_least(2, 14) else 1
        self.overheated = True
        self.apply()
        self.later(_COOLING_SECONDS, self._mine_on)

    def _mine_on(self) -> None:
        """Mine again, at less."""
        self.settings["frequency"] -= _REDUCTION
        self.settings["coreVoltage"] -= _REDUCTION
        self.settings["overheat_mode"] = 0
        self.overheated = False
        self.apply()

    def break_down(self, message: str | None = "ASIC not detected") -> None:
        """Find the hardware at fault, or in order again."""
        self.hardware_fault = message
        self.apply()

    # What it tells

    @override
    def routes(self) -> Mapping[str, Route]:
        found: dict[str, Route] = {
            "GET /": lambda _: Reply(INDEX),
            "GET /api/system/info": lambda _: Reply(self.info()),
            "PATCH /api/system": self._patch,
            "POST /api/system/restart": self._restart,
        }
        if self.is_at_least(2, 7):
            found["GET /api/system/asic"] = lambda _: Reply(self._asic())
        if self.is_at_least(2, 12):
            found["POST /api/system/identify"] = self._identify
        if self.is_at_least(2, 14):
            found["POST /api/system/pause"] = self._pause
            found["POST /api/system/resume"] = self._resume
            found[live.NAME] = lambda _: self.live.open()
        return found

    @override
    def missing(self, request: HttpRequest) -> Reply:
        if request.path.startswith("/api/") and self.is_at_least(2, 9):
            return Reply({"error": "unknown route"}, 404)
        return super().missing(request)

    @override
    def refuses(self, request: HttpRequest) -> bool:
        return self.is_at_least(2, 6) and super().refuses(request)

    def is_at_least(self, *version: int) -> bool:
        """Tell whether the release is a version or a later one."""
        return releases.parsed(self.version) >= version

    def info(self) -> Json:
        """Return what the release tells of the system."""
        whole = (
            self._power()
            | self._heat()
            | self._rates()
            | self._shares()
            | self._network_info()
            | self._setup()
            | self._faults()
        )
        return releases.told(whole, releases.parsed(self.version))

    def _power(self) -> Json:
        watts = self.own_watts
        volts = self.board.supply * 1.01875
        set_to = self.settings["coreVoltage"]
        return {
            "power": round(watts, 2),
            "voltage": volts * 1000,
            "current": round(watts / volts * 1000, 2),
            "maxPower": self.board.most_watts,
            "nominalVoltage": self.board.supply,
            "coreVoltageActual": set_to - 8 if self.mining else 0,
        }

    def _heat(self) -> Json:
        # The sensor is the chip's own diode, dead while the chip has no power.
        chip = round(self.chip_temperature, 2) if self.mining else -1
        second = chip + 1.5 if self.board.second_sensor and self.mining else -1
        return {
            "temp": chip,
            "temp2": second,
            "vrTemp": round(self.board_temperature, 2),
            "fanspeed": self.fan_percent,
            "fanrpm": self.fan_rpm,
            "fan2rpm": self.fan_rpm - 90 if self.board.fans > 1 else 0,
        }

    def _rates(self) -> Json:
        rate = round(self.hashrate * 1000, 4) if self.mining else 0
        if rate:
            # The means are only renewed while it hashes.
            self._mean = rate
        chips = self.board.chips
        share = {"total": round(rate / chips, 3), "errorCount": 2}
        return {
            "hashRate": rate,
            "hashRate_1m": self._mean,
            "hashRate_10m": self._mean,
            "hashRate_1h": self._mean,
            "expectedHashrate": round(self.expected_hashrate * 1000, 2),
            "actualFrequency": self.frequency,
            "errorPercentage": 0.2,
            "hashrateMonitor": {
                "asics": [share | {"domains": [rate / chips / 4] * 4}] * chips
            },
        }

    def _shares(self) -> Json:
        rejected = self.rejected
        return {
            "bestDiff": self._difficulty(self.best_difficulty),
            "bestSessionDiff": self._difficulty(self.best_difficulty // 50),
            "poolDifficulty": 1000,
            "networkDifficulty": 130_000_000_000_000,
            "sharesAccepted": self.machine.shares,
            "sharesRejected": rejected,
            "sharesRejectedReasons": (
                [{"message": "Stale share", "count": rejected}] if rejected else []
            ),
            "sharesPending": 0,
            "uptimeSeconds": int(self.uptime),
            "totalUptimeSeconds": int(self.uptime) + 864_000,
            "totalHashes": 9.1e20,
            "totalLog2Work": math.log2(9.1e20),
            "workReceived": int(self.uptime) // 30,
            "smallCoreCount": self.board.cores,
            "asicCount": self.board.chips,
            "ASICModel": self.board.chip,
            "miningPaused": self.paused,
            "blockFound": self.blocks,
            "showNewBlock": bool(self.blocks),
            "blockHeight": 923_000,
            "scriptsig": "pool.example.com",
            "responseTime": 31.5,
            "processTime": 1.2,
            "isUsingFallbackStratum": int(self.is_on_fallback),
            "poolConnectionInfo": "IPv4",
        }

    @property
    def is_on_fallback(self) -> bool:
        """Tell whether it works for the fallback pool, by order or by need."""
        return self.uses_fallback or self.prefers_fallback

    def _network_info(self) -> Json:
        return {
            "ssid": "workshop",
            "macAddr": self.mac.upper(),
            "ipv4": self.address,
            "ipv6": "",
            "fullHostname": f"{self.settings['hostname']}.local",
            "mdnsHostname": self.settings["hostname"],
            "wifiStatus": "Connected!",
            "wifiRSSI": self.wifi,
            "apEnabled": 0,
            "version": self.version,
            "axeOSVersion": self.version,
            "idfVersion": "v5.5.1",
            "boardVersion": self.board.version,
            "resetReason": "Software reset via esp_restart",
            "runningPartition": "ota_0",
            "freeHeap": 8_262_144 - int(self.uptime * 64) % 4096,
            "cpuUsage": 20 + int(self.uptime * 2) % 7,
            "isPSRAMAvailable": 1,
            "flipscreen": 1,
            "invertfanpolarity": 1,
            "partitions": [{"label": "ota_0", "isCurrent": True, "isFactory": False}],
        }

    def _setup(self) -> Json:
        primary, fallback = self.pools[:2]
        return {
            **self.settings,
            "useFallbackStratum": int(self.prefers_fallback),
            **stratum("stratum", primary),
            **stratum("fallbackStratum", fallback),
            "primaryPoolIndex": 0,
            "secondaryPoolIndex": 1,
            "pools": [
                {"id": number, "stratumPassword": "*****", **stratum("stratum", pool)}
                for number, pool in enumerate(self.pools)
            ],
        }

    def _faults(self) -> Json:
        faults = {
            "power_fault": self.power_fault,
            "hardware_fault": self.hardware_fault,
        }
        return {name: text for name, text in faults.items() if text}

    def _asic(self) -> Json:
        board = self.board
        domains = {"hashDomains": 4} if self.is_at_least(2, 11) else {}
        return {
            "ASICModel": board.chip,
            "deviceModel": board.model,
            "swarmColor": "green",
            "asicCount": board.chips,
            **domains,
            "defaultFrequency": board.frequency,
            "frequencyOptions": list(board.frequencies),
            "defaultVoltage": board.voltage,
            "voltageOptions": list(board.voltages),
        }

    def _difficulty(self, value: int) -> int | str:
        """Return a difficulty as the version shows it: 4.31G or a number."""
        return value if self.is_at_least(2, 11) else in_short(value)

    def _fault_of_live(self) -> Fault | None:
        """Return the fault that is in force for frames that are pushed."""
        active = self.active_fault
        return active.fault if active and active.hits(live.NAME) else None

    # What it can be told

    def _patch(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted and request.body.strip() != b"{}":
            return Reply("Invalid JSON", 400)
        changes = {_KEYS.get(key.lower(), key): value for key, value in posted.items()}
        if not self.is_at_least(2, 11):
            changes = _as_far_as_taken(changes)
        elif not all(
            releases.is_allowed(key, value)
            for key, value in changes.items()
            if releases.heeds(key, releases.parsed(self.version))
        ):
            return Reply("Wrong API input", 400)
        self.record(request.name, changes)
        self._change(changes)
        return Reply()

    def _change(self, changes: Json) -> None:
        version = releases.parsed(self.version)
        # Firmware before 2.11 called the manual fan speed by its old name.
        if "fanspeed" in changes and not self.is_at_least(2, 11):
            self.settings["manualFanSpeed"] = changes["fanspeed"]
        for key, value in changes.items():
            if key in self.settings and releases.heeds(key, version):
                self.settings[key] = int(value) if key in releases.FLAGS else value
        if not self.is_at_least(2, 15):
            change_pool("stratum", changes, self.pools[0])
            change_pool("fallbackStratum", changes, self.pools[1])
        for posted in changes.get("pools", ()):
            self._write_pool(posted)
        self.apply()

    def _write_pool(self, posted: Json) -> None:
        """Write a pool as 2.15 does: a password that is left out becomes x."""
        pool = self.pools[posted["id"]]
        kept = pool.password
        host, port = split(pool.url)
        self.pools[posted["id"]] = Pool(
            f"stratum+tcp://{posted.get('stratumURL', host)}:"
            f"{posted.get('stratumPort', port)}",
            posted.get("stratumUser", pool.user),
            kept if posted.get("stratumPassword") == "*****" else "x",
        )

    def _restart(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        message = "System will restart shortly."
        return Reply({"message": message} if self.is_at_least(2, 13) else message)

    def _pause(self, request: HttpRequest) -> Reply:
        return self._switch(request, self.pause, "Mining paused")

    def _resume(self, request: HttpRequest) -> Reply:
        return self._switch(request, self.resume, "Mining resumed")

    def _switch(
        self, request: HttpRequest, action: Callable[[], None], message: str
    ) -> Reply:
        self.record(request.name)
        action()
        return Reply({"message": message})

    def _identify(self, request: HttpRequest) -> Reply:
        """Say hello for half a minute, or stop saying so."""
        self.record(request.name)
        self.locating = not self.locating
        if self.locating:
            self.later(_IDENTIFY_SECONDS, self._end_identify)
        message = (
            'The device says "Hi!" for 30 seconds.'
            if self.locating
            else 'The device no longer says "Hi!".'
        )
        return Reply({"message": message} if self.is_at_least(2, 13) else message)

    def _end_identify(self) -> None:
        self.locating = False


class EmulatedBitaxeTurbo(EmulatedBitaxe):
    """Two chips, two sensors, one fan."""

    kind: ClassVar[str] = "bitaxe-turbo"
    model: ClassVar[str] = "Bitaxe GammaTurbo 801"
    board: ClassVar[Board] = GAMMA_TURBO
    # It tells by itself what changes.
    release: ClassVar[str] = "v2.15.0"
    rating: ClassVar[Rating] = GAMMA_TURBO.rating


class EmulatedBitaxeHex(EmulatedBitaxe):
    """Six chips, two sensors, two fans."""

    kind: ClassVar[str] = "bitaxe-hex"
    model: ClassVar[str] = "Bitaxe SupraHex 701"
    board: ClassVar[Board] = SUPRA_HEX
    # It tells by itself what changes.
    release: ClassVar[str] = "v2.15.0"
    rating: ClassVar[Rating] = SUPRA_HEX.rating


# Kinds and releases that differ, by name.
BITAXES: Mapping[str, tuple[type[EmulatedBitaxe], str]] = {
    "2.4": (EmulatedBitaxe, "v2.4.0"),
    "2.6": (EmulatedBitaxe, "v2.6.0"),
    "2.9": (EmulatedBitaxe, "v2.9.0"),
    "2.12": (EmulatedBitaxe, "v2.12.2"),
    "2.14": (EmulatedBitaxe, "v2.14.2"),
    "2.15": (EmulatedBitaxe, "v2.15.0"),
    "2.15-turbo": (EmulatedBitaxeTurbo, "v2.15.0"),
    "2.15-hex": (EmulatedBitaxeHex, "v2.15.0"),
}

# The firmware's JSON library does not tell capitals from small letters.
_KEYS = {
    key.lower(): key
    for key in (
        *releases.NUMBERS,
        *releases.TEXTS,
        *releases.POOL_NUMBERS,
        *releases.POOL_TEXTS,
    )
}


def _as_far_as_taken(changes: Json) -> Json:
    """Return what releases before 2.11 take of a PATCH: they check next to nothing."""
    taken = {
        key: value
        for key, value in changes.items()
        if isinstance(value, str)
        is (key in releases.TEXTS or key in releases.POOL_TEXTS)
    }
    for key in ("frequency", "coreVoltage"):
        if key in taken and not taken[key] > 0:
            del taken[key]
    # Whatever is posted clears it.
    if "overheat_mode" in taken:
        taken["overheat_mode"] = 0
    return taken
