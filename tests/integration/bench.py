"""A miner set up in Home Assistant, and what a test does with it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.base import Controller
from custom_components.miner_control.coordinator import MinerCoordinator
from custom_components.miner_control.devices import controller_key
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.runtime import MinerRuntimeData

ENTRY_ID = "01MINER"


# How many turns of the loop something may take that comes back from a thread, and how
# many anything may take at all.
LEAST_TURNS = 15
MOST_TURNS = 500


async def let_run() -> None:
    """Let everything run that can.

    Unlike Home Assistant's own helper, wait for nothing that needs time to pass,
    such as a command that waits for its proof.
    """
    loop = asyncio.get_running_loop()
    for turn in range(MOST_TURNS):
        await asyncio.sleep(0)
        if turn >= LEAST_TURNS and not _has_work(loop):
            return


def _has_work(loop: Any) -> bool:
    """Tell whether a loop has anything that may run before time passes."""
    timers = loop._scheduled
    return bool(loop._ready) or (timers and timers[0].when() <= loop.time())


class Bench:
    """One miner under test."""

    def __init__(
        self,
        hass: HomeAssistant,
        *controllers: ConfigSubentryDataWithId,
        title: str = "Miner",
        entry_id: str = ENTRY_ID,
        options: dict[str, Any] | None = None,
    ) -> None:
        """Describe a miner; `set_up` brings it into Home Assistant."""
        self.hass = hass
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=title,
            entry_id=entry_id,
            options=options,
            subentries_data=controllers,
        )

    async def set_up(self) -> None:
        """Set the miner up, and expect that this works."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        assert self.entry.state is ConfigEntryState.LOADED

    async def unload(self) -> None:
        """Unload the miner."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.settle()

    async def settle(self) -> None:
        """Let everything be done that was begun."""
        await self.hass.async_block_till_done()

    @property
    def runtime(self) -> MinerRuntimeData:
        """Return what the loaded entry holds."""
        runtime: MinerRuntimeData = self.entry.runtime_data
        return runtime

    @property
    def coordinator(self) -> MinerCoordinator:
        """Return the miner's coordinator."""
        return self.runtime.coordinator

    def controller(self, title: str) -> Controller:
        """Return a controller by its title."""
        return next(
            coordinator.controller
            for coordinator in self.coordinator.controllers.values()
            if coordinator.name == title
        )

    # Entities

    def entity_id(self, platform: str, key: str) -> str:
        """Return the name of an entity of the miner."""
        registry = er.async_get(self.hass)
        unique_id = f"{self.entry.entry_id}_{key}"
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        assert entity_id, f"there is no {platform} {key}"
        return entity_id

    def state(self, platform: str, key: str) -> State:
        """Return the state of an entity of the miner."""
        state = self.hass.states.get(self.entity_id(platform, key))
        assert state
        return state

    def sensor(self, key: str) -> State:
        """Return the state of a sensor."""
        return self.state("sensor", key)

    def switch(self, key: str) -> State:
        """Return the state of a switch."""
        return self.state("switch", key)

    @property
    def status(self) -> str:
        """Return what the miner is shown to do."""
        return self.sensor("status").state

    @property
    def degraded(self) -> State:
        """Return the state of the sensor for what is not served as it should be."""
        return self.state("binary_sensor", "degraded")

    def connectivity(self, title: str) -> State:
        """Return whether a controller is shown to reach its device."""
        key = self.controller_key(title).removeprefix(f"{self.entry.entry_id}_")
        return self.state("binary_sensor", f"{key}_connectivity")

    def served(self, key: str, platform: str = "sensor") -> tuple[str, str, bool]:
        """Return state, provider and whether that is a fallback."""
        state = self.state(platform, key)
        return state.state, state.attributes["provider"], state.attributes["fallback"]

    # Devices

    def controller_key(self, title: str) -> str:
        """Return the identifier of a controller's device."""
        subentry = next(
            subentry
            for subentry in self.entry.subentries.values()
            if subentry.title == title
        )
        return controller_key(self.entry, subentry)

    def device(self, identifier: str) -> dr.DeviceEntry | None:
        """Return a device by its identifier."""
        registry = dr.async_get(self.hass)
        return registry.async_get_device_by_identifier(
            (DOMAIN, identifier), self.entry.entry_id
        )

    # Actions

    async def turn(self, key: str, *, on: bool) -> None:
        """Turn a switch of the miner on or off."""
        await self.hass.services.async_call(
            "switch",
            "turn_on" if on else "turn_off",
            {"entity_id": self.entity_id("switch", key)},
            blocking=True,
        )

    async def set_feature(
        self, controller: str, feature_type: MinerFeatureType | str, **changes: object
    ) -> None:
        """Change a binding by the action."""
        await self.hass.services.async_call(
            DOMAIN,
            "set_feature",
            {
                "config_entry_id": self.entry.entry_id,
                "controller": controller,
                "feature_type": feature_type,
                **changes,
            },
            blocking=True,
        )

    async def get_features(self) -> dict[str, Any]:
        """Return what the action tells of all features."""
        answer = await self.hass.services.async_call(
            DOMAIN,
            "get_features",
            {"config_entry_id": self.entry.entry_id},
            blocking=True,
            return_response=True,
        )
        assert answer
        features: dict[str, Any] = answer["features"]  # type: ignore[assignment]
        return features


class Clock:
    """The clock of a test, which stands still but for what the test lets pass."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Rule the time of Home Assistant."""
        self._hass = hass
        self._freezer = freezer

    async def advance(self, seconds: float, step: float = 5.0) -> None:
        """Let time pass, in steps in which everything due happens."""
        while seconds > 0:
            self._freezer.tick(min(step, seconds))
            seconds -= step
            async_fire_time_changed(self._hass)
            await let_run()

    async def advance_until(
        self, is_so: Callable[[], bool], limit: float = 600.0
    ) -> None:
        """Let time pass, second by second, until something is so."""
        while not is_so():
            assert limit > 0, "it did not come to be in time"
            await self.advance(1)
            limit -= 1

    async def until_done[T](
        self, work: Coroutine[Any, Any, T] | asyncio.Task[T], limit: float = 600.0
    ) -> T:
        """Let time pass until some work is done, and return what it gives."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        await asyncio.sleep(0)
        while not task.done() and limit > 0:
            await self.advance(1)
            limit -= 1
        assert task.done(), "the work goes on for longer than it may"
        return await task
