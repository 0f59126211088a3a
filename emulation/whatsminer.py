"""A Whatsminer M30S++ with the API version 2."""

from collections.abc import Callable, Mapping
import time
from typing import Any, ClassVar, override

from .cgminer import pool_rows
from .device import EmulatedMiner, Pool
from .machine import Rating
from .network import RPC_PORT, Endpoint, Json
from .whatsminer_rpc import (
    COMMAND_FAILED,
    OK,
    ReadCommand,
    WhatsminerRpc,
    WriteCommand,
    message,
)

FACTORY_POWER_LIMIT = 3600

_MODE_LOADS: Mapping[str, float] = {"Low": 0.74, "Normal": 1.0, "High": 1.08}
_FIRMWARE = "20220915.14.REL"
_MAX_PASSWORD = 8


class EmulatedWhatsminer(EmulatedMiner):
    """A three-board machine that needs no port below 1024.

    `legacy` makes it answer as firmware before 2022 does: no word of the
    mining state in `status`, and no answer from the mining process after it
    was stopped.
    """

    kind: ClassVar[str] = "whatsminer"
    model: ClassVar[str] = "M30S++_VH30"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT,)
    oui: ClassVar[str] = "c8:11:05"
    default_password: ClassVar[str] = "admin"
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

    def __init__(
        self,
        address: str,
        *,
        legacy: bool = False,
        api_open: bool = True,
        **options: Any,
    ) -> None:
        """Describe a machine in normal mode."""
        self._rpc = WhatsminerRpc(
            self._reads(),
            self._writes(),
            is_open=lambda: self.api_open,
            password=lambda: None if self.login_rejected else self.password,
        )
        super().__init__(address, **options)
        self.legacy = legacy
        self.api_open = api_open
        self.power_mode = "Normal"
        self.power_limit = FACTORY_POWER_LIMIT
        self.hostname = "WhatsMiner"
        self.serial_number = f"HTM31X{self.mac[-8:].replace(':', '')}".upper()
        self.error_codes: list[int] = []

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc}

    @property
    @override
    def target_load(self) -> float:
        return min(_MODE_LOADS[self.power_mode], self.machine.load_at(self.power_limit))

    @override
    def paused_after_boot(self) -> bool:
        return False

    # Reading

    def _reads(self) -> Mapping[str, ReadCommand]:
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
        chips = self.chip_temperature
        return {
            "Temperature": round(self.board_temperature, 2),
            "Env Temp": 24.0,
            "Chip Temp Min": round(chips - 9, 2),
            "Chip Temp Max": round(chips + 9, 2),
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
        chips = self.chip_temperature
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
            "Chip Temp Min": round(chips - 9, 2),
            "Chip Temp Max": round(chips + 9, 2),
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

    # Ruling

    def _writes(self) -> Mapping[str, WriteCommand]:
        commands: Mapping[str, WriteCommand] = {
            "power_off": lambda _: self._do(self.pause),
            "power_on": lambda _: self._do(self.resume),
            "reboot": lambda _: self._do(self.reboot_soon),
            "restart_btminer": lambda _: self._do(self.restart_mining),
            "set_low_power": lambda _: self._set_mode("Low"),
            "set_normal_power": lambda _: self._set_mode("Normal"),
            "set_high_power": lambda _: self._set_mode("High"),
            "adjust_power_limit": self._limit_power,
            "set_led": self._set_led,
            "set_hostname": self._set_hostname,
            "update_pools": self._update_pools,
            "update_pwd": self._update_password,
        }
        return {name: self._recorded(name, act) for name, act in commands.items()}

    def _recorded(self, name: str, act: WriteCommand) -> WriteCommand:
        """Return a command that leaves a record."""

        def run(command: Json) -> bool:
            hidden = {"cmd", "command", "token"}
            shown = {key: item for key, item in command.items() if key not in hidden}
            self.record(f"rpc:{name}", shown)
            return act(command)

        return run

    @staticmethod
    def _do(action: Callable[[], None]) -> bool:
        action()
        return True

    def _set_mode(self, mode: str) -> bool:
        self.power_mode = mode
        return self._do(self.restart_mining)

    def _limit_power(self, command: Json) -> bool:
        """Take a limit up to the factory's, and reboot to apply it."""
        try:
            limit = int(command.get("power_limit", ""))
        except ValueError:
            return False
        if not 0 < limit <= FACTORY_POWER_LIMIT:
            return False
        self.power_limit = limit
        return self._do(self.reboot_soon)

    def _set_led(self, command: Json) -> bool:
        self.locating = command.get("param") != "auto"
        return True

    def _set_hostname(self, command: Json) -> bool:
        self.hostname = str(command.get("hostname", ""))
        return True

    def _update_pools(self, command: Json) -> bool:
        pools = [
            Pool(
                str(command.get(f"pool{slot}") or ""),
                str(command.get(f"worker{slot}") or ""),
                str(command.get(f"passwd{slot}") or ""),
            )
            for slot in (1, 2, 3)
        ]
        self.pools = [pool for pool in pools if pool.url]
        return self._do(self.restart_mining)

    def _update_password(self, command: Json) -> bool:
        new = str(command.get("new", ""))
        if command.get("old") != self.password or not 0 < len(new) <= _MAX_PASSWORD:
            return False
        self.password = new
        return True
