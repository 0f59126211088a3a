"""What a Whatsminer tells about itself."""

from collections.abc import Mapping
import time
from typing import Any, ClassVar, override

from emulation.cgminer import pool_rows
from emulation.machine import Rating
from emulation.network import RPC_PORT, Json

from .machine import Whatsminer
from .rpc import COMMAND_FAILED, OK, ReadCommand, message

_FIRMWARE = "20220915.14.REL"


class WhatsminerReadings(Whatsminer):
    """An M30S++, as far as it can be read."""

    kind: ClassVar[str] = "whatsminer"
    model: ClassVar[str] = "M30S++_VH30"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT,)
    oui: ClassVar[str] = "c8:11:05"
    default_password: ClassVar[str] = "admin"
    mode_loads: ClassVar[Mapping[str, float]] = {
        "Low": 0.74,
        "Normal": 1.0,
        "High": 1.08,
    }
    usual_mode: ClassVar[str] = "Normal"
    serial_prefix: ClassVar[str] = "HTM31X"
    rating: ClassVar[Rating] = Rating(
        hashrate=112.0,
        watts=3472.0,
        idle_watts=25.0,
        boot_watts=12.0,
        frequency=640.0,
        boards=3,
        chips=111,
        fans=2,
        fan_rpm=7200,
        chip_rise=60.0,
        board_rise=52.0,
    )

    def __init__(self, address: str, *, legacy: bool = False, **options: Any) -> None:
        """Describe a machine in normal mode."""
        super().__init__(address, **options)
        self.legacy = legacy

    @override
    def paused_after_boot(self) -> bool:
        return False

    def reads(self) -> dict[str, ReadCommand]:
        """Return the commands that anybody may give."""
        mining: dict[str, ReadCommand] = {
            "summary": self._summary,
            "devs": lambda: self._devices("devs"),
            "edevs": lambda: self._devices("edevs"),
            "devdetails": self._device_details,
            "pools": self._pools,
        }
        system: dict[str, ReadCommand] = {
            "status": self._status,
            "get_version": self._version,
            "get_miner_info": self._miner_info,
            "get_psu": self._supply,
            "get_error_code": self._errors,
        }
        return system | {
            name: self._from_process(read) for name, read in mining.items()
        }

    def _from_process(self, read: ReadCommand) -> ReadCommand:
        """Return a command that the mining process answers, while it runs."""

        def answer() -> Json:
            if self.legacy and self.paused:
                return message(COMMAND_FAILED, "btminer process is down")
            return read()

        return answer

    def _summary(self) -> Json:
        row = self._rates() | self._health() | self._power() | self._numbered_errors()
        return {
            "STATUS": [{"STATUS": "S", "Msg": "Summary"}],
            "SUMMARY": [row],
            "id": 1,
        }

    def _rates(self) -> Json:
        rate = self._megahashes(self.hashrate)
        windows = ("MHS av", "MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m", "HS RT")
        return {
            "Elapsed": self.elapsed,
            **dict.fromkeys(windows, rate),
            "Accepted": self.machine.shares,
            "Rejected": self.machine.shares // 500,
            "Total MH": rate * self.elapsed,
            "Pool Rejected%": 0.2,
            "Pool Stale%": 0.0,
            "Uptime": int(self.uptime),
            "Hash Stable": self.mining,
            "Target Freq": round(self.rating.frequency),
            "Target MHS": self._megahashes(self.expected_hashrate),
            "Factory GHS": round(self.rating.hashrate * 1000),
        }

    def _health(self) -> Json:
        chips, spread = self.chip_temperature, self.machine.chip_spread
        return {
            "Temperature": round(self.board_temperature, 2),
            "Env Temp": 24.0,
            "Chip Temp Min": round(chips - spread, 2),
            "Chip Temp Max": round(chips + spread, 2),
            "Chip Temp Avg": round(chips, 2),
            "freq_avg": round(self.frequency),
            "Fan Speed In": self.fan_rpm,
            "Fan Speed Out": self.fan_rpm,
        }

    def _power(self) -> Json:
        watts = self.own_watts
        return {
            "Power": round(watts),
            "Power Rate": round(watts / self.hashrate, 2) if self.hashrate else 0.0,
            "Power Mode": self.power_mode,
            "Power Limit": self.power_limit,
            "Power Fanspeed": self._supply_fan(),
            "Voltage": 1270 if self.mining else 0,
            "MAC": self.mac.upper(),
            "Firmware Version": f"'{_FIRMWARE}'",
            "Security Mode": 0,
        }

    def _numbered_errors(self) -> Json:
        errors = {f"Error Code {n}": code for n, code in enumerate(self.error_codes)}
        return errors | {"Error Code Count": len(self.error_codes)}

    def _devices(self, command: str) -> Json:
        rows = [self._device(index, command) for index in range(self.rating.boards)]
        return {
            "STATUS": [{"STATUS": "S", "Msg": f"{len(rows)} ASC(s)"}],
            "DEVS": rows,
            "id": 1,
        }

    def _device(self, index: int, command: str) -> Json:
        rate = self._megahashes(self.hashrate / self.rating.boards)
        chips, spread = self.chip_temperature, self.machine.chip_spread
        windows = ("MHS av", "MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m")
        return {
            "ASC": index,
            "Name": "SM",
            "Slot": index,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": round(self.board_temperature, 2),
            "Chip Frequency": round(self.frequency),
            **dict.fromkeys(windows, rate),
            "Accepted": self.machine.shares // self.rating.boards,
            "Rejected": 0,
            "Upfreq Complete": int(self.mining),
            "Effective Chips": self.rating.chips,
            "PCB SN": f"{self.serial_number}B{index}",
            "Chip Temp Min": round(chips - spread, 2),
            "Chip Temp Max": round(chips + spread, 2),
            "Chip Temp Avg": round(chips, 2),
            **({"chip_vol_diff": 8} if command == "edevs" else {}),
        }

    def _device_details(self) -> Json:
        status = {
            "STATUS": "S",
            "When": int(time.time()),
            "Code": 69,
            "Msg": "Device Details",
            "Description": "btminer",
        }
        rows = [
            {
                "DEVDETAILS": index,
                "Name": "SM",
                "ID": index,
                "Driver": "bitmicro",
                "Kernel": "",
                "Model": self.model,
            }
            for index in range(self.rating.boards)
        ]
        return {"STATUS": [status], "DEVDETAILS": rows, "id": 1}

    def _pools(self) -> Json:
        rows = pool_rows(self.pools, self.machine.shares, active=self.mining)
        return {
            "STATUS": [{"STATUS": "S", "Msg": f"{len(rows)} Pool(s)"}],
            "POOLS": rows,
            "id": 1,
        }

    def _status(self) -> Json:
        off = str(self.paused).lower()
        common = {"power_mode": "", "hash_percent": ""}
        if self.legacy:
            state = {"btmineroff": off, "Firmware Version": f"'{_FIRMWARE}'"}
        else:
            reason = "by whatsminer api" if self.paused else ""
            state = {
                "mineroff": off,
                "mineroff_reason": reason,
                "mineroff_time": "",
                "FirmwareVersion": f"'{_FIRMWARE}'",
            }
        return message(OK, state | common)

    def _version(self) -> Json:
        return message(
            OK,
            {
                "api_ver": "2.0.5",
                "fw_ver": _FIRMWARE,
                "platform": "H6OS",
                "chip": "K16",
            },
        )

    def _miner_info(self) -> Json:
        return message(
            OK,
            {
                "ip": self.address,
                "proto": "dhcp",
                "netmask": "255.0.0.0",
                "gateway": "127.0.0.1",
                "dns": "127.0.0.1",
                "hostname": self.hostname,
                "mac": self.mac.upper(),
                "ledstat": "manual" if self.locating else "auto",
                "minersn": self.serial_number,
                "powersn": "P2211908B12345",
            },
        )

    def _supply(self) -> Json:
        return message(
            OK,
            {
                "name": "P221B",
                "hw_version": "V01.00",
                "sw_version": "V01.00.V01.03",
                "model": "P221B",
                "iin": str(round(self.watts / 230 * 1000)),
                "vin": "23000",
                "fan_speed": str(self._supply_fan()),
                "version": "-1",
                "serial_no": "A1232B0120100049",
                "vendor": "1",
                "temp0": "33.5",
            },
        )

    def _errors(self) -> Json:
        since = "2026-01-01 00:00:00"
        codes = [{str(code): since} for code in self.error_codes]
        return message(OK, {"error_code": codes})

    def _supply_fan(self) -> int:
        return round(3000 + 4000 * self.machine.load)

    @staticmethod
    def _megahashes(terahashes: float) -> float:
        return round(terahashes * 1e6, 2)
