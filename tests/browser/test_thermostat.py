"""The thermostat of a miner that heats a room, on its card."""

from playwright.async_api import expect
import pytest

from tools.home.states import States

from .chromium import STEP_SECONDS
from .dashboard import Dashboard, make_dashboard
from .home import House

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

CLIMATE = "climate.garage_thermostat"
STEP = 0.5


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_temperature_is_set(
    house: House, dashboard: Dashboard, size: str
) -> None:
    """Clicks on the card of a miner set how warm its room shall be."""
    await house.heat(await house.add_simulated("Garage"))
    await make_dashboard(house)
    states = States()
    await states.follow(house.client)
    before: float = states[CLIMATE].attributes["temperature"]
    wanted = before + 2 * STEP
    await dashboard.resize(size)
    await dashboard.open()
    tile = dashboard.card("Garage").locator(".thermostat")
    await expect(tile).to_contain_text("Thermostat")
    await expect(tile).to_contain_text("Off")
    await tile.get_by_role("radio", name="Heat").click()
    assert await states.until(lambda: states[CLIMATE].state == "heat", STEP_SECONDS)
    await expect(tile.get_by_role("radio", name="Heat")).to_be_checked()
    for _ in range(2):
        await tile.get_by_role("button", name="increment").click()
    assert await states.until(
        lambda: states[CLIMATE].attributes["temperature"] == wanted, STEP_SECONDS
    )
    await expect(tile.get_by_role("spinbutton")).to_contain_text(f"{wanted:.1f}")
    await dashboard.read([tile])
    await dashboard.check_width()
    await dashboard.check_access()
