"""Home Assistant as a process, with a smart plug and nothing that it does not need."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tools.home.client import Client
from tools.home.configuration import FIRST_STEPS, seed, web_server
from tools.home.home import Home, copy_integration
from tools.home.home_assistant import NAME, start_beside, wait_until_running
from tools.home.onboarding import create_owner, new_login, wait_for_start
from tools.home.processes import Family

PLUG_SWITCH = "input_boolean.plug"
PLUG_POWER = "sensor.plug_power"

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
        onboarded: Sequence[str] = FIRST_STEPS,
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
        seed(home.config, "http", 2, 2, web_server(port))
        seed(home.config, "onboarding", 4, 1, {"done": list(onboarded)})

    async def _start(self, family: Family, log: Path) -> None:
        """Start the process."""
        await start_beside(family, self.home, log)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """Start it, sign in, and have it stop as a service manager does."""
        log = self.home.folder / "console.log"
        await self._start(self._family, log)
        await self._family.guard(wait_for_start(self._session, self.base))
        if not self.token:
            self.token = await create_owner(self._session, self.base, new_login())
        async with await Client.connect(self._session, self.base, self.token) as client:
            await self._family.guard(wait_until_running(client))
            yield client
        assert await self._family.stop(NAME) == 0
