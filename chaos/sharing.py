"""The fleet that shares power among some of the miners, and how it comes about.

It has one circuit, whose limit is far below what its members draw, and a meter at the
grid that shows what a house, the sun and the members make of it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tools.home.client import Client
from tools.home.flows import ENTRY_FLOW, OPTIONS_FLOW, SUBENTRY_FLOW, walk
from tools.home.miners import DOMAIN

from .miners import Miner
from .schedule import MeterState, Mode

NAME: Final = "Chaos shared power"
GRID: Final = "sensor.chaos_grid"
# What can be slowed down, and what can be started and stopped.
SLOWS: Final = "number.power_target"
SWITCHES: Final = "switch.mining"
# One of so many miners becomes a member that can be slowed down, and one of so many one
# that only starts and stops; never more than that.
SLOWED_SHARE, MOST_SLOWED = 3, 6
SWITCHED_SHARE, MOST_SWITCHED = 8, 2
# What may be drawn on the circuit, as a share of what its members draw: less than their
# lowest power together, so that some always have to rest.
LIMIT_SHARE: Final = 0.45
# The usual times are made for real miners; in these, something happens in two minutes.
TIMING: Final[Mapping[str, Any]] = {
    "stagger": 3,
    "max_age": 8,
    "silence": 15,
    "hold": 0.3,
    "letting_go": "stay",
}
MEMBER_TIMES: Final[Mapping[str, int]] = {"min_on": 15, "min_off": 10}
PRIORITIES: Final = (20, 40, 50, 50, 60, 80)

# What the house draws, in W.
HOUSE: Final = 400.0


@dataclass
class Sharing:
    """The fleet, and what is so of it: by what it was told, not by what it shows."""

    entry_id: str
    members: Sequence[Miner]
    entities: Mapping[str, str]
    # What all members draw at full power, and what their circuit carries, in W.
    total: float
    limit: float
    mode: Mode = Mode.OFF
    is_latched: bool = False
    # Each time at which the emergency stop was pressed.
    pressed: list[float] = field(default_factory=list)
    # Those that are still under way.
    presses: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    # What the sun gives, as a share of all that the members draw.
    sun: float = 0.0
    meter: MeterState = MeterState.WELL

    @property
    def is_ruling(self) -> bool:
        """Tell whether the fleet may tell its members something."""
        return self.mode.acts or self.is_latched

    def named(self, shown: Mapping[str, Any]) -> dict[str, str]:
        """Return what became of members, by their names, as an emergency stop tells."""
        names = {member.entry_id: member.name for member in self.members}
        return {
            names[told["config_entry_id"]]: str(told["outcome"])
            for told in shown.get("miners") or ()
            if told["config_entry_id"] in names
        }


def choose_members(
    miners: Sequence[Miner], random: Random
) -> tuple[list[Miner], list[Miner]]:
    """Draw those that become members, of as many kinds as can be.

    The first of them can be slowed down, the others are only to start and stop.
    """
    able = [m for m in miners if {SLOWS, SWITCHES} <= m.entities.keys()]
    slowed = max(1, min(MOST_SLOWED, len(miners) // SLOWED_SHARE))
    switched = min(MOST_SWITCHED, len(miners) // SWITCHED_SHARE)
    drawn = _draw(able, slowed + switched, random)
    return drawn[:slowed], drawn[slowed:]


def _draw(miners: Sequence[Miner], count: int, random: Random) -> list[Miner]:
    """Draw some miners, another kind each time as long as there are any."""
    drawn = random.sample([*miners], len(miners))
    met: Counter[str] = Counter()
    turns = []
    for place, miner in enumerate(drawn):
        turns.append((met[miner.kind], place))
        met[miner.kind] += 1
    return [drawn[place] for _, place in sorted(turns)[:count]]


async def found(
    client: Client, members: Sequence[Miner], total: float, random: Random
) -> Sharing:
    """Make a fleet of some miners by the flows, as a user would, in mode off."""
    await show_grid(client, HOUSE)
    first, *others = members
    created = await walk(
        client,
        ENTRY_FLOW,
        DOMAIN,
        {
            "user": {"next_step_id": "fleet"},
            "fleet": {"name": NAME, "members": [first.entry_id], "mode": Mode.OFF},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    for member in others:
        form = {
            "miner": member.entry_id,
            "priority": random.choice(PRIORITIES),
            "may_cut_power": random.random() < 0.5,
            "times": MEMBER_TIMES,
        }
        await walk(client, SUBENTRY_FLOW, [entry_id, "member"], {"member": form})
    limit = float(round(total * LIMIT_SHARE))
    circuit = {
        "name": "Chaos circuit",
        "limit": limit,
        "members": [member.entry_id for member in members],
    }
    await walk(client, SUBENTRY_FLOW, [entry_id, "circuit"], {"circuit": circuit})
    for choice, answers in (
        (
            "sources",
            {"sources": {"grid_sensor": GRID}, "grid_sign": {"positive": "import"}},
        ),
        ("timing", {"timing": TIMING}),
    ):
        steps = {"init": {"next_step_id": choice}, **answers}
        await walk(client, OPTIONS_FLOW, entry_id, steps)
    entities = await _entities_of(client, entry_id)
    return Sharing(entry_id, members, entities, total, limit)


async def _entities_of(client: Client, entry_id: str) -> dict[str, str]:
    """Return the ids of the fleet's entities by domain and key."""
    return {
        f"{domain}.{one['unique_id'].removeprefix(f'{entry_id}_')}": one["entity_id"]
        for one in await client.call("config/entity_registry/list")
        if one["config_entry_id"] == entry_id
        and (domain := one["entity_id"].partition(".")[0])
    }


async def show_grid(client: Client, watts: float | None) -> None:
    """Have the meter at the grid show something, None for nothing."""
    attributes = {"device_class": "power", "unit_of_measurement": "W"}
    state = "unavailable" if watts is None else f"{watts:.0f}"
    body = {"state": state, "attributes": attributes}
    await client.post(f"/api/states/{GRID}", body)
