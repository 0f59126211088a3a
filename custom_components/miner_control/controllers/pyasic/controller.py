"""An ASIC's own network API, through pyasic.

Only `library` and what rests on it import pyasic, and they are imported when a miner
needs them: whoever has none of its miners does not pay for it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, override

from homeassistant.core import HomeAssistant

from ...domain import ports
from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features, Snapshot
from ..base import Capabilities, Controller
from ..libraries import PYASIC, Library, async_import, async_import_soon, imported
from ..network.address import NetworkAddress
from ..network.controller import NetworkController
from ..network.device import Reading

if TYPE_CHECKING:
    from .dialects import Dialect

# What both libraries speak, by the names of asic-rs: written down, so that nothing has
# to be installed to ask.
_SPOKEN: Final = frozenset(
    {
        "AntMiner Stock",
        "AvalonMiner Stock",
        "Braiins",
        "Elphapex Stock",
        "LuxOS",
        "VNish",
        "WhatsMiner Stock",
    }
)

_IDENTIFICATION = f"{__package__}.identification"
_READINGS = f"{__package__}.readings"


class PyasicController(
    NetworkController["Dialect"],
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
    ports.MaxHashrateDetectionPort,
    ports.MiningControlPort,
    ports.InternalFanControlPort,
    ports.PowerLimitControlPort,
    ports.PresetControlPort,
    ports.RestartControlPort,
    ports.LocateControlPort,
):
    """Poll an ASIC through pyasic and command it."""

    protocol: ClassVar[str] = "pyasic"
    label: ClassVar[str] = "pyasic"
    library: ClassVar[Library | None] = PYASIC
    standby_group: ClassVar[str | None] = "asic"
    # Of the web pages, of cgminer and its kin, and of MicroBT's API 3.
    ports: ClassVar[tuple[int, ...]] = (80, 4028, 4433)
    default_priority: ClassVar[int] = 50
    # The firmware only estimates what a plug can measure.
    default_priorities: ClassVar[Mapping[MinerFeatureType, int]] = {
        MinerFeatureType.POWER_MONITORING: 40
    }

    @classmethod
    @override
    def can_stand_by_for(cls, other: type[Controller], known: Capabilities) -> bool:
        """Tell whether pyasic speaks the firmware, by the name asic-rs has for it."""
        usual = super().can_stand_by_for(other, known)
        return usual and known.mac is not None and known.firmware in _SPOKEN

    @classmethod
    @override
    async def async_prepare(cls, hass: HomeAssistant) -> None:
        """Install and import pyasic; raise LibraryMissingError if that fails."""
        await async_import(hass, PYASIC, _IDENTIFICATION)

    @classmethod
    @override
    async def find(
        cls, hass: HomeAssistant, host: str, address: NetworkAddress
    ) -> Dialect:
        """Return the device at an IP address; raise NotAMinerError if there is none."""
        identification = await async_import(hass, PYASIC, _IDENTIFICATION)
        found: Dialect = await identification.find(host, address)
        return found

    @classmethod
    @override
    async def inspect(cls, device: Dialect, candidates: Features) -> Capabilities:
        """Read all that a device reports about itself, and return what it can do."""
        identification = imported(_IDENTIFICATION)
        found: Capabilities = await identification.inspect(device, candidates)
        return found

    @override
    async def connect(self, host: str) -> Dialect:
        """Return the linked device at an IP address; contact nothing."""
        identification = await async_import_soon(self.hass, PYASIC, _IDENTIFICATION)
        device: Dialect = identification.rebuild(
            host, self._address, self.capabilities, self.memory
        )
        return device

    @override
    async def read(self, device: Dialect, features: Features) -> Reading:
        """Read what some features need; raise ControllerError if nothing answers."""
        readings = await async_import_soon(self.hass, PYASIC, _READINGS)
        found: Reading = await readings.read(device, self.capabilities, features)
        return found

    @override
    async def read_facts(self, device: Dialect, features: Features) -> Snapshot:
        """Read what changes rarely: pools, errors, presets, lights."""
        return await device.read_facts_once(features)
