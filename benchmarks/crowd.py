"""A Home Assistant with many miners: how much it has to do, and how late it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import json
import os
from pathlib import Path
import shutil
import sys
from tempfile import TemporaryDirectory
from time import time
from typing import Any, override

import aiohttp
import yaml

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.network.address import NetworkAddress
from tools.home.configuration import web_server
from tools.home.home import Home, copy_integration
from tools.home.paths import INTEGRATION
from tools.home.ports import free_port
from tools.home.processes import Family

from .devices import ROOT, Device, Devices, running_devices
from .reader import web_home
from .seeds import (
    as_first_version,
    entry_without_device,
    our_entry,
    plugs,
    store,
    store_entries,
    usual_entry,
)

COMPONENTS = ROOT / "benchmarks" / "components"
# What is waited for: a state that each miner shows as soon as it is known.
_SUFFIX = {"miner_control": "_status", "usual_way": "_hashrate"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A number of miners, how they are read, and for how long it is watched."""

    kinds: tuple[str, ...]
    domain: str = "miner_control"
    controllers: int = 1
    online: bool = True
    settle: float = 20.0
    seconds: float = 45.0
    patience: float = 180.0
    # How often it is measured how long reactions of the first miner take.
    reactions: int = 0
    # Whether two builds are compared, which both have to read what is stored.
    compared: bool = False
    # The folder of another build of the integration, None for this one.
    build: Path | None = None
    # By which protocol the devices are linked.
    protocol: str = "pyasic"
    # Miners without a device: a plug and a simulation each.
    without_devices: int = 0

    @property
    def plugs(self) -> int:
        """Return how many smart plugs there are."""
        behind = len(self.kinds) if self.controllers > 1 else 0
        return max(behind, self.without_devices)

    @override
    def __str__(self) -> str:
        """Describe the scene in short."""
        if self.without_devices:
            return f"{self.without_devices} miners without devices"
        state = "" if self.online else ", all off"
        return (
            f"{len(self.kinds)} miners, {self.controllers} each, {self.domain}{state}"
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured; times in seconds, delays in ms, memory in MB.

    Stalls of work are without the time in which Python collects garbage, or other
    programs have the processor.
    """

    first_states: float | None
    # Processor time until then.
    start_cpu: float
    cpu_share: float
    memory: float
    stall: float
    stall_of_work: float
    stall_p99: float
    start_stall: float
    start_stall_of_work: float
    states_written: float
    entities: int
    reactions: Mapping[str, list[float]]
    # What each device was asked on average, the start included.
    requests: float = 0.0


async def watch(session: aiohttp.ClientSession, family: Family, scene: Scene) -> Seen:
    """Run a scene and return what was seen."""
    with TemporaryDirectory(prefix="miner-bench-") as name:
        folder = Path(name)
        async with running_devices(session, family, folder, scene.kinds) as devices:
            await _prepare(folder, devices, scene)
            if not scene.online:
                for device in devices.all:
                    await devices.power(device, on=False)
            before = await _asked(devices)
            seen = await _run(family, folder, scene, devices.control)
            asked = await _asked(devices) - before
            return replace(seen, requests=asked / max(1, len(devices.all)))


async def _asked(devices: Devices) -> int:
    """Return how many questions all devices were asked so far."""
    return sum([(await devices.load(device)).requests for device in devices.all])


async def _prepare(folder: Path, devices: Devices, scene: Scene) -> None:
    """Write all that Home Assistant finds when it starts."""
    home = Home(folder)
    home.config.mkdir()
    if scene.build is None:
        copy_integration(home)
    else:
        shutil.copytree(scene.build, home.config / INTEGRATION)
    for component in COMPONENTS.iterdir():
        target = home.config / "custom_components" / component.name
        shutil.copytree(component, target, ignore=shutil.ignore_patterns("__pycache__"))
    known = await _identify(devices.all, scene.protocol)
    entries = [
        usual_entry(device)
        if scene.domain == "usual_way"
        else our_entry(
            number, device, known[device.name], scene.controllers, scene.protocol
        )
        for number, device in enumerate(devices.all)
    ]
    entries += map(entry_without_device, range(scene.without_devices))
    if scene.compared:
        entries = list(map(as_first_version, entries))
    store_entries(home.config, entries)
    store(home.config, "http", 2, web_server(free_port()))
    store(home.config, "onboarding", 4, {"done": ["analytics", "core_config"]})
    # The user interface itself is not needed, but without one nothing starts.
    (folder / "frontend" / "hass_frontend").mkdir(parents=True)


async def _identify(devices: list[Device], protocol: str) -> dict[str, Capabilities]:
    """Return what each device is and can do, as linking would find."""
    async with web_home() as hass:
        return {
            device.name: (
                await identify(hass, NetworkAddress(host=device.address), protocol)
            ).capabilities
            for device in devices
        }


async def _run(family: Family, folder: Path, scene: Scene, control: str) -> Seen:
    """Run Home Assistant until the probe has ended it."""
    home = Home(folder)
    result = folder / "result.json"
    settings = _settings(folder, scene, result, control)
    (home.config / "configuration.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    process = await family.start(
        "Home Assistant",
        [
            sys.executable,
            *("-m", "homeassistant", "--skip-pip", "--log-no-color"),
            *("--config", home.config),
        ],
        folder=folder,
        environment={**os.environ, "PYTHONPATH": "", "TZ": "UTC"},
        log=folder / "console.log",
    )
    await process.wait()
    if not result.exists():
        raise RuntimeError((folder / "console.log").read_text("utf-8")[-2000:])
    return _seen(json.loads(result.read_text("utf-8")))


def _seen(found: Mapping[str, Any]) -> Seen:
    """Return what the probe wrote down."""
    return Seen(
        first_states=found["first_states"],
        start_cpu=found["start_cpu"],
        cpu_share=found["cpu_share"],
        memory=found["memory"],
        stall=found["steady"]["longest"],
        stall_of_work=found["steady"]["longest_of_work"],
        stall_p99=found["steady"]["p99"],
        start_stall=found["starting"]["longest"],
        start_stall_of_work=found["starting"]["longest_of_work"],
        states_written=found["states_written"],
        entities=found["entities"],
        reactions=found.get("reactions", {}),
    )


def _settings(folder: Path, scene: Scene, result: Path, control: str) -> dict[str, Any]:
    """Return the content of configuration.yaml."""
    return {
        "homeassistant": {"time_zone": "UTC", "unit_system": "metric"},
        "frontend": {"development_repo": str(folder / "frontend")},
        "logger": {"default": "error"},
        **(plugs(scene.plugs, on=scene.online) if scene.plugs else {}),
        "bench_probe": {
            "miners": len(scene.kinds) + scene.without_devices,
            "suffix": _SUFFIX[scene.domain],
            "started_at": time(),
            "settle": scene.settle,
            "seconds": scene.seconds,
            "patience": scene.patience,
            "result": str(result),
            "reactions": {
                "rounds": scene.reactions,
                "device": "device0",
                "control": control,
            }
            if scene.reactions
            else None,
        },
    }
