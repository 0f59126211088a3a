"""An Antminer S19 with the VNish firmware."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import secrets
from typing import Any, ClassVar, override

from .bitmain import BitmainMiner
from .device import Pool
from .machine import Rating
from .network import HTTP_PORT, RPC_PORT, Endpoint, HttpEndpoint, Json
from .transport import HttpRequest, Reply

_API = "/api/v1/"
_VERSION = "1.2.6"
_INDEX = "<!doctype html><html><head><title>AnthillOS</title></head></html>"
_SETTINGS_TAKEN = {"restart_required": False, "reboot_required": False}
_REBOOT_SECONDS = 3
_UNLOCKED = frozenset({"info", "model", "status", "unlock", "find-miner"})


@dataclass(frozen=True, slots=True)
class Preset:
    """A tuned combination of watts and hash rate."""

    watts: int
    hashrate: int
    tuned: bool = True

    @property
    def name(self) -> str:
        """Return the name, which is the number of watts."""
        return str(self.watts)

    @property
    def entry(self) -> Json:
        """Return the preset as the interface lists it."""
        return {
            "name": self.name,
            "pretty": f"{self.watts} watt ~ {self.hashrate} TH",
            "status": "tuned" if self.tuned else "untuned",
            "modded_psu_required": False,
        }


_PRESETS = {
    preset.name: preset
    for preset in (
        Preset(1100, 53),
        Preset(1500, 63),
        Preset(1900, 73),
        Preset(2350, 85),
        Preset(2620, 91),
        Preset(2950, 99),
        Preset(3200, 102),
        Preset(3350, 105),
        Preset(3750, 110, tuned=False),
        Preset(4260, 120, tuned=False),
    )
}


class EmulatedVnish(BitmainMiner):
    """A machine with presets, ruled through a web interface with a token.

    Its RPC port names the model as the original firmware's does, and answers
    sooner than the web page, so that pyasic takes it for the original.  A
    `socket_delay` makes the web page win.  Successful commands are answered
    with nothing, as documented for this version, unless `quiet` is False.
    """

    kind: ClassVar[str] = "vnish"
    model: ClassVar[str] = "Antminer S19"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT, HTTP_PORT)
    default_password: ClassVar[str] = "admin"
    api_name: ClassVar[str] = "cgminer 4.11.1"
    joins_commands: ClassVar[bool] = True
    rating: ClassVar[Rating] = Rating(
        hashrate=99.0,
        watts=2950.0,
        idle_watts=35.0,
        boot_watts=15.0,
        frequency=640.0,
        chips=76,
    )

    def __init__(
        self,
        address: str,
        *,
        socket_delay: float = 0.0,
        quiet: bool = True,
        **options: Any,
    ) -> None:
        """Describe a machine with a preset of 2950 W."""
        super().__init__(address, **options)
        self._rpc.delay = socket_delay
        self.quiet = quiet
        self.preset = "2950"
        self.manual_fan = False
        self.fan_pwm = 60
        self.hostname = "antminer"
        self.failures: dict[int, str] = {}
        """What is wrong with a chain, by its number from 1."""
        self._tokens: set[str] = set()
        self._reads: Mapping[str, Callable[[], Any]] = {
            "info": self._info,
            "status": self._status,
            "summary": self._web_summary,
            "perf-summary": self._performance,
            "settings": self._settings,
            "autotune/presets": self._preset_list,
            "chains": self._web_chains,
        }
        self._writes: Mapping[str, Callable[[HttpRequest], Reply]] = {
            "unlock": self._unlock,
            "mining/stop": lambda request: self._run(request, self.pause),
            "mining/pause": lambda request: self._run(request, self.pause),
            "mining/start": lambda request: self._run(request, self.resume),
            "mining/resume": lambda request: self._run(request, self.resume),
            "mining/restart": lambda request: self._run(request, self.restart_mining),
            "system/reboot": self._reboot,
            "find-miner": self._find,
            "settings": self._write_settings,
        }

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc, HTTP_PORT: HttpEndpoint(self._answer)}

    @property
    @override
    def identity(self) -> Json:
        return {
            "CGMiner": "4.11.1",
            "API": "3.7",
            "Miner": "uart_trans.1.3",
            "CompileTime": "Thu May 29 19:22:26 UTC 2025",
            "Type": f"{self.model} (Vnish {_VERSION})",
        }

    @property
    @override
    def target_load(self) -> float:
        return _PRESETS[self.preset].hashrate / self.rating.hashrate

    @property
    @override
    def target_watts(self) -> float:
        return float(_PRESETS[self.preset].watts)

    @property
    def power_limit(self) -> int:
        """Return the watts of the preset."""
        return _PRESETS[self.preset].watts

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and self.manual_fan:
            return self.fan_pwm
        return super().fan_percent

    @override
    def paused_after_boot(self) -> bool:
        self.expire_tokens()
        return False

    def expire_tokens(self) -> None:
        """Forget every login."""
        self._tokens.clear()

    # The web interface

    def _answer(self, request: HttpRequest) -> Reply:
        if request.name == "GET /":
            return Reply(_INDEX)
        route = request.path.removeprefix(_API)
        known = self._reads if request.method == "GET" else self._writes
        if not request.path.startswith(_API) or route not in known:
            return Reply({"err": "Not found"}, 404)
        if route not in _UNLOCKED and not self._admits(request, route):
            return Reply({"err": "Unauthorized"}, 401)
        if request.method == "GET":
            return Reply(self._reads[route]())
        return self._writes[route](request)

    def _admits(self, request: HttpRequest, route: str) -> bool:
        """Tell whether a token is good; system commands want it as a bearer."""
        given = request.headers.get("Authorization", "")
        token = given.removeprefix("Bearer ")
        if route.startswith("system/") and token == given:
            return False
        return token in self._tokens and not self.login_rejected

    def _unlock(self, request: HttpRequest) -> Reply:
        if self.login_rejected or request.json().get("pw") != self.password:
            return Reply({"err": "Wrong password"}, 403)
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return Reply({"token": token})

    def _info(self) -> Json:
        return {
            "miner": self.model,
            "model": "s19",
            "fw_name": "Vnish",
            "fw_version": _VERSION,
            "build_name": "vnishnet",
            "platform": "xil",
            "install_type": "nand",
            "build_time": "2025-05-29 19:22:26+00:00",
            "algorithm": "sha256d",
            "hr_measure": "GH/s",
            "system": self._system(),
            "serial": self.serial_number,
        }

    def _system(self) -> Json:
        return {
            "os": "GNU/Linux",
            "miner_name": "s19",
            "mem_total": 233712,
            "mem_free": 173956,
            "network_status": {
                "mac": self.mac.upper(),
                "dhcp": True,
                "ip": self.address,
                "netmask": "255.0.0.0",
                "gateway": "127.0.0.1",
                "dns": ["127.0.0.1"],
                "hostname": self.hostname,
            },
            "uptime": f"{int(self.uptime) // 3600}:{int(self.uptime) // 60 % 60:02}",
        }

    @property
    def _state(self) -> str:
        if self.paused:
            return "stopped"
        return "mining" if self.hashrate else "starting"

    def _status(self) -> Json:
        return {
            "miner_state": self._state,
            "miner_state_time": self.elapsed,
            "find_miner": self.locating,
            "restart_required": False,
            "reboot_required": False,
            "unlocked": bool(self._tokens),
        }

    def _web_summary(self) -> Json:
        return {"miner": self._work() | self._body(), "system": self._system()}

    def _work(self) -> Json:
        rate, watts = self.gigahashes, round(self.own_watts)
        return {
            "miner_status": {
                "miner_state": self._state,
                "miner_state_time": self.elapsed,
            },
            "miner_type": f"{self.model} (Vnish {_VERSION})",
            "hr_stock": 95000.0,
            "average_hashrate": rate / 1000,
            "instant_hashrate": rate / 1000,
            "hr_realtime": rate,
            "hr_nominal": self.expected_hashrate * 1000,
            "hr_average": rate,
            "power_consumption": watts,
            "power_usage": watts,
            "power_efficiency": round(watts / self.hashrate, 2) if rate else 0.0,
            "hw_errors_percent": 0.0,
            "hr_error": 0.0,
            "hw_errors": 0,
            "devfee_percent": 2.0,
            "devfee": rate * 0.02,
            "found_blocks": 0,
            "best_share": 198_441_277,
            "pools": [self._pool(index) for index in range(len(self.pools))],
        }

    def _body(self) -> Json:
        boards, chips = self.board_sensors, self.chip_sensors
        fans = [
            {"id": index, "rpm": self.fan_rpm, "status": "ok", "max_rpm": 6000}
            for index in range(self.rating.fans)
        ]
        return {
            "pcb_temp": {"min": min(boards), "max": max(boards)},
            "chip_temp": {"min": min(chips), "max": max(chips)},
            "cooling": {
                "fan_num": self.rating.fans,
                "fans": fans,
                "settings": {"mode": self._cooling_mode()},
                "fan_duty": self.fan_percent,
            },
            "chains": self._web_chains(),
        }

    def _web_chains(self) -> list[Json]:
        return [self._web_chain(number) for number in range(1, self.rating.boards + 1)]

    def _web_chain(self, number: int) -> Json:
        boards, chips = self.board_sensors, self.chip_sensors
        state = "mining" if self.mining else "stopped"
        status = {"state": state}
        if problem := self.failures.get(number):
            status = {"state": "failure", "description": problem}
        return {
            "id": number,
            "frequency": self.frequency,
            "voltage": 13600,
            "power_consumption": round(self.own_watts / self.rating.boards),
            "hashrate_ideal": self.expected_hashrate * 1000 / self.rating.boards,
            "hashrate_rt": self.board_rate,
            "hashrate_percentage": 100.0,
            "hr_error": 0.0,
            "hw_errors": 0,
            "pcb_temp": {"min": min(boards), "max": max(boards)},
            "chip_temp": {"min": min(chips), "max": max(chips)},
            "chip_statuses": {"red": 0, "orange": 0, "grey": self.rating.chips},
            "status": status,
        }

    def _pool(self, index: int) -> Json:
        pool = self.pools[index]
        return {
            "id": index,
            "url": pool.url.rpartition("://")[2],
            "pool_type": "UserPool",
            "user": pool.user,
            "status": "working" if index else "active",
            "asic_boost": True,
            "diff": "131K",
            "accepted": 0 if index else self.machine.shares,
            "rejected": 0,
            "stale": 0,
            "ping": 19,
        }

    def _preset_list(self) -> list[Json]:
        manual = {
            "name": "disabled",
            "pretty": "Disabled",
            "status": "untuned",
            "modded_psu_required": False,
        }
        return [manual, *(preset.entry for preset in _PRESETS.values())]

    def _performance(self) -> Json:
        return {
            "current_preset": _PRESETS[self.preset].entry,
            "preset_switcher": {"enabled": False, "top_preset": None},
        }

    def _settings(self) -> Json:
        miner = {
            "overclock": {
                "modded_psu": False,
                "preset": self.preset,
                "globals": {"volt": 1380, "freq": 675},
                "chains": [{"freq": 0, "chips": [0] * self.rating.chips}] * 3,
            },
            "cooling": {
                "mode": self._cooling_mode(),
                "fan_min_count": 4,
                "fan_min_duty": 10,
                "fan_max_duty": 100,
            },
            "pools": [
                {
                    "url": pool.url.rpartition("://")[2],
                    "user": pool.user,
                    "pass": pool.password,
                }
                for pool in self.pools
            ],
            "misc": {"restart_temp": 90, "quiet_mode": False},
        }
        return {"miner": miner, "network": {"hostname": self.hostname, "dhcp": True}}

    def _cooling_mode(self) -> Json:
        if self.manual_fan:
            return {"name": "manual", "param": self.fan_pwm}
        return {"name": "auto", "param": 70}

    def _run(self, request: HttpRequest, action: Callable[[], None]) -> Reply:
        self.record(request.name)
        action()
        return Reply() if self.quiet else Reply({"success": True})

    def _reboot(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply({"after": _REBOOT_SECONDS})

    def _find(self, request: HttpRequest) -> Reply:
        """Switch the light over, whatever was asked."""
        self.record(request.name)
        self.locating = not self.locating
        return Reply({"on": self.locating})

    def _write_settings(self, request: HttpRequest) -> Reply:
        """Take the settings that are valid, and say the same either way."""
        posted = request.json().get("miner", {})
        self.record(request.name, request.json())
        self._write_cooling(posted.get("cooling", {}).get("mode", {}))
        if pools := posted.get("pools"):
            self.pools = [_pool_of(entry) for entry in pools]
        preset = str(posted.get("overclock", {}).get("preset", self.preset))
        if preset in _PRESETS and preset != self.preset:
            self.preset = preset
            self.restart_mining()
        return Reply(_SETTINGS_TAKEN)

    def _write_cooling(self, mode: Json) -> None:
        if mode.get("name") == "manual":
            self.fan_pwm = int(mode.get("param", self.fan_pwm))
        self.manual_fan = mode.get("name", self.manual_fan and "manual") == "manual"


def _pool_of(entry: Json) -> Pool:
    host = str(entry.get("url", "")).rpartition("://")[2]
    return Pool(
        f"stratum+tcp://{host}", str(entry.get("user", "")), str(entry.get("pass", ""))
    )
