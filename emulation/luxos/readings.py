"""What LuxOS tells about itself."""

from typing import Any, ClassVar, override

from emulation.cgminer import CgminerRpc, Command, pool_rows
from emulation.device import EmulatedMiner
from emulation.machine import Rating
from emulation.network import RPC_PORT, Json

from .profiles import PROFILES, Profile

_VERSION = "2025.4.8.220305"
_BUILD = f"{_VERSION}-57b389c7"
_COMPILED = "Tue Apr  8 22:05:35 UTC 2025"
# What exhaust and intake differ by from the middle of a board.
_SPREAD = 4


class LuxOsReadings(EmulatedMiner):
    """An S19k Pro, as far as it can be read."""

    kind: ClassVar[str] = "luxos"
    model: ClassVar[str] = "Antminer S19k Pro"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT,)
    oui: ClassVar[str] = "62:f7:5e"
    rating: ClassVar[Rating] = Rating(
        hashrate=121.8,
        watts=2794.0,
        idle_watts=34.0,
        boot_watts=15.0,
        frequency=590.0,
        boards=3,
        chips=77,
        fans=4,
        fan_rpm=6000,
        chip_rise=40.0,
        board_rise=40.0,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine with the profile that it is delivered with."""
        super().__init__(address, **options)
        self.hostname = "miner"
        self.serial_number = f"JYZZB0{self.mac[-8:].replace(':', '')}".upper()
        self.profile = "default"
        self.manual_fan = False
        self.fan_pwm = 60
        # The advanced thermal management, which chooses profiles by itself.
        self.managed = False
        # What is wrong, as entries of `events`.
        self.events: list[Json] = []

    @property
    def chosen(self) -> Profile:
        """Return the profile that is set."""
        return PROFILES[self.profile]

    @property
    @override
    def preset(self) -> str:
        return self.profile

    @property
    @override
    def power_limit(self) -> int:
        return self.chosen.watts

    @property
    @override
    def target_load(self) -> float:
        return self.chosen.hashrate / self.rating.hashrate

    @property
    @override
    def target_watts(self) -> float:
        return float(self.chosen.watts)

    @property
    @override
    def frequency(self) -> float:
        return float(self.chosen.clock) if self.mining else 0.0

    @property
    @override
    def fan_automatic(self) -> bool:
        return not self.manual_fan

    @property
    @override
    def fan_percent(self) -> int:
        if self.ready and self.manual_fan:
            return self.fan_pwm
        return super().fan_percent

    @override
    def paused_after_boot(self) -> bool:
        return self.paused

    def reads(self, rpc: CgminerRpc) -> dict[str, Command]:
        """Return the commands that need no session."""
        return {
            "version": lambda _: rpc.success(22, "LUXminer versions", VERSION=[_ID]),
            "summary": lambda _: rpc.success(11, "Summary", SUMMARY=[self._summary()]),
            "stats": lambda _: rpc.success(70, "LUXminer stats", STATS=self._stats()),
            "devs": lambda _: rpc.success(9, "3 ASC(s)", DEVS=self._devices()),
            "power": lambda _: rpc.success(311, "Power usage", POWER=[self._power()]),
            "fans": lambda _: rpc.success(202, "4 Fan(s)", **self._fans()),
            "config": lambda _: rpc.success(
                33, "LUXminer config", CONFIG=[self._config()]
            ),
            "tempctrl": lambda _: rpc.success(
                331, "Temperature control", TEMPCTRL=[self._temperature_control()]
            ),
            "pools": lambda _: rpc.success(7, "2 Pool(s)", POOLS=self._pools()),
            "profiles": lambda _: rpc.success(
                323, "List profiles", PROFILES=[p.entry for p in PROFILES.values()]
            ),
            "events": lambda _: rpc.success(
                355, "Active events", EVENTS=list(self.events)
            ),
            "atm": lambda _: rpc.success(
                339, "Advanced thermal management", ATM=[{"Enabled": self.managed}]
            ),
        }

    @property
    def _gigahashes(self) -> float:
        """Return the present hash rate in GH/s."""
        return round(self.hashrate * 1000, 2)

    @property
    def _mean(self) -> float:
        """Return the mean since the start in GH/s, which outlasts a stop by hours."""
        return round(self.expected_hashrate * 1000 * 0.95, 2)

    def _summary(self) -> Json:
        shares = self.machine.shares
        means = dict.fromkeys(("GHS 15m", "GHS 30m", "GHS 24h", "GHS av"), self._mean)
        return {
            "Accepted": shares,
            "Best Share": 32768,
            "Elapsed": self.elapsed,
            "Found Blocks": 0,
            "GHS 1m": self._gigahashes,
            "GHS 5m": self._gigahashes,
            "GHS 5s": self._gigahashes,
            **means,
            "Hardware Errors": 0,
            "Rejected": shares // 500,
            "Stale": 0,
        }

    def _stats(self) -> list[Json]:
        header = {"CompileTime": _COMPILED, "Miner": _VERSION, "Type": self.model}
        board = self.board_temperature
        sensors = "-".join(
            str(round(board + side)) for side in (_SPREAD, -_SPREAD, -_SPREAD, _SPREAD)
        )
        boards: Json = {}
        for n in range(1, self.rating.boards + 1):
            boards |= {
                f"chain_acn{n}": self.rating.chips,
                f"chain_acs{n}": " oooo" * 19,
                f"chain_hw{n}": 0,
                # A mean since the start, although it stands where others tell more.
                f"chain_rate{n}": f"{self._mean / self.rating.boards:.2f}",
                f"freq{n}": self.frequency,
                f"temp{n}": board,
                # The chips have no sensors: the board's own stand for theirs, too.
                **dict.fromkeys(
                    (f"temp_{k}{n}" for k in ("chip", "pcb", "pic")), sensors
                ),
            }
        work = {
            "Elapsed": self.elapsed,
            "GHS 5s": self._gigahashes,
            "GHS av": self._mean,
            "ID": "BTM_SOC0",
            "STATS": 0,
            "fan_num": self.rating.fans,
            **{f"fan{n}": self.fan_rpm for n in range(1, self.rating.fans + 1)},
            "frequency": round(self.frequency),
            "miner_count": self.rating.boards,
            "rate_30m": self._mean,
            "rate_unit": "GH",
            "total_freqavg": self.frequency,
            "total_rateideal": round(self.expected_hashrate * 1000, 1),
        }
        return [header, work | boards]

    def _devices(self) -> list[Json]:
        # They are not told in the order of their numbers.
        numbers = (2, 0, 1)
        return [self._device(n) for n in numbers]

    def _device(self, number: int) -> Json:
        share = 1000 / self.rating.boards
        now, mean = self._gigahashes * share, self._mean * share
        return {
            "ASC": number,
            "Accepted": self.machine.shares // self.rating.boards,
            "Board": "BHB56903",
            "Connector": f"J{7 + number}",
            "Enabled": "Y",
            "ID": number,
            "IsRamping": False,
            "IsUserShutdown": False,
            "MHS 15m": mean,
            "MHS 1m": now,
            "MHS 5m": now,
            "MHS 5s": now,
            "MHS av": mean,
            "Name": "",
            "Nominal MHS": self.expected_hashrate * 1000 * share,
            "Profile": self.profile,
            "SerialNumber": f"{self.serial_number}B{number}",
            "Status": "Alive" if self.mining else "Dead",
            "Temperature": round(self.board_temperature + _SPREAD, 1),
        }

    def _power(self) -> Json:
        return {"PSU": False, "Watts": round(self.own_watts)}

    def _fans(self) -> Json:
        fans = [
            {
                "FAN": f"FAN{n + 1}",
                "ID": n,
                "RPM": self.fan_rpm,
                "Speed": self.fan_percent,
            }
            for n in range(self.rating.fans)
        ]
        return {"FANCTRL": [{"MinFans": 3, "PowerOffSpeed": 20}], "FANS": fans}

    def _temperature_control(self) -> Json:
        mode = "Manual" if self.manual_fan else "Automatic"
        return {"Dangerous": 75, "Hot": 70, "Mode": mode, "Target": 65}

    def _config(self) -> Json:
        return {
            "ASC Count": self.rating.boards,
            "ControlBoardType": "cvitek",
            "Cooling": "Air",
            "CurtailMode": "Sleep" if self.paused else "None",
            "DHCP": True,
            "FeeStatus": "Ok",
            "GreenLed": "auto",
            "Hostname": self.hostname,
            "IPAddr": self.address,
            "ImmersionMode": False,
            "IsAtmEnabled": self.managed,
            "IsPowerSupplyOn": not self.paused,
            "IsTuning": False,
            "MACAddr": self.mac.upper(),
            "Model": self.model,
            "NameplateTHS": self.rating.hashrate,
            "OS": "LuxOS",
            "Pool Count": len(self.pools),
            "Profile": self.profile,
            "ProfileStep": str(self.chosen.step),
            "RedLed": "blink" if self.locating else "auto",
            "SerialNumber": self.serial_number,
            "Strategy": "Failover",
            "SystemStatus": "Normal",
        }

    def _pools(self) -> list[Json]:
        return pool_rows(self.pools, self.machine.shares, active=self.mining)


_ID: Json = {
    "API": "3.7",
    "CompileTime": _COMPILED,
    "LUXminer": _BUILD,
    "Miner": _VERSION,
    "Type": LuxOsReadings.model,
}
DESCRIPTION = f"LUXminer {_BUILD}"
