"""An emulated device, and the controller that is linked to it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, override

import pytest

from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.pyasic import (
    adapter,
    controller as pyasic_controller,
    network,
)
from custom_components.miner_control.controllers.pyasic.controller import (
    NetworkAddress,
    PyasicController,
    identify,
)
from custom_components.miner_control.controllers.snapshot import Snapshot
from custom_components.miner_control.domain.features import MinerFeatureType
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)

F = MinerFeatureType

KINDS: tuple[type[EmulatedMiner], ...] = (
    EmulatedAntminer,
    EmulatedWhatsminer,
    EmulatedBitaxe,
    EmulatedAvalonNano3,
    EmulatedVnish,
)
# So slow a warm-up that there is nothing to be seen of a hash rate.
ENDLESS = 1e12

# What else can be set on the kinds of devices.
_SETTINGS = (
    "password",
    "locating",
    "reboots",
    "hostname",
    "settings",
    "work_mode",
    "manual_fan",
    "fan_pwm",
    "preset",
    "power_mode",
    "power_limit",
    "work_level",
    "serial_number",
)


class OldBitaxe(EmulatedBitaxe):
    """A device whose firmware does not speak of a pause yet."""

    @override
    def _work(self) -> dict[str, Any]:
        told = super()._work()
        del told["miningPaused"]
        return told


@dataclass
class Bench:
    """A device and its controller."""

    device: Any
    controller: PyasicController
    capabilities: Capabilities

    @property
    def features(self) -> frozenset[MinerFeatureType]:
        """Return what the device can do."""
        return self.capabilities.features

    async def refresh(self, *features: MinerFeatureType) -> Snapshot:
        """Read the device: some features, or all."""
        return await self.controller.async_refresh(frozenset(features) or self.features)

    async def requests(self, *features: MinerFeatureType) -> set[str]:
        """Return what a device is asked for some features, once it is known."""
        await self.refresh(*features)
        self.device.requests.clear()
        await self.refresh(*features)
        return set(self.device.requests)


async def link(device: EmulatedMiner, **connection: Any) -> Bench:
    """Identify a device and make its controller."""
    data = {"host": device.address} | connection
    capabilities = await identify(NetworkAddress.from_dict(data))
    return Bench(device, make_controller(capabilities, **data), capabilities)


def make_controller(capabilities: Capabilities, **data: Any) -> PyasicController:
    """Make a controller from what its subentry would store."""
    stored = Capabilities.from_dict(capabilities.as_dict())
    return PyasicController(
        ControllerConfig(
            controller_id="network", title="Miner", data=data, capabilities=stored
        )
    )


@contextmanager
def short_limits(seconds: float = 0.15) -> Iterator[None]:
    """Do not wait for a device that is out of order as long as for a real one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IDENTIFY_TIMEOUT", "READ_TIMEOUT", "COMMAND_TIMEOUT"):
            patch.setattr(adapter, name, seconds)
        patch.setattr(pyasic_controller, "LOGIN_TIMEOUT", seconds)
        patch.setattr(network, "CONNECT_TIMEOUT", seconds)
        yield


def settings_of(device: Any, *, but: Iterable[str] = ()) -> dict[str, Any]:
    """Return all that is set on a device, less what a command is meant to change."""
    found = {
        name: repr(getattr(device, name))
        for name in _SETTINGS
        if hasattr(device, name) and name not in but
    }
    return found | {"pools": repr(device.pools)}


def state_of(device: Any) -> frozenset[str]:
    """Return the settings of which a stop is one; none where it is none."""
    sleeps = isinstance(device, EmulatedAntminer)
    return frozenset({"work_mode", "preset"} if sleeps else ())


def changing(device: EmulatedMiner) -> Callable[[], list[str]]:
    """Return a way to tell what a device was told from now on."""
    known = len(device.commands)
    return lambda: device.commands[known:]
