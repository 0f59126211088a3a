"""Home Assistant as a process that is ended in every way and started again."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
import json
from pathlib import Path
import shutil
from time import monotonic
from typing import Any

import aiohttp
import yaml

from tools.home.client import Client
from tools.home.configuration import FIRST_STEPS, configuration, seed, web_server
from tools.home.emulators import Emulators
from tools.home.errors import HomeError
from tools.home.home import Home, copy_integration
from tools.home.home_assistant import NAME, start_beside, wait_until_running
from tools.home.onboarding import create_owner, new_login, wait_for_start
from tools.home.ports import LOOPBACK, free_port
from tools.home.processes import Family
from tools.home.states import States

from .growth import Vitals, measure, typical

PLUG_SCAN_INTERVAL = 2
PROBE = "chaos_probe"
LOOKS = 5

_CONFIGURATION: Mapping[str, Any] = {
    "homeassistant": {"time_zone": "UTC", "unit_system": "metric"},
    "config": {},
    "onboarding": {},
    "websocket_api": {},
    PROBE: {},
    "logger": {
        "default": "warning",
        "logs": {"custom_components.miner_control": "info"},
    },
}


class Server:
    """One installation of Home Assistant and the connection to it."""

    def __init__(
        self,
        home: Home,
        family: Family,
        session: aiohttp.ClientSession,
        emulators: Emulators,
    ) -> None:
        """Install it, with the plugs as entities."""
        self.home = home
        self.log = home.folder / "console.log"
        self.states = States()
        self.starts = 0
        self._family = family
        self._session = session
        self._port = free_port()
        self._base = f"http://{LOOPBACK}:{self._port}"
        self._token = ""
        self._process: Process | None = None
        self._client: Client | None = None
        # What is imported instead of what is installed.
        self._modules = home.folder / "modules"
        self._modules.mkdir()
        self._whole = asyncio.Event()
        self._whole.set()
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        home.config.mkdir()
        copy_integration(home)
        probe = Path(__file__).parent / "probe"
        shutil.copytree(probe, home.config / "custom_components" / PROBE)
        self._write_configuration(emulators)

    @property
    def client(self) -> Client:
        """Return the connection; raise while there is none."""
        if self._client is None:
            raise HomeError("Home Assistant is down")
        return self._client

    @property
    def is_up(self) -> bool:
        """Tell whether it runs and all is loaded."""
        return self._started.is_set()

    async def until_up(self) -> None:
        """Wait until it runs and all is loaded."""
        await self._started.wait()

    async def until_down(self) -> None:
        """Wait until it is about to end."""
        await self._ended.wait()

    def break_package(self, package: str) -> None:
        """Have a package fail at its import, or none, while Home Assistant is down."""
        shutil.rmtree(self._modules)
        self._modules.mkdir()
        self._whole.set()
        if package:
            self._whole.clear()
            (self._modules / package).mkdir()
            module = self._modules / package / "__init__.py"
            module.write_text("raise ImportError('broken')\n", encoding="utf-8")

    @property
    def is_whole(self) -> bool:
        """Tell whether every library can be imported that is needed."""
        return self._whole.is_set()

    async def until_whole(self) -> None:
        """Wait until every library can be imported that is needed."""
        await self._whole.wait()

    async def wait_for_start_after(self, starts: int) -> None:
        """Wait until it was started more often than it had been, and runs."""
        while self.starts <= starts:
            await self.until_down()
            await self.until_up()

    async def start(self) -> None:
        """Start it, sign in and wait until all is loaded."""
        self._process = await start_beside(
            self._family, self.home, self.log, self._modules
        )
        await self._family.guard(wait_for_start(self._session, self._base))
        if not self._token:
            login = new_login()
            self._token = await create_owner(self._session, self._base, login)
        self._client = await Client.connect(self._session, self._base, self._token)
        await self._client.__aenter__()
        await self._family.guard(wait_until_running(self._client))
        self.states = States()
        await self.states.follow(self._client)
        self.starts += 1
        self._ended.clear()
        self._started.set()

    async def stop(self, *, is_killed: bool = False) -> int:
        """End it as a service manager does, or as a power cut does."""
        self._started.clear()
        self._ended.set()
        if is_killed:
            await self._family.kill(NAME)
            code = 0
        else:
            code = await self._family.stop(NAME)
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__()
        return code

    async def lag(self) -> float:
        """Return how long it takes to answer anything."""
        begin = monotonic()
        await self.client.call("auth/current_user")
        return monotonic() - begin

    async def vitals(self) -> Vitals:
        """Return what it typically holds just now."""
        seen: list[Vitals] = []
        for _ in range(LOOKS):
            tasks = (await self.client.ask(PROBE, "look"))["tasks"]
            if self._process is not None:
                seen.append(measure(self._process.pid, tasks))
            await asyncio.sleep(1.0)
        return typical(seen)

    def stored(self, key: str) -> Any:
        """Return the data of a file of its storage."""
        path = self.home.config / ".storage" / key
        return json.loads(path.read_text(encoding="utf-8"))["data"]

    def store(self, key: str, data: object) -> None:
        """Change the data of a file of its storage, while it is down."""
        path = self.home.config / ".storage" / key
        content = json.loads(path.read_text(encoding="utf-8"))
        content["data"] = data
        path.write_text(json.dumps(content), encoding="utf-8")

    def _write_configuration(self, emulators: Emulators) -> None:
        """Write all that it reads before it starts."""
        # The user interface itself is not needed, but without one nothing starts.
        interface = self.home.folder / "frontend"
        (interface / "hass_frontend").mkdir(parents=True)
        content = {
            **_CONFIGURATION,
            "frontend": {"development_repo": str(interface)},
            **_plugs(emulators),
        }
        text = yaml.safe_dump(content, sort_keys=False)
        (self.home.config / "configuration.yaml").write_text(text, encoding="utf-8")
        seed(self.home.config, "http", 2, 2, web_server(self._port))
        seed(self.home.config, "onboarding", 4, 1, {"done": list(FIRST_STEPS)})


def _plugs(emulators: Emulators) -> dict[str, list[dict[str, Any]]]:
    """Return the plugs' entities as the demonstration has them, asked less often."""
    whole = configuration(emulators)
    names = {device.plug.name for device in emulators.devices}
    plugs: Sequence[dict[str, Any]] = [s for s in whole["switch"] if s["name"] in names]
    often = {"scan_interval": PLUG_SCAN_INTERVAL}
    return {
        "rest": [{**resource, **often} for resource in whole["rest"]],
        "switch": [{**plug, **often} for plug in plugs],
    }
