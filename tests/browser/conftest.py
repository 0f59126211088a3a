"""One Home Assistant and one browser for all tests of the user interface."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from emulation import (
    EmulatedAntminer,
    EmulatedBitaxe,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from emulation.plug import SmartPlug
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)
from tests.live.server import Server
from tools.home.configuration import ONBOARDING_STEPS
from tools.home.home import Home
from tools.home.ports import free_port
from tools.home.processes import Family

from .chromium import browser_context, executable
from .dashboard import Dashboard, remove_dashboards
from .frontend import Frontend
from .home import House, configuration, furnish, plug_is_read


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Have no Home Assistant in this process."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let Home Assistant and the browser outlive a test."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let Home Assistant and devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture(scope="package", name="folder")
def folder_fixture(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return the folder of Home Assistant."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest_asyncio.fixture(scope="package", loop_scope="package", name="house")
async def house_fixture(folder: Home) -> AsyncIterator[House]:
    """Return a Home Assistant that runs, and a browser that shows it."""
    executable()
    with loopback_allowed():
        async with (
            EmulatedWhatsminer(new_address(), warm_up=0.0) as miner,
            SmartPlug(new_address(), miner) as plug,
            EmulatedAntminer(new_address(), warm_up=0.0) as stock,
            SmartPlug(new_address(), stock) as outlet,
            aiohttp.ClientSession() as session,
            Family() as family,
        ):
            server = Server(
                folder,
                family,
                session,
                free_port(),
                configuration(plug),
                ONBOARDING_STEPS,
            )
            old_address = new_address()
            furnish(folder, old_address, outlet)
            async with (
                server.running() as client,
                browser_context(server.base, server.token) as context,
            ):
                await plug_is_read(client)
                yield House(client, server.base, context, miner, stock, old_address)


@pytest_asyncio.fixture(loop_scope="package")
async def frontend(house: House) -> AsyncIterator[Frontend]:
    """Return a page of the user interface; no miner is left behind."""
    try:
        async with Frontend.in_browser(house.context, house.base) as page:
            yield page
    finally:
        await house.clear()


@pytest_asyncio.fixture(loop_scope="package")
async def dashboard(house: House, frontend: Frontend) -> AsyncIterator[Dashboard]:
    """Return a page for a dashboard; none is left behind."""
    try:
        yield Dashboard(frontend.page, house.base)
    finally:
        await remove_dashboards(house)


@pytest_asyncio.fixture(loop_scope="package")
async def bitaxe() -> AsyncIterator[EmulatedBitaxe]:
    """Return a device on the network."""
    skip_unless_ports_free(EmulatedBitaxe)
    async with EmulatedBitaxe(new_address(), warm_up=0.0) as device:
        yield device


@pytest_asyncio.fixture(loop_scope="package")
async def vnish() -> AsyncIterator[EmulatedVnish]:
    """Return a device whose password was changed."""
    skip_unless_ports_free(EmulatedVnish)
    address = new_address()
    async with EmulatedVnish(address, password="secret", socket_delay=0.1) as device:
        yield device


@pytest_asyncio.fixture(loop_scope="package")
async def antminer() -> AsyncIterator[EmulatedAntminer]:
    """Return a device with the password that it was delivered with."""
    skip_unless_ports_free(EmulatedAntminer)
    async with EmulatedAntminer(new_address(), warm_up=0.0) as device:
        yield device
