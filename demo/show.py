"""The demonstration from start to end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import shutil
import tempfile
import webbrowser

import aiohttp

from . import dashboard, features, home_assistant
from .check import Check
from .client import Client
from .emulators import Emulators
from .errors import DemoError
from .home import Home
from .log import last_errors
from .miners import Miner, register
from .onboarding import Login, create_owner, new_login, wait_for_start
from .ports import LOOPBACK, is_free
from .processes import Family
from .stage import Stage
from .states import States

# Two to break, one to switch off.
DEVICES = 3


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    port: int
    check: bool
    open_browser: bool
    keep_config: bool


async def run(options: Options) -> int:
    """Run the demonstration and return the exit code."""
    if not is_free(options.port):
        raise DemoError(
            f"port {options.port} of {LOOPBACK} is in use: choose another with --port"
        )
    with _home(keep=options.keep_config) as home:
        try:
            async with Family() as family:
                return await family.guard(_perform(options, home, family))
        except DemoError as error:
            reasons = map(str, last_errors(home.log))
            raise DemoError("\n  ".join([str(error), *reasons])) from error


@contextmanager
def _home(*, keep: bool) -> Iterator[Home]:
    """Make the folder of this run, and remove it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="miner-control-demo-"))
    home = Home(folder)
    home.config.mkdir()
    try:
        yield home
    finally:
        if keep:
            shutil.rmtree(home.packages, ignore_errors=True)
            print(f"Home Assistant's configuration: {home.config}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _perform(options: Options, home: Home, family: Family) -> int:
    """Set the stage, then check it or leave it to the user."""
    base = f"http://{LOOPBACK}:{options.port}"
    login = new_login()
    async with aiohttp.ClientSession() as session:
        emulators = await _start_emulators(session, family, home, options.port)
        _say("Starting Home Assistant")
        await home_assistant.start(family, home, emulators, options.port)
        await wait_for_start(session, base)
        token = await create_owner(session, base, login)
        async with await Client.connect(session, base, token) as client:
            stage = await _set(home, family, emulators, client)
            if options.check:
                return await Check(stage).run()
            print(await features.describe(client, stage.miners))
            _invite(base, login, open_browser=options.open_browser)
            return await _stay()


async def _start_emulators(
    session: aiohttp.ClientSession, family: Family, home: Home, port: int
) -> Emulators:
    """Start the emulated devices and tell which there are."""
    log = home.folder / "emulation.log"
    emulators = await Emulators.start(session, family, log, _subnet(port))
    for device in emulators.devices:
        _say(f"Emulating {device.label} at {device.address}, plug {device.plug.url}")
    for missing in emulators.left_out:
        _say(f"Left out: {missing}")
    if len(emulators.devices) < DEVICES:
        raise DemoError(f"{DEVICES} emulated miners are needed")
    if emulators.left_out:
        _say("This user may not listen on port 80; miners that need no such right")
        _say("take the place of those left out")
    return emulators


def _subnet(port: int) -> str:
    """Return loopback addresses that no demonstration on another port uses."""
    return f"127.{port // 256}.{port % 256}"


async def _set(
    home: Home, family: Family, emulators: Emulators, client: Client
) -> Stage:
    """Register the miners, link their plugs and publish the dashboard."""
    states = States()
    await states.follow(client)
    miners: list[Miner] = []
    for device in emulators.devices:
        _say(f"Registering {device.label} and linking {device.plug.name}")
        first = not miners
        miners.append(await register(client, device, with_simulation=first))
    await dashboard.publish(client, miners)
    return Stage(home, family, emulators, client, states, miners)


def _invite(base: str, login: Login, *, open_browser: bool) -> None:
    """Tell the user where to look."""
    address = f"{base}/{dashboard.URL_PATH}"
    print(f"\nDashboard:  {address}")
    print(f"User:       {login.username}")
    print(f"Password:   {login.password}")
    print("\nPress Ctrl+C to end.", flush=True)
    if open_browser:
        webbrowser.open(address)


async def _stay() -> int:
    """Wait until a signal ends the demonstration."""
    never = asyncio.Event()
    await never.wait()
    return 0


def _say(message: str) -> None:
    """Tell the user what happens."""
    print(f"==> {message}", flush=True)
