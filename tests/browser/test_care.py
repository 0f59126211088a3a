"""What needs the user is told, and mended where it is told."""

from playwright.async_api import expect
import pytest

from emulation import EmulatedAntminer, EmulatedBitaxe
from tests.emulation.support import new_address

from .frontend import INTEGRATION_PAGE, REPAIRS_PAGE, Frontend
from .home import PLUG, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

ANOTHER_DEVICE = "Bitaxe Gamma 602: a different device answers"
LOST_ENTITY = "Garage miner: an entity of Old plug was removed"
NOBODY = "Garage miner: a feature has no enabled controller"


async def test_login(
    house: House, frontend: Frontend, antminer: EmulatedAntminer
) -> None:
    """A device whose password was changed asks for the new one."""
    entry = await house.add_network_device(antminer.address)
    antminer.password = "secret"
    await house.reload(entry)
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Reconfigure")
    await frontend.step("Log in to AntMiner S19 Pro")
    await take_picture(frontend.page, "flow-login")
    await frontend.enter("User name", "root")
    await frontend.enter("Password", "wrong")
    await frontend.submit()
    await frontend.error("The device refuses the login.")
    await frontend.enter("Password", "secret")
    await frontend.submit()
    await frontend.close("Re-authentication was successful")


async def test_another_device_is_linked(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """A device that was exchanged takes the place of the old one."""
    entry = await house.add_network_device(bitaxe.address)
    bitaxe.mac = "70:06:92:55:66:77"
    await house.reload(entry)
    await frontend.open(REPAIRS_PAGE)
    await frontend.read_page()
    await frontend.repair(ANOTHER_DEVICE)
    await frontend.step("A different device answers")
    await take_picture(frontend.page, "repair-another-device")
    await frontend.choose("The device was replaced")
    await frontend.step("The device was replaced")
    await frontend.submit()
    await frontend.repaired(ANOTHER_DEVICE)


async def test_another_device_has_moved(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """A device is found at its new address."""
    entry, mac = await house.add_network_device(bitaxe.address), bitaxe.mac
    bitaxe.mac = "70:06:92:55:66:78"
    await house.reload(entry)
    async with EmulatedBitaxe(new_address(), mac=mac, warm_up=0.0) as moved:
        await frontend.open(REPAIRS_PAGE)
        await frontend.repair(ANOTHER_DEVICE)
        await frontend.choose("The device has a new address")
        await frontend.step("The device has a new address")
        await frontend.enter("Host", bitaxe.address)
        await frontend.submit()
        await frontend.error("This is not the linked device.")
        await frontend.enter("Host", moved.address)
        await frontend.submit()
        await frontend.repaired(ANOTHER_DEVICE)


async def test_entity_is_replaced(house: House, frontend: Frontend) -> None:
    """Another entity is chosen for one that was removed."""
    entry = await house.add_simulated("Garage miner")
    await house.link_lost_switch(entry)
    await frontend.open(REPAIRS_PAGE)
    await frontend.repair(LOST_ENTITY)
    await frontend.step("An entity was removed")
    await take_picture(frontend.page, "repair-entity")
    await frontend.choose("Choose other entities")
    await frontend.step("Choose other entities")
    await frontend.pick("Switch the power", PLUG)
    await frontend.submit()
    await frontend.repaired(LOST_ENTITY)


async def test_entity_is_unlinked(house: House, frontend: Frontend) -> None:
    """A controller without entities is unlinked."""
    entry = await house.add_simulated("Garage miner")
    await house.link_lost_switch(entry)
    await frontend.open(REPAIRS_PAGE)
    await frontend.repair(LOST_ENTITY)
    await frontend.choose("Remove what is missing")
    await frontend.step("Remove what is missing")
    await frontend.submit()
    await frontend.repaired(LOST_ENTITY)
    assert await house.controllers(entry) == ["Garage miner"]


async def test_provider_is_enabled(house: House, frontend: Frontend) -> None:
    """A feature that nobody may serve any more gets its provider back."""
    entry = await house.add_simulated("Garage miner")
    await house.set_feature(entry, "Garage miner", "hashrate_monitoring", enabled=False)
    await frontend.open(REPAIRS_PAGE)
    await frontend.repair(NOBODY)
    await frontend.step("Choose controllers")
    await frontend.submit()
    await frontend.repaired(NOBODY)
    features = await house.features(entry)
    assert features["hashrate_monitoring"]["ranking"][0]["enabled"]


async def test_too_much_power(house: House, frontend: Frontend) -> None:
    """A plug that is overloaded is reported, not switched."""
    entry = await house.add_simulated("Garage miner")
    await house.link_plug(entry)
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Configure")
    await frontend.choose("Timing and power")
    await frontend.step("Timing and power")
    await frontend.enter("Plug rating", "100")
    await frontend.submit()
    await frontend.finish()
    await frontend.open(REPAIRS_PAGE)
    issue = frontend.page.get_by_text("Garage miner draws more power")
    await expect(issue.first).to_be_visible()
    await frontend.read_page()
    await issue.first.click()
    await frontend.shows("It may overheat and start a fire.")
