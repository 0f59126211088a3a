"""The dashboards."""

from dataclasses import replace
from typing import Any

from demo.dashboard import build, build_breaker
from demo.sun import GRID, SUN
from tools.home.miners import Miner


def test_dashboard_is_the_one_that_users_get() -> None:
    """Nothing is made for the demonstration but how far back its charts go."""
    strategy = build()["strategy"]
    assert strategy["type"] == "custom:miner-control"
    assert strategy["hours_to_show"] < 1


def sections_of(*miners: Miner) -> list[Any]:
    """Return the sections of the dashboard to play with."""
    (view,) = build_breaker(miners)["views"]
    sections: list[Any] = view["sections"]
    return sections


def test_each_miner_can_be_cut_off(miner: Miner) -> None:
    """There is a switch per miner, named after it."""
    network, _, _ = sections_of(miner, miner)
    _, *tiles = network["cards"]
    assert [tile["entity"] for tile in tiles] == [miner.device.network_switch] * 2
    assert all(tile["name"].startswith(miner.title) for tile in tiles)
    assert all(tile["features"] == [{"type": "toggle"}] for tile in tiles)


def test_sun_can_be_set_beside_what_the_grid_shows(miner: Miner) -> None:
    """People see what comes of it."""
    _, play, _ = sections_of(miner)
    _, sun, grid = play["cards"]
    assert sun["entity"] == SUN
    assert sun["features"] == [{"type": "numeric-input", "style": "slider"}]
    assert grid["entity"] == GRID


def test_rooms_are_shown_that_are_heated(miner: Miner) -> None:
    """Most miners heat none."""
    warm = replace(miner, device=replace(miner.device, heats=True))
    _, _, rooms = sections_of(miner, warm)
    _, room = rooms["cards"]
    assert room["entity"] == "sensor.bitaxe_room"
