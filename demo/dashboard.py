"""The dashboards: the integration's own, and one to cut miners off the network."""

from collections.abc import Sequence
from typing import Any

from tools.home.client import Client
from tools.home.miners import Miner

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
    """Return a dashboard with a switch for the network of each miner."""
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
    heading = {"type": "heading", "heading": "Cut miners off the network"}
    section = {"type": "grid", "cards": [heading, *tiles]}
    return {
        "views": [{"title": BREAK_TITLE, "type": "sections", "sections": [section]}]
    }
