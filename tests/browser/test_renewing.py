"""Miners and their controllers are set up anew; what stays the same is filled in."""

from playwright.async_api import expect
import pytest

from emulation import EmulatedBitaxe

from .frontend import INTEGRATION_PAGE, Frontend
from .home import PLUG, PLUG_POWER, PLUG_POWER_ID, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]


async def test_network_device(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """All that was entered is there again, and stays if nothing is changed."""
    entry = await house.add_network_device(
        bitaxe.address, username="admin", password="secret"
    )
    await house.set_feature(
        entry, "Bitaxe Gamma 602", "hashrate_monitoring", priority=33
    )
    await frontend.open(INTEGRATION_PAGE)
    for _ in range(2):
        await frontend.press("Reconfigure network device")
        await frontend.step("Network device")
        await expect(frontend.field("Host")).to_have_value(bitaxe.address)
        await frontend.unfold("Login")
        await expect(frontend.field("User name")).to_have_value("admin")
        await expect(frontend.field("Password")).to_have_value("")
        await frontend.submit()
        await frontend.step("Features of Bitaxe Gamma 602")
        await frontend.unfold("Priorities")
        await expect(frontend.priority("Hashrate")).to_have_value("33")
        await frontend.submit()
        await frontend.close("Reconfiguration was successful")


async def test_entities(house: House, frontend: Frontend) -> None:
    """What is said of the entities is there again, and stays as well."""
    entry = await house.add_simulated("Garage miner")
    adjustment = {"entity_id": PLUG_POWER_ID, "scale": 1.02}
    await house.link_plug(entry, max_age=600, adjustments=[adjustment])
    await frontend.open(INTEGRATION_PAGE)
    for _ in range(2):
        await frontend.press("Reconfigure entities")
        await frontend.step("Existing entities")
        await expect(frontend.field("Name")).to_have_value(PLUG)
        await frontend.unfold("Advanced")
        await expect(frontend.field("Maximum age")).to_have_value("600")
        await expect(frontend.adjustments).to_contain_text([PLUG_POWER])
        await frontend.submit()
        await frontend.step(f"Features of {PLUG}")
        await frontend.submit()
        await frontend.close("Reconfiguration was successful")


async def test_simulated(house: House, frontend: Frontend) -> None:
    """A simulated miner gets another name."""
    entry = await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Reconfigure simulated miner")
    await frontend.step("Simulated miner")
    await frontend.enter("Name", "Cellar miner")
    await frontend.submit()
    await frontend.step("Features of Cellar miner")
    await frontend.submit()
    await frontend.close("Reconfiguration was successful")
    assert await house.controllers(entry) == ["Cellar miner"]


async def test_miner(house: House, frontend: Frontend) -> None:
    """A miner gets another name."""
    await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.menu("Reconfigure")
    await frontend.step("Reconfigure miner")
    await take_picture(frontend.page, "flow-reconfigure")
    await frontend.enter("Name", "Cellar miner")
    await frontend.submit()
    await frontend.close("Reconfiguration was successful")
    assert [entry["title"] for entry in await house.entries()] == ["Cellar miner"]
