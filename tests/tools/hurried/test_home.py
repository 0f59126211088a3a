"""A Home Assistant with emulated devices lives through a day in seconds."""

import asyncio
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedBitaxe, SmartPlug
from tests.emulation.support import new_address, skip_unless_ports_free
from tools.hurried import (
    add_fleet,
    add_miner,
    entities,
    home,
    hurry,
    network,
    plug_entities,
)

HOUR = 3600
SWITCH = "input_boolean.plug"


def state(hass: HomeAssistant, miner: str, key: str) -> Any:
    """Return what a sensor shows."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{miner}_{key}")
    assert entity_id
    found = hass.states.get(entity_id)
    assert found
    return found.state


@pytest.fixture(autouse=True)
def _ports() -> None:
    """Need a port that not everybody may have."""
    skip_unless_ports_free(EmulatedBitaxe)


async def live(address: str, hours: float, interval: int) -> dict[str, Any]:
    """Return what became of a miner, and each state that was written."""
    written: list[tuple[str, str | None, int]] = []

    def note(event: Event[Any]) -> None:
        new = event.data["new_state"]
        # Threads may be done in another order, which is a matter of microseconds.
        second = int(event.time_fired_timestamp + 0.25)
        written.append((event.data["entity_id"], new and new.state, second))

    async with home() as hass, EmulatedBitaxe(address) as device:
        hass.bus.async_listen("state_changed", note)
        found = await network(hass, address, "axeos", scan_interval=interval)
        await add_miner(hass, "axe", found)
        await asyncio.sleep(hours * HOUR)
        return {
            "energy": float(state(hass, "axe", "energy")),
            "status": state(hass, "axe", "status"),
            "asked": device.requests["GET /api/system/info"],
            "measured": device.own_watts * hours / 1000,
            "written": sorted(written, key=str),
        }


def test_a_day_of_one_miner() -> None:
    """It is asked at its interval, and its energy is that of a day."""
    address = new_address()
    day = hurry(lambda: live(address, 24, 300))
    assert day["status"] == "on"
    assert day["energy"] == pytest.approx(day["measured"], rel=0.02)
    assert day["asked"] == pytest.approx(24 * HOUR / 300, rel=0.05)


def test_the_same_again() -> None:
    """Two runs are the same, to the second of each state."""
    address = new_address()
    first, second = (hurry(lambda: live(address, 1, 60)) for _ in range(2))
    assert first["written"]
    assert second == first


def test_a_fleet_and_a_plug() -> None:
    """A fleet stops a miner by its plug when the sun is gone, and starts it again."""
    address, socket = new_address(), new_address()

    async def main() -> list[bool]:
        components = {"input_boolean": {"plug": {"initial": True}}}
        async with (
            home(components) as hass,
            EmulatedBitaxe(address) as device,
            SmartPlug(socket, device) as plug,
        ):
            power = entities(plug_entities(hass, SWITCH, plug))
            await add_miner(hass, "axe", power, options={"power_stands_in": True})
            members = {"axe": {"floor": 20.0, "ceiling": 20.0}}
            options = {"grid_sensor": "sensor.grid"}
            hass.states.async_set("sensor.grid", "-100", {"unit_of_measurement": "W"})
            await add_fleet(hass, "yard", members, mode="surplus", options=options)
            seen = []
            for grid in (-100, 100, -100):
                for _ in range(60):
                    hass.states.async_set(
                        "sensor.grid",
                        str(grid),
                        {"unit_of_measurement": "W", "device_class": "power"},
                        force_update=True,
                    )
                    await asyncio.sleep(30)
                seen.append(device.powered)
            return seen

    assert hurry(main) == [True, False, True]
