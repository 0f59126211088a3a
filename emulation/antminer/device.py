"""An Antminer S19 Pro with Bitmain's own firmware."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, override

from emulation.device import Pool
from emulation.network import HTTP_PORT, RPC_PORT, Endpoint, HttpEndpoint, Json
from emulation.transport import HttpRequest, Reply

from .digest import DigestGuard
from .readings import LOW_POWER, NORMAL, POOL_SLOTS, SLEEP, AntminerReadings

_KNOWN_MODES = {str(mode) for mode in (NORMAL, SLEEP, LOW_POWER)}


class EmulatedAntminer(AntminerReadings):
    """A machine that is ruled through a web interface with a digest login."""

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine in normal mode."""
        super().__init__(address, **options)
        self._guard = DigestGuard("antMiner Configuration", "root")
        self._pages: Mapping[str, Callable[[HttpRequest], Reply]] = {
            "/": lambda _: Reply("<html><title>Ant Miner</title></html>"),
            "/cgi-bin/get_system_info.cgi": lambda _: Reply(self.system_info()),
            "/cgi-bin/get_network_info.cgi": lambda _: Reply(self.network_info()),
            "/cgi-bin/get_miner_conf.cgi": lambda _: Reply(self.configuration()),
            "/cgi-bin/get_blink_status.cgi": lambda _: Reply({"blink": self.locating}),
            "/cgi-bin/miner_type.cgi": lambda _: Reply(self.miner_type()),
            "/cgi-bin/summary.cgi": lambda _: Reply(self.web_summary()),
            "/cgi-bin/stats.cgi": lambda _: Reply(self.web_stats()),
            "/cgi-bin/pools.cgi": lambda _: Reply(self.web_pools()),
            "/cgi-bin/set_miner_conf.cgi": self._set_configuration,
            "/cgi-bin/blink.cgi": self._blink,
            "/cgi-bin/reboot.cgi": self._reboot,
        }

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc, HTTP_PORT: HttpEndpoint(self._answer)}

    @override
    def pause(self) -> None:
        self._set_mode(SLEEP)

    @override
    def resume(self) -> None:
        self._set_mode(NORMAL)

    def _set_mode(self, mode: int) -> None:
        self.work_mode = mode
        self._paused = mode == SLEEP
        self.restart_mining()

    # The web interface

    def _answer(self, request: HttpRequest) -> Reply:
        admitted = self._guard.admits(request, self.password)
        if self.login_rejected or not admitted:
            return self._guard.challenge()
        if page := self._pages.get(request.path):
            return page(request)
        return Reply("<html><title>404 Not Found</title></html>", 404)

    def _set_configuration(self, request: HttpRequest) -> Reply:
        """Write what was posted, empty pools included, and start over."""
        posted = request.json()
        if not posted:
            return Reply({"stats": "error", "code": "M001", "msg": "Illegal request!"})
        self.record(request.name, posted)
        self._write_pools(posted.get("pools", []))
        self.manual_fan = bool(posted.get("bitmain-fan-ctrl", self.manual_fan))
        self.fan_pwm = int(posted.get("bitmain-fan-pwm", self.fan_pwm))
        mode = self.configured_mode(request)
        self._set_mode(int(mode) if mode in _KNOWN_MODES else NORMAL)
        return Reply({"stats": "success", "code": "M000", "msg": "OK!"})

    def configured_mode(self, request: HttpRequest) -> str:
        """Return the mode that a configuration asks for."""
        return str(request.json().get("miner-mode", self.work_mode))

    def _write_pools(self, posted: Sequence[Json]) -> None:
        """Overwrite the slots that were sent; the others stay as they are."""
        written = [
            Pool(*(str(entry.get(field, "")) for field in ("url", "user", "pass")))
            for entry in posted
        ]
        slots = (written + self.pools[len(written) :])[:POOL_SLOTS]
        self.pools = [pool for pool in slots if pool.url or pool.user]

    def _blink(self, request: HttpRequest) -> Reply:
        wanted = str(request.json().get("blink", "")).lower() == "true"
        self.record(request.name, request.json())
        self.locating = wanted
        return Reply({"code": "B000" if wanted else "B100"})

    def _reboot(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply()
