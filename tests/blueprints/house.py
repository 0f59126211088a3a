"""A house with a miner, in which a blueprint becomes an automation."""

import asyncio
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from emulation import EmulatedWhatsminer, SmartPlug
from tests.integration.bench import Bench

ROOT: Final = Path(__file__).parent.parent.parent
BLUEPRINTS: Final = ROOT / "blueprints"
FOLDER: Final = BLUEPRINTS / "automation" / "miner_control"
AUTOMATION: Final = "automation.tested"

# A moment in seconds, and how often the loop turns in it.
_TICK = 0.1
_LOOPS = 25
# What is polled or automated happens within so many moments without a command.
_QUIET_TICKS = 4
_MOST_TICKS = 100


class House:
    """A miner on its plug, the time, and one automation."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        miner: Bench,
        device: EmulatedWhatsminer,
        plug: SmartPlug,
    ) -> None:
        """Move into a house whose miner mines."""
        self.hass = hass
        self.miner = miner
        self.device = device
        self.plug = plug
        self._freezer = freezer
        # Time that is moved would look like callbacks that take long.
        hass.loop.set_debug(enabled=False)

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Let a blueprint rule the miner, loaded from where Home Assistant does."""
        folder = Path(self.hass.config.path("blueprints"))
        await self.hass.async_add_executor_job(
            lambda: shutil.copytree(BLUEPRINTS, folder, dirs_exist_ok=True)
        )
        config = {
            "id": "tested",
            "alias": "Tested",
            "use_blueprint": {"path": f"miner_control/{blueprint}", "input": inputs},
        }
        assert await async_setup_component(
            self.hass, "automation", {"automation": [config]}
        )
        await self.settle()
        assert self.hass.states.is_state(AUTOMATION, "on")

    async def close(self) -> None:
        """End the automation, and whatever it is doing."""
        if self.hass.states.get(AUTOMATION):
            await self.hass.services.async_call(
                "automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True
            )

    def mines(self) -> bool:
        """Tell whether the device itself is at work."""
        return self.device.mining

    def has_power(self) -> bool:
        """Tell whether the device is given power."""
        return self.device.powered

    def show(self, entity_id: str, state: object, unit: str | None = None) -> None:
        """Let a sensor show something."""
        attributes = {"unit_of_measurement": unit} if unit else {}
        self.hass.states.async_set(entity_id, str(state), attributes)

    async def settle(self) -> None:
        """Let a command that was given come to its end, and its effect show."""
        quiet = 0
        for _ in range(_MOST_TICKS):
            await self._tick(_TICK)
            quiet = 0 if self._is_commanded else quiet + 1
            if quiet == _QUIET_TICKS:
                return
        pytest.fail("a command takes longer than it may")

    async def wait(self, minutes: int) -> None:
        """Let minutes pass, and everything happen in them."""
        for _ in range(minutes):
            await self._tick(60)
            await self.settle()

    async def wait_until(self, hour: int, minute: int) -> None:
        """Let time pass until clocks on the wall show a time."""
        now = dt_util.now()
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if then <= now:
            then += timedelta(days=1)
        await self._tick((then - now).total_seconds())
        await self.settle()

    @property
    def _is_commanded(self) -> bool:
        """Tell whether a command is being carried out."""
        is_loaded = self.miner.entry.state is ConfigEntryState.LOADED
        return is_loaded and bool(self.miner.runtime.operations._tasks)

    async def _tick(self, seconds: float) -> None:
        """Let a moment pass."""
        self._freezer.tick(seconds)
        async_fire_time_changed(self.hass)
        for _ in range(_LOOPS):
            await asyncio.sleep(0)

    def entity_id(self, platform: str, key: str) -> str:
        """Return the name of an entity of the miner."""
        return self.miner.entity_id(platform, key)

    @property
    def device_id(self) -> str:
        """Return the device that a user chooses as the miner."""
        registered = er.async_get(self.hass).async_get(self.mining_switch)
        assert registered
        assert registered.device_id
        return registered.device_id

    @property
    def mining_switch(self) -> str:
        """Return the name of the switch that starts and stops the miner."""
        return self.entity_id("switch", "mining")

    async def turn_mining(self, *, on: bool) -> None:
        """Start or stop the miner as a user does."""
        turning = asyncio.create_task(self.miner.turn("mining", on=on))
        while not turning.done():
            await self._tick(_TICK)
        await turning
