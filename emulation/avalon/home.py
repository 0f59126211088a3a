"""An Avalon Q and a Nano 3S.

The Q tells what firmware 25052801 was recorded to tell, at work and in standby
(256foundation/asic-rs, tests; UpstreamData/pyasic#350), and takes the options that it
listed. Of the Nano 3S, the answers are those of firmware 25021401 (a recording in
dcbert/miner-sentinel), the options and what they refuse those of its published source
(Canaan-Creative/Avalon_Nano3s, driver-avalon.c): it has no soft-off, and its light is
another one than that of other Avalons. Guessed: how long a change of mode takes, what
the Nano 3S tells while it rests, and the watts of the Q at rest (17 to 146 were seen).
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, override

from emulation.cgminer import parameters
from emulation.machine import Rating
from emulation.network import Json

from .api import AvalonApi, Setting

_LEAST_FAN = 15
_AUTOMATIC = "-1"
_LONGEST_REBOOT = 300
# What a device had done on average before the emulation began, of what it can do.
_PAST = 0.94
_COLD = 24


class AvalonHome(AvalonApi):
    """A heater that mines, whose module tells all in one text.

    Its `GHSavg`, `MGHS` and `MHS av` are means since the start, and stay while it
    rests; only `GHSspd` is the hash rate now.
    """

    modes: ClassVar[tuple[str, ...]]
    loads: ClassVar[tuple[float, ...]]
    limits: ClassVar[tuple[int, ...]]
    options: ClassVar[tuple[str, ...]]
    firmware: ClassVar[str]
    # How `SoftOFF` is while it rests.
    resting: ClassVar[int] = 1

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a device in its highest mode."""
        self._settings: Mapping[str, Setting] = {
            "help": self._help,
            "fan-spd": self._fan,
            "workmode": self._work_mode,
            "worklevel": self._work_level,
            "softoff": self._soft_off,
            "softon": self._soft_on,
            "reboot": self._reboot,
        }
        self._worked_before = 0.0
        self.work_mode = len(self.modes) - 1
        self.manual_fan: int | None = None
        super().__init__(address, **options)
        self.serial_number = f"0201{self.mac.replace(':', '')}"

    @property
    @override
    def target_load(self) -> float:
        return self.loads[self.work_mode]

    @property
    @override
    def preset(self) -> str:
        return self.modes[self.work_mode]

    @property
    @override
    def power_limit(self) -> int:
        return self.limits[self.work_mode]

    @property
    @override
    def fan_automatic(self) -> bool:
        return self.manual_fan is None

    @property
    @override
    def fan_percent(self) -> int:
        if not self.mining:
            return 0
        return self.manual_fan or super().fan_percent

    @property
    def mean_hashrate(self) -> float:
        """Return the mean hash rate since the start in TH/s."""
        worked = self._worked_before + self.machine.worked
        return self.rating.hashrate * worked / max(1, self.elapsed)

    @override
    def _begin_work(self, age: float = 0.0) -> None:
        self._worked_before = age * self.target_load * _PAST
        super()._begin_work(age)

    # Reading

    @abstractmethod
    def names(self) -> Json:
        """Return product and versions as `version` tells them."""

    @abstractmethod
    def module(self) -> Mapping[str, object]:
        """Return the fields of the module."""

    @abstractmethod
    def supply(self) -> str:
        """Return what the supply tells, `PS`."""

    def common(self) -> dict[str, object]:
        """Return the fields that the models tell alike."""
        on = self.mining
        rate, mean = self.hashrate * 1000, self.mean_hashrate * 1000
        fans = range(1, self.rating.fans + 1)
        return {
            "Elapsed": self.elapsed,
            "HW": 0,
            "DH": "2.374%",
            "TMax": round(self.chip_temperature + 4) if on else 0,
            "TAvg": round(self.chip_temperature) if on else 0,
            "TarT": 90,
            **{f"Fan{n}": self.fan_rpm for n in fans},
            "FanR": f"{self.fan_percent}%",
            "PS": self.supply(),
            "GHSspd": f"{rate:.2f}",
            "DHspd": "2.374%",
            "GHSmm": f"{self.expected_hashrate * 1000:.2f}",
            "GHSavg": f"{mean:.2f}",
            "WU": "93530.53",
            "Freq": f"{self.rating.frequency * self.target_load:.2f}",
            "MGHS": f"{mean:.2f}",
            "TA": self.rating.chips,
            "Core": "A3197S",
            "PING": 22,
            "SoftOFF": self.resting if self.paused else 0,
            "ECHU": 0,
            "ECMM": 0,
            "CRC": 0,
            "WORKMODE": self.work_mode,
            "WORKLEVEL": 0,
            "MPO": self.power_limit,
            "ADJ": 1,
        }

    @property
    def state(self) -> str:
        """Return what the module says of its work."""
        return f"Work: {'In Work' if self.mining else 'In Idle'}, Hash Board: 1"

    @property
    def chips_text(self) -> str:
        """Return the temperature of each chip."""
        degrees = round(self.chip_temperature) if self.mining else _COLD
        return f" {'  '.join([str(degrees)] * self.rating.chips)}"

    @override
    def _version(self, _: Json) -> Json:
        row = {
            "CGMiner": "4.11.1",
            "API": "3.7",
            **self.names(),
            "SWTYPE": "MM319",
            "LVERSION": self.firmware,
            "BVERSION": self.firmware,
            "CGVERSION": self.firmware,
            "DNA": self.serial_number,
        }
        return self._rpc.success(22, "CGMiner versions", VERSION=[row])

    @override
    def _summary(self, _: Json) -> Json:
        row = {
            "Elapsed": self.elapsed,
            **self._rates(),
            "Found Blocks": 0,
            "Accepted": self.machine.shares,
            "Rejected": self.machine.shares // 500,
            "Hardware Errors": 0,
            "Best Share": 354_914_572,
            "Pool Rejected%": 0.2129,
            "Pool Stale%": 0.0,
            "Last getwork": 0,
        }
        return self._rpc.success(11, "Summary", SUMMARY=[row])

    @override
    def _devices(self, _: Json) -> Json:
        row = {
            "ASC": 0,
            "Name": "AVALON",
            "ID": 0,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": 0.0,
            **self._rates(),
            "Accepted": self.machine.shares,
            "Rejected": self.machine.shares // 500,
            "Hardware Errors": 0,
            "Device Elapsed": self.elapsed,
        }
        return self._rpc.success(9, "1 ASC(s)", DEVS=[row])

    def _rates(self) -> Json:
        windows = ("MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m")
        now = dict.fromkeys(windows, round(self.hashrate * 1e6, 2))
        return {"MHS av": round(self.mean_hashrate * 1e6, 2)} | now

    @override
    def _stats(self, _: Json) -> Json:
        pool = {"STATS": 1, "ID": "POOL0", "Elapsed": self.elapsed, "Pool Calls": 0}
        row = {
            "STATS": 0,
            "ID": "AVALON0",
            "Elapsed": self.elapsed,
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            **self.texts(),
        }
        return self._rpc.success(70, "CGMiner stats", STATS=[row, pool])

    def texts(self) -> Json:
        """Return the module's text under the name that the model has for it."""
        return {"MM ID0": written(self.module()), "MM Count": 1, "Nonce Mask": 25}

    # Ruling

    @override
    def _set(self, request: Json) -> Json:
        _, option, *values = [*parameters(request), ""][:5]
        setting = self._settings.get(option)
        if setting is None or option not in ("help", *self.options):
            return self._failed(f"Unknown option: {option}")
        if option not in {"help", "worklevel", "workmode"} or values[:1] == ["set"]:
            self.record("rpc:ascset", parameters(request))
        return setting(values) or self._done()

    def _help(self, _: Sequence[str]) -> Json:
        return self._informed("|".join(("help", *self.options, "")))

    def _fan(self, values: Sequence[str]) -> Json | None:
        if values[0] == _AUTOMATIC:
            self.manual_fan = None
            return None
        if not values[0].isdigit() or not _LEAST_FAN <= int(values[0]) <= 100:
            return self._failed(
                "invalid fan value, valid range 15-100 for stable pwm,"
                "-1 for auto adjust"
            )
        self.manual_fan = int(values[0])
        return None

    def _work_mode(self, values: Sequence[str]) -> Json | None:
        action, mode = (*values, "", "")[:2]
        if action == "get":
            return self._informed(f"workmode {self.work_mode}")
        if action != "set" or not mode.isdigit():
            return self._failed("error:2 parameter error")
        if int(mode) >= len(self.modes):
            most = len(self.modes) - 1
            return self._failed(f"error:1 not support set workmode max_mode[{most}]")
        self.work_mode = int(mode)
        self.apply()
        return None

    def _work_level(self, values: Sequence[str]) -> Json:
        if values[:1] == ["get"]:
            return self._informed("worklevel 0")
        return self._failed("worklevel unknown argument")

    def _reboot(self, values: Sequence[str]) -> Json | None:
        if not values[0].isdigit() or int(values[0]) > _LONGEST_REBOOT:
            return self._failed("reboot value should be 0~300 seconds")
        self.reboot_soon()
        return None


