"""The card of a fleet: who gets how much, and the emergency stop."""

from typing import Any

from playwright.async_api import Locator, expect
import pytest

from tools.home.states import States

from .chromium import STEP_SECONDS
from .dashboard import FLEET_CARD, SIZES, Dashboard, make_dashboard
from .home import House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

BUDGET = 4000
# What is left for the first miner beside the least that the second one can draw.
GARAGE = 2800
STOP = "binary_sensor.farm_emergency_stop"
# Longer than the button has to be held, in milliseconds.
LONGER_THAN_HELD = 2000


async def make_farm(house: House) -> States:
    """Make a fleet of two miners, the last one by name being served first."""
    attic = await house.add_simulated("Attic")
    garage = await house.add_simulated("Garage")
    await house.add_fleet("Farm", BUDGET, garage, attic)
    await make_dashboard(house)
    states = States()
    await states.follow(house.client)
    assert await states.until(
        lambda: len(states["sensor.farm_decision"].attributes.get("members", [])) == 2,
        STEP_SECONDS,
    )
    # Nothing is shared out before both are members: what has just been set has to
    # settle before it is changed.
    await house.client.act(
        "select", "select_option", entity_id="select.farm_mode", option="budget"
    )
    assert await states.until(
        lambda: states["number.garage_power_target"].number == GARAGE, STEP_SECONDS
    )
    return states


async def left_and_right(place: Locator) -> tuple[float, float]:
    """Return where something begins and ends."""
    box = await place.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
async def test_budget_is_shared(
    house: House, dashboard: Dashboard, size: str, scheme: Any
) -> None:
    """The bar and the list show the miners in the order in which they are served."""
    await make_farm(house)
    await dashboard.resize(size)
    await dashboard.page.emulate_media(color_scheme=scheme)
    await dashboard.open(wait_for=FLEET_CARD)
    fleet = dashboard.fleet
    await expect(fleet).to_contain_text(f"{GARAGE:,}\u00a0W")
    await expect(fleet.locator("ol li").first).to_contain_text("Garage")
    await expect(fleet.locator("ol li").last).to_contain_text("Attic")
    bar, shares = fleet.locator(".bar"), fleet.locator(".share")
    await expect(shares).to_have_count(2)
    whole = await left_and_right(bar)
    first, second = [await left_and_right(share) for share in await shares.all()]
    assert whole[0] == first[0] < first[1] <= second[0] < second[1] <= whole[1]
    assert first[1] - first[0] > second[1] - second[0]
    await dashboard.read([fleet])
    await dashboard.check_width()
    await dashboard.check_access()
    if (size, scheme) == ("desktop", "light"):
        width, height = SIZES[size]
        await take_picture(
            dashboard.page, "dashboard-fleet", width=width, height=height
        )


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
async def test_emergency_stop(
    house: House, dashboard: Dashboard, size: str, scheme: Any
) -> None:
    """It has to be held, stops all miners, and is ended by the same button."""
    states = await make_farm(house)
    await dashboard.resize(size)
    await dashboard.page.emulate_media(color_scheme=scheme)
    await dashboard.open(wait_for=FLEET_CARD)
    fleet, mouse = dashboard.fleet, dashboard.page.mouse
    button = fleet.locator(".hold")
    await button.click()
    await dashboard.page.wait_for_timeout(LONGER_THAN_HELD)
    await expect(button).to_have_text("Emergency stop: hold to stop all miners")
    assert states[STOP].state == "off"
    await button.hover()
    await mouse.down()
    await expect(button).to_have_text("Keep holding…")
    assert await states.until(lambda: states[STOP].state == "on", STEP_SECONDS)
    await mouse.up()
    note = fleet.get_by_role("alert")
    await expect(note).to_contain_text("Emergency stop since")
    for miner in ("Garage", "Attic"):
        await expect(note.get_by_role("listitem").filter(has_text=miner)).to_have_text(
            f"{miner}: Stopped"
        )
        assert states[f"switch.{miner.lower()}_mining"].state == "off"
    await dashboard.read([fleet])
    await dashboard.check_width()
    await dashboard.check_access()
    await button.focus()
    await dashboard.page.keyboard.down("Space")
    assert await states.until(lambda: states[STOP].state == "off", STEP_SECONDS)
    await dashboard.page.keyboard.up("Space")
    await expect(note).to_have_count(0)
    await expect(button).to_have_text("Emergency stop: hold to stop all miners")
