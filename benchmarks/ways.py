"""Ways of reading one device: ours, the usual one, and what both are measured by."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Final, cast

from homeassistant.core import HomeAssistant
import pyasic

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.base import ControllerConfig
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)

from .devices import Device

# pyasic is there, and needs nothing else of Home Assistant.
NO_HASS = cast(
    "HomeAssistant", SimpleNamespace(config=SimpleNamespace(skip_pip=True), data={})
)
OURS, USUAL, BARE, FLOOR = "this integration", "usual", "bare get_data", "one question"

# What the most widespread integration reads at every poll.
USUAL_FIELDS: Final = [
    "hostname",
    "mac",
    "is_mining",
    "fw_ver",
    "hashrate",
    "expected_hashrate",
    "hashboards",
    "wattage",
    "wattage_limit",
    "fans",
    "config",
]
# One question that each kind answers whole.
_HTTP: Final = {"bitaxe": "/api/system/info"}
_RPC: Final = b'{"command": "summary"}'

type Way = Callable[[], Awaitable[object]]


async def ways_to_read(device: Device) -> dict[str, Way]:
    """Return each way of reading a device, prepared as it would be in use."""
    controller = await _controller(device)
    miner = await pyasic.get_miner(device.address)
    return {
        OURS: lambda: controller.async_refresh(controller.features),
        USUAL: lambda: read_usually(device.address),
        BARE: miner.get_data,
        FLOOR: lambda: _ask_once(device),
    }


async def read_usually(address: str) -> object:
    """Identify what answers, as at every poll, and read the usual fields."""
    miner = await pyasic.get_miner(address)
    return await miner.get_data(include=USUAL_FIELDS)


async def _controller(device: Device) -> PyasicController:
    """Return a controller of ours that has identified the device."""
    found = await identify(NO_HASS, NetworkAddress(host=device.address), "pyasic")
    config = ControllerConfig(
        controller_id=device.name,
        title=device.name,
        data={"host": device.address},
        capabilities=found.capabilities,
    )
    return PyasicController(NO_HASS, config)


async def _ask_once(device: Device) -> bytes:
    """Ask one question and take the answer as it comes."""
    page = _HTTP.get(device.kind)
    port = 80 if page else 4028
    reader, writer = await asyncio.open_connection(device.address, port)
    writer.write(_http_request(device.address, page) if page else _RPC)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def _http_request(address: str, page: str) -> bytes:
    """Return a request as it goes over the wire, for a connection of its own."""
    lines = (f"GET {page} HTTP/1.1", f"Host: {address}", "Connection: close")
    return "\r\n".join((*lines, "", "")).encode()
