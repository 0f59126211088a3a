"""The dashboard."""

from collections.abc import Iterator
from dataclasses import replace
import re
from typing import Any

from demo.dashboard import build
from demo.miners import Miner


def entities_of(part: Any) -> Iterator[str]:
    """Yield every entity that a part of the dashboard names."""
    if isinstance(part, str):
        yield from re.findall(r"states\('([^']+)'", part)
    elif isinstance(part, dict):
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


def cards_of(miner: Miner) -> list[dict[str, Any]]:
    """Return the cards of a miner's section."""
    cards: list[dict[str, Any]] = build([miner])["views"][0]["sections"][0]["cards"]
    return cards


def test_boards_have_a_line_each(miner: Miner) -> None:
    """The table has a column for each reading, with its unit, and a line per board."""
    (table,) = [c["content"] for c in cards_of(miner) if "| Board |" in str(c)]
    head, _, *lines = table.splitlines()

    assert [cell.partition("<br>")[0].strip() for cell in head.split("|")[1:-1]] == [
        "Board",
        "Chips",
        "Rate",
    ]
    assert f"state_attr('{miner['sensor.board_1_hashrate']}'" in head
    assert len(lines) == 2
    assert lines[1].startswith("| 2 |")
    assert f"states('{miner['sensor.board_2_chip_temperature']}'" in lines[1]


def test_miner_without_boards_has_no_table(miner: Miner) -> None:
    """A table without lines would be a hole."""
    entities = {key: one for key, one in miner.entities.items() if "board" not in key}

    assert "| Board |" not in str(cards_of(replace(miner, entities=entities)))


def test_settings_can_be_set(miner: Miner) -> None:
    """Each setting has the tile feature that sets it, and names who does it."""
    tiles = {card["entity"]: card for card in cards_of(miner) if "entity" in card}

    for key, feature in (
        ("select.preset", "select-options"),
        ("number.power_limit", "numeric-input"),
        ("fan.internal_fan", "fan-speed"),
    ):
        assert [one["type"] for one in tiles[miner[key]]["features"]] == [feature]
        assert "provider" in tiles[miner[key]]["state_content"]


def test_temperatures_are_compared(miner: Miner) -> None:
    """The chart has the temperatures that a miner has, named after both."""
    charts = build([miner])["views"][0]["sections"][-1]["cards"][1:]
    lines = {chart["title"]: chart["entities"] for chart in charts}
    outlet = "sensor.outlet_temperature"
    warm = replace(miner, entities={**miner.entities, outlet: "sensor.bitaxe_outlet"})

    assert [*lines] == ["Hash rate", "Power at the wall", "Temperatures", "Status"]
    assert [one["name"] for one in lines["Temperatures"]] == ["BitAxe Gamma chips"]
    assert "BitAxe Gamma outlet" in str(build([warm])["views"][0]["sections"][-1])


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
