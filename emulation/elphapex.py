"""An Elphapex DG1+, which hashes scrypt.

Its pages are those of firmware V1.0.2 as recorded (UpstreamData/pyasic, tests): the
boards' `rate_real` is a mean since the start, their `hashrate` is not; chips tell
thousandths of a degree, and nothing for a sensor that is not there; all boards of all
machines tell the same four temperatures for sensors that they do not have; a check
that was not made yet has an empty state (DG-Home1 V1.0.5, UpstreamData/pyasic#428).
Guessed: the configuration is posted as Bitmain's is, with `miner-mode`.
"""

from collections.abc import Callable, Mapping
import time
from typing import Any, ClassVar, override

from .antminer.digest import DigestGuard
from .device import EmulatedMiner
from .machine import Rating
from .network import HTTP_PORT, Endpoint, HttpEndpoint, Json
from .transport import HttpRequest, Reply

NORMAL = 0
SLEEP = 1

_VERSION = "DG1+_SW_V1.0.2"
_NO_SENSORS = [47, 46, 67, 66]
_HEALTH = ("rate", "network", "fans", "temp")
_PAST = 0.96


class EmulatedElphapex(EmulatedMiner):
    """A machine with four boards that is ruled by its pages alone."""

    kind: ClassVar[str] = "elphapex"
    model: ClassVar[str] = "DG1+"
    ports: ClassVar[tuple[int, ...]] = (HTTP_PORT,)
    oui: ClassVar[str] = "b8:4c:87"
    default_password: ClassVar[str] = "root"
    rating: ClassVar[Rating] = Rating(
        hashrate=0.0142,
        watts=3920.0,
        idle_watts=60.0,
        boot_watts=20.0,
        frequency=620.0,
        boards=4,
        chips=204,
        fan_rpm=5400,
        chip_rise=28.0,
    )

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine in normal mode."""
        super().__init__(address, **options)
        tail = self.mac.replace(":", "")
        self.serial_number = f"28HY{tail}".upper()
        self.work_mode = NORMAL
        self.problems: dict[str, str] = {}
        """What is wrong, by one of rate, network, fans and temp."""
        self._worked_before = 0.0
        self._guard = DigestGuard("Daoge Configuration", "root")
        self._pages: Mapping[str, Callable[[HttpRequest], Reply]] = {
            "get_system_info": lambda _: Reply(self.system_info()),
            "get_network_info": lambda _: Reply({"macaddr": self.mac.upper()}),
            "get_miner_conf": lambda _: Reply(self.configuration()),
            "get_blink_status": lambda _: Reply({"blink": self.locating}),
            "summary": lambda _: Reply(self.summary()),
            "stats": lambda _: Reply(self.stats()),
            "pools": lambda _: Reply(self.web_pools()),
            "set_miner_conf": self._set_configuration,
            "blink": self._blink,
            "reboot": self._reboot,
        }

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {HTTP_PORT: HttpEndpoint(self._answer)}

    @override
    def paused_after_boot(self) -> bool:
        return self.work_mode == SLEEP

    @override
    def pause(self) -> None:
        self.work_mode = SLEEP
        super().pause()

    @override
    def resume(self) -> None:
        self.work_mode = NORMAL
        super().resume()

    @property
    def mean_hashrate(self) -> float:
        """Return the mean hash rate since the start in TH/s."""
        worked = self._worked_before + self.machine.worked
        return self.rating.hashrate * worked / max(1, self.elapsed)

    @override
    def _begin_work(self, age: float = 0.0) -> None:
        self._worked_before = age * _PAST
        super()._begin_work(age)

    # Pages

    def system_info(self) -> Json:
        """Return the answer of `get_system_info.cgi`."""
        return {
            "ipaddress": self.address,
            "system_mode": "GNU/Linux",
            "netmask": "255.0.0.0",
            "gateway": "",
            "Algorithm": "Scrypt",
            "system_kernel_version": "4.4.194 #1 SMP Sat Sep 7 16:59:20 CST 2024",
            "system_filesystem_version": _VERSION,
            "nettype": "DHCP",
            "netdevice": "eth0",
            "minertype": self.model,
            "macaddr": self.mac.upper(),
            "firmware_type": "Release",
            "hostname": "DG1+",
        }

    def configuration(self) -> Json:
        """Return the answer of `get_miner_conf.cgi`."""
        return {
            "pools": [
                {"url": pool.url, "user": pool.user, "pass": pool.password}
                for pool in self.pools
            ],
            "fc-voltage": "1470",
            "fc-fan-ctrl": False,
            "fc-freq-level": "100",
            "fc-fan-pwm": "80",
            "algo": "ltc",
            "fc-work-mode": self.work_mode,
            "fc-freq": "1850",
        }

    def summary(self) -> Json:
        """Return the answer of `summary.cgi`."""
        row = {
            "elapsed": self.elapsed,
            **self._rates(),
            "bestshare": 0,
            "hw_all": self._megahashes(self.mean_hashrate),
            "status": [self._health(kind) for kind in _HEALTH],
        }
        return self._page("summary", SUMMARY=[row])

    def stats(self) -> Json:
        """Return the answer of `stats.cgi`."""
        boards = range(self.rating.boards)
        row = {
            "elapsed": self.elapsed,
            **self._rates(),
            "hwp_total": 0.1155,
            "chain": [self._chain(index) for index in boards],
            "chain_num": self.rating.boards,
            "fan": [str(self.fan_rpm)] * self.rating.fans,
            "fan_num": self.rating.fans,
        }
        return self._page("stats", STATS=[row])

    def web_pools(self) -> Json:
        """Return the answer of `pools.cgi`."""
        rows = [
            {
                "index": index,
                "url": pool.url,
                "user": pool.user,
                "status": "Unreachable" if index else "Alive",
                "priority": index,
                "accepted": 0 if index else self.machine.shares,
                "rejected": 0 if index else self.machine.shares // 500,
                "stale": 0,
                "getworks": 0,
                "diff": "",
            }
            for index, pool in enumerate(self.pools)
        ]
        return self._page("pools", POOLS=rows)

    def _rates(self) -> Json:
        return {
            "rate_unit": "MH/s",
            "rate_5s": self._megahashes(self.hashrate),
            "rate_15m": round(self._megahashes(self.mean_hashrate)),
            "rate_30m": 0,
            "rate_avg": self._megahashes(self.mean_hashrate),
            "rate_ideal": self._megahashes(self.expected_hashrate),
        }

    def _chain(self, index: int) -> Json:
        boards, on = self.rating.boards, self.mining
        degrees = str(round(self.chip_temperature * 1000)) if on else ""
        return {
            "index": index,
            "sn": f"13{self.serial_number}B{index}",
            "freq_avg": round(self.frequency * 100),
            "temp_chip": [degrees, degrees, "", ""],
            "temp_pcb": _NO_SENSORS,
            "temp_pic": _NO_SENSORS,
            "rate_15m": 0,
            "rate_real": self._megahashes(self.mean_hashrate / boards),
            "rate_ideal": self._megahashes(self.expected_hashrate / boards),
            "hashrate": self._megahashes(self.hashrate / boards),
            "hw": self.rating.chips,
            "failrate": 0.03,
            "asic": "ooooooooo oooooooo oooooooo oooooooo oooo",
            "asic_num": self.rating.chips,
            "eeprom_loaded": True,
        }

    def _health(self, kind: str) -> Json:
        problem = self.problems.get(kind, "")
        made = "s" if self.mining else ""
        state = "e" if problem else made
        return {
            "type": kind,
            "status": state,
            "code": int(bool(problem)),
            "msg": problem,
        }

    @staticmethod
    def _megahashes(terahashes: float) -> float:
        return round(terahashes * 1e6, 2)

    def _page(self, message: str, **sections: object) -> Json:
        status = {
            "STATUS": "S",
            "when": self.elapsed,
            "timestamp": int(time.time()),
            "api_version": "1.0.0",
            "Msg": message,
        }
        info = {
            "miner_version": _VERSION,
            "CompileTime": "",
            "dev_sn": self.serial_number,
            "type": self.model,
            "hw_version": "DG1+_HW_V1.0",
        }
        return {"STATUS": status, "INFO": info, **sections}

    # Ruling

    def _answer(self, request: HttpRequest) -> Reply:
        admitted = self._guard.admits(request, self.password)
        if self.login_rejected or not admitted:
            return self._guard.challenge()
        name = request.path.removeprefix("/cgi-bin/").removesuffix(".cgi")
        if page := self._pages.get(name):
            return page(request)
        return Reply("<html><title>404 Not Found</title></html>", 404)

    def _set_configuration(self, request: HttpRequest) -> Reply:
        posted = request.json()
        if not posted:
            return Reply({"stats": "error", "code": "M001", "msg": "Illegal request!"})
        self.record(request.name, posted)
        if posted.get("miner-mode") == SLEEP:
            self.pause()
        else:
            self.resume()
        return Reply({"stats": "success", "code": "M000", "msg": "OK!"})

    def _blink(self, request: HttpRequest) -> Reply:
        self.record(request.name, request.json())
        self.locating = str(request.json().get("blink", "")).lower() == "true"
        return Reply({"code": "B000" if self.locating else "B100"})

    def _reboot(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply()
