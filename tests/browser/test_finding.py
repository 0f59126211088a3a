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
    await frontend.enter("Network or range", "192.168.1.0/24")
    await take_picture(frontend.page, "flow-scan")
    await frontend.enter("Network or range", "no network")
    await frontend.submit()
    await frontend.error("This is not one of your own networks.")
    await frontend.enter("Network or range", network)
    await frontend.submit()
    shown = await frontend.step(f"Found in {network}")
    assert f"? ({antminer.address})" in shown, shown
    found = {
        address: label
        for label in shown
        for address in (bitaxe.address, house.miner.address)
        if label.endswith(f"({address})")
    }
    for label in found.values():
        await frontend.tick(label)
    await take_picture(frontend.page, "flow-scan-results")
    await frontend.submit()
    await frontend.step("Name the miners")
    await frontend.enter(found[bitaxe.address], "Kitchen")
    await frontend.submit()
    await frontend.finish()
    titles = {entry["title"] for entry in await house.entries()}
    assert titles == {"Kitchen", "WhatsMiner M30S++ VH30"}


async def test_hass_miner(house: House, frontend: Frontend) -> None:
    """A miner of the older integration is taken over."""
    async with EmulatedBitaxe(house.old_address, warm_up=0.0):
        await frontend.add_integration()
        await frontend.choose("Import from hass-miner")
        await frontend.step("Import from hass-miner")
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
    await frontend.shows(f"Bitaxe Gamma 602 ({bitaxe.address})")
    await take_picture(frontend.page, "flow-discovered")
    await frontend.press("Add")
    await frontend.step("Miner found")
    await take_picture(frontend.page, "flow-discovery")
    await frontend.submit()
    await frontend.step("Features of Bitaxe Gamma 602")
    await frontend.submit()
    await frontend.finish()
    assert [entry["title"] for entry in await house.entries()] == ["Bitaxe Gamma 602"]
    await frontend.open(INTEGRATION_PAGE)
    await frontend.read_page()
