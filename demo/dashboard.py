"""The dashboards: the integration's own, and one to play with miners and the sun."""

from collections.abc import Sequence
from typing import Any

from tools.home.client import Client
from tools.home.miners import Miner

from .sun import GRID, SUN

URL_PATH = "miner-control"
TITLE = "Miners"
ICON = "mdi:pickaxe"

BREAK_URL_PATH = "break-things"
BREAK_TITLE = "Break things"

# A quarter of an hour, since a demonstration does not last for days.
HOURS = 0.25

type Config = dict[str, Any]


async def publish(client: Client, miners: Sequence[Miner]) -> None:
    """Store the dashboards and make the miners' the one that opens first."""
    await _store(client, URL_PATH, TITLE, ICON, build())
    await _store(
        client, BREAK_URL_PATH, BREAK_TITLE, "mdi:lan-disconnect", build_breaker(miners)
    )
    await client.call(
        "frontend/set_system_data", key="core", value={"default_panel": URL_PATH}
    )


async def _store(
    client: Client, url_path: str, title: str, icon: str, config: Config
) -> None:
    """Store a dashboard."""
    await client.call(
        "lovelace/dashboards/create",
        url_path=url_path,
        title=title,
        icon=icon,
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await client.call("lovelace/config/save", url_path=url_path, config=config)


def build() -> Config:
    """Return the dashboard that every user can add."""
    return {"strategy": {"type": "custom:miner-control", "hours_to_show": HOURS}}


def build_breaker(miners: Sequence[Miner]) -> Config:
    """Return a dashboard with the sun, rooms, and a switch for each miner's network."""
    tiles = [
        {
            "type": "tile",
            "entity": miner.device.network_switch,
            "name": f"{miner.title}: network",
            "grid_options": {"columns": 12, "rows": 1},
            "features": [{"type": "toggle"}],
            "features_position": "inline",
        }
        for miner in miners
    ]
    sections = [
        _section("Cut miners off the network", tiles),
        _section("Let the sun shine", [_sun(), _tile(GRID)]),
        _section(
            "Rooms that miners heat",
            [_tile(one.device.room_sensor) for one in miners if one.device.heats],
        ),
    ]
    view = {"title": BREAK_TITLE, "type": "sections", "sections": sections}
    return {"views": [view]}


def _section(title: str, tiles: Sequence[Config]) -> Config:
    """Return tiles under a heading."""
    return {
        "type": "grid",
        "cards": [{"type": "heading", "heading": title}, *tiles],
    }


def _tile(entity_id: str) -> Config:
    """Return a tile with the recent course of a value."""
    return {
        "type": "tile",
        "entity": entity_id,
        "grid_options": {"columns": 12},
        "features": [{"type": "trend-graph", "hours_to_show": 1}],
    }


def _sun() -> Config:
    """Return a tile by which the sun is set."""
    return {
        "type": "tile",
        "entity": SUN,
        "grid_options": {"columns": 12},
        "features": [{"type": "numeric-input", "style": "slider"}],
    }
