"""An emulated miner on an emulated plug, and a plug's entities that follow it."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any, Self

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import EmulatedMiner, SmartPlug
from tests.controllers.support import capabilities_at
from tests.integration.bench import Bench
from tests.integration.controllers import (
    PLUG_POWER,
    PLUG_SWITCH,
    entities,
    simulation,
    subentry,
)

TITLE = "ASIC"


class PlugEntities:
    """The entities of a plug: a real switch, and a sensor that is never late."""

    def __init__(self, hass: HomeAssistant, plug: SmartPlug) -> None:
        """Follow a plug in both directions."""
        self._hass = hass
        self._plug = plug
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Switch the plug with its switch, and show its watts."""
        self._unsubscribe = async_track_state_change_event(
            self._hass, PLUG_SWITCH, self._switched
        )
        self._watch = asyncio.create_task(self._measure())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Follow it no more."""
        self._unsubscribe()
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    @callback
    def _switched(self, event: Event[EventStateChangedData]) -> None:
        """Do with the plug what was done with its switch."""
        state = event.data["new_state"]
        if state and state.state in ("on", "off"):
            self._plug.switch(on=state.state == "on")

    async def _measure(self) -> None:
        """Show the watts, several times a second."""
        while True:
            self._hass.states.async_set(
                PLUG_POWER,
                f"{self._plug.power:.1f}",
                {"unit_of_measurement": "W", "device_class": "power"},
            )
            await asyncio.sleep(0.02)


class Site:
    """Where a miner stood that is linked, and what stands there now."""

    def __init__(
        self, bench: Bench, device: EmulatedMiner, stack: AsyncExitStack
    ) -> None:
        """Start with the linked device in its place."""
        self.bench = bench
        self.device = device
        self._stack = stack

    @property
    def subentry(self) -> Any:
        """Return the controller on the network."""
        return self.bench.entry.subentries["asic"]

    async def put(
        self, address: str, mac: str, kind: type[EmulatedMiner] | None = None
    ) -> EmulatedMiner:
        """Put a device at an address, of the same kind if no other is named."""
        chosen = kind or type(self.device)
        return await self._stack.enter_async_context(
            chosen(address, mac=mac, warm_up=0.3, boot=0.1)
        )

    async def exchange(self, mac: str) -> EmulatedMiner:
        """Put a stranger in the place of the linked device, and notice it."""
        await self.device.stop()
        stranger = await self.put(self.device.address, mac)
        await self.look()
        return stranger

    async def flash(
        self, kind: type[EmulatedMiner], mac: str | None = None
    ) -> EmulatedMiner:
        """Put other firmware on the device, and read it until that is noticed."""
        await self.device.stop()
        address, same = self.device.address, self.device.mac
        self.device = await self.put(address, mac or same, kind)
        await self.read()
        return self.device

    async def look(self) -> None:
        """Have all controllers looked at, the identity included."""
        for coordinator in self.bench.coordinator.controllers.values():
            coordinator.controller.forget_connection()
        await self.bench.coordinator.async_refresh_all()
        await self.bench.settle()

    async def read(self, times: int = 1) -> None:
        """Have the device read some times, as after an outage."""
        coordinator = self.bench.coordinator.controllers["asic"]
        coordinator.controller.forget_connection()
        for _ in range(times):
            await coordinator.async_refresh()
        await self.bench.settle()
        await self.bench.hass.async_block_till_done(wait_background_tasks=True)


class Cuts:
    """What a device was doing each time that its power was cut."""

    def __init__(self, device: EmulatedMiner) -> None:
        """Look at a device whenever its power goes."""
        self.seen: list[dict[str, Any]] = []
        self._device = device
        self._power_off = device.power_off
        device.power_off = self._note  # type: ignore[method-assign]

    def _note(self) -> None:
        """Write down what the device does, and take its power."""
        device = self._device
        self.seen.append(
            {
                "mining": device.mining,
                "watts": device.watts,
                "commands": list(device.commands),
            }
        )
        self._power_off()


async def link(device: EmulatedMiner, **data: Any) -> ConfigSubentryDataWithId:
    """Return the subentry of a device, found out as its flow does it."""
    found = await capabilities_at(device.address)
    return subentry(
        "network",
        TITLE,
        found,
        unique_id=found.mac,
        **{"host": device.address, "protocol": "pyasic", **data},
    )


def only(linked: ConfigSubentryDataWithId, *features: F) -> ConfigSubentryDataWithId:
    """Return a subentry with no other bindings than those of some features."""
    bindings = linked["data"]["features"]
    kept = {feature.value: bindings[feature] for feature in features}
    return {**linked, "data": {**linked["data"], "features": kept}}


async def set_up(
    hass: HomeAssistant, device: EmulatedMiner, *others: ConfigSubentryDataWithId
) -> Bench:
    """Return a miner that is linked to a device, its plug and others."""
    bench = Bench(hass, await link(device, scan_interval=3600), entities(), *others)
    await bench.set_up()
    return bench


def fallback() -> ConfigSubentryDataWithId:
    """Return a simulation that only monitors."""
    controls = {
        feature_type: {"enabled": False}
        for feature_type in SimulatedController.supported_features()
        if feature_type.endswith("_control")
    }
    return simulation(bindings=controls)
