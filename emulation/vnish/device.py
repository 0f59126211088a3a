"""An Antminer S19 with the VNish firmware."""

from collections.abc import Callable, Mapping
import secrets
from typing import Any, override

from emulation.device import Pool
from emulation.network import HTTP_PORT, RPC_PORT, Endpoint, HttpEndpoint, Json
from emulation.transport import HttpRequest, Reply

from .presets import PRESETS
from .readings import VnishReadings

_API = "/api/v1/"
_INDEX = "<!doctype html><html><head><title>AnthillOS</title></head></html>"
_SETTINGS_TAKEN = {"restart_required": False, "reboot_required": False}
_REBOOT_SECONDS = 3
_UNLOCKED = frozenset({"info", "status", "unlock", "find-miner"})


class EmulatedVnish(VnishReadings):
    """A machine with presets, ruled through a web interface with a token.

    Its RPC port names the model as the original firmware's does, and answers
    sooner than the web page, so that pyasic takes it for the original.  A
    `socket_delay` makes the web page win.  Successful commands are answered
    with nothing, as documented for this version, unless `quiet` is False.
    """

    def __init__(
        self,
        address: str,
        *,
        socket_delay: float = 0.0,
        quiet: bool = True,
        **options: Any,
    ) -> None:
        """Describe a machine with a preset of 2950 W."""
        super().__init__(address, **options)
        self._rpc.delay = socket_delay
        self.quiet = quiet
        self._reads: Mapping[str, Callable[[], Any]] = {
            "info": self.info,
            "status": self.web_status,
            "summary": self.web_summary,
            "perf-summary": self.performance,
            "settings": self.settings,
            "autotune/presets": self.preset_list,
            "chains": self.web_chains,
        }
        self._writes: Mapping[str, Callable[[HttpRequest], Reply]] = {
            "unlock": self._unlock,
            "mining/stop": lambda request: self._run(request, self.pause),
            "mining/pause": lambda request: self._run(request, self.pause),
            "mining/start": lambda request: self._run(request, self.resume),
            "mining/resume": lambda request: self._run(request, self.resume),
            "mining/restart": lambda request: self._run(request, self.restart_mining),
            "system/reboot": self._reboot,
            "find-miner": self._find,
            "settings": self._write_settings,
        }

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {RPC_PORT: self._rpc, HTTP_PORT: HttpEndpoint(self._answer)}

    @override
    def paused_after_boot(self) -> bool:
        return False

    @override
    def _boot(self) -> None:
        self.end_sessions()
        super()._boot()

    @override
    def end_sessions(self) -> None:
        """Forget every login."""
        self.tokens.clear()

    # The web interface

    def _answer(self, request: HttpRequest) -> Reply:
        if request.name == "GET /":
            return Reply(_INDEX)
        route = request.path.removeprefix(_API)
        known = self._reads if request.method == "GET" else self._writes
        if not request.path.startswith(_API) or route not in known:
            return Reply({"err": "Not found"}, 404)
        if route not in _UNLOCKED and not self._admits(request, route):
            return Reply({"err": "Unauthorized"}, 401)
        if request.method == "GET":
            return Reply(self._reads[route]())
        return self._writes[route](request)

    def _admits(self, request: HttpRequest, route: str) -> bool:
        """Tell whether a token is good; system commands want it as a bearer."""
        given = request.headers.get("Authorization", "")
        token = given.removeprefix("Bearer ")
        if route.startswith("system/") and token == given:
            return False
        return token in self.tokens and not self.login_rejected

    def _unlock(self, request: HttpRequest) -> Reply:
        if self.login_rejected or request.json().get("pw") != self.password:
            return Reply({"err": "Wrong password"}, 403)
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return Reply({"token": token})

    def _run(self, request: HttpRequest, action: Callable[[], None]) -> Reply:
        self.record(request.name)
        action()
        return Reply() if self.quiet else Reply({"success": True})

    def _reboot(self, request: HttpRequest) -> Reply:
        self.record(request.name)
        self.reboot_soon()
        return Reply({"after": _REBOOT_SECONDS})

    def _find(self, request: HttpRequest) -> Reply:
        """Switch the light over, whatever was asked."""
        self.record(request.name)
        self.locating = not self.locating
        return Reply({"on": self.locating})

    def _write_settings(self, request: HttpRequest) -> Reply:
        """Take the settings that are valid, and say the same either way."""
        posted = request.json().get("miner", {})
        self.record(request.name, request.json())
        self._write_cooling(posted.get("cooling", {}).get("mode", {}))
        if pools := posted.get("pools"):
            self.pools = [_pool_of(entry) for entry in pools]
        preset = str(posted.get("overclock", {}).get("preset", self.preset))
        if preset in PRESETS and preset != self.preset:
            self.chosen = preset
            self.restart_mining()
        return Reply(_SETTINGS_TAKEN)

    def _write_cooling(self, mode: Json) -> None:
        if "name" not in mode:
            return
        self.manual_fan = mode["name"] == "manual"
        if self.manual_fan:
            self.fan_pwm = int(mode.get("param", self.fan_pwm))


def _pool_of(entry: Json) -> Pool:
    host = str(entry.get("url", "")).rpartition("://")[2]
    return Pool(
        f"stratum+tcp://{host}", str(entry.get("user", "")), str(entry.get("pass", ""))
    )
