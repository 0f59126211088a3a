"""An Antminer S21 Pro with Braiins OS 26.04.

Answers have the fields and formats of a recorded device (asic-rs, 2026-04, REST
interface 1.3), over gRPC as the public contract numbers them (braiins.bos.v1), whose
messages come with pyasic. GraphQL answers the three questions that need no login, as
asic-rs asks them and its recorded answers of 25.05 hold them. Guessed are the older
interface on port 4028, of which no more than what tells the firmware is there, when a
token ends: when it restarts, and what the REST interface answers to a command.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
import json
import secrets
from typing import Any, override

from grpclib import GRPCError, Status

from emulation.cgminer import CgminerRpc
from emulation.network import (
    HTTP_PORT,
    RPC_PORT,
    Endpoint,
    GrpcEndpoint,
    HttpEndpoint,
    Json,
)
from emulation.transport import GrpcMethod, GrpcReply, HttpRequest, Reply

from .readings import GRPC_PORT, POWER_RANGE, BraiinsReadings

_DESCRIPTION = "BOSer boser-buildroot 0.1.0-912d084c"
_PACKAGE = "braiins.bos.v1"
_API = "/api/v1/"
_GRAPHQL = "/graphql"
# How the messages of each service are named.
_METHODS: Mapping[str, tuple[str, ...]] = {
    "AuthenticationService": ("Login",),
    "MinerService": (
        "GetMinerDetails",
        "GetMinerStats",
        "GetHashboards",
        "GetErrors",
    ),
    "CoolingService": ("GetCoolingState",),
    "ConfigurationService": ("GetConstraints", "GetMinerConfiguration"),
    "PoolService": ("GetPoolGroups",),
    "PerformanceService": ("SetPowerTarget",),
    "ActionsService": (
        "Start",
        "Stop",
        "Restart",
        "Reboot",
        "PauseMining",
        "ResumeMining",
        "SetLocateDeviceStatus",
        "GetLocateDeviceStatus",
    ),
}

type Read = Callable[[], Json]
type Act = Callable[[Any], Json]


def _contract() -> Any:
    """Return the messages; pyasic is large, and nobody else here needs it."""
    return import_module("pyasic.web.braiins_os.proto.braiins.bos.v1")


@cache
def _methods() -> tuple[GrpcMethod, ...]:
    """Return the methods with the types of their messages."""
    v1 = _contract()
    entries = {
        path: handler
        for service in _METHODS
        for path, handler in getattr(v1, f"{service}Base")().__mapping__().items()
    }
    return tuple(
        GrpcMethod(path, handler.request_type, handler.reply_type)
        for path, handler in entries.items()
        if path.rpartition("/")[2] in _METHODS[path.split("/")[1].split(".")[-1]]
    )


class EmulatedBraiins(BraiinsReadings):
    """A machine that tells nothing of its state without a login."""

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a machine that nobody is logged in to."""
        rpc = CgminerRpc(_DESCRIPTION, {})
        self._rpc = CgminerRpc(
            _DESCRIPTION,
            {
                "version": lambda _: rpc.success(
                    22,
                    "BOSer versions",
                    VERSION=[{"API": "3.7", "BOSer": "boser-buildroot 0.1.0"}],
                ),
                "devdetails": lambda _: rpc.success(
                    69,
                    "Device Details",
                    DEVDETAILS=[
                        {"DEVDETAILS": n, "ID": n, "Model": self.model}
                        for n in range(3)
                    ],
                ),
            },
        )
        self._grpc = GrpcEndpoint(_methods(), self._call)
        self.tokens: set[str] = set()
        super().__init__(address, **options)
        self._reads: Mapping[str, Read] = {
            "GetMinerDetails": self.details,
            "GetMinerStats": self.stats,
            "GetHashboards": self.hashboards,
            "GetErrors": self.listed_errors,
            "GetCoolingState": self.cooling,
            "GetConstraints": self.constraints,
            "GetMinerConfiguration": self.configuration,
            "GetPoolGroups": self.pool_groups,
            "GetLocateDeviceStatus": lambda: {"enabled": self.locating},
        }
        self._acts: Mapping[str, Act] = {
            "SetPowerTarget": self._set_target,
            "Start": self._start,
            "Stop": self._stop_all,
            "Restart": self._restart,
            "Reboot": self._reboot,
            "PauseMining": self._pause,
            "ResumeMining": self._resume,
            "SetLocateDeviceStatus": self._set_light,
        }
        self._pages: Mapping[str, Callable[[], object]] = {
            "network": self.network,
            "version": self.version,
            "pools": self.pool_list,
            "performance/tuner-state": self.tuner_state,
            "actions/locate": lambda: self.locating,
            "miner/details": self.details,
            "miner/stats": self.stats,
            "miner/hw/hashboards": self.hashboards,
            "miner/errors": self.listed_errors,
            "cooling/state": self.cooling,
            "configuration/constraints": self.constraints,
            "configuration/miner": self.configuration,
        }
        self._orders: Mapping[str, Callable[[Any], object]] = {
            "actions/pause": lambda _: self._pause(None)["already_paused"],
            "actions/resume": lambda _: self._resume(None)["already_mining"],
            "actions/reboot": self._reboot,
            "actions/locate": self._order_light,
            "performance/power-target": self._order_target,
        }

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {
            RPC_PORT: self._rpc,
            GRPC_PORT: self._grpc,
            HTTP_PORT: HttpEndpoint(self._page),
        }

    @override
    def end_sessions(self) -> None:
        """Make every token worthless."""
        self.tokens.clear()

    @override
    def _boot(self) -> None:
        self.end_sessions()
        super()._boot()

    # gRPC

    def _call(self, name: str, request: Any, metadata: Mapping[str, Any]) -> GrpcReply:
        """Answer a call; raise GRPCError where it is refused."""
        if name == "Login":
            token = self._log_in(request.username, request.password)
            reply = self._grpc.reply_to(name).from_dict(
                {"token": token, "timeout_s": 3600}
            )
            return GrpcReply(reply, {"authorization": token})
        if self.login_rejected or metadata.get("authorization") not in self.tokens:
            raise GRPCError(Status.UNAUTHENTICATED, "authentication token is invalid")
        if read := self._reads.get(name):
            return GrpcReply(self._grpc.reply_to(name).from_dict(read()))
        answer = self._acts[name](request)
        return GrpcReply(self._grpc.reply_to(name).from_dict(answer))

    def _log_in(self, username: str, password: str) -> str:
        if self.login_rejected or (username, password) != ("root", self.password):
            raise GRPCError(Status.UNAUTHENTICATED, "wrong user name or password")
        token = secrets.token_urlsafe(12)
        self.tokens.add(token)
        return token

    def _set_target(self, request: Any) -> Json:
        self.set_target(int(request.power_target.watt))
        return {"power_target": {"watt": self.target}}

    def set_target(self, watts: int) -> None:
        """Set the power to aim at; raise GRPCError if it is out of range."""
        low, high = POWER_RANGE
        if not low <= watts <= high:
            raise GRPCError(Status.INVALID_ARGUMENT, "power target is out of range")
        self.target = watts
        self.record("grpc:SetPowerTarget", watts)
        self.apply()

    def _start(self, _: Any) -> Json:
        self.started = True
        self.record("grpc:Start")
        self.resume()
        return {"already_running": False}

    def _stop_all(self, _: Any) -> Json:
        self.started = False
        self.record("grpc:Stop")
        self.pause()
        return {"already_stopped": False}

    def _restart(self, _: Any) -> Json:
        self.record("grpc:Restart")
        self.restart_mining()
        return {"already_running": True}

    def _reboot(self, _: Any) -> Json:
        self.record("grpc:Reboot")
        self.reboot_soon()
        return {}

    def _pause(self, _: Any) -> Json:
        already = self.paused
        self.record("grpc:PauseMining")
        self.pause()
        return {"already_paused": already}

    def _resume(self, _: Any) -> Json:
        already = not self.paused
        if not self.started:
            raise GRPCError(Status.FAILED_PRECONDITION, "mining is not started")
        self.record("grpc:ResumeMining")
        self.resume()
        return {"already_mining": already}

    def _set_light(self, request: Any) -> Json:
        self.locating = bool(request.enable)
        self.record("grpc:SetLocateDeviceStatus", self.locating)
        return {"enabled": self.locating}

    # REST and GraphQL

    def _page(self, request: HttpRequest) -> Reply:
        """Answer a question of the REST interface, as far as it is recorded."""
        if request.path == "/":
            return Reply("<title>Braiins OS</title>")
        if request.path == _GRAPHQL:
            return self._queried(str(request.json().get("query")))
        return self._rest(request)

    def _rest(self, request: HttpRequest) -> Reply:
        """Answer what needs a login, and the login itself."""
        name = request.path.removeprefix(_API)
        if name == "auth/login" and request.method == "POST":
            return self._rest_login(request)
        if request.headers.get("authorization") not in self.tokens:
            return Reply({"message": "Unauthorized"}, 401)
        if request.method == "PUT" and (order := self._orders.get(name)):
            return self._ordered(order, request)
        read = self._pages.get(name) if request.method == "GET" else None
        return Reply({"message": "Not found"}, 404) if read is None else Reply(read())

    def _queried(self, query: str) -> Reply:
        """Answer one of the questions of the older interface."""
        if "modelName" in query:
            return Reply({"data": {"bosminer": {"info": {"modelName": self.model}}}})
        if "version" in query:
            full = self.details()["bos_version"]["current"]
            return Reply({"data": {"bos": {"info": {"version": {"full": full}}}}})
        if "appeals" in query:
            return Reply({"data": {"events": {"appeals": self.appeals()}}})
        return Reply({"data": None, "errors": [{"message": "unknown field"}]})

    def _ordered(self, order: Callable[[Any], object], request: HttpRequest) -> Reply:
        """Carry out a command of the REST interface, or say why not."""
        try:
            return Reply(order(json.loads(request.body or b"null")))
        except GRPCError as error:
            return Reply({"message": error.message}, 400)

    def _order_light(self, enable: Any) -> bool:
        self.locating = bool(enable)
        self.record("PUT actions/locate", self.locating)
        return self.locating

    def _order_target(self, target: Any) -> Json:
        self.set_target(int(target["watt"]))
        return {"watt": self.target}

    def _rest_login(self, request: HttpRequest) -> Reply:
        asked = request.json()
        try:
            token = self._log_in(str(asked.get("username")), str(asked.get("password")))
        except GRPCError:
            return Reply({"message": "Unauthorized"}, 401)
        return Reply({"token": token, "timeout_s": 3600})
