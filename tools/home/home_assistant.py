"""Home Assistant itself: started, and made ready to be used."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Mapping
import os
from pathlib import Path
import sys
from typing import Any

from .client import Client
from .configuration import write_configuration
from .emulators import Emulators
from .home import Home, copy_integration, make_packages
from .paths import PACKAGE_CACHE
from .processes import Family

NAME = "Home Assistant"

# Variables that would lead it to another environment's packages.
FOREIGN_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")

# Packages come from whom the machine trusts.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


async def start(
    family: Family,
    home: Home,
    emulators: Emulators,
    port: int,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Start Home Assistant with a new configuration, and with `more` of it."""
    make_packages(home)
    copy_integration(home)
    write_configuration(home.config, emulators, port, more)
    await family.start(
        NAME,
        [home.python, "-m", "homeassistant", "--config", home.config, "--log-no-color"],
        folder=home.folder,
        environment=environment(home),
        log=home.folder / "console.log",
    )


async def start_beside(
    family: Family, home: Home, log: Path, modules: Path | None = None
) -> Process:
    """Start Home Assistant with our own interpreter, as the folder configures it.

    What lies in the folder `modules` is imported instead of what is installed.
    """
    return await family.start(
        NAME,
        [
            sys.executable,
            *("-m", "homeassistant", "--skip-pip", "--log-no-color"),
            *("--config", home.config),
        ],
        folder=home.folder,
        environment={**os.environ, "PYTHONPATH": str(modules or ""), "TZ": "UTC"},
        log=log,
    )


async def wait_until_running(client: Client) -> None:
    """Wait until all of the configuration is loaded."""
    while (await client.call("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def environment(home: Home) -> Mapping[str, str]:
    """Return the environment variables that it runs with."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in FOREIGN_VARIABLES
    }
    trust = {"UV_SYSTEM_CERTS": "true"} if CERTIFICATES.exists() else {}
    own = {"TZ": "UTC", "UV_CACHE_DIR": str(_package_cache(home))}
    return trust | inherited | own


def _package_cache(home: Home) -> Path:
    """Return where packages are kept that Home Assistant downloads."""
    shared = os.access(PACKAGE_CACHE, os.W_OK)
    return PACKAGE_CACHE if shared else home.folder / "cache"
