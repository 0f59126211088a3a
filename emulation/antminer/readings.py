"""What the original Antminer firmware tells about itself."""

import time
from typing import Any, ClassVar, override

from emulation.bitmain import BitmainMiner
from emulation.device import Pool
from emulation.machine import Rating
from emulation.network import HTTP_PORT, RPC_PORT, Json

NORMAL = 0
SLEEP = 1
LOW_POWER = 3
POOL_SLOTS = 3

_MODES = {NORMAL: "normal", SLEEP: "sleep", LOW_POWER: "low power"}
_LOW_POWER_LOAD = 0.72
_COMPILED = "Tue Dec  6 16:12:30 CST 2022"
_MINER_VERSION = "49.0.1.3"
_API_GROUPS = "A:stats:pools:devs:summary:version"
_HEALTH = ("rate", "network", "fans", "temp")


class AntminerReadings(BitmainMiner):
    """An S19 Pro, as far as it can be read."""

    kind: ClassVar[str] = "antminer"
    model: ClassVar[str] = "Antminer S19 Pro"
    ports: ClassVar[tuple[int, ...]] = (RPC_PORT, HTTP_PORT)
    default_password: ClassVar[str] = "root"
    api_name: ClassVar[str] = "cgminer 1.0.0"
    joins_commands: ClassVar[bool] = False
    rating: ClassVar[Rating] = Rating(
        hashrate=110.0,
        watts=3250.0,
        idle_watts=45.0,
        boot_watts=15.0,
        frequency=525.0,
        chips=114,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine in normal mode."""
        super().__init__(address, **options)
        self.work_mode = NORMAL
        self.manual_fan = False
        self.fan_pwm = 100
        self.hostname = "Antminer"
        self.problems: dict[str, str] = {}
        """What is wrong, by one of rate, network, fans and temp."""

    @property
    @override
    def identity(self) -> Json:
        return {
            "BMMiner": "1.0.0",
            "API": "3.1",
            "Miner": _MINER_VERSION,
            "CompileTime": _COMPILED,
            "Type": self.model,
        }

    @property
    @override
    def target_load(self) -> float:
        return _LOW_POWER_LOAD if self.work_mode == LOW_POWER else 1.0

    @property
    @override
    def preset(self) -> str:
        return _MODES[self.work_mode]

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

    @override
    def paused_after_boot(self) -> bool:
        # The mode is part of the configuration, which is kept in the flash.
        return self.work_mode == SLEEP

    # The RPC port, which gives the web interface's answers on request

    @override
    def _summary(self, request: Json) -> Json:
        if request.get("new_api"):
            return self.web_summary()
        return super()._summary(request)

    @override
    def _stats(self, request: Json) -> Json:
        return self.web_stats() if request.get("new_api") else super()._stats(request)

    @override
    def _pools(self, request: Json) -> Json:
        return self.web_pools() if request.get("new_api") else super()._pools(request)

    # The web interface

    def system_info(self) -> Json:
        """Return the answer of `get_system_info.cgi`."""
        return {
            "minertype": self.model,
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": self.mac.upper(),
            "hostname": self.hostname,
            "ipaddress": self.address,
            "netmask": "255.0.0.0",
            "gateway": "",
            "dnsservers": "",
            "system_mode": "GNU/Linux",
            "system_kernel_version": "Linux 4.6.0-xilinx-gff8137b-dirty #25 SMP",
            "system_filesystem_version": _COMPILED,
            "firmware_type": "Release",
            "serinum": self.serial_number,
        }

    def network_info(self) -> Json:
        """Return the answer of `get_network_info.cgi`."""
        return {
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": self.mac.upper(),
            "ipaddress": self.address,
            "netmask": "255.0.0.0",
            "conf_nettype": "DHCP",
            "conf_hostname": self.hostname,
            "conf_ipaddress": "",
            "conf_netmask": "",
            "conf_gateway": "",
            "conf_dnsservers": "",
        }

    def miner_type(self) -> Json:
        """Return the answer of `miner_type.cgi`."""
        return {
            "miner_type": self.model,
            "subtype": "CVCtrl_BHB42XXX",
            "fw_version": _COMPILED,
        }

    def configuration(self) -> Json:
        """Return the answer of `get_miner_conf.cgi`."""
        empty = [Pool("", "", "")] * POOL_SLOTS
        return {
            "pools": [_pool_entry(pool) for pool in (self.pools + empty)[:POOL_SLOTS]],
            "api-listen": True,
            "api-network": True,
            "api-groups": _API_GROUPS,
            "api-allow": "A:0/0,W:*",
            "bitmain-fan-ctrl": self.manual_fan,
            "bitmain-fan-pwm": str(self.fan_pwm),
            "bitmain-use-vil": True,
            "bitmain-freq": "525",
            "bitmain-voltage": "1260",
            "bitmain-ccdelay": "0",
            "bitmain-pwth": "0",
            "bitmain-work-mode": str(self.work_mode),
            "bitmain-freq-level": "100",
        }

    def web_summary(self) -> Json:
        """Return the answer of `summary.cgi`."""
        rate = self.gigahashes
        row = {
            "elapsed": self.elapsed,
            "rate_5s": rate,
            "rate_30m": rate,
            "rate_avg": rate,
            "rate_ideal": round(self.ideal_rate, 1),
            "rate_unit": f"{self.rate_unit}/s",
            "hw_all": 562,
            "bestshare": 12_904_207_043,
            "status": [self._health(kind) for kind in _HEALTH],
        }
        return self._web("summary", SUMMARY=[row])

    def _health(self, kind: str) -> Json:
        problem = self.problems.get(kind, "")
        return {
            "type": kind,
            "status": "e" if problem else "s",
            "code": 1 if problem else 0,
            "msg": problem,
        }

    def web_stats(self) -> Json:
        """Return the answer of `stats.cgi`."""
        rate = self.gigahashes
        row = {
            "elapsed": self.elapsed,
            "rate_5s": rate,
            "rate_30m": rate,
            "rate_avg": rate,
            "rate_ideal": round(self.ideal_rate, 1),
            "rate_unit": f"{self.rate_unit}/s",
            "chain_num": self.rating.boards,
            "fan_num": self.rating.fans,
            "fan": [self.fan_rpm] * self.rating.fans,
            "hwp_total": 0.0001,
            "miner-mode": self.work_mode,
            "freq-level": 100,
            "chain": [self._web_chain(index) for index in range(self.rating.boards)],
        }
        return self._web("stats", STATS=[row])

    def _web_chain(self, index: int) -> Json:
        boards = self.board_sensors
        return {
            "index": index,
            "freq_avg": round(self.frequency),
            "rate_ideal": self.ideal_rate / self.rating.boards,
            "rate_real": self.board_rate,
            "asic_num": self.rating.chips,
            "asic": self.chip_map,
            "temp_pic": [max(0, degrees - 10) for degrees in boards],
            "temp_pcb": boards,
            "temp_chip": self.chip_sensors,
            "hw": 0,
            "eeprom_loaded": True,
            "sn": f"{self.serial_number}B{index}",
            "hwp": 0.0,
        }

    def web_pools(self) -> Json:
        """Return the answer of `pools.cgi`."""
        rows = [
            {
                "index": index,
                "url": pool.url,
                "user": pool.user,
                "status": "Alive",
                "priority": index,
                "accepted": 0 if index else self.machine.shares,
                "rejected": 0,
                "stale": 0,
            }
            for index, pool in enumerate(self.pools)
        ]
        return self._web("pools", POOLS=rows)

    def _web(self, message: str, **sections: object) -> Json:
        status = {
            "STATUS": "S",
            "when": int(time.time()),
            "Msg": message,
            "api_version": "1.0.0",
        }
        info = {
            "miner_version": _MINER_VERSION,
            "CompileTime": _COMPILED,
            "type": self.model,
        }
        return {"STATUS": status, "INFO": info, **sections}


def _pool_entry(pool: Pool) -> Json:
    return {"url": pool.url, "user": pool.user, "pass": pool.password}
