"""An emulated device, and the controller that is linked to it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
    hosts,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic import device as library_device
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
)
from tests.controllers.support import NO_HASS

F = MinerFeatureType


KINDS: tuple[type[EmulatedMiner], ...] = (
    EmulatedAntminer,
    EmulatedWhatsminer,
    EmulatedBitaxe,
    EmulatedAvalonNano3,
    EmulatedVnish,
    EmulatedLuxOs,
    EmulatedWhatsminerV3,
    EmulatedBraiins,
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
    "managed",
    "target",
)


class OldBitaxe(EmulatedBitaxe):
    """A device whose firmware does not speak of a pause yet."""

    def __init__(
        self, address: str, *, version: str = "v2.12.2", **options: Any
    ) -> None:
        """Describe a device with a release before 2.14."""
        super().__init__(address, version=version, **options)


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
    capabilities = (
        await identify(NO_HASS, NetworkAddress.from_dict(data), "pyasic")
    ).capabilities
    return Bench(device, make_controller(capabilities, **data), capabilities)


def make_controller(capabilities: Capabilities, **data: Any) -> PyasicController:
    """Make a controller from what its subentry would store."""
    stored = Capabilities.from_dict(capabilities.as_dict())
    return PyasicController(
        NO_HASS,
        ControllerConfig(
            controller_id="network", title="Miner", data=data, capabilities=stored
        ),
    )


@contextmanager
def short_limits(seconds: float = 0.15) -> Iterator[None]:
    """Do not wait for a device that is out of order as long as for a real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library_device, "IDENTIFY_TIMEOUT", seconds)
        for name in ("READ_TIMEOUT", "COMMAND_TIMEOUT", "LOGIN_TIMEOUT"):
            patch.setattr(network_controller, name, seconds)
        patch.setattr(hosts, "CONNECT_TIMEOUT", seconds)
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
