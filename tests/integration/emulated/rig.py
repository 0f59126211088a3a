"""An emulated miner on an emulated plug, and a plug's entities that follow it."""

import asyncio
from contextlib import suppress
from typing import Any, Self

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from custom_components.miner_control.controllers.pyasic.controller import (
    NetworkAddress,
    identify,
)
from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import EmulatedMiner, SmartPlug
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
    found = await identify(NetworkAddress(host=device.address))
    return subentry(
        "pyasic", TITLE, found, unique_id=found.mac, host=device.address, **data
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
