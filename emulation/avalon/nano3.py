"""An Avalon Nano 3."""

from collections.abc import Mapping, Sequence
import time
from typing import Any, ClassVar, override

from emulation.cgminer import parameters
from emulation.machine import Rating
from emulation.network import Json

from .api import AvalonApi, Setting

_FIRMWARE = "25103101_0736b2e"
_LEVELS = ("low", "middle", "high")
_LEVEL_LOADS = (0.5, 0.76, 1.0)
_LEVEL_LIMITS = (60, 95, 130)


class EmulatedAvalonNano3(AvalonApi):
    """A desk heater that mines, ruled by the options of `ascset`.

    Its MAC address is told by its web page alone, and its watts stand where
    pyasic does not look for them.
    """

    kind: ClassVar[str] = "avalon"
    model: ClassVar[str] = "Avalon Nano 3"
    rating: ClassVar[Rating] = Rating(
        hashrate=4.1,
        watts=126.0,
        idle_watts=6.0,
        boot_watts=4.0,
        frequency=415.0,
        boards=1,
        chips=10,
        fans=1,
        fan_rpm=7000,
        chip_rise=66.0,
        board_rise=30.0,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a device at its highest work level."""
        self._settings: Mapping[str, Setting] = {
            "softoff": self._soft_off,
            "softon": self._soft_on,
            "worklevel": self._work_level,
            "workmode": self._work_level,
            "led": self._led,
            "reboot": self._reboot,
        }
        super().__init__(address, **options)
        self.work_level = len(_LEVEL_LOADS) - 1

    @property
    @override
    def target_load(self) -> float:
        return _LEVEL_LOADS[self.work_level]

    @property
    @override
    def preset(self) -> str:
        return _LEVELS[self.work_level]

    @property
    @override
    def power_limit(self) -> int:
        return _LEVEL_LIMITS[self.work_level]

    @override
    def paused_after_boot(self) -> bool:
        return False

    # Reading

    @override
    def _version(self, _: Json) -> Json:
        row = {
            "CGMiner": "4.11.1",
            "API": "3.7",
            "PROD": "Avalonnano",
            "MODEL": "nano3",
            "HWTYPE": "PMMv1_X1",
            "SWTYPE": "MM318_X2",
            "VERSION": _FIRMWARE,
            "HVERSION": _FIRMWARE,
            "UPAPI": "2",
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
            "Best Share": 19_649_871,
            "Pool Rejected%": 0.2,
            "Pool Stale%": 0.0,
            "Last getwork": int(time.time()),
        }
        return self._rpc.success(11, "Summary", SUMMARY=[row])

    @override
    def _devices(self, _: Json) -> Json:
        row = {
            "ASC": 0,
            "Name": "AVANANO",
            "ID": 0,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": -273.0,
            **self._rates(),
            "Accepted": self.machine.shares,
            "Rejected": self.machine.shares // 500,
            "Hardware Errors": 0,
            "Device Hardware%": 0.0,
            "Device Rejected%": 0.2,
            "Device Elapsed": self.elapsed,
        }
        return self._rpc.success(9, "1 ASC(s)", DEVS=[row])

    def _rates(self) -> Json:
        windows = ("MHS av", "MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m")
        return dict.fromkeys(windows, round(self.hashrate * 1e6, 2))

    @override
    def _stats(self, _: Json) -> Json:
        module = {
            "STATS": 0,
            "ID": "AVANANO0",
            "Elapsed": self.elapsed,
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            "MM ID0": self._module(),
            "MM Count": 1,
        }
        pool = {"STATS": 1, "ID": "POOL0", "Elapsed": self.elapsed, "Pool Calls": 0}
        return self._rpc.success(70, "CGMiner stats", STATS=[module, pool])

    def _module(self) -> str:
        """Return all that the module tells, as one text of `Name[value]`."""
        work = "In Work" if self.mining else "In Idle"
        rate = self.hashrate * 1000
        fields: Mapping[str, object] = {
            "HashStatus": int(self.mining),
            "Ver": f"nano3-{_FIRMWARE}",
            "DNA": f"0201{self.mac.replace(':', '')}",
            "NETFAIL": "0 0 0 0 0 0 0 0",
            "SYSTEMSTATU": f"Work: {work}, Hash Board: 1",
            "Elapsed": self.elapsed,
            "HW": 0,
            "DH": "1.849%",
            "Temp": round(self.board_temperature),
            "OTemp": round(self.board_temperature - 8),
            "TMax": round(self.chip_temperature + 4),
            "TAvg": round(self.chip_temperature),
            "TarT": 90,
            "Fan1": self.fan_rpm,
            "FanR": f"{self.fan_percent}%",
            "GHSspd": f"{rate:.2f}",
            "GHSmm": f"{self.expected_hashrate * 1000:.2f}",
            "GHSavg": f"{rate:.2f}",
            "Freq": f"{self.frequency:.2f}",
            "MGHS": f"{rate:.2f}",
            "PS": f"0 0 0 4 2756 {round(self.own_watts)} 330",
            "Led": int(self.locating),
            "SoftOFF": int(self.paused),
            "PVT_T0": " ".join([str(round(self.chip_temperature))] * 10),
            "WORKLEVEL": self.work_level,
            "MPO": self.power_limit,
        }
        return " ".join(f"{name}[{value}]" for name, value in fields.items())

    # Ruling

    @override
    def _set(self, request: Json) -> Json:
        _, option, *values = [*parameters(request), ""][:5]
        setting = self._settings.get(option)
        if setting is None:
            return self._failed(f"Unknown option: {option}")
        if option in {"worklevel", "workmode"} and values[:1] == ["get"]:
            return self._informed(f"{option} {self.work_level}")
        self.record("rpc:ascset", parameters(request))
        return setting(values) or self._done()

    def _work_level(self, values: Sequence[str]) -> Json:
        action, level = (*values, "", "")[:2]
        if action != "set" or level not in {"0", "1", "2"}:
            return self._failed("worklevel must be 0, 1 or 2")
        self.work_level = int(level)
        self.apply()
        return self._done()

    def _led(self, values: Sequence[str]) -> Json:
        if values[0] not in {"1-0", "1-1"}:
            return self._failed("led needs 1-0 or 1-1")
        self.locating = values[0] == "1-1"
        return self._done()

    def _reboot(self, _: Sequence[str]) -> Json:
        self.reboot_soon()
        return self._done()
