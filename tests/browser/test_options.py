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


async def test_settings(house: House, frontend: Frontend) -> None:
    """A number that makes no sense is refused in place, a good one is kept."""
    await house.add_simulated("Garage miner")
    await frontend.open(INTEGRATION_PAGE)
    await frontend.press("Configure")
    await frontend.step("Set the miner")
    await frontend.choose("Timing and power")
    await frontend.step("Timing and power")
    await take_picture(frontend.page, "flow-settings")
    await frontend.enter("Time to start", "1")
    await frontend.submit()
    await frontend.error("This is outside the range")
    await frontend.enter("Time to start", "240")
    await frontend.submit()
    await frontend.finish()
    await frontend.press("Configure")
    await frontend.choose("Timing and power")
    await frontend.step("Timing and power")
    await expect(frontend.field("Time to start")).to_have_value("240")
    await frontend.read_page()