class EmulatedAvalonQ(AvalonHome):
    """An Avalon Q with four fans, and its watts in `PS` alone."""

    kind: ClassVar[str] = "avalon-q"
    model: ClassVar[str] = "Avalon Q"
    rating: ClassVar[Rating] = Rating(
        hashrate=90.0,
        watts=1674.0,
        idle_watts=17.0,
        boot_watts=12.0,
        frequency=420.0,
        boards=1,
        chips=160,
        fans=4,
        fan_rpm=3400,
        chip_rise=52.0,
        board_rise=30.0,
    )
    modes = ("eco", "standard", "super")
    loads = (0.57, 0.87, 1.0)
    limits = (800, 1300, 1674)
    firmware = "25052801_14a19a2"
    resting = 4
    options = (
        "voltage",
        "fan-spd",
        "lcd",
        "volt-tuning",
        "workmode",
        "worklevel",
        "work_mode_lvl",
        "reboot",
        "softon",
        "softoff",
        "filter-clean",
        "frequency",
        "loop",
        "time",
    )

    @override
    def names(self) -> Json:
        return {
            "PROD": "Avalon Q",
            "MODEL": "Q",
            "HWTYPE": "Q_MM1v1_X1",
            "HBMCUVERSION": "Q_hb_v1.1",
            "FANMCUVERSION": "Q_fb_v1.2",
            "MAC": self.mac.upper(),
        }

    @override
    def supply(self) -> str:
        # Hundredths of volts, amperes, watts behind the supply, and before it.
        if not self.mining:
            return f"0 1222 4 0 0 2245 {round(self.own_watts)}"
        behind = self.own_watts * 0.957
        return (
            f"0 1221 2421 {behind / 24.21:.0f} {behind:.0f} 2422 {self.own_watts:.0f}"
        )

    @override
    def module(self) -> Mapping[str, object]:
        on = self.mining
        return {
            "Ver": f"Q-{self.firmware}",
            "LVer": self.firmware,
            "BVer": self.firmware,
            "CPU": "K230",
            "FW": "Release",
            "DNA": self.serial_number,
            "STATE": 1 if on else 2,
            "NETFAIL": "0 0 0 0 0 0 0 0",
            "SSID": "",
            "SYSTEMSTATU": self.state,
            "ITemp": 26,
            "HBITemp": 45 if on else 27,
            "HBOTemp": round(self.board_temperature) if on else 27,
            "FanErr": 0,
            **self.common(),
        }

    @override
    def texts(self) -> Json:
        return {
            "HBinfo": f"'HB0':{{PVT_T0[{self.chips_text}]}}",
            "MM ID0:Summary": f"'STATS':{{{written(self.module())} Nonce Mask[25]}}",
        }


