"""A miner is added, in each way that the menu offers."""

from playwright.async_api import expect
import pytest

from emulation import EmulatedBitaxe

from .first_steps import add_miner_with_plug
from .frontend import INTEGRATION_PAGE, Frontend, counted_clicks
from .home import PLUG, PLUG_ENERGY, PLUG_POWER, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]


async def test_network_device(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """A miner is found by its address, from the list of all integrations."""
    await frontend.add_integration()
    await take_picture(frontend.page, "flow-menu")
    await frontend.choose("Network device")
    await frontend.step("Network device")
    await frontend.enter("Host", "192.168.1.50")
    await frontend.unfold("Login")
    await frontend.unfold("Advanced")
    await expect(frontend.field("Polling interval")).to_have_value("30")
    await take_picture(frontend.page, "flow-network", height=1150)
    await frontend.enter("Host", bitaxe.address)
    await frontend.submit()
    await frontend.step("Features of Bitaxe Gamma 602")
    await take_picture(frontend.page, "flow-features")
    await frontend.unfold("Priorities")
    await expect(frontend.priority("Hashrate")).to_have_value("60")
    await frontend.tick("Voltage")
    await frontend.priority("Power").fill("45")
    await frontend.submit()
    assert "Bitaxe Gamma 602" in await frontend.finish()
    (entry,) = await house.entries()
    assert entry["title"] == "Bitaxe Gamma 602"
    features = await house.features(entry["entry_id"])
    (voltage,) = features["voltage_monitoring"]["ranking"]
    (power,) = features["power_monitoring"]["ranking"]
    assert (voltage["enabled"], power["enabled"], power["priority"]) == (
        False,
        True,
        45,
    )


async def test_miner_and_its_plug(house: House, frontend: Frontend) -> None:
    """A miner that does not measure its power is added with its plug in few clicks."""
    clicks = await counted_clicks(frontend.page)
    await add_miner_with_plug(house, frontend)
    (entry,) = await house.entries()
    assert {"AntMiner S19 Pro", "Garage plug"} <= set(
        await house.controllers(entry["entry_id"])
    )
    features = await house.features(entry["entry_id"])
    (power,) = features["power_monitoring"]["ranking"]
    assert power["value"] == pytest.approx(house.stock.watts, rel=0.05)
    assert await clicks() <= 10, await clicks()


async def test_entities(house: House, frontend: Frontend) -> None:
    """A smart plug alone makes a miner."""
    await frontend.add_integration()
    await frontend.choose("Existing entities")
    await frontend.step("Existing entities")
    await frontend.enter("Name", "Garage miner")
    await frontend.pick("Power", PLUG_POWER)
    await frontend.pick("Switch the power", PLUG)
    await frontend.pick("Energy", PLUG_ENERGY)
    await frontend.submit()
    await frontend.step("Features of Garage miner")
    await frontend.submit()
    await frontend.finish()
    assert [entry["title"] for entry in await house.entries()] == ["Garage miner"]


async def test_simulated(house: House, frontend: Frontend) -> None:
    """A simulated miner takes a name and nothing else."""
    await house.add_simulated("First")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Add device")
    await frontend.choose("Simulated miner")
    await frontend.step("Simulated miner")
    await frontend.enter("Name", "Second")
    await frontend.submit()
    await frontend.step("Features of Second")
    await frontend.submit()
    await frontend.finish()
    titles = {entry["title"] for entry in await house.entries()}
    assert titles == {"First", "Second"}
