"""Read one device again and again, and print what that costs the processor.

It is run as a program of its own, with the build that is measured in PYTHONPATH: the
first version by the library that it knows, a later one by any protocol, which is the
device's own where none is named. It also tells what the import of a library costs.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from aiohttp import ClientSession
from homeassistant import loader
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.setup import async_setup_component

_PACKAGE = "custom_components.miner_control.controllers"
WARM_UP = 5


async def _first(_: HomeAssistant, address: str) -> Any:
    """Return the controller of the first version, which knows the library alone."""
    network = import_module(f"{_PACKAGE}.pyasic.controller")
    found = await network.identify(network.NetworkAddress(host=address))
    return network.PyasicController(_config(address, found))


async def _present(hass: HomeAssistant, address: str, protocol: str | None) -> Any:
    """Return the controller that links such a device now; it is to ask, not to hear."""
    registry = import_module(_PACKAGE)
    place = import_module(f"{_PACKAGE}.network.address").NetworkAddress(host=address)
    found = await registry.identify(hass, place, protocol)
    return found.controller_type(hass, _config(address, found.capabilities))


def _config(address: str, capabilities: Any) -> Any:
    """Return what a controller is made from."""
    config = import_module(f"{_PACKAGE}.base").ControllerConfig
    return config(
        controller_id="axe",
        title="Axe",
        data={"host": address, "push": False},
        capabilities=capabilities,
    )


@asynccontextmanager
async def web_home() -> AsyncIterator[HomeAssistant]:
    """Return a Home Assistant that has nothing but its web session."""
    with TemporaryDirectory() as folder:
        hass = HomeAssistant(folder)
        hass.config_entries = ConfigEntries(hass, {})
        loader.async_setup(hass)
        # A second one would complain of the first one's multicast socket.
        frame.async_setup(hass)
        # The session finds hosts by it.
        await async_setup_component(hass, "network", {})
        yield hass
        await hass.async_stop(force=True)


async def measure(given: argparse.Namespace) -> dict[str, float]:
    """Return ms of the processor for one refresh, once everything is loaded.

    Where the control of the device is known, also what that was asked.
    """
    async with web_home() as hass:
        if given.build == "first":
            controller = await _first(hass, given.address)
        else:
            controller = await _present(hass, given.address, given.protocol)
        # What stands by is asked for signs of life alone.
        wanted = controller.features if given.read == "all" else frozenset()
        for _ in range(WARM_UP):
            await controller.async_refresh(wanted)
        before = await _load(given.control)
        begin = process_time()
        for _ in range(given.repeats):
            await controller.async_refresh(wanted)
        spent = process_time() - begin
        after = await _load(given.control)
    loads = {name: (after[name] - before[name]) / given.repeats for name in after}
    return {"cpu": spent / given.repeats * 1000, **loads}


async def _load(control: str) -> dict[str, float]:
    """Return what a device was asked so far; nothing where that is not known."""
    if not control:
        return {}
    async with ClientSession() as session, session.get(control) as answer:
        state = (await answer.json())["state"]
    return {name: state[name] for name in ("requests", "connections")}


async def measure_import(protocol: str) -> dict[str, float]:
    """Return the ms and the MB that the import of a library costs."""
    libraries = import_module(f"{_PACKAGE}.libraries")
    library = next(
        each
        for each in libraries.LIBRARIES
        if each.package == {"asic_rs": "pyasic_rs"}.get(protocol, protocol)
    )
    async with web_home():
        memory, begin = _megabytes(), perf_counter()
        import_module(library.package)
        return {
            "milliseconds": (perf_counter() - begin) * 1000,
            "megabytes": _megabytes() - memory,
        }


def _megabytes() -> float:
    """Return what the process holds."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure, and print the figures, and whether a library was needed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("build", choices=["first", "present", "import"])
    parser.add_argument("address")
    parser.add_argument("repeats", type=int)
    parser.add_argument("--protocol")
    parser.add_argument("--read", choices=["all", "signs"], default="all")
    parser.add_argument("--control", default="")
    given = parser.parse_args()
    if given.build == "import":
        print(json.dumps(asyncio.run(measure_import(given.protocol))))
        return
    spent = asyncio.run(measure(given))
    found = {"warm_up": WARM_UP, "pyasic": "pyasic" in sys.modules}
    print(json.dumps(spent | found))


if __name__ == "__main__":
    main()
