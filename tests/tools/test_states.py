"""The live copy of Home Assistant's states."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from tools.home.client import Client, Json
from tools.home.states import EntityState, States

ENTITY = "sensor.miner_power"


class FakeClient:
    """Tell one state and whatever a test wants to happen."""

    def __init__(self, state: str) -> None:
        """Begin with a state."""
        self.state = state
        self.handler: Callable[[Json], None]

    async def subscribe(
        self, handler: Callable[[Json], None], command: str, **_: Any
    ) -> None:
        """Keep who wants to know."""
        assert command == "subscribe_events"
        self.handler = handler

    async def call(self, command: str) -> list[Json]:
        """Return all states."""
        assert command == "get_states"
        return [self._state(self.state)]

    def change(self, state: str | None) -> None:
        """Let the state change, or the entity go."""
        new = None if state is None else self._state(state)
        self.handler({"data": {"entity_id": ENTITY, "new_state": new}})

    def _state(self, state: str) -> Json:
        """Return a state as Home Assistant tells it."""
        return {"entity_id": ENTITY, "state": state, "attributes": {}}


async def followed(state: str) -> tuple[FakeClient, States]:
    """Return states that follow a client."""
    client, states = FakeClient(state), States()
    await states.follow(cast("Client", client))
    return client, states


async def test_changes_are_followed() -> None:
    """The copy begins with all states and takes every change."""
    client, states = await followed("off")
    assert states[ENTITY].state == "off"

    client.change("on")

    assert states[ENTITY].state == "on"


async def test_removed_entity_is_missing() -> None:
    """An entity that is gone shows nothing any more."""
    client, states = await followed("on")

    client.change(None)

    assert states[ENTITY] == EntityState()


async def test_trail_keeps_every_state_once() -> None:
    """The trail holds the states in order, repetitions left out."""
    client, states = await followed("off")
    for state in ("off", "starting", "starting", "on"):
        client.change(state)

    assert states.trail(ENTITY) == ["off", "starting", "on"]
    states.forget_trail(ENTITY)
    assert states.trail(ENTITY) == ["on"]


async def test_wait_ends_with_the_change() -> None:
    """Who waits goes on as soon as the condition holds."""
    client, states = await followed("off")
    asyncio.get_running_loop().call_later(0.01, client.change, "on")

    assert await states.until(lambda: states[ENTITY].state == "on", 5)


async def test_wait_gives_up() -> None:
    """A condition that never holds is waited for no longer than allowed."""
    _, states = await followed("off")

    assert not await states.until(lambda: states[ENTITY].state == "on", 0.01)


@pytest.mark.parametrize(
    ("state", "number", "text"),
    [("12.5", 12.5, "12.5 W"), ("unavailable", None, "unavailable")],
)
def test_state_as_number_and_text(state: str, number: float | None, text: str) -> None:
    """Only numbers are numbers, and only they have units."""
    shown = EntityState(state, {"unit_of_measurement": "W"})

    assert shown.number == number
    assert shown.text == text
