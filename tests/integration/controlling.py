"""Give a miner commands, and let the time pass that they need."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.miner_control.controllers.errors import CommandRefusedError

from .bench import Bench

# Turns of the event loop in which everything happens that is due.
_TURNS = 30


class Ticker:
    """Let time pass while commands wait for their proof, which nobody awaits."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Rule the time of Home Assistant."""
        self._hass = hass
        self._freezer = freezer

    async def tick(self, seconds: int = 1, step: int = 1) -> None:
        """Let time pass, step by step, by default of a second each."""
        for _ in range(0, seconds, step):
            self._freezer.tick(step)
            async_fire_time_changed(self._hass)
            await self.settle()

    async def settle(self) -> None:
        """Let happen what is due now."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def until_done[T](
        self, work: Coroutine[Any, Any, T] | asyncio.Task[T], limit: int = 600
    ) -> T:
        """Let time pass until some work is done, and return what it gives."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        await self.settle()
        while not task.done():
            assert limit > 0, "the work goes on for longer than it may"
            await self.tick()
            limit -= 1
        return await task


async def call(bench: Bench, key: str, action: str, **data: Any) -> None:
    """Call an action of an entity of the miner, such as `fan.turn_on`."""
    domain, name = action.split(".")
    data["entity_id"] = bench.entity_id(domain, key)
    await bench.hass.services.async_call(domain, name, data, blocking=True)


def refuse(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, title: str, method: str
) -> None:
    """Let a controller refuse a command."""

    async def refused(*_: Any, **__: Any) -> None:
        raise CommandRefusedError("not today")

    monkeypatch.setattr(bench.controller(title), method, refused)


def ignore(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, title: str, method: str
) -> None:
    """Let a controller take a command and do nothing."""

    async def ignored(*_: Any, **__: Any) -> None:
        return

    monkeypatch.setattr(bench.controller(title), method, ignored)
