"""The dashboard: one section per miner and one that compares them."""

from collections.abc import Iterator, Sequence
from typing import Any

from .client import Client
from .miners import Miner

URL_PATH = "miner-control"
TITLE = "Miners"
ICON = "mdi:pickaxe"

type Card = dict[str, Any]

# Full width of a section's grid, and half of it.
WIDE = {"columns": 12, "rows": 1}
HALF = {"columns": 6, "rows": 1}

# A quarter of an hour, since a demonstration does not last for days.
HOURS = 0.25

# What the miner measures besides hash rate and power: name and colour.
DETAILS = {
    "sensor.efficiency": ("Efficiency", "teal"),
    "sensor.energy": ("Energy", "teal"),
    "sensor.chip_temperature": ("Chips", "red"),
    "sensor.board_temperature": ("Boards", "red"),
    "sensor.internal_fan_speed_1": ("Fan 1", "cyan"),
    "sensor.internal_fan_speed_2": ("Fan 2", "cyan"),
}

FALLBACKS = """\
{{% set features = state_attr('{entity}', 'features') or {{}} %}}
{{% for provider in features.values() | unique %}}
**{{{{ provider or 'Nobody' }}}}** stands in for {{{{
    features.items() | selectattr(1, 'eq', provider) | map(attribute=0)
    | map('replace', '_monitoring', '') | map('replace', '_', ' ')
    | join(', ') }}}}.

{{% endfor %}}
"""


async def publish(client: Client, miners: Sequence[Miner]) -> None:
    """Store the dashboard and make it the one that opens first."""
    await client.call(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title=TITLE,
        icon=ICON,
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await client.call("lovelace/config/save", url_path=URL_PATH, config=build(miners))
    await client.call(
        "frontend/set_system_data", key="core", value={"default_panel": URL_PATH}
    )


def build(miners: Sequence[Miner]) -> dict[str, Any]:
    """Return the whole dashboard."""
    return {
        "views": [
            {
                "title": TITLE,
                "path": "miners",
                "type": "sections",
                "max_columns": len(miners),
                "dense_section_placement": True,
                "sections": [
                    *map(_miner_section, miners),
                    _comparison(miners),
                ],
            }
        ]
    }


def _miner_section(miner: Miner) -> Card:
    """Return the section of one miner."""
    cards = [
        _heading(miner),
        _trend(miner["sensor.hashrate"], "mdi:speedometer", "orange"),
        _trend(miner["sensor.power"], "mdi:flash", "amber"),
        *_details(miner),
        *_switches(miner),
        _fallbacks(miner),
    ]
    return {"type": "grid", "cards": cards}


def _heading(miner: Miner) -> Card:
    """Return the title line of a miner, with its status."""
    status = {
        "type": "entity",
        "entity": miner["sensor.status"],
        "color": "green",
    }
    return {
        "type": "heading",
        "heading": miner.title,
        "icon": ICON,
        "badges": [status],
    }


def _details(miner: Miner) -> Iterator[Card]:
    """Yield what else is measured, as far as the miner has it."""
    for key, (name, color) in DETAILS.items():
        if key in miner.entities:
            yield _tile(miner[key], name=name, color=color, grid_options=HALF)


def _switches(miner: Miner) -> Iterator[Card]:
    """Yield what can be switched, and the network that can be cut."""
    for key in ("switch.mining", "switch.power"):
        if key in miner.entities:
            yield _switch(miner[key])
    yield _switch(miner.device.network_switch, name="Network")


def _switch(entity: str, **options: Any) -> Card:
    """Return a tile with a switch that names who provides it."""
    return _tile(
        entity,
        state_content=["state", "provider"],
        grid_options=WIDE,
        features=[{"type": "toggle"}],
        features_position="inline",
        **options,
    )


def _trend(entity: str, icon: str, color: str) -> Card:
    """Return a tile that names who provides the value, with a graph of it."""
    return _tile(
        entity,
        icon=icon,
        color=color,
        state_content=["state", "provider"],
        grid_options={"columns": 12, "rows": 2},
        features=[{"type": "trend-graph", "hours_to_show": HOURS}],
    )


def _tile(entity: str, **options: Any) -> Card:
    """Return a tile that is named after the entity alone, not its device."""
    return {"type": "tile", "entity": entity, "name": {"type": "entity"}, **options}


def _fallbacks(miner: Miner) -> Card:
    """Return a list of what a fallback serves, shown only while there is one."""
    entity = miner["binary_sensor.degraded"]
    return {
        "type": "markdown",
        "content": FALLBACKS.format(entity=entity),
        "grid_options": {"columns": 12, "rows": "auto"},
        "visibility": [{"condition": "state", "entity": entity, "state": "on"}],
    }


def _comparison(miners: Sequence[Miner]) -> Card:
    """Return the section that compares the miners over time."""
    return {
        "type": "grid",
        "column_span": len(miners),
        "cards": [
            {"type": "heading", "heading": "Compared", "icon": "mdi:chart-line"},
            _graph("Power at the wall", "sensor.power", miners, rows=5),
            _graph("Hash rate", "sensor.hashrate", miners, rows=5),
            _graph("Status", "sensor.status", miners, rows=4),
        ],
    }


def _graph(title: str, key: str, miners: Sequence[Miner], rows: int) -> Card:
    """Return a graph with one line for each miner."""
    return {
        "type": "history-graph",
        "title": title,
        "hours_to_show": HOURS,
        "entities": [{"entity": one[key], "name": one.title} for one in miners],
        "grid_options": {"columns": 12, "rows": rows},
    }
