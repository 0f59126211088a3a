"""The miners as Home Assistant has them, registered through its flows."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
import re
import time

from .client import Client, Json
from .emulators import Device
from .errors import HomeError
from .flows import ENTRY_FLOW, SUBENTRY_FLOW, walk

DOMAIN = "miner_control"

# The shortest interval that the integration takes keeps the show lively.
SCAN_INTERVAL = 5

# Linking a controller reloads the miner.
ENTITIES_TIMEOUT = 60.0
ENTITIES_POLL = 1.0
ESSENTIAL = {"sensor.status", "sensor.hashrate", "sensor.power", "switch.power"}

# The sensors of single boards, most of which are disabled until they are wanted.
BOARD = re.compile(r"sensor\.board_(?P<number>\d+)_(?P<reading>\w+)")


@dataclass(frozen=True)
class Miner:
    """A registered miner; its entities are known by domain and key."""

    device: Device
    entry_id: str
    title: str
    entities: Mapping[str, str]
    enabled: Sequence[str] = ()
    """The entities that were disabled until it was registered."""
    reload_at: float = 0.0
    """When Home Assistant reloads it for them, by the monotonic clock."""

    @property
    def boards(self) -> Mapping[int, Mapping[str, str]]:
        """Return the ids of the sensors of each board, by what they read."""
        boards: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for key, entity_id in self.entities.items():
            if found := BOARD.fullmatch(key):
                boards[int(found["number"])][found["reading"]] = entity_id
        return dict(sorted(boards.items()))

    def __getitem__(self, key: str) -> str:
        """Return the id of the entity that has a domain and key."""
        if key not in self.entities:
            raise HomeError(f"{self.title} has no entity {key}")
        return self.entities[key]


async def register(
    client: Client,
    device: Device,
    *,
    credentials: Mapping[str, str] | None = None,
    protocol: str = "auto",
    standby: bool = False,
    title: str | None = None,
) -> Miner:
    """Register a miner by its address, then link what else there is of it.

    A second library may stand by for the one that its protocol needs. Without a
    `title` it is called after its model.
    """
    created = await walk(
        client,
        ENTRY_FLOW,
        DOMAIN,
        {
            "user": {"next_step_id": "network"},
            "network": {
                "host": device.address,
                "credentials": {**(credentials or {})},
                "advanced": {"scan_interval": SCAN_INTERVAL, "protocol": protocol},
            },
            "features": {"standby": standby},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    # Linking reloads the miner, so that the sensors are there without a wait.
    enabled, reload_at = await _enable_boards(client, entry_id)
    if title is not None:
        await client.call("config_entries/update", entry_id=entry_id, title=title)
    await _link_plug(client, device, entry_id)
    return Miner(
        device=device,
        entry_id=entry_id,
        title=title or created["title"],
        entities=await wait_for_entities(client, entry_id),
        enabled=enabled,
        reload_at=reload_at,
    )


async def _enable_boards(client: Client, entry_id: str) -> tuple[list[str], float]:
    """Enable all sensors of boards; return them and when the miner is reloaded."""
    disabled = [
        entry["entity_id"]
        for key, entry in (await _registered(client, entry_id)).items()
        if BOARD.fullmatch(key) and entry["disabled_by"] is not None
    ]
    delay = 0.0
    for entity_id in disabled:
        answer = await client.call(
            "config/entity_registry/update", entity_id=entity_id, disabled_by=None
        )
        delay = answer["reload_delay"]
    return disabled, time.monotonic() + delay


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


async def wait_for_entities(
    client: Client, entry_id: str, wanted: AbstractSet[str] = ESSENTIAL
) -> dict[str, str]:
    """Return the entities of a miner or a fleet once they are complete."""
    before: dict[str, str] = {}
    try:
        async with asyncio.timeout(ENTITIES_TIMEOUT):
            while (now := await _entities(client, entry_id)) != before or not (
                now.keys() >= wanted
            ):
                before = now
                await asyncio.sleep(ENTITIES_POLL)
    except TimeoutError as error:
        lacking = ", ".join(sorted(wanted - before.keys())) or "a stable set"
        raise HomeError(f"entities did not appear: {lacking}") from error
    return before


async def _entities(client: Client, entry_id: str) -> dict[str, str]:
    """Return the ids of a miner's own entities by domain and key."""
    return {
        key: entry["entity_id"]
        for key, entry in (await _registered(client, entry_id)).items()
        if entry["disabled_by"] is None
    }


async def _registered(client: Client, entry_id: str) -> dict[str, Json]:
    """Return all that is registered of a miner's own entities by domain and key."""
    prefix = f"{entry_id}_"
    return {
        f"{domain}.{entry['unique_id'].removeprefix(prefix)}": entry
        for entry in await client.call("config/entity_registry/list")
        if entry["config_entry_id"] == entry_id
        and entry["config_subentry_id"] is None
        and (domain := entry["entity_id"].partition(".")[0])
    }
