"""An emulated device, and the controller that reaches it through asic-rs."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.asic_rs import device as of_library
from custom_components.miner_control.controllers.asic_rs.controller import (
    AsicRsController,
)
from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
    hosts,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedElphapex,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tests.controllers.support import NO_HASS

F = MinerFeatureType

# All that asic-rs finds. A Whatsminer with the API 3 is found by its older port alone,
# which the emulated one has closed.
KINDS: tuple[type[EmulatedMiner], ...] = (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedWhatsminer,
    EmulatedBitaxe,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedVnish,
    EmulatedLuxOs,
    EmulatedBraiins,
    EmulatedElphapex,
)

# How often a device on a busy machine is asked again.
_PATIENCE = 4


@dataclass
class Bench:
    """A device and its controller."""

    device: Any
    controller: AsicRsController
    capabilities: Capabilities
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> frozenset[MinerFeatureType]:
        """Return what the device can do."""
        return self.capabilities.features

    async def refresh(self, *features: MinerFeatureType) -> Snapshot:
        """Read the device: some features, or all."""
        return await self.controller.async_refresh(frozenset(features) or self.features)

    async def answered(self) -> Snapshot:
        """Read the device, once more where it was too slow for the library."""
        for _ in range(_PATIENCE):
            with suppress(ControllerUnreachableError):
                return await self.refresh()
        return await self.refresh()

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
        await identify(NO_HASS, NetworkAddress.from_dict(data), "asic_rs")
    ).capabilities
    memory: dict[str, Any] = {}
    return Bench(
        device, make_controller(capabilities, memory, **data), capabilities, memory
    )


def make_controller(
    capabilities: Capabilities, memory: dict[str, Any], **data: Any
) -> AsicRsController:
    """Make a controller from what its subentry would store."""
    stored = Capabilities.from_dict(capabilities.as_dict())
    return AsicRsController(
        NO_HASS,
        ControllerConfig(
            controller_id="network",
            title="Miner",
            data=data,
            capabilities=stored,
            memory=memory,
        ),
    )


@contextmanager
def short_limits(seconds: float = 0.15) -> Iterator[None]:
    """Do not wait for a device that is out of order as long as for a real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_library, "CALL_TIMEOUT", seconds)
        for name in ("READ_TIMEOUT", "COMMAND_TIMEOUT", "LOGIN_TIMEOUT"):
            patch.setattr(network_controller, name, seconds)
        patch.setattr(hosts, "CONNECT_TIMEOUT", seconds)
        yield
