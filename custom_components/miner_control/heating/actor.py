"""Tell miner and fan what a thermostat decided, one thing at a time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER
from ..domain.thermostat import Decision
from ..names import reason_of
from .heater import Heater

# How long after a failure it is tried again, in seconds: twice as long every time.
FIRST_RETRY: Final = 60.0
LAST_RETRY: Final = 900.0


class HeatingActor:
    """Carry out what was decided, and say why that failed."""

    def __init__(self, heater: Heater) -> None:
        """Command what heats."""
        self._heater = heater
        self._task: asyncio.Task[None] | None = None
        self._fan_task: asyncio.Task[None] | None = None
        self._failures = 0
        self.failure: str | None = None
        self.retry_at = 0.0
        self.fan_failure: str | None = None
        # The percentage that the fan was told; None where it was told nothing.
        self.fan: float | None = None
        self._fan_retry_at = 0.0

    @property
    def is_busy(self) -> bool:
        """Tell whether the miner is being told something."""
        return self._task is not None

    def may_try(self, now: float) -> bool:
        """Tell whether it is time for a command, after those that failed."""
        return self._task is None and now >= self.retry_at

    @callback
    def begin(self, decision: Decision, now: float, on_done: Any) -> None:
        """Begin to do what was decided; call back when it was done."""
        self._task = self._background(self._do(decision, now, on_done), "heating")

    @callback
    def run_fan(self, percent: float, now: float) -> None:
        """Run the external fan at a percentage of its speed, 0 for off."""
        if self.fan == percent or self._fan_task or now < self._fan_retry_at:
            return
        self._fan_task = self._background(self._set_fan(percent, now), "heating fan")

    async def async_stop(self) -> None:
        """End what is going on."""
        tasks = [task for task in (self._task, self._fan_task) if task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _do(self, decision: Decision, now: float, on_done: Any) -> None:
        """Tell the miner; a failure becomes a reason, and is told once."""
        title = self._heater.entry.title
        try:
            await self._heater.tell(decision)
        except HomeAssistantError as err:
            self._failures += 1
            pause = min(FIRST_RETRY * 2 ** (self._failures - 1), LAST_RETRY)
            self.retry_at = now + pause
            if self.failure is None:
                LOGGER.warning("The thermostat could not command %s: %s", title, err)
            self.failure = reason_of(self._heater.hass, err)
            on_done(None)
        else:
            if self.failure is not None:
                LOGGER.info("The thermostat commands %s again", title)
            self.failure, self._failures, self.retry_at = None, 0, 0.0
            on_done(decision)
        finally:
            self._task = None
            self._heater.coordinator.async_update_listeners()

    async def _set_fan(self, percent: float, now: float) -> None:
        """Tell the external fan how fast to run."""
        title = self._heater.entry.title
        try:
            await self._heater.set_fan(percent)
        except HomeAssistantError as err:
            self._fan_retry_at = now + FIRST_RETRY
            if self.fan_failure is None:
                LOGGER.warning("The fan of %s does not obey: %s", title, err)
            self.fan_failure = reason_of(self._heater.hass, err)
            self.fan = None
        else:
            if self.fan_failure is not None:
                LOGGER.info("The fan of %s obeys again", title)
            self.fan, self.fan_failure = percent, None
        finally:
            self._fan_task = None
            self._heater.coordinator.async_update_listeners()

    def _background(
        self, work: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Return a task that ends when the entry is unloaded."""
        heater = self._heater
        return heater.entry.async_create_background_task(
            heater.hass, work, name, eager_start=False
        )
