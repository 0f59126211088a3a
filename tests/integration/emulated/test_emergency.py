"""The emergency stop of many miners, each with a device of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
import os
from time import monotonic
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.commands import emergency
from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.storage.fleet import member_subentry
from emulation import (
    EmulatedAvalonQ,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import subentry

KINDS = (
    EmulatedVnish,
    EmulatedLuxOs,
    EmulatedBraiins,
    EmulatedWhatsminer,
    EmulatedAvalonQ,
)
MANY = int(os.environ.get("MINERS", "40"))
FLEET_ID = "01FLEET"


@pytest.fixture(autouse=True)
def _usual_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a device that hangs as long as in truth, and a busy machine longer."""
    monkeypatch.setattr(network_controller, "READ_TIMEOUT", 15.0)
    monkeypatch.setattr(emergency, "PATIENCE", 240.0)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Return what ends with the test."""
    async with AsyncExitStack() as found:
        yield found


async def add_miner(
    hass: HomeAssistant, stack: AsyncExitStack, number: int
) -> tuple[EmulatedMiner, Bench]:
    """Set up a miner with a device of its own."""
    kind: type[EmulatedMiner] = KINDS[number % len(KINDS)]
    skip_unless_ports_free(kind)
    mac = f"28:e2:97:00:{number >> 8:02x}:{number & 255:02x}"
    device = await stack.enter_async_context(
        kind(new_address(), mac=mac, warm_up=0.0, boot=0.1)
    )
    found = await identify(hass, NetworkAddress(host=device.address))
    linked = subentry(
        "network",
        f"Device {number}",
        found.capabilities,
        unique_id=found.capabilities.mac,
        host=device.address,
        protocol=found.controller_type.protocol,
        scan_interval=3600,
    )
    bench = Bench(hass, linked, title=f"Miner {number}", entry_id=f"01MINER{number}")
    await bench.set_up()
    return device, bench


async def add_fleet(hass: HomeAssistant, benches: list[Bench]) -> MockConfigEntry:
    """Set up a fleet of all miners."""
    members = [member_subentry(bench.entry) for bench in benches]
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Fleet",
        entry_id=FLEET_ID,
        data={"kind": "fleet", "mode": "off"},
        subentries_data=[
            {
                "data": dict(member.data),
                "subentry_id": f"member_{number}",
                "subentry_type": member.subentry_type,
                "title": member.title,
                "unique_id": member.unique_id,
            }
            for number, member in enumerate(members)
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(FLEET_ID)
    await hass.async_block_till_done()
    return entry


async def press(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Press the button, and return what became of each miner."""
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": "button.fleet_emergency_stop"},
        blocking=True,
    )
    state = hass.states.get("binary_sensor.fleet_emergency_stop")
    assert state
    assert state.state == "on"
    return {each["miner"]: each for each in state.attributes["miners"]}


async def test_forty_miners(
    hass: HomeAssistant,
    stack: AsyncExitStack,
    record_property: Callable[[str, object], None],
) -> None:
    """All of them stop, and it is told of each when that was."""
    sites = [await add_miner(hass, stack, number) for number in range(MANY)]
    await add_fleet(hass, [bench for _, bench in sites])
    began = monotonic()
    told = await press(hass)
    took = monotonic() - began
    commanded = [each["commanded_after"] for each in told.values()]
    ended = [each["ended_after"] for each in told.values()]
    # Shown by --junitxml; a busy machine is no failure.
    record_property("commanded_within", max(commanded))
    record_property("proved_within", max(ended))
    record_property("over_after", round(took, 2))
    record_property("proved_after", sorted(ended))
    assert len(told) == MANY
    failed = {name: each for name, each in told.items() if each["outcome"] != "stopped"}
    assert failed == {}
    assert not [device.address for device, _ in sites if device.mining]


@pytest.mark.parametrize("number", range(len(KINDS)))
async def test_read_that_holds_the_device_ends(
    hass: HomeAssistant, stack: AsyncExitStack, number: int
) -> None:
    """A question that hangs holds up nothing, nor what waits behind it."""
    device, bench = await add_miner(hass, stack, number)
    await add_fleet(hass, [bench])
    device.fault = Fault.HANG
    reads = [
        asyncio.create_task(bench.coordinator.async_refresh_all()) for _ in range(2)
    ]
    await asyncio.sleep(0.3)
    device.fault = None
    told = await press(hass)
    await asyncio.gather(*reads)
    assert told[f"Miner {number}"]["outcome"] == "stopped"
    assert told[f"Miner {number}"]["commanded_after"] < emergency.PATIENCE
    assert not device.mining
    await bench.coordinator.async_refresh_all()
    await bench.settle()
    assert bench.status == "idle"
