"""Miners that nobody entered the address of."""

import pytest

from emulation import EmulatedAntminer, EmulatedBitaxe

from .frontend import DASHBOARD, INTEGRATION_PAGE, Frontend
from .home import OLD_MINER, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]


async def test_scan(
    house: House,
    frontend: Frontend,
    antminer: EmulatedAntminer,
    bitaxe: EmulatedBitaxe,
) -> None:
    """A network is searched, and several miners that were found are added at once."""
    antminer.password = "secret"
    network = f"{bitaxe.address.rpartition('.')[0]}.0/24"
    await frontend.add_integration()
    await frontend.choose("Search the network")
    await frontend.step("Search the network")
    await frontend.enter("Network", "192.168.1.0/24")
    await take_picture(frontend.page, "flow-scan")
    await frontend.enter("Network", "no network")
    await frontend.submit()
    await frontend.error("This is no network of your own.")
    await frontend.enter("Network", network)
    await frontend.submit()
    shown = await frontend.step(f"Found in {network}")
    assert f"? ({antminer.address})" in shown, shown
    await frontend.tick(f"BitAxe Gamma ({bitaxe.address})")
    await frontend.tick(f"WhatsMiner M30S++ VH30 ({house.miner.address})")
    await take_picture(frontend.page, "flow-scan-results")
    await frontend.submit()
    await frontend.finish()
    titles = {entry["title"] for entry in await house.entries()}
    assert titles == {"BitAxe Gamma", "WhatsMiner M30S++ VH30"}


async def test_hass_miner(house: House, frontend: Frontend) -> None:
    """A miner of the older integration is taken over."""
    async with EmulatedBitaxe(house.old_address, warm_up=0.0):
        await frontend.add_integration()
        await frontend.choose("Take over from hass-miner")
        await frontend.step("Take over from hass-miner")
        await frontend.submit()
        await frontend.step(f"Features of {OLD_MINER}")
        await frontend.submit()
        await frontend.finish()
        assert [entry["title"] for entry in await house.entries()] == [OLD_MINER]


async def test_discovery(
    house: House, frontend: Frontend, bitaxe: EmulatedBitaxe
) -> None:
    """A miner that announces itself is offered, and added on request."""
    await frontend.open(DASHBOARD)
    await house.client.act(
        "announcer",
        "announce",
        ip=bitaxe.address,
        hostname="bitaxe",
        macaddress=bitaxe.mac.replace(":", ""),
    )
    await frontend.shows(f"BitAxe Gamma ({bitaxe.address})")
    await take_picture(frontend.page, "flow-discovered")
    await frontend.press("Add")
    await frontend.step("Miner found")
    await take_picture(frontend.page, "flow-discovery")
    await frontend.submit()
    await frontend.step("Features of BitAxe Gamma")
    await frontend.submit()
    await frontend.finish()
    assert [entry["title"] for entry in await house.entries()] == ["BitAxe Gamma"]
    await frontend.open(INTEGRATION_PAGE)
    await frontend.read_page()
