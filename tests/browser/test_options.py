"""A miner is set by the form behind its cog wheel."""

from playwright.async_api import expect
import pytest

from .frontend import INTEGRATION_PAGE, Frontend
from .home import House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]


async def test_ranking(house: House, frontend: Frontend) -> None:
    """The menu shows who serves what; a form ranks them anew."""
    entry = await house.add_simulated("Garage miner")
    await house.link_plug(entry)
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Configure")
    await frontend.step("Options")
    await take_picture(frontend.page, "flow-options")
    await frontend.choose("Who provides each feature")
    await frontend.step("Choose a feature")
    await frontend.tick("Power: Smart plug 80 > Garage miner 10")
    await frontend.go_on()
    await frontend.step("Power")
    await take_picture(frontend.page, "flow-ranking", height=1150)
    await expect(frontend.priority("Priority")).to_have_value("80")
    await frontend.priority("Priority").fill("5")
    await frontend.switch("Then rank another feature")
    await frontend.submit()
    shown = await frontend.step("Choose a feature")
    assert "Power: Garage miner 10 > Smart plug 5" in shown
    await frontend.tick("Status: Smart plug 80 > Garage miner 10")
    await frontend.go_on()
    await frontend.step("Status")
    await frontend.submit()
    await frontend.finish()


async def test_settings(house: House, frontend: Frontend) -> None:
    """A number that makes no sense is refused in place, a good one is kept."""
    await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Configure")
    await frontend.step("Options")
    await frontend.choose("Timing and power")
    await frontend.step("Timing and power")
    await take_picture(frontend.page, "flow-settings")
    await frontend.enter("Start-up time", "1")
    await frontend.submit()
    await frontend.error("This is outside the range")
    await frontend.enter("Start-up time", "240")
    await frontend.submit()
    await frontend.finish()
    await frontend.press("Configure")
    await frontend.choose("Timing and power")
    await frontend.step("Timing and power")
    await expect(frontend.field("Start-up time")).to_have_value("240")
    await frontend.read_page()
