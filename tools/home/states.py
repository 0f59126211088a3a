"""What the entities show, now and on the way here."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .client import Client, Json


@dataclass(frozen=True)
class EntityState:
    """What an entity shows."""

    state: str = "missing"
    attributes: Json = field(default_factory=dict)

    @property
    def number(self) -> float | None:
        """Return the state as a number, None where it is none."""
        try:
            return float(self.state)
        except ValueError:
            return None

    @property
    def provider(self) -> str | None:
        """Return the title of the controller that serves the entity's feature."""
        provider: str | None = self.attributes.get("provider")
        return provider

    @property
    def is_fallback(self) -> bool:
        """Tell whether another controller than the first serves."""
        return bool(self.attributes.get("fallback"))

    @property
    def text(self) -> str:
        """Return the state with its unit, a number without its noise."""
        if self.number is None:
            return self.state
        unit = self.attributes.get("unit_of_measurement", "")
        return f"{self.number:.4g} {unit}".rstrip()


class States:
    """A live copy of Home Assistant's states that remembers their changes."""

    def __init__(self) -> None:
        """Start with no states."""
        self._now: dict[str, EntityState] = {}
        self._trails: defaultdict[str, list[str]] = defaultdict(list)
        self._changed = asyncio.Event()

    async def follow(self, client: Client) -> None:
        """Read all states and then follow every change."""
        await client.subscribe(
            self._take_event, "subscribe_events", event_type="state_changed"
        )
        for state in await client.call("get_states"):
            self._take(state)

    def __getitem__(self, entity_id: str) -> EntityState:
        """Return what an entity shows now."""
        return self._now.get(entity_id, EntityState())

    def forget_trail(self, entity_id: str) -> None:
        """Let an entity's trail begin with what it shows now."""
        self._trails[entity_id] = [self[entity_id].state]

    def trail(self, entity_id: str) -> list[str]:
        """Return the different states that an entity had, in order."""
        return list(self._trails[entity_id])

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition on the states holds; tell whether it did."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _take_event(self, event: Json) -> None:
        """Take a change of state."""
        data = event["data"]
        if data["new_state"] is None:
            self._now.pop(data["entity_id"], None)
        else:
            self._take(data["new_state"])
        self._changed.set()

    def _take(self, state: Json) -> None:
        """Take what an entity shows."""
        entity_id: str = state["entity_id"]
        attributes: dict[str, Any] = state["attributes"]
        self._now[entity_id] = EntityState(state["state"], attributes)
        if self._trails[entity_id][-1:] != [state["state"]]:
            self._trails[entity_id].append(state["state"])
