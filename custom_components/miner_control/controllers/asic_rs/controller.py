"""An ASIC's own network API, through asic-rs.

Only `library` and what rests on it import asic-rs, and they are imported when a miner
needs them: whoever has none of its miners does not pay for it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, override

from homeassistant.core import HomeAssistant

from ...domain import ports
from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features
from ..base import Capabilities, Controller
from ..libraries import ASIC_RS, Library, async_import, async_import_soon, imported
from ..network.address import NetworkAddress
from ..network.controller import NetworkController
from ..network.device import Reading, Signs

if TYPE_CHECKING:
    from .device import AsicRsDevice

F = MinerFeatureType

# With Bitmain's firmware it writes nothing where it could not read the settings.
_PRIORITIES: Final[Mapping[str, Mapping[MinerFeatureType, int]]] = {
    "AntMiner Stock": {F.MINING_CONTROL: 55}
}

# What asic-rs speaks and reads a MAC address of, by the make and the firmware that
# pyasic names: written down, so that nothing has to be installed to ask.
_SPOKEN: Final = frozenset(
    {
        ("AntMiner", "Stock"),
        ("AntMiner", "VNish"),
        ("AntMiner", "LuxOS"),
        ("AntMiner", "BOS+"),
        ("AvalonMiner", "Stock"),
        ("Elphapex", "Stock"),
        ("WhatsMiner", "Stock"),
    }
)
# Of the API version 3, which it finds only where the older port is open.
_NEWER_WHATSMINER: Final = "20241101"

_DEVICE = f"{__package__}.device"
_READINGS = f"{__package__}.readings"


class AsicRsController(
    NetworkController["AsicRsDevice"],
    ports.HashrateMonitorPort,
    ports.PowerMonitorPort,
    ports.StatusMonitorPort,
    ports.ChipTemperatureMonitorPort,
    ports.BoardTemperatureMonitorPort,
    ports.InletTemperatureMonitorPort,
    ports.OutletTemperatureMonitorPort,
    ports.InternalFanSpeedMonitorPort,
    ports.VoltageMonitorPort,
    ports.FrequencyMonitorPort,
    ports.ModelDetectionPort,
    ports.HashboardMonitorPort,
    ports.OperationalMonitorPort,
    ports.MaxPowerDetectionPort,
    ports.MiningControlPort,
    ports.InternalFanControlPort,
    ports.PowerLimitControlPort,
    ports.PresetControlPort,
    ports.RestartControlPort,
    ports.LocateControlPort,
):
    """Poll an ASIC through asic-rs and command it."""

    protocol: ClassVar[str] = "asic_rs"
    label: ClassVar[str] = "asic-rs"
    library: ClassVar[Library | None] = ASIC_RS
    standby_group: ClassVar[str | None] = "asic"
    # Of the web pages, of cgminer and its kin, and of MicroBT's API 3.
    ports: ClassVar[tuple[int, ...]] = (80, 4028, 4433)
    default_priority: ClassVar[int] = 45
    # The firmware only estimates what a plug can measure.
    default_priorities: ClassVar[Mapping[MinerFeatureType, int]] = {
        F.POWER_MONITORING: 38
    }

    @classmethod
    @override
    async def async_prepare(cls, hass: HomeAssistant) -> None:
        """Install and import asic-rs; raise LibraryMissingError if that fails."""
        await async_import(hass, ASIC_RS, _DEVICE)

    @classmethod
    @override
    async def find(
        cls, hass: HomeAssistant, host: str, address: NetworkAddress
    ) -> AsicRsDevice:
        """Return the device at an IP address; raise NotAMinerError if there is none."""
        module = await async_import(hass, ASIC_RS, _DEVICE)
        await async_import(hass, ASIC_RS, _READINGS)
        device: AsicRsDevice = module.AsicRsDevice(host, address)
        await device.identify()
        return device

    @classmethod
    @override
    async def inspect(cls, device: AsicRsDevice, candidates: Features) -> Capabilities:
        """Read all that a device reports about itself, and return what it can do."""
        answers = await device.read(candidates, also=imported(_DEVICE).IDENTITY)
        found: Capabilities = imported(_READINGS).capabilities_of(device, answers)
        return found

    @classmethod
    @override
    def can_stand_by_for(cls, other: type[Controller], known: Capabilities) -> bool:
        """Tell whether asic-rs speaks the firmware, and tells the device by its MAC."""
        usual = super().can_stand_by_for(other, known)
        return usual and known.mac is not None and _is_spoken(known)

    @classmethod
    @override
    def priority_of(
        cls, feature_type: MinerFeatureType, known: Capabilities | None = None
    ) -> int:
        """Return the priority that a new binding gets, by what the firmware is."""
        usual = super().priority_of(feature_type, known)
        firmware = known.firmware if known else None
        return _PRIORITIES.get(firmware or "", {}).get(feature_type, usual)

    @override
    async def connect(self, host: str) -> AsicRsDevice:
        """Return the linked device at an IP address; contact nothing."""
        module = await async_import_soon(self.hass, ASIC_RS, _DEVICE)
        if self.capabilities.rated_power is not None:
            self.memory.setdefault(module.RATED_POWER, self.capabilities.rated_power)
        device: AsicRsDevice = module.AsicRsDevice(host, self._address, self.memory)
        return device

    @override
    async def read(self, device: AsicRsDevice, features: Features) -> Reading:
        """Read what some features need; raise ControllerError if nothing answers."""
        readings = await async_import_soon(self.hass, ASIC_RS, _READINGS)
        answers = await device.read(features)
        return Reading(
            snapshot=readings.snapshot_of(device, answers),
            signs=Signs(mac=answers.told.mac),
        )


def _is_spoken(known: Capabilities) -> bool:
    """Tell whether asic-rs speaks the firmware of a device that pyasic found."""
    version = known.firmware_version or ""
    is_newer = version[:8].isdigit() and version[:8] >= _NEWER_WHATSMINER
    is_closed = known.make == "WhatsMiner" and is_newer
    return (known.make, known.firmware) in _SPOKEN and not is_closed
