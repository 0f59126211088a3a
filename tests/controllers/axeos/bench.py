"""An emulated Bitaxe or one of its kin, and the controller that is linked to it."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.axeos.controller import AxeosController
from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation.axeos import (
    BITAXES,
    EmulatedAxe,
    EmulatedLuckyLV07,
    EmulatedLuckyLV08,
    EmulatedNerdOctaxe,
    EmulatedNerdQaxe,
    EmulatedNerdQaxeOld,
    EmulatedNerdQaxeWithOtp,
    EmulatedNerdQX,
    EmulatedNMAxe,
)

F = MinerFeatureType

# Every firmware that differs, by name: the kind of device and its options.
VARIANTS: dict[str, tuple[type[EmulatedAxe], dict[str, Any]]] = {
    **{f"axeos-{n}": (kind, {"version": v}) for n, (kind, v) in BITAXES.items()},
    "nerdqaxe": (EmulatedNerdQaxe, {}),
    "nerdqaxe-old": (EmulatedNerdQaxeOld, {}),
    "nerdqaxe-otp": (EmulatedNerdQaxeWithOtp, {}),
    "nerdoctaxe": (EmulatedNerdOctaxe, {}),
    "nerdqx": (EmulatedNerdQX, {}),
    "nmaxe": (EmulatedNMAxe, {}),
    "lv07": (EmulatedLuckyLV07, {}),
    "lv08": (EmulatedLuckyLV08, {}),
}
# Those that can be stopped and started by their own means.
STOPPABLE = {
    "axeos-2.14",
    "axeos-2.15",
    "axeos-2.15-turbo",
    "axeos-2.15-hex",
    "nerdqaxe",
    "nerdqaxe-otp",
    "nerdoctaxe",
    "nerdqx",
    "nmaxe",
}


def secret_of(device: EmulatedAxe) -> str | None:
    """Return the secret of a device's one-time passwords, None if it has none."""
    lock = getattr(device, "lock", None)
    return lock.secret if lock else None


@dataclass
class Bench:
    """A device and its controller."""

    hass: HomeAssistant
    device: Any
    capabilities: Capabilities
    controller: AxeosController
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> frozenset[F]:
        """Return what the device can do."""
        return self.capabilities.features

    async def refresh(self) -> Snapshot:
        """Read everything."""
        return await self.controller.async_refresh(self.features)


async def link(
    hass: HomeAssistant, device: EmulatedAxe, *, secret: str | None = None, **data: Any
) -> Bench:
    """Link a device as a flow does."""
    address = NetworkAddress(host=device.address, otp_secret=secret)
    found = await identify(hass, address, "axeos")
    memory: dict[str, Any] = {}
    config = ControllerConfig(
        controller_id="axe",
        title="Axe",
        data={
            "host": device.address,
            "protocol": "axeos",
            "otp_secret": secret,
            **data,
        },
        capabilities=found.capabilities,
        memory=memory,
    )
    controller = AxeosController(hass, config)
    return Bench(hass, device, found.capabilities, controller, memory)
