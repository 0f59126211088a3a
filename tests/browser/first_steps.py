"""What a new user does first."""

from .frontend import Frontend
from .home import OUTLET_DEVICE, House
from .picture import take_picture

DASHBOARDS = "/config/lovelace/dashboards"


async def add_miner_with_plug(house: House, frontend: Frontend) -> None:
    """Add a device that does not measure its power, then the plug that does."""
    await frontend.add_integration()
    await frontend.choose("Network device")
    await frontend.step("Network device")
    await frontend.enter("Host", house.stock.address)
    await frontend.submit()
    await frontend.step("Features of AntMiner S19 Pro")
    await frontend.submit()
    await frontend.step("Smart plug")
    await frontend.pick_device("Select a device", OUTLET_DEVICE)
    await take_picture(frontend.page, "flow-plug")
    await frontend.submit()
    await frontend.finish()


async def add_dashboard(frontend: Frontend) -> None:
    """Add the dashboard of all miners."""
    await frontend.open(DASHBOARDS)
    await frontend.press("Add dashboard")
    await frontend.page.get_by_role("button", name="Miners", exact=True).click()
    await frontend.press("Create")
