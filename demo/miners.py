"""The miners as Home Assistant has them, registered through its flows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from .client import Client
from .emulators import Device
from .errors import DemoError
from .flows import ENTRY_FLOW, SUBENTRY_FLOW, walk

DOMAIN = "miner_control"
SIMULATION = "Simulation"

# The shortest interval that the integration takes keeps the show lively.
SCAN_INTERVAL = 5

# Linking a controller reloads the miner.
ENTITIES_TIMEOUT = 60.0
ENTITIES_POLL = 1.0
ESSENTIAL = {"sensor.status", "sensor.hashrate", "sensor.power", "switch.power"}


@dataclass(frozen=True)
class Miner:
    """A registered miner; its entities are known by domain and key."""

    device: Device
    entry_id: str
    title: str
    entities: Mapping[str, str]
    has_simulation: bool

    def __getitem__(self, key: str) -> str:
        """Return the id of the entity that has a domain and key."""
        return self.entities[key]


async def register(client: Client, device: Device, *, with_simulation: bool) -> Miner:
    """Register a miner by its address, then link what else there is of it."""
    created = await walk(
        client,
        ENTRY_FLOW,
        DOMAIN,
        {
            "user": {"next_step_id": "network"},
            "network": {
                "host": device.address,
                "credentials": {},
                "advanced": {"scan_interval": SCAN_INTERVAL},
            },
            "features": {},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    await _link_plug(client, device, entry_id)
    if with_simulation:
        await _link_simulation(client, entry_id)
    return Miner(
        device=device,
        entry_id=entry_id,
        title=created["title"],
        entities=await _wait_for_entities(client, entry_id),
        has_simulation=with_simulation,
    )


async def _link_plug(client: Client, device: Device, entry_id: str) -> None:
    """Link the smart plug that the miner hangs on."""
    plug = device.plug
    form = {
        "name": plug.name,
        "power_monitoring": plug.power,
        "power_control": plug.switch,
        "energy_monitoring": plug.energy,
    }
    await walk(
        client,
        SUBENTRY_FLOW,
        [entry_id, "entities"],
        {"entities": form, "features": {}},
    )


async def _link_simulation(client: Client, entry_id: str) -> None:
    """Link a simulation: the last resort of every feature."""
    form = {"name": SIMULATION}
    await walk(
        client,
        SUBENTRY_FLOW,
        [entry_id, "simulated"],
        {"simulated": form, "features": {}},
    )


async def _wait_for_entities(client: Client, entry_id: str) -> dict[str, str]:
    """Return a miner's entities once they are complete."""
    before: dict[str, str] = {}
    try:
        async with asyncio.timeout(ENTITIES_TIMEOUT):
            while (now := await _entities(client, entry_id)) != before or not (
                now.keys() >= ESSENTIAL
            ):
                before = now
                await asyncio.sleep(ENTITIES_POLL)
    except TimeoutError as error:
        lacking = ", ".join(sorted(ESSENTIAL - before.keys())) or "a stable set"
        raise DemoError(f"a miner's entities did not appear: {lacking}") from error
    return before


async def _entities(client: Client, entry_id: str) -> dict[str, str]:
    """Return the ids of a miner's own entities by domain and key."""
    prefix = f"{entry_id}_"
    return {
        f"{domain}.{entry['unique_id'].removeprefix(prefix)}": entry["entity_id"]
        for entry in await client.call("config/entity_registry/list")
        if entry["config_entry_id"] == entry_id
        and entry["config_subentry_id"] is None
        and entry["disabled_by"] is None
        and (domain := entry["entity_id"].partition(".")[0])
    }
