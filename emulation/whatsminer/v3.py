"""A Whatsminer M60S with the API version 3.

Field names and formats are those of a recorded M60S_VK40 with firmware
20251209.16.Rel2 (asic-rs, 2026-03); commands, `get.miner.setting` and the tokens
those of the manufacturer's pages on the API 3.0.3. Guessed are the codes and texts
of refusals, and that the mining process still answers while it is stopped.
"""

import base64
from collections.abc import Callable, Mapping
import hashlib
import secrets
import time
from typing import Any, ClassVar, override

from emulation.machine import Rating
from emulation.network import Endpoint, FramedEndpoint, Json

from .machine import FACTORY_POWER_LIMIT, Whatsminer

V3_PORT = 4433
OK = 0
FAILED = -1
NO_PERMISSION = -4

_FIRMWARE = "20251209.16.Rel2"
_SERVICES = ("start", "stop", "restart")
_TOKEN_LENGTH = 8

type Write = Callable[[Any], bool]


class WhatsminerV3Rpc(FramedEndpoint):
    """Serve the API: questions for anybody, commands with a token."""

    def __init__(self, device: EmulatedWhatsminerV3) -> None:
        """Serve a device."""
        self._device = device

    @override
    def name(self, request: Json) -> str:
        name = str(request.get("cmd") or "")
        part = request.get("param")
        is_part = name == "get.miner.status" and isinstance(part, str)
        return f"{name}:{part}" if is_part else name

    @override
    def answer(self, request: Json) -> Json:
        name, parameter = str(request.get("cmd") or ""), request.get("param")
        if name.startswith("set."):
            return self._command(name, parameter, request)
        found = self._device.read(name, parameter)
        if found is None:
            return _said(FAILED, "invalid command", name)
        return _said(OK, found, name)

    @override
    def failure(self) -> Json:
        return _said(FAILED, "fail", "")

    def _command(self, name: str, parameter: Any, request: Json) -> Json:
        device = self._device
        if not device.api_open:
            return _said(NO_PERMISSION, "no permission", name)
        if not self._is_authorized(name, request):
            return _said(FAILED, "check token err", name)
        if not device.write(name, parameter):
            return _said(FAILED, "invalid param", name)
        return _said(OK, "ok", name)

    def _is_authorized(self, name: str, request: Json) -> bool:
        device = self._device
        if device.login_rejected or request.get("account") != "super":
            return False
        text = f"{name}{device.password}{device.salt}{request.get('ts')}"
        digest = hashlib.sha256(text.encode()).digest()
        token = base64.b64encode(digest).decode()[:_TOKEN_LENGTH]
        return request.get("token") == token


