"""Either library may be missing or broken: all that the other can do goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from importlib.metadata import version
import json
from pathlib import Path
from typing import Any, override

import aiohttp
import pytest

from custom_components.miner_control.controllers import controller_type, identify
from custom_components.miner_control.controllers.libraries import (
    ASIC_RS,
    PYASIC,
    Library,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.storage.bindings import default_bindings
from emulation import EmulatedAntminer, EmulatedBitaxe
from tests.controllers.support import NO_HASS
from tests.emulation.support import new_address, skip_unless_ports_free
from tools.home.client import Client
from tools.home.flows import ENTRY_FLOW, SUBENTRY_FLOW, walk
from tools.home.home import Home
from tools.home.home_assistant import NAME
from tools.home.log import complaints
from tools.home.ports import free_port
from tools.home.processes import Family

from .environment import Environment
from .server import PLUG_POWER, PLUG_SWITCH, Server
from .test_restart import States, states

pytestmark = pytest.mark.live

# For what Home Assistant begins only after it has started, on a busy machine.
PATIENCE = 60.0
PROTOCOLS = {PYASIC: "pyasic", ASIC_RS: "asic_rs"}
HTTPX = "ImportError(\"cannot import name 'AsyncClient' from 'httpx'\")"


class Installing(Server):
    """An installation of Home Assistant that installs from an index of its own."""

    environment: Environment

    @override
    async def _start(self, family: Family, log: Path) -> None:
        await family.start(
            NAME,
            [
                self.environment.python,
                *("-m", "homeassistant", "--log-no-color"),
                *self.environment.arguments,
                *("--config", self.home.config),
            ],
            folder=self.home.folder,
            environment=self.environment.variables,
            log=log,
        )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Installing]:
    """Return a Home Assistant that may install, not started yet."""
    async with aiohttp.ClientSession() as session, Family() as family:
        yield Installing(Home(tmp_path), family, session, free_port())


@pytest.fixture
async def antminer() -> AsyncIterator[EmulatedAntminer]:
    """Return an Antminer that hashes, which both libraries know."""
    skip_unless_ports_free(EmulatedAntminer)
    async with EmulatedAntminer(new_address(), warm_up=0.0, time_scale=100) as device:
        yield device


@pytest.mark.parametrize(
    ("missing", "other"), [(PYASIC, ASIC_RS), (ASIC_RS, PYASIC)], ids=("pyasic", "rs")
)
async def test_index_lacks_a_library(
    server: Installing, antminer: EmulatedAntminer, missing: Library, other: Library
) -> None:
    """What speaks through the other, or through none, is linked, serves and obeys."""
    server.environment = Environment(server.home.folder)
    server.environment.publish(other)
    async with AsyncExitStack() as stack:
        bitaxe = await stack.enter_async_context(
            EmulatedBitaxe(new_address(), warm_up=0.0)
        )
        async with server.running() as client:
            await client.act("input_boolean", "turn_on", entity_id=PLUG_SWITCH)
            axe = await link(client, bitaxe.address)
            assert not server.environment.has(other)
            plug = {"name": "Plug", "power_control": PLUG_SWITCH}
            form = plug | {"power_monitoring": PLUG_POWER}
            for kind, answer in (("entities", form), ("simulated", {"name": "Sim"})):
                await walk(
                    client,
                    SUBENTRY_FLOW,
                    [axe, kind],
                    {"user": answer, kind: answer, "features": {}},
                )
            await refused(client, antminer.address, missing)
            asic = await link(client, antminer.address)
            await serves(client, asic)
            await serves(client, axe)
        assert server.environment.has(other)
        assert not server.environment.has(missing)
        async with server.running() as client:
            await serves(client, asic)
            await serves(client, axe)
            await switch(client, asic, antminer, on=False)
            await switch(client, asic, antminer, on=True)
            assert await library_issues(client) == {}


async def test_pyasic_breaks_in_mid_life(
    server: Installing, antminer: EmulatedAntminer
) -> None:
    """Its miners are served and told through asic-rs, and Home Assistant says so."""
    environment = Environment(server.home.folder, has=(PYASIC, ASIC_RS))
    server.environment = environment
    async with server.running() as client:
        whole = await link(client, antminer.address)
        await serves(client, whole)
    await link_further(server, whole, antminer.address)
    environment.replace("pyasic", version("pyasic"), HTTPX)
    environment.replace("httpx", "0.20.0", "ImportError('too old')")
    async with server.running() as client:
        await serves(client, whole, provider="asic-rs")
        await until(client, whole, lambda s: shown(s, "binary_sensor.degraded") == "on")
        await switch(client, whole, antminer, on=False)
        await switch(client, whole, antminer, on=True)
        found = await client.call("config_entries/get", domain="miner_control")
        assert [entry["state"] for entry in found] == ["loaded"]
    crashes = [one for one in complaints(server.home.log, []) if one.is_crash]
    assert crashes == []


async def test_nothing_but_pyasic_and_it_is_broken(
    server: Installing, antminer: EmulatedAntminer
) -> None:
    """One issue says which miner misses it, and why; after a repair it works again."""
    environment = Environment(server.home.folder, has=(PYASIC,))
    server.environment = environment
    async with server.running() as client:
        asic = await link(client, antminer.address)
    environment.replace("pyasic", version("pyasic"), HTTPX)
    async with server.running() as client:
        await until(client, asic, lambda s: shown(s, "binary_sensor.degraded") == "on")
        (issue,) = (await library_issues(client)).values()
        assert issue["translation_key"] == "library_broken"
        assert "AsyncClient" in issue["translation_placeholders"]["reason"]
        assert "S19" in issue["translation_placeholders"]["miners"]
    environment.replace("pyasic", "0.20.0", HTTPX)
    environment.publish(PYASIC)
    async with server.running() as client:
        # Another version than ours is replaced, as long as nobody has loaded it.
        await serves(client, asic)
        assert await library_issues(client) == {}


async def until(client: Client, entry_id: str, is_so: Callable[[States], bool]) -> None:
    """Wait until the miner's entities show something."""
    async with asyncio.timeout(PATIENCE):
        while not is_so(await states(client, entry_id)):  # noqa: ASYNC110 - far away
            await asyncio.sleep(0.1)


