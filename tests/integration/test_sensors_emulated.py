"""Sensors of emulated devices, read through the real library."""

from collections.abc import AsyncIterator, Iterator
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tests.controllers.support import capabilities_at
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)

from .bench import Bench
from .controllers import subentry

# How many boards have sensors of their own; a single one has none.
BOARDS: dict[type[EmulatedMiner], int] = {
    EmulatedAntminer: 3,
    EmulatedAvalonNano3: 0,
    EmulatedBitaxe: 0,
    EmulatedVnish: 3,
    EmulatedWhatsminer: 3,
}
# What a firmware does not tell of all that any tells.
LACKING: dict[type[EmulatedMiner], set[str]] = {
    EmulatedAntminer: {"_voltage"},
    EmulatedAvalonNano3: {"errors"},
    EmulatedBitaxe: set(),
    EmulatedVnish: set(),
    EmulatedWhatsminer: {"_voltage", "blocks_found", "best_difficulty"},
}
OPERATION = {
    "uptime",
    "shares_accepted",
    "shares_rejected",
    "blocks_found",
    "best_difficulty",
    "active_pool",
    "errors",
}
OF_BOARD = (
    "chip_temperature",
    "board_temperature",
    "hashrate",
    "voltage",
    "frequency",
)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture(params=BOARDS, ids=lambda kind: kind.kind)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[EmulatedMiner]:
    """Return a device that hashes."""
    kind: type[EmulatedMiner] = request.param
    skip_unless_ports_free(kind)
    async with kind(new_address(), warm_up=0, boot=0) as found:
        yield found


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Bench]:
    """Return the miner that the device is linked to."""
    known = await capabilities_at(device.address)
    linked = subentry(
        "network", "Device", known, host=device.address, protocol="pyasic"
    )
    found = Bench(hass, linked)
    await found.set_up()
    yield found
    await found.unload()


def sensors(miner: Bench) -> set[str]:
    """Return the keys of all sensors, those too that are disabled."""
    registered = er.async_entries_for_config_entry(
        er.async_get(miner.hass), miner.entry.entry_id
    )
    return {
        entity.unique_id.removeprefix(f"{miner.entry.entry_id}_")
        for entity in registered
        if entity.domain == "sensor"
    }


def number(miner: Bench, key: str) -> float:
    """Return what a sensor shows."""
    return float(miner.sensor(key).state)


def test_device_has_the_sensors_of_what_its_firmware_tells(
    miner: Bench, device: EmulatedMiner
) -> None:
    """Nothing that it cannot do has a sensor, nothing that it can do lacks one."""
    boards, lacking = BOARDS[type(device)], LACKING[type(device)]
    told = OPERATION | {
        f"board_{board}_{name}" for board in range(1, boards + 1) for name in OF_BOARD
    }
    lacked = {
        key for key in told for name in lacking if key == name or key.endswith(name)
    }
    assert {
        key for key in sensors(miner) if key in OPERATION or re.match(r"board_\d", key)
    } == told - lacked


def test_every_sensor_shows_something(miner: Bench) -> None:
    """A device that hashes tells all that it is known to tell."""
    states = {
        state.entity_id: state.state for state in miner.hass.states.async_all("sensor")
    }
    assert len(states) > 10
    assert {
        entity_id
        for entity_id, state in states.items()
        if state in ("unknown", "unavailable")
    } == set()


def test_numbers_fit_together(miner: Bench, device: EmulatedMiner) -> None:
    """The boards together do the work, and the power is that of the work."""
    boards = [
        number(miner, f"board_{board}_hashrate")
        for board in range(1, BOARDS[type(device)] + 1)
    ]
    if boards:
        assert sum(boards) == pytest.approx(number(miner, "hashrate"), rel=0.01)
    assert ("efficiency" in sensors(miner)) is ("power" in sensors(miner))
    assert ("energy" in sensors(miner)) is ("power" in sensors(miner))
    if "efficiency" in sensors(miner):
        joules = number(miner, "power") / number(miner, "hashrate")
        assert number(miner, "efficiency") == pytest.approx(joules)
