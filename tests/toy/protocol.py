"""The toy protocol: one JSON object per connection, on a port of its own.

A device takes one line, `{"do": ..., "password": ...}`, and answers with one line.
"""

import asyncio
import json
from typing import Any, ClassVar, override

from homeassistant.core import HomeAssistant

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    NotAMinerError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.network.controller import (
    NetworkController,
)
from custom_components.miner_control.controllers.network.device import (
    NetworkDevice,
    Reading,
    Signs,
)
from custom_components.miner_control.domain import ports
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Features, Snapshot
from custom_components.miner_control.domain.values import HashRate, Power

PORT = 7777


class ToyDevice(NetworkDevice):
    """A toy miner, as its protocol speaks to it."""

    def __init__(self, host: str, password: str | None) -> None:
        """Remember the address and the password."""
        super().__init__(host)
        self._password = password

    async def ask(self, do: str) -> dict[str, Any]:
        """Ask the device something, or tell it to do something."""
        reader, writer = await asyncio.open_connection(self.host, PORT)
        question = {"do": do, "password": self._password}
        writer.write(json.dumps(question).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        writer.close()
        if answer.get("error") == "password":
            raise ControllerAuthError(f"{self.host} refuses the password")
        return answer

    @override
    async def read_mac(self) -> object:
        """Read the MAC address."""
        return (await self.ask("tell"))["mac"]

    @override
    async def start_mining(self) -> None:
        """Start mining."""
        await self.ask("start")

    @override
    async def stop_mining(self) -> None:
        """Stop mining."""
        await self.ask("stop")


class ToyController(
    NetworkController[ToyDevice],
    ports.HashrateMonitorPort,
    ports.PowerMonitorPort,
    ports.StatusMonitorPort,
    ports.ModelDetectionPort,
    ports.MiningControlPort,
):
    """Poll a toy miner, and command it."""

    protocol: ClassVar[str] = "toy"
    label: ClassVar[str] = "Toy"
    ports: ClassVar[tuple[int, ...]] = (PORT,)
    default_priority: ClassVar[int] = 70

    @classmethod
    @override
    async def find(
        cls, hass: HomeAssistant, host: str, address: NetworkAddress
    ) -> ToyDevice:
        """Return the toy at an IP address; raise NotAMinerError if there is none."""
        device = ToyDevice(host, address.password)
        try:
            await device.ask("tell")
        except OSError as err:
            raise NotAMinerError(f"{host} is no toy") from err
        return device

    @classmethod
    @override
    async def inspect(cls, device: ToyDevice, candidates: Features) -> Capabilities:
        """Read what the toy is; it can do all that the protocol can."""
        told = await device.ask("tell")
        return Capabilities(
            features=candidates, make="Toys", model=told["model"], mac=told["mac"]
        )

    @override
    async def connect(self, host: str) -> ToyDevice:
        """Return the toy at an IP address; contact nothing."""
        return ToyDevice(host, self._address.password)

    @override
    async def read(self, device: ToyDevice, features: Features) -> Reading:
        """Read the toy."""
        told = await device.ask("tell")
        mines = told["mines"]
        snapshot = Snapshot(
            hashrate=HashRate(5.0 if mines else 0.0),
            power=Power(100.0 if mines else 3.0),
            status=MinerStatus.ON if mines else MinerStatus.IDLE,
        )
        return Reading(snapshot=snapshot, signs=Signs(mac=told["mac"]))
