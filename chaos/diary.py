"""Write down all that changes, for whoever looks for the cause of a finding."""

from collections.abc import Mapping
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any

from tools.home.states import EntityState

from .truth import Shown, Truth

NAME = "diary.jsonl"
FLEET = "fleet"


class Diary:
    """A file with a line for every look at a miner that saw anything new.

    Each line is an object: `time` in seconds, the `miner`, and the new values of
    what is `true` of it and what is `shown`; null stands for an end of Home Assistant.
    Lines of the `fleet` hold what it was told, what its members draw, and why.
    """

    def __init__(self, folder: Path) -> None:
        """Begin the file."""
        self._file = (folder / NAME).open("w", encoding="utf-8")
        self._last: dict[str, Mapping[str, Any]] = {}

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def add(self, time: float, miner: str, truth: Truth, shown: Shown | None) -> None:
        """Write down what is new of a miner."""
        seen = {"true": asdict(truth), "shown": None}
        if shown is not None:
            seen["shown"] = {key: _told(state) for key, state in shown.items()}
        before = self._last.get(miner, {})
        self._last[miner] = seen
        if news := {
            part: _changed(before.get(part), now)
            for part, now in seen.items()
            if now != before.get(part)
        }:
            line = {"time": round(time, 1), "miner": miner, **news}
            print(json.dumps(line), file=self._file)

    def add_fleet(self, time: float, seen: Mapping[str, Any]) -> None:
        """Write down what is new of the fleet that shares power."""
        before = self._last.get(FLEET, {})
        self._last[FLEET] = seen
        if news := _changed(before, seen):
            print(json.dumps({"time": round(time, 1), FLEET: news}), file=self._file)


def _changed(
    before: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return what differs from before."""
    if before is None or now is None:
        return now
    return {key: value for key, value in now.items() if before.get(key) != value}


def _told(state: EntityState) -> str:
    """Return what an entity shows, and who serves it."""
    return f"{state.state} by {state.provider}" if state.provider else state.state