class EmulatedWhatsminerV3(Whatsminer):
    """A machine whose older port is closed; each boot makes a new salt."""

    kind: ClassVar[str] = "whatsminer_v3"
    model: ClassVar[str] = "M60S_VK40"
    ports: ClassVar[tuple[int, ...]] = (V3_PORT,)
    oui: ClassVar[str] = "c6:0a:1c"
    default_password: ClassVar[str] = "super"
    mode_loads: ClassVar[Mapping[str, float]] = {
        "low": 0.72,
        "normal": 1.0,
        "high": 1.06,
    }
    usual_mode: ClassVar[str] = "normal"
    serial_prefix: ClassVar[str] = "HTM60S"
    rating: ClassVar[Rating] = Rating(
        hashrate=181.0,
        watts=3300.0,
        idle_watts=30.0,
        boot_watts=12.0,
        frequency=625.0,
        boards=3,
        chips=75,
        fans=2,
        fan_rpm=7200,
        chip_rise=58.0,
        board_rise=17.0,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine in normal mode."""
        self._rpc = WhatsminerV3Rpc(self)
        self.salt = _new_salt()
        super().__init__(address, **options)

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {V3_PORT: self._rpc}

    @override
    def end_sessions(self) -> None:
        """Make tokens worthless, as a restart of its API does."""
        self.salt = _new_salt()

    @override
    def _boot(self) -> None:
        self.end_sessions()
        super()._boot()

    # Reading

    def read(self, name: str, parameter: object) -> Json | None:
        """Return the content of an answer, None if there is no such question."""
        if name == "get.device.info":
            return _selected(self._device_info(), parameter)
        if name == "get.miner.status":
            return _selected(self._miner_status(), parameter)
        if name == "get.miner.setting":
            return self._setting()
        return None

    def _device_info(self) -> Json:
        return {
            "miner": self._miner(),
            "network": self._network_settings(),
            "power": {
                "fanspeed": 6344,
                "hwversion": "RT0159",
                "mode": "1",
                "model": "P221B",
                "sn": f"{self.serial_number}P",
                "swversion": "230224.220429",
                "type": "P221B",
                "vendor": "1",
            },
            "salt": self.salt,
            "system": {
                "api": "3.0.2",
                "apiswitch": str(int(self.api_open)),
                "control-board-version": "CB6V10",
                "fwversion": _FIRMWARE,
                "ledstatus": "manual" if self.locating else "auto",
                "platform": "H616",
            },
            **self._errors(),
        }

    def _miner(self) -> Json:
        serials = {
            f"pcbsn{index}": f"{self.serial_number}B{index}"
            for index in range(self.rating.boards)
        }
        return {
            "board-num": str(self.rating.boards),
            "fast-boot": "disable",
            "hash-board": "K40",
            "hash-percent": "0",
            "miner-sn": self.serial_number,
            "pool-strategy": "FAILOVER",
            "type": self.model,
            "working": str(not self.paused).lower(),
            **serials,
        }

    def _network_settings(self) -> Json:
        return {
            "dns": "127.0.0.1",
            "gateway": "127.0.0.1",
            "hostname": self.hostname,
            "ip": self.address,
            "mac": self.mac.upper(),
            "netmask": "255.0.0.0",
            "proto": "dhcp",
        }

    def _errors(self) -> Json:
        listed = [{str(code): "2026-05-23 09:19:10"} for code in self.error_codes]
        return {"error-code": listed} if listed else {}

    def _miner_status(self) -> Json:
        return {
            "summary": self._summary(),
            "edevs": [self._board(index) for index in range(self.rating.boards)],
            "pools": [self._pool(index) for index in range(len(self.pools))],
        }

    def _summary(self) -> Json:
        rate, chips = self.hashrate, self.chip_temperature
        spread = self.machine.chip_spread
        return {
            "Debug": "",
            "board-temperature": [round(self.board_temperature, 1)]
            * self.rating.boards,
            "bootup-time": int(self.uptime),
            "chip-temp-avg": round(chips, 1),
            "chip-temp-max": round(chips + spread, 1),
            "chip-temp-min": round(chips - spread, 1),
            "elapsed": self.elapsed,
            "environment-temperature": 24.0,
            "factory-hash": self.rating.hashrate,
            "fan-speed-in": self.fan_rpm,
            "fan-speed-out": self.fan_rpm,
            "freq-avg": round(self.frequency),
            "hash-15min": self._mean,
            "hash-1min": round(rate, 3),
            "hash-average": self._mean,
            "hash-realtime": round(rate, 3),
            "power-5min": round(self.own_watts, 1),
            "power-limit": self.limit,
            "power-rate": round(self.own_watts / rate, 2) if rate else 0.0,
            "power-realtime": round(self.own_watts, 1),
            "up-freq-finish": int(self.mining),
        }

    @property
    def _mean(self) -> float:
        """Return the mean since the start, which outlasts a stop by hours."""
        return round(self.expected_hashrate * 0.97, 3)

    def _board(self, index: int) -> Json:
        boards, chips = self.rating.boards, self.chip_temperature
        spread = self.machine.chip_spread
        return {
            "chip-temp-avg": round(chips, 1),
            "chip-temp-max": round(chips + spread, 1),
            "chip-temp-min": round(chips - spread, 1),
            "effective-chips": self.rating.chips,
            "factory-hash": round(self.rating.hashrate / boards, 2),
            "freq": round(self.frequency, 1),
            "hash-average": round(self._mean / boards, 2),
            "hash-realtime": round(self.hashrate / boards, 2),
            "id": index,
            "status": "alive",
        }

    def _pool(self, index: int) -> Json:
        pool = self.pools[index]
        return {
            "account": pool.user,
            "pool-priority": index,
            "status": "alive",
            "stratum-active": self.mining and index == 0,
            "url": pool.url,
        }

    def _setting(self) -> Json:
        return {
            "power-limit": self.limit,
            "upfreq-speed": 0,
            "power-mode": self.power_mode,
            "fast-boot": "disable",
            "target-freq": 0,
            "fast-mining": "disable",
            "power": FACTORY_POWER_LIMIT,
            "power-percent": 0,
        }

    # Commands

    def write(self, name: str, parameter: Any) -> bool:
        """Carry out a command that was authorized; False if it makes no sense."""
        commands: Mapping[str, Write] = {
            "set.miner.service": self._service,
            "set.miner.power_mode": self._set_mode,
            "set.miner.power_limit": self._limit_power,
            "set.system.led": self._set_led,
            "set.system.reboot": self._reboot,
        }
        act = commands.get(name)
        if act is None or not act(parameter):
            return False
        self.record(f"rpc:{name}", parameter)
        return True

    def _service(self, parameter: Any) -> bool:
        if parameter not in _SERVICES:
            return False
        {"start": self.resume, "stop": self.pause, "restart": self.restart_mining}[
            parameter
        ]()
        return True

    def _set_mode(self, parameter: Any) -> bool:
        if parameter not in self.mode_loads:
            return False
        self.power_mode = str(parameter)
        self.restart_mining()
        return True

    def _limit_power(self, parameter: Any) -> bool:
        if not isinstance(parameter, int) or not self.set_limit(parameter):
            return False
        self.restart_mining()
        return True

    def _set_led(self, parameter: Any) -> bool:
        self.locating = parameter != "auto"
        return parameter == "auto" or isinstance(parameter, list)

    def _reboot(self, _: Any) -> bool:
        self.reboot_soon()
        return True


def _selected(content: Json, parameter: object) -> Json:
    """Return the parts that were asked for, which a plus joins; all without a name."""
    if not isinstance(parameter, str) or not parameter:
        return content
    return {name: content[name] for name in parameter.split("+") if name in content}


def _said(code: int, content: object, description: str) -> Json:
    """Return an answer in the API's own envelope."""
    return {"code": code, "when": int(time.time()), "msg": content, "desc": description}


def _new_salt() -> str:
    """Return a salt."""
    return secrets.token_urlsafe(8)
