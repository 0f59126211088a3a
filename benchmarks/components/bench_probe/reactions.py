"""How long it takes until what happened shows, and until what was asked is done."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import aiohttp
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

LOOK = 0.01
PATIENCE = 120.0


class Reactions:
    """One miner with a device, a plug and a simulation, and what happens to it."""

    def __init__(self, hass: HomeAssistant, plan: dict[str, Any]) -> None:
        """Take the names of the miner and of the emulation's control interface."""
        self._hass = hass
        self._name: str = plan["device"]
        self._control = f"{plan['control']}/devices/{self._name}"
        self._session: aiohttp.ClientSession = async_get_clientsession(hass)

    async def measure(self, rounds: int) -> dict[str, list[float]]:
        """Return the seconds that each reaction took in each round."""
        await self._until(lambda: self._provider("hashrate") == self._title("network"))
        found: dict[str, list[float]] = {
            "entity_lost": [],
            "device_lost": [],
            "stop_confirmed": [],
            "start_confirmed": [],
        }
        for _ in range(rounds):
            found["entity_lost"].append(await self._lose_entity())
            found["device_lost"].append(await self._lose_device())
            found["stop_confirmed"].append(await self._command("turn_off", mines=False))
            found["start_confirmed"].append(await self._command("turn_on", mines=True))
        return found

    async def _lose_entity(self) -> float:
        """Take the plug's sensor away until another one serves, and bring it back."""
        meter = self._hass.states.get("sensor.plug_0_power")
        if meter is None:
            raise LookupError("the plug has no sensor")
        begin = monotonic()
        self._hass.states.async_set(meter.entity_id, STATE_UNAVAILABLE)
        await self._until(lambda: self._provider("power") == self._title("network"))
        taken = monotonic() - begin
        self._hass.states.async_set(meter.entity_id, meter.state, meter.attributes)
        await self._until(lambda: self._provider("power") == self._title("entities"))
        return taken

    async def _lose_device(self) -> float:
        """Take the device away until another one serves, and bring it back."""
        begin = monotonic()
        await self._post("fault", {"fault": "refuse"})
        await self._until(
            lambda: self._provider("hashrate") == self._title("simulated")
        )
        taken = monotonic() - begin
        await self._post("fault", {"fault": None})
        await self._until(lambda: self._provider("hashrate") == self._title("network"))
        return taken

    async def _command(self, action: str, *, mines: bool) -> float:
        """Switch mining until the device does as it was told."""
        begin = monotonic()
        command = self._hass.async_create_task(
            self._hass.services.async_call(
                "switch",
                action,
                {"entity_id": f"switch.{self._name}_mining"},
                blocking=True,
            )
        )
        await self._until(self._mining_is(mines))
        taken = monotonic() - begin
        await command
        return taken

    def _mining_is(self, wanted: bool) -> Callable[[], Awaitable[bool]]:  # noqa: FBT001
        """Return how to ask the device whether it mines or not, as is wanted."""

        async def asked() -> bool:
            """Ask the device."""
            async with self._session.get(self._control) as answer:
                state = (await answer.json())["state"]
            return bool(state["mining"]) is wanted

        return asked

    async def _until(self, is_so: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait until something is so; raise TimeoutError if it never is."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = is_so()
                if found if isinstance(found, bool) else await found:
                    return
                await asyncio.sleep(LOOK)

    async def _post(self, what: str, body: dict[str, Any]) -> None:
        """Steer the emulated device."""
        async with self._session.post(f"{self._control}/{what}", json=body) as answer:
            answer.raise_for_status()

    def _provider(self, key: str) -> str | None:
        """Return who serves a sensor."""
        state = self._hass.states.get(f"sensor.{self._name}_{key}")
        return state.attributes.get("provider") if state else None

    def _title(self, kind: str) -> str:
        """Return the title of a controller."""
        return f"{self._name} {kind}"
