"""The dashboard: one section per miner and one that compares them."""

from collections.abc import Iterable, Sequence
from typing import Any

from .client import Client
from .miners import Miner

URL_PATH = "miner-control"
TITLE = "Miners"
ICON = "mdi:pickaxe"

type Card = dict[str, Any]

# Full width of a section's grid, and half of it.
WIDE = 12
HALF = 6


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
        *_measured(miner),
        *_switched(miner),
        *_fallback(miner),
    ]
    return {"type": "grid", "cards": cards}


def _heading(miner: Miner) -> Card:
    """Return the title line of a miner."""
    return {
        "type": "heading",
        "heading": miner.title,
        "icon": ICON,
        "badges": [
            {"type": "entity", "entity": miner["sensor.status"], "color": "green"}
        ],
    }


def _measured(miner: Miner) -> Iterable[Card]:
    """Yield what is measured, most important first, each with its provider."""
    yield _trend(miner["sensor.hashrate"], "mdi:speedometer", "orange")
    yield _trend(miner["sensor.power"], "mdi:flash", "amber")
    for key, color in (
        ("sensor.efficiency", "teal"),
        ("sensor.energy", "teal"),
        ("sensor.chip_temperature", "red"),
        ("sensor.board_temperature", "red"),
        ("sensor.internal_fan_speed_1", "cyan"),
        ("sensor.internal_fan_speed_2", "cyan"),
    ):
        if key in miner.entities:
            yield _tile(miner[key], color=color)


def _switched(miner: Miner) -> Iterable[Card]:
    """Yield what can be switched: the miner, its plug and its network."""
    for key in ("switch.mining", "switch.power"):
        if key in miner.entities:
            yield _tile(miner[key], features=[{"type": "toggle"}])
    yield _tile(
        miner.device.network_switch,
        name="Network (cut it to see the fallback)",
        grid_options={"columns": WIDE, "rows": 1},
        features=[{"type": "toggle"}],
        features_position="inline",
    )


def _fallback(miner: Miner) -> Iterable[Card]:
    """Yield what shows only while a fallback serves."""
    entity = miner["binary_sensor.degraded"]
    yield _tile(
        entity,
        color="deep-orange",
        state_content=["state", "features"],
        grid_options={"columns": WIDE, "rows": 1},
        visibility=[{"condition": "state", "entity": entity, "state": "on"}],
    )


def _trend(entity: str, icon: str, color: str) -> Card:
    """Return a tile with a graph of the last minutes."""
    return _tile(
        entity,
        icon=icon,
        color=color,
        features=[{"type": "trend-graph", "hours_to_show": 1}],
    )


def _tile(entity: str, **options: Any) -> Card:
    """Return a tile that names who provides the value."""
    return {
        "type": "tile",
        "entity": entity,
        "state_content": ["state", "provider"],
        "grid_options": {"columns": HALF},
        **options,
    }


def _comparison(miners: Sequence[Miner]) -> Card:
    """Return the section that compares the miners over time."""
    return {
        "type": "grid",
        "column_span": len(miners),
        "cards": [
            {"type": "heading", "heading": "Last hour", "icon": "mdi:chart-line"},
            _graph("Power at the wall", [miner["sensor.power"] for miner in miners]),
            _graph("Status", [miner["sensor.status"] for miner in miners]),
        ],
    }


def _graph(title: str, entities: Sequence[str]) -> Card:
    """Return a graph of the last hour."""
    return {
        "type": "history-graph",
        "title": title,
        "hours_to_show": 1,
        "entities": [{"entity": entity} for entity in entities],
        "grid_options": {"columns": "full"},
    }
