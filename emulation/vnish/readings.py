"""What the VNish firmware tells about itself."""

from typing import Any, ClassVar, override

from emulation.bitmain import BitmainMiner
from emulation.machine import Rating
from emulation.network import HTTP_PORT, RPC_PORT, Json

from .presets import PRESETS

_VERSION = "1.2.6"


class VnishReadings(BitmainMiner):
    """An S19, as far as it can be read."""

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

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine with a preset of 2950 W."""
        super().__init__(address, **options)
        self.chosen = "2950"
        self.manual_fan = False
        self.fan_pwm = 60
        self.hostname = "antminer"
        self.failures: dict[int, str] = {}
        """What is wrong with a chain, by its number from 1."""
        self.tokens: set[str] = set()

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
        return PRESETS[self.preset].hashrate / self.rating.hashrate

    @property
    @override
    def target_watts(self) -> float:
        return float(PRESETS[self.preset].watts)

    @property
    @override
    def preset(self) -> str:
        return self.chosen

    @property
    @override
    def power_limit(self) -> int:
        return PRESETS[self.preset].watts

    @property
    @override
    def fan_automatic(self) -> bool:
        return not self.manual_fan

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and not self.fan_automatic:
            return self.fan_pwm
        return super().fan_percent

    def info(self) -> Json:
        """Return what needs no login."""
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
            "hr_measure": f"{self.rate_unit}/s",
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

    def web_status(self) -> Json:
        """Return the state in short."""
        return {
            "miner_state": self._state,
            "miner_state_time": self.elapsed,
            "find_miner": self.locating,
            "restart_required": False,
            "reboot_required": False,
            "unlocked": bool(self.tokens),
        }

    def web_summary(self) -> Json:
        """Return the state in full."""
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
            "hr_nominal": self.ideal_rate,
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
            "chains": self.web_chains(),
        }

    def web_chains(self) -> list[Json]:
        """Return the state of each board."""
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
            "hashrate_ideal": self.ideal_rate / self.rating.boards,
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

    def preset_list(self) -> list[Json]:
        """Return the presets to choose from, and the lack of one."""
        manual = {
            "name": "disabled",
            "pretty": "Disabled",
            "status": "untuned",
            "modded_psu_required": False,
        }
        return [manual, *(preset.entry for preset in PRESETS.values())]

    def performance(self) -> Json:
        """Return the preset in use."""
        return {
            "current_preset": PRESETS[self.preset].entry,
            "preset_switcher": {"enabled": False, "top_preset": None},
        }

    def settings(self) -> Json:
        """Return what can be set."""
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
