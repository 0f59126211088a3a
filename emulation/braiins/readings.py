"""What Braiins OS tells about itself, in the words of its REST interface."""

from datetime import UTC, datetime
from typing import Any, ClassVar, override

from emulation.device import EmulatedMiner
from emulation.machine import Rating
from emulation.network import HTTP_PORT, RPC_PORT, Json

GRPC_PORT = 50051
NOT_STARTED = 1
NORMAL = 2
PAUSED = 3

POWER_RANGE = (1100, 4500)
_DEFAULT_TARGET = 3500
_VERSION = "2026-04-14-0-912d084c-26.04-plus"
_POWER_MODE = 1
_LONG_AGO = "2026-03-20T21:27:28.454727Z"
_MEGAHERTZ = 1e6


class BraiinsReadings(EmulatedMiner):
    """An S21 Pro, as far as it can be read."""

    kind: ClassVar[str] = "braiins"
    model: ClassVar[str] = "Antminer S21 Pro"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT, GRPC_PORT, HTTP_PORT)
    oui: ClassVar[str] = "02:8f:77"
    default_password: ClassVar[str] = "root"
    rating: ClassVar[Rating] = Rating(
        hashrate=234.0,
        watts=3510.0,
        idle_watts=40.0,
        boot_watts=15.0,
        frequency=625.0,
        boards=3,
        chips=65,
        fans=4,
        fan_rpm=6400,
        chip_rise=42.0,
        board_rise=26.0,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine whose tuner aims at its usual power."""
        super().__init__(address, **options)
        self.hostname = "Antminer"
        self.serial_number = f"THQGFK{self.mac[-8:].replace(':', '')}".upper()
        self.target = _DEFAULT_TARGET
        self.started = True
        self.errors: list[str] = []
        self.past_errors: list[str] = []
        """What was wrong before the mining process started last; it stays listed."""

    @property
    @override
    def power_limit(self) -> int:
        return self.target

    @property
    @override
    def target_load(self) -> float:
        return self.machine.load_at(self.target)

    @property
    def state(self) -> int:
        """Return the number that stands for what it does."""
        if not self.started:
            return NOT_STARTED
        return PAUSED if self.paused else NORMAL

    def details(self) -> Json:
        """Return who and what it is."""
        return {
            "uid": "fxdfDhot1inFQPSi",
            "miner_identity": {
                "brand": 1,
                "model": 0,
                "name": self.model,
                "miner_model": self.model,
            },
            "platform": 4,
            "bos_mode": 4,
            "bos_version": {
                "current": _VERSION,
                "major": "2022-09-13-0-11012d53-22.08-plus",
                "bos_plus": True,
            },
            "hostname": self.hostname,
            "mac_address": self.mac,
            "system_uptime": int(self.uptime),
            "sticker_hashrate": _gigahashes(self.rating.hashrate),
            "bosminer_uptime_s": self.elapsed,
            "system_uptime_s": int(self.uptime),
            "status": self.state,
            "kernel_version": "4.9.113",
            "serial_number": self.serial_number,
        }

    def stats(self) -> Json:
        """Return what it makes, and what it draws for it."""
        shares = self.machine.shares
        return {
            "pool_stats": {
                "accepted_shares": shares,
                "rejected_shares": shares // 500,
                "stale_shares": 0,
                "best_share": 499_065_300,
                "generated_work": shares * 1000,
                "last_difficulty": 524_288,
            },
            "miner_stats": self._work(1.0),
            "power_stats": {
                "approximated_consumption": {"watt": round(self.own_watts)}
            },
        }

    def _work(self, share: float) -> Json:
        now, usual = self.hashrate * share, self.expected_hashrate * share
        # Means outlast a stop, each for its own time.
        means = dict.fromkeys(
            ("last_5m", "last_15m", "last_30m", "last_1h", "last_24h", "since_restart"),
            _gigahashes(usual * 0.96),
        )
        short = ("last_5s", "last_15s", "last_30s", "last_1m")
        return {
            "real_hashrate": dict.fromkeys(short, _gigahashes(now)) | means,
            "nominal_hashrate": _gigahashes(usual),
            "error_hashrate": {"megahash_per_second": 0.0},
            "found_blocks": 0,
            "best_share": 499_065_300,
        }

    def hashboards(self) -> Json:
        """Return each board; the numbers begin at 1."""
        return {"hashboards": [self._board(n) for n in range(1, 4)]}

    def _board(self, number: int) -> Json:
        board, chips = self.board_temperature, self.chip_temperature
        return {
            "id": str(number),
            "enabled": True,
            "chips_count": self.rating.chips,
            "current_voltage": {"volt": 13.75 if self.mining else 0.0},
            "current_frequency": {"hertz": self.frequency * _MEGAHERTZ},
            "highest_chip_temp": {
                "id": 1,
                "location": 1,
                "temperature": {"degree_c": chips},
            },
            "board_temp": {"degree_c": board},
            "stats": self._work(1 / self.rating.boards),
            "model": "A3HB70601",
            "lowest_inlet_temp": {"degree_c": board - 15},
            "highest_outlet_temp": {"degree_c": board + 1},
            "serial_number": f"{self.serial_number}B{number}",
            "board_name": "A3HB70601",
            "chip_type": "BM1370",
        }

    def cooling(self) -> Json:
        """Return the fans."""
        fans = [
            {
                "position": n,
                "rpm": self.fan_rpm,
                "target_speed_ratio": self.fan_percent / 100,
            }
            for n in range(self.rating.fans)
        ]
        return {"fans": fans}

    def constraints(self) -> Json:
        """Return what can be set."""
        low, high = POWER_RANGE
        return {
            "tuner_constraints": {
                "power_target": {
                    "default": {"watt": _DEFAULT_TARGET},
                    "min": {"watt": low},
                    "max": {"watt": high},
                },
                "enabled": {"default": True},
                "default_mode": _POWER_MODE,
            }
        }

    def configuration(self) -> Json:
        """Return what is set."""
        return {
            "pool_groups": [],
            "tuner": {
                "enabled": True,
                "tuner_mode": _POWER_MODE,
                "power_target": {"watt": self.target},
            },
        }

    def network(self) -> Json:
        """Return what the device is called on the network."""
        return {
            "name": "eth0",
            "mac_address": self.mac,
            "hostname": self.hostname,
            "protocol": 1,
        }

    def version(self) -> Json:
        """Return the version of the interface."""
        return {"major": 1, "minor": 3, "patch": 0}

    def tuner_state(self) -> Json:
        """Return what the tuner aims at now."""
        target = {"current_target": {"watt": self.target}}
        return {
            "overall_tuner_state": 5,
            "mode_state": {"powertargetmodestate": target},
        }

    def appeals(self) -> list[Json]:
        """Return what is wrong, in the words of the older interface."""
        return [
            {
                "id": str(number),
                "kind": "ERROR",
                "message": message,
                "timestamp": timestamp,
            }
            for number, (message, timestamp) in enumerate(self._with_times())
        ]

    def _with_times(self) -> list[tuple[str, str]]:
        """Return what is and was wrong, and when."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        past = [(message, _LONG_AGO) for message in self.past_errors]
        return past + [(message, now) for message in self.errors]

    def pool_list(self) -> list[Json]:
        """Return the groups of pools as the REST interface lists them."""
        groups: list[Json] = self.pool_groups()["pool_groups"]
        return groups

    def pool_groups(self) -> Json:
        """Return the pools in their group."""
        pools = [
            {
                "uid": f"pool{n}",
                "url": pool.url,
                "user": pool.user,
                "enabled": True,
                "alive": True,
                "active": self.mining and n == 0,
                "stats": {"accepted_shares": 0 if n else self.machine.shares},
            }
            for n, pool in enumerate(self.pools)
        ]
        return {"pool_groups": [{"uid": "0", "name": "Default", "pools": pools}]}

    def listed_errors(self) -> Json:
        """Return what is wrong."""
        return {
            "errors": [
                {"message": message, "timestamp": timestamp}
                for message, timestamp in self._with_times()
            ]
        }


def _gigahashes(terahashes: float) -> Json:
    """Return a hash rate as the interface writes it."""
    return {"gigahash_per_second": round(terahashes * 1000, 3)}