async def link(client: Client, address: str, **advanced: Any) -> str:
    """Link what answers at an address as a miner, and return the id of its entry."""
    created = await walk(
        client,
        ENTRY_FLOW,
        "miner_control",
        {
            "user": {"next_step_id": "network"},
            "network": {"host": address, "advanced": {"scan_interval": 5, **advanced}},
            "features": {},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    return entry_id


async def refused(client: Client, address: str, missing: Library) -> None:
    """See that nothing is linked by the protocol whose library is missing."""
    with pytest.raises(Exception, match="library_missing"):
        await link(client, address, protocol=PROTOCOLS[missing])


async def serves(client: Client, entry_id: str, provider: str | None = None) -> None:
    """Wait until a miner shows that it hashes, by whatever controller is meant."""

    def is_so(found: States) -> bool:
        """Tell whether it does."""
        shows = found.get("sensor.hashrate", {})
        by = shows.get("provider") or ""
        try:
            return float(shows["state"]) > 0 and (provider is None or provider in by)
        except KeyError, ValueError:
            return False

    await until(client, entry_id, is_so)


async def switch(
    client: Client, entry_id: str, device: EmulatedAntminer, *, on: bool
) -> None:
    """Turn mining on or off, and see that the device did it."""
    entity = (await states(client, entry_id))["switch.mining"]["entity_id"]
    await client.act("switch", f"turn_{'on' if on else 'off'}", entity_id=entity)
    assert device.mining is on


def shown(found: States, key: str) -> str:
    """Return the state of an entity."""
    return str(found.get(key, {}).get("state"))


async def library_issues(client: Client) -> dict[str, Mapping[str, Any]]:
    """Return the issues of libraries that are raised."""
    told = await client.call("repairs/list_issues")
    return {
        issue["issue_id"]: issue
        for issue in told["issues"]
        if issue["issue_id"].startswith("library_")
    }


async def link_further(server: Installing, entry_id: str, address: str) -> None:
    """Link a device through asic-rs, too, as Home Assistant stores it."""
    file = server.home.config / ".storage" / "core.config_entries"
    stored = json.loads(file.read_text(encoding="utf-8"))
    found = await identify(NO_HASS, NetworkAddress(host=address), "asic_rs")
    data = {"host": address, "protocol": "asic_rs", "scan_interval": 5}
    cls = controller_type("network", data)
    assert cls is not None
    (entry,) = (e for e in stored["data"]["entries"] if e["entry_id"] == entry_id)
    entry["subentries"].append(
        {
            "data": {
                **data,
                "capabilities": found.capabilities.as_dict(),
                "features": default_bindings(cls, found.capabilities),
            },
            "subentry_id": "01JASICRS0000000000000000A",
            "subentry_type": "network",
            "title": "Through asic-rs",
            "unique_id": None,
        }
    )
    file.write_text(json.dumps(stored), encoding="utf-8")
