"""A miner for the tests of the tools and of what is built on them."""

import aiohttp
import pytest

from tools.home.emulators import Device, Emulators, Plug
from tools.home.miners import Miner

KEYS = (
    "binary_sensor.degraded",
    "fan.internal_fan",
    "number.power_limit",
    "select.preset",
    "sensor.board_1_chip_temperature",
    "sensor.board_1_hashrate",
    "sensor.board_2_chip_temperature",
    "sensor.board_2_hashrate",
    "sensor.chip_temperature",
    "sensor.hashrate",
    "sensor.power",
    "sensor.status",
    "switch.mining",
    "switch.power",
)
ANNOUNCEMENT = {
    "control": "http://127.0.0.1:9",
    "devices": [
        {
            "name": "whatsminer-2",
            "address": "127.0.10.5",
            "plug": "http://127.0.10.105:8080/state",
        }
    ],
    "left_out": [{"name": "bitaxe", "kind": "bitaxe", "reason": "no right to port 80"}],
}


@pytest.fixture
def device() -> Device:
    """Return an emulated miner with its plug."""
    plug = Plug("Bitaxe plug", "http://127.0.10.103:8080/state")
    return Device("bitaxe", "Bitaxe", "127.0.10.3", plug)


@pytest.fixture
def miner(device: Device) -> Miner:
    """Return a registered miner."""
    entities = {key: key.replace(".", ".bitaxe_", 1) for key in KEYS}
    return Miner(device, "entry", "BitAxe Gamma", entities)


@pytest.fixture
async def emulators() -> Emulators:
    """Return the control of emulated devices that are not there."""
    async with aiohttp.ClientSession() as session:
        return Emulators(session, ANNOUNCEMENT)
