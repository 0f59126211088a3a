"""What is seen is written down once."""

from dataclasses import replace
import json
from pathlib import Path

from chaos.diary import NAME, Diary
from tools.home.states import EntityState

from .conftest import NETWORK, WELL


def test_only_news_are_written_down(tmp_path: Path) -> None:
    """Each line tells what is new, and an end of Home Assistant."""
    shown = {
        "sensor.hashrate": EntityState("100.0", {"provider": NETWORK}),
        "sensor.status": EntityState("on"),
    }
    diary = Diary(tmp_path)
    diary.add(1.0, "m01", WELL, shown)
    diary.add(2.0, "m01", WELL, shown)
    diary.add(3.0, "m01", replace(WELL, mining=False), shown)
    diary.add(4.0, "m01", replace(WELL, mining=False), None)
    diary.close()
    text = (tmp_path / NAME).read_text(encoding="utf-8")
    first, *others = [json.loads(line) for line in text.splitlines()]
    assert first["true"]["watts"] == WELL.watts
    assert first["shown"]["sensor.hashrate"] == f"100.0 by {NETWORK}"
    assert others == [
        {"time": 3.0, "miner": "m01", "true": {"mining": False}},
        {"time": 4.0, "miner": "m01", "shown": None},
    ]


def test_news_of_the_fleet_are_written_down(tmp_path: Path) -> None:
    """They have lines of their own."""
    diary = Diary(tmp_path)
    diary.add_fleet(1.0, {"mode": "off", "drawn": 10.0})
    diary.add_fleet(2.0, {"mode": "off", "drawn": 10.0})
    diary.add_fleet(3.0, {"mode": "off", "drawn": 20.0})
    diary.close()
    text = (tmp_path / NAME).read_text(encoding="utf-8")
    assert [json.loads(line) for line in text.splitlines()] == [
        {"time": 1.0, "fleet": {"mode": "off", "drawn": 10.0}},
        {"time": 3.0, "fleet": {"drawn": 20.0}},
    ]
