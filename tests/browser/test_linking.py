"""Controllers are linked to a miner that exists."""

from playwright.async_api import expect
import pytest

from emulation import EmulatedBitaxe, EmulatedVnish

from .frontend import INTEGRATION_PAGE, Frontend
from .home import PLUG, PLUG_ENERGY, PLUG_POWER, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]


async def test_network_device(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """A device is linked; a wrong address is corrected in place."""
    entry = await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Add network device")
    await frontend.step("Network device")
    await frontend.enter("Host", "127.0.0.99")
    await frontend.submit()
    await frontend.error("Nothing answers at this address.")
    await frontend.step("Network device")
    await frontend.enter("Host", bitaxe.address)
    await frontend.submit()
    await frontend.step("Features of Bitaxe Gamma 602")
    await frontend.submit()
    await frontend.finish()
    assert await house.controllers(entry) == ["Garage miner", "Bitaxe Gamma 602"]


async def test_login(house: House, frontend: Frontend, vnish: EmulatedVnish) -> None:
    """A login that is refused is asked for where it is folded away."""
    entry = await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Add network device")
    await frontend.enter("Host", vnish.address)
    await frontend.submit()
    await frontend.error("The device refuses the login.")
    await frontend.step("Network device")
    await frontend.enter("Password", vnish.password)
    await frontend.submit()
    await frontend.step("Features of AntMiner S19")
    await frontend.submit()
    await frontend.finish()
    assert set(await house.controllers(entry)) == {
        "Garage miner",
        "AntMiner S19",
        # The second library that speaks its firmware, ready to take over.
        "AntMiner S19 (asic-rs)",
    }


async def test_entities(house: House, frontend: Frontend) -> None:
    """A smart plug is linked, and what it measures is adjusted."""
    entry = await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Add smart plug or entities")
    await frontend.step("Existing entities")
    await frontend.enter("Name", "Smart plug")
    await frontend.pick("Energy", PLUG_ENERGY)
    await frontend.pick("Switch the power", PLUG)
    await frontend.pick("Power", PLUG_POWER)
    await take_picture(frontend.page, "flow-entities", height=1150)
    await frontend.unfold("Advanced")
    await frontend.enter("Maximum age", "600")
    await frontend.press("Add")
    await frontend.pick("Entity", PLUG_POWER)
    await frontend.enter("Multiplier", "1.02")
    await take_picture(frontend.page, "flow-adjustment")
    await frontend.press("Add")
    await expect(frontend.adjustments).to_contain_text([PLUG_POWER])
    await frontend.step("Existing entities")
    await frontend.submit()
    await frontend.step("Features of Smart plug")
    await frontend.submit()
    await frontend.finish()
    assert await house.controllers(entry) == ["Garage miner", "Smart plug"]
    features = await house.features(entry)
    plug = features["power_monitoring"]["ranking"][0]
    assert plug["value"] == pytest.approx(house.miner.watts * 1.02, rel=0.005)


async def test_simulated(house: House, frontend: Frontend) -> None:
    """A simulation is linked; a name that is taken is corrected in place."""
    entry = await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Add simulated miner")
    await frontend.step("Simulated miner")
    await frontend.enter("Name", "Garage miner")
    await frontend.submit()
    await frontend.error("Another controller of this miner already has this name.")
    await frontend.enter("Name", "Simulation")
    await frontend.submit()
    await frontend.step("Features of Simulation")
    await frontend.submit()
    await frontend.finish()
    assert await house.controllers(entry) == ["Garage miner", "Simulation"]
