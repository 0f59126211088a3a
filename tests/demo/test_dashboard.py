"""The dashboard."""

from collections.abc import Iterator
from typing import Any

from demo.dashboard import build
from demo.miners import Miner


def entities_of(part: Any) -> Iterator[str]:
    """Yield every entity that a part of the dashboard names."""
    if isinstance(part, dict):
        if isinstance(part.get("entity"), str):
            yield part["entity"]
        for value in part.values():
            yield from entities_of(value)
    elif isinstance(part, list):
        for value in part:
            yield from entities_of(value)


def test_each_miner_has_a_section(miner: Miner) -> None:
    """A section per miner, and one that compares them."""
    (view,) = build([miner, miner, miner])["views"]

    assert view["max_columns"] == 3
    assert len(view["sections"]) == 4
    assert view["sections"][0]["cards"][0]["heading"] == miner.title


def test_only_entities_that_exist_are_shown(miner: Miner) -> None:
    """What a miner does not measure leaves no hole."""
    shown = set(entities_of(build([miner])))

    assert shown == {*miner.entities.values(), miner.device.network_switch}


def test_fallbacks_show_while_there_are_any(miner: Miner) -> None:
    """The list of fallbacks hides while every first provider serves."""
    card = build([miner])["views"][0]["sections"][0]["cards"][-1]

    assert card["visibility"] == [
        {
            "condition": "state",
            "entity": miner["binary_sensor.degraded"],
            "state": "on",
        }
    ]
    assert f"state_attr('{miner['binary_sensor.degraded']}'" in card["content"]
