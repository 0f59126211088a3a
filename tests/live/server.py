"""Home Assistant as a process, with a smart plug and nothing that it does not need."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
import json
import os
import sys
from typing import Any

import aiohttp
import yaml

from demo.client import Client
from demo.configuration import web_server
from demo.home import Home, copy_integration
from demo.onboarding import create_owner, new_login, wait_for_start
from demo.processes import Family

NAME = "Home Assistant"
PLUG_SWITCH = "input_boolean.plug"
PLUG_POWER = "sensor.plug_power"

# A step that is left open lets the onboarding tell when Home Assistant has started,
# also for the second time.
ONBOARDED = ("analytics", "core_config")

_WATTS = f"{{{{ 19.5 if is_state('{PLUG_SWITCH}', 'on') else 0 }}}}"
CONFIGURATION: Mapping[str, Any] = {
    "homeassistant": {"time_zone": "UTC", "unit_system": "metric"},
    "config": {},
    "onboarding": {},
    "websocket_api": {},
    "logger": {"default": "info"},
    "input_boolean": {"plug": {"name": "Plug"}},
    "template": [
        {
            "sensor": [
                {
                    "name": "Plug power",
                    "state": _WATTS,
                    "unit_of_measurement": "W",
                    "device_class": "power",
                    "state_class": "measurement",
                }
            ]
        }
    ],
}


class Server:
    """One installation of Home Assistant, which can be started again and again."""

    def __init__(
        self,
        home: Home,
        family: Family,
        session: aiohttp.ClientSession,
        port: int,
        configuration: Mapping[str, Any] = CONFIGURATION,
        onboarded: Sequence[str] = ONBOARDED,
    ) -> None:
        """Install it with a configuration and some steps of the onboarding done."""
        self.home = home
        self._family = family
        self._session = session
        self.base = f"http://127.0.0.1:{port}"
        self.token = ""
        copy_integration(home)
        text = yaml.safe_dump(dict(configuration))
        (home.config / "configuration.yaml").write_text(text, encoding="utf-8")
        self._store("http", 2, web_server(port))
        self._store("onboarding", 4, {"done": list(onboarded)})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """Start it, sign in, and have it stop as a service manager does."""
        await self._family.start(
            NAME,
            [
                sys.executable,
                *("-m", "homeassistant", "--skip-pip", "--log-no-color"),
                *("--config", self.home.config),
            ],
            folder=self.home.folder,
            environment={**os.environ, "PYTHONPATH": "", "TZ": "UTC"},
            log=self.home.folder / "console.log",
        )
        await self._family.guard(wait_for_start(self._session, self.base))
        if not self.token:
            self.token = await create_owner(self._session, self.base, new_login())
        async with await Client.connect(self._session, self.base, self.token) as client:
            await self._family.guard(_wait_until_running(client))
            yield client
        assert await self._family.stop(NAME) == 0

    def _store(self, key: str, version: int, data: object) -> None:
        """Write a file of Home Assistant's own storage."""
        folder = self.home.config / ".storage"
        folder.mkdir(exist_ok=True)
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (folder / key).write_text(json.dumps(content), encoding="utf-8")


async def _wait_until_running(client: Client) -> None:
    """Wait until all of the configuration is loaded."""
    while (await client.call("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110
        await asyncio.sleep(0.1)
