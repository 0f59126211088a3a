"""The fleet as Home Assistant has it: made and set by its flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.home.client import Client, Json
from tools.home.errors import HomeError
from tools.home.flows import ENTRY_FLOW, OPTIONS_FLOW, SUBENTRY_FLOW, walk
from tools.home.miners import DOMAIN, Miner, wait_for_entities

from . import sun

TITLE = "Solar fleet"
ESSENTIAL = {
    "binary_sensor.emergency_stop",
    "button.emergency_stop",
    "button.reset_emergency_stop",
    "sensor.decision",
    "sensor.total_power",
}

# Nobody watches for the quarter of an hour for which a miner otherwise runs at least.
TIMES = {"min_on": 0, "min_off": 0}
# The one that can be slowed down follows the sun. The other one is on or off, and would
# be taken for a big miner until it was seen to mine.
SETTINGS: Mapping[str, Json] = {
    "solar-asic": {"priority": 60},
    "solar-nano": {"priority": 40, "ceiling": 140},
}
MEMBERS = tuple(SETTINGS)
STAGGER = 5


@dataclass(frozen=True)
class Fleet:
    """Several miners that share what the sun gives."""

    entry_id: str
    members: Sequence[Miner]
    entities: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """Return the id of the entity that has a domain and key."""
        if key not in self.entities:
            raise HomeError(f"{TITLE} has no entity {key}")
        return self.entities[key]


async def found(client: Client, members: Sequence[Miner]) -> Fleet:
    """Make a fleet that follows the surplus, and set it for those who watch."""
    created = await walk(
        client,
        ENTRY_FLOW,
        DOMAIN,
        {
            "user": {"next_step_id": "fleet"},
            "fleet": {
                "name": TITLE,
                "members": [miner.entry_id for miner in members],
                "mode": "surplus",
            },
            "grid": {"grid_sensor": sun.GRID},
            "grid_sign": {"positive": "import"},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    parts: Sequence[Json] = await client.call(
        "config_entries/subentries/list", entry_id=entry_id
    )
    subentries = {one["unique_id"]: one["subentry_id"] for one in parts}
    for miner in members:
        await walk(
            client,
            SUBENTRY_FLOW,
            [entry_id, "member"],
            {"member": {**SETTINGS[miner.device.name], **TIMES}},
            subentry_id=subentries[miner.entry_id],
        )
    await walk(
        client,
        OPTIONS_FLOW,
        entry_id,
        {"init": {"next_step_id": "timing"}, "timing": {"stagger": STAGGER}},
    )
    entities = await wait_for_entities(client, entry_id, ESSENTIAL)
    return Fleet(entry_id, members, entities)