class EmulatedAvalonNano3S(AvalonHome):
    """A Nano 3S, which can only be slowed down: it takes no soft-off."""

    kind: ClassVar[str] = "avalon-nano3s"
    model: ClassVar[str] = "Avalon Nano 3S"
    rating: ClassVar[Rating] = Rating(
        hashrate=6.6,
        watts=133.0,
        idle_watts=6.0,
        boot_watts=4.0,
        frequency=465.0,
        boards=1,
        chips=12,
        fans=1,
        fan_rpm=4600,
        chip_rise=66.0,
        board_rise=41.0,
    )
    modes = ("low", "medium", "high")
    loads = (0.5, 0.72, 1.0)
    limits = (65, 95, 133)
    firmware = "25021401_56abae7"
    options = (
        "voltage",
        "fan-spd",
        "ledmode",
        "ledset",
        "lcd",
        "nightlamp",
        "wallpaper",
        "hash-sn-read",
        "volt-adjust-switch",
        "workmode",
        "worklevel",
        "work_mode_lvl",
        "reboot",
        "filter-clean",
        "facopts",
        "faclock",
        "frequency",
        "loop",
        "password",
        "qr_auth",
    )

    @override
    def names(self) -> Json:
        return {
            "PROD": "Avalon Nano3s",
            "MODEL": "Nano3s",
            "HWTYPE": "N_MM1v1_X1",
            "MAC": self.mac.replace(":", ""),
            "UPAPI": "2",
        }

    @override
    def supply(self) -> str:
        return f"0 0 27541 4 0 3756 {round(self.own_watts)}"

    @override
    def module(self) -> Mapping[str, object]:
        return {
            "Ver": f"Nano3s-{self.firmware}",
            "LVer": self.firmware,
            "BVer": self.firmware,
            "FW": "Release",
            "LED": "0-0",
            "LEDUser": "0-100-100-5-0-255",
            "LcdOnoff": 1,
            "DNA": self.serial_number,
            "PFCnt": 0,
            "NETFAIL": "0 0 0 0 0 0 0 0",
            "SYSTEMSTATU": self.state,
            "ITemp": -273,
            "OTemp": round(self.board_temperature),
            **self.common(),
            "MTmax": round(self.chip_temperature + 4) if self.mining else 0,
            "MTavg": round(self.chip_temperature) if self.mining else 0,
            "PVT_T0": self.chips_text,
        }


def written(fields: Mapping[str, object]) -> str:
    """Return fields as a module writes them."""
    return " ".join(f"{name}[{value}]" for name, value in fields.items())
