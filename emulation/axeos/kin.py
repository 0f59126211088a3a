"""What all devices with a web server of ESP-Miner's kind have in common."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
import ipaddress
from typing import Any, ClassVar, override
from urllib.parse import urlsplit

from ..device import EmulatedMiner, Pool
from ..machine import Rating
from ..network import HTTP_PORT, Endpoint, HttpEndpoint, Json
from ..transport import HttpRequest, Reply
from .board import GAMMA, Board

INDEX = (
    "<!doctype html><html lang='en'><head><title>AxeOS</title></head>"
    "<body><app-root></app-root></body></html>"
)
SCHEME = "stratum+tcp://"
UNAUTHORIZED = Reply("Unauthorized", 401)

type Route = Callable[[HttpRequest], Reply]


class EmulatedAxe(EmulatedMiner):
    """A small open device with a web server, and mostly no login.

    Its answer to a client of another network is 401. Who asks from where cannot be
    emulated on loopback addresses, so `is_foreign` says that everybody does.
    """

    ports: ClassVar[tuple[int, ...]] = (HTTP_PORT,)
    oui: ClassVar[str] = "48:ca:43"
    board: ClassVar[Board] = GAMMA
    rating: ClassVar[Rating] = GAMMA.rating
    # How many connections it takes before it ends the oldest.
    sockets: ClassVar[int] = 0

    def __init__(self, address: str, **options: Any) -> None:
        """Describe a device with the settings that it leaves the factory with."""
        super().__init__(address, **options)
        self.is_foreign = False
        self.uses_fallback = False
        # With none to work for, it waits and says nothing of that.
        self.has_pool = True
        self.rejected = 3
        self.best_difficulty = 4_312_775_861
        self.blocks = 0
        self.wifi = -52
        self.settings: dict[str, Any] = {
            "frequency": self.board.frequency,
            "coreVoltage": self.board.voltage,
        }
        self._routes = self.routes()

    @abstractmethod
    def routes(self) -> Mapping[str, Route]:
        """Return who answers to which request."""

    def missing(self, request: HttpRequest) -> Reply:  # noqa: ARG002
        """Answer to a request that the firmware does not know."""
        return Reply("Redirect to the captive portal", 302, {"Location": "/"})

    @property
    @override
    def target_load(self) -> float:
        return float(self.settings["frequency"]) / self.board.frequency

    @property
    @override
    def mining(self) -> bool:
        return super().mining and self.has_pool

    @override
    def endpoints(self) -> Mapping[int, Endpoint]:
        return {HTTP_PORT: HttpEndpoint(self._answer, sockets=self.sockets)}

    @override
    def apply(self) -> None:
        if self.ready and not self.mining:
            self.machine.idle()
        else:
            super().apply()

    def lose_pools(self, *, lost: bool = True) -> None:
        """Have no pool to work for, or find one again."""
        self.has_pool = not lost
        self.apply()

    @property
    @override
    def clock_setting(self) -> float:
        return float(self.settings["frequency"])

    def _answer(self, request: HttpRequest) -> Reply:
        if request.path.startswith("/api/") and self.refuses(request):
            return UNAUTHORIZED
        if route := self._routes.get(request.name):
            return route(request)
        return self.missing(request)

    def refuses(self, request: HttpRequest) -> bool:
        """Tell whether it takes a request for one of another network."""
        return self.is_foreign or not _is_private(request.headers.get("Origin"))


def _is_private(origin: str | None) -> bool:
    """Tell whether a browser's page comes from this network; none is fine."""
    if origin is None:
        return True
    host = urlsplit(origin).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".local")


def stratum(prefix: str, pool: Pool) -> Json:
    """Return a pool as it is told."""
    host, port = split(pool.url)
    return {
        f"{prefix}URL": host,
        f"{prefix}Port": port,
        f"{prefix}User": pool.user,
    }


def split(url: str) -> tuple[str, int]:
    """Return host and port of a pool, which the firmware keeps without scheme."""
    host, _, port = url.removeprefix(SCHEME).rpartition(":")
    return host, int(port)


def change_pool(prefix: str, changes: Json, pool: Pool) -> None:
    """Write what was posted of a pool; a scheme in the host stays in it."""
    host, port = split(pool.url)
    host = changes.get(f"{prefix}URL", host)
    port = changes.get(f"{prefix}Port", port)
    pool.url = f"{SCHEME}{host}:{port}"
    pool.user = changes.get(f"{prefix}User", pool.user)
    pool.password = changes.get(f"{prefix}Password", pool.password)


def in_short(value: float) -> str:
    """Return a difficulty as older firmware writes it: 4.31G."""
    for suffix in ("", "k", "M", "G", "T", "P"):
        if value < 1000:
            return f"{value:.2f}{suffix}"
        value /= 1000
    return f"{value:.2f}E"
