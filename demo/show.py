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

from tools.home import home_assistant
from tools.home.client import Client
from tools.home.emulators import Emulators
from tools.home.errors import HomeError
from tools.home.home import Home
from tools.home.log import last_errors
from tools.home.miners import SCAN_INTERVAL, Miner, register
from tools.home.onboarding import Login, create_owner, new_login, wait_for_start
from tools.home.paths import ENVIRONMENT
from tools.home.ports import LOOPBACK, is_free
from tools.home.processes import Family
from tools.home.states import States

from . import dashboard, features, fleet, heater, sun
from .check import Check
from .stage import Stage

# Two to break, one to switch off.
DEVICES = 3
# A miner is read every few seconds.
REST_TIMEOUT = 4.0 * SCAN_INTERVAL
# Who has a part of its own, and is left alone otherwise.
PARTS = (*fleet.MEMBERS, heater.NAME)


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    port: int
    check: bool
    open_browser: bool
    keep_config: bool
    environment: Path = ENVIRONMENT
    every_kind: bool = False


async def run(options: Options) -> int:
    """Run the demonstration and return the exit code."""
    if not is_free(options.port):
        raise HomeError(
            f"port {options.port} of {LOOPBACK} is in use: choose another with --port"
        )
    with _home(options.environment, keep=options.keep_config) as home:
        try:
            async with Family() as family:
                return await family.guard(_perform(options, home, family))
        except HomeError as error:
            reasons = map(str, last_errors(home.log))
            raise HomeError("\n  ".join([str(error), *reasons])) from error


@contextmanager
def _home(environment: Path, *, keep: bool) -> Iterator[Home]:
    """Make the folder of this run, and remove it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="miner-control-demo-"))
    home = Home(folder, environment)
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
        emulators = await _start_emulators(session, family, home, options)
        _say("Starting Home Assistant")
        plugs = [one.plug for one in emulators.devices if one.name in fleet.MEMBERS]
        more = sun.configuration(plugs)
        await home_assistant.start(family, home, emulators, options.port, more)
        await wait_for_start(session, base)
        token = await create_owner(session, base, login)
        async with await Client.connect(session, base, token) as client:
            stage = await _set(home, family, emulators, client)
            if options.check:
                return await Check(stage).run()
            await sun.shine(client, sun.FINE_WATTS)
            print(await features.describe(client, stage.every_miner))
            _invite(base, login, open_browser=options.open_browser)
            return await _stay()


async def _start_emulators(
    session: aiohttp.ClientSession, family: Family, home: Home, options: Options
) -> Emulators:
    """Start the emulated devices and tell which there are."""
    log = home.folder / "emulation.log"
    subnet, every_kind = _subnet(options.port), options.every_kind
    emulators = await Emulators.start(
        session, family, log, subnet, every_kind=every_kind
    )
    for device in emulators.devices:
        _say(f"Emulating {device.label} at {device.address}, plug {device.plug.url}")
    for missing in emulators.left_out:
        _say(f"Left out: {missing}")
    names = {device.name for device in emulators.devices}
    if lacking := set(PARTS) - names:
        raise HomeError(f"not to be done without {', '.join(sorted(lacking))}")
    if len(names.difference(PARTS)) < DEVICES:
        raise HomeError(f"{DEVICES} emulated miners are needed")
    if emulators.left_out and not every_kind:
        _say("This user may not listen on port 80; miners that need no such right")
        _say("take the place of those left out")
    return emulators


def _subnet(port: int) -> str:
    """Return loopback addresses that no demonstration on another port uses."""
    return f"127.{port // 256}.{port % 256}"


async def _set(
    home: Home, family: Family, emulators: Emulators, client: Client
) -> Stage:
    """Register the miners, link their plugs and publish the dashboard.

    What takes its time begins first: members of the fleet settle, then the heater.
    """
    states = States()
    await states.follow(client)
    devices = {device.name: device for device in emulators.devices}

    async def registered(name: str) -> Miner:
        """Register a miner and link its plug; one with a part is called after that."""
        device = devices.pop(name)
        _say(f"Registering {device.label} and linking {device.plug.name}")
        title = device.label if name in PARTS else None
        return await register(client, device, title=title)

    members = [await registered(name) for name in fleet.MEMBERS]
    await _have_rest(emulators, states, members[-1])
    _say(f"Making a fleet of them: {fleet.TITLE}")
    solar = await fleet.found(client, members)
    warm = await registered(heater.NAME)
    _say(f"Having {warm.device.label} heat a room")
    warm = await heater.set_up(client, warm)
    miners = [await registered(name) for name in list(devices)]
    stage = Stage(home, family, emulators, client, states, miners, solar, warm)
    await dashboard.publish(client, stage.every_miner)
    return stage


async def _have_rest(emulators: Emulators, states: States, miner: Miner) -> None:
    """Stop a miner on its own page, so that there is one to be started."""
    await emulators.set_mining(miner.device, mining=False)
    status = miner["sensor.status"]
    await states.until(lambda: states[status].state == "idle", REST_TIMEOUT)


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
