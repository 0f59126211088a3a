"""The dashboards."""

from demo.dashboard import build, build_breaker
from tools.home.miners import Miner


def test_dashboard_is_the_one_that_users_get() -> None:
    """Nothing is made for the demonstration but how far back its charts go."""
    strategy = build()["strategy"]
    assert strategy["type"] == "custom:miner-control"
    assert strategy["hours_to_show"] < 1


def test_each_miner_can_be_cut_off(miner: Miner) -> None:
    """There is a switch per miner, named after it."""
    ((section,),) = [
        view["sections"] for view in build_breaker([miner, miner])["views"]
    ]
    _, *tiles = section["cards"]
    assert [tile["entity"] for tile in tiles] == [miner.device.network_switch] * 2
    assert all(tile["name"].startswith(miner.title) for tile in tiles)
    assert all(tile["features"] == [{"type": "toggle"}] for tile in tiles)
