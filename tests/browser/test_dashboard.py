"""The dashboard of all miners is added, read and used."""

from typing import Any

from playwright.async_api import expect
import pytest

from emulation.faults import Fault

from .dashboard import (
    MATRIX_CARD,
    MINER_CARD,
    SIZES,
    URL_PATH,
    Dashboard,
    device_of,
    make_dashboard,
)
from .first_steps import add_dashboard, add_miner_with_plug
from .frontend import Frontend, counted_clicks
from .home import OUTLET_DEVICE, PLUG, House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

ASIC = "WhatsMiner M30S++ VH30"
POWER = "power_monitoring"
# Which of them are in the documents.
PICTURES = {
    ("desktop", "light"): "dashboard",
    ("desktop", "dark"): "dashboard-dark",
    ("phone", "light"): "dashboard-phone",
}
ID = "whatsminer_m30s_vh30"


async def add_miners(house: House) -> str:
    """Register a device with its plug and a simulated miner; return the first."""
    entry_id = await house.add_network_device(house.miner.address)
    await house.link_plug(entry_id)
    await house.add_simulated("Garage")
    return entry_id


async def test_dashboard_is_added(
    house: House, frontend: Frontend, dashboard: Dashboard
) -> None:
    """Three clicks make the dashboard, without a line of YAML."""
    await house.add_simulated("Garage")
    clicks = await counted_clicks(frontend.page)
    await add_dashboard(frontend)
    await expect(frontend.page.get_by_role("dialog")).to_have_count(0)
    assert await clicks() == 3
    listed = await house.client.call("lovelace/dashboards/list")
    (made,) = [each for each in listed if each["title"] == "Miners"]
    assert made["icon"] == "mdi:pickaxe"
    await dashboard.open(f"/{made['url_path']}")
    await expect(dashboard.card("Garage")).to_be_visible()


async def test_first_steps(
    house: House, frontend: Frontend, dashboard: Dashboard
) -> None:
    """What the README says leads to a miner, its plug and the dashboard."""
    clicks = await counted_clicks(frontend.page)
    await add_miner_with_plug(house, frontend)
    used = await clicks()
    # The page is left for another one, on which they are counted anew.
    await add_dashboard(frontend)
    await expect(frontend.page.get_by_role("dialog")).to_have_count(0)
    used += await clicks()
    assert used <= 13, used
    made = (await house.client.call("lovelace/dashboards/list"))[-1]
    await dashboard.open(f"/{made['url_path']}")
    await expect(dashboard.card("AntMiner S19 Pro")).to_contain_text(OUTLET_DEVICE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_dashboard_is_for_everybody(
    house: House, dashboard: Dashboard, size: str, scheme: Any
) -> None:
    """It can be read at any size, in both schemes, by every rule of axe."""
    await add_miners(house)
    await house.heat(await house.add_simulated("Attic"))
    await make_dashboard(house)
    await dashboard.resize(size)
    await dashboard.page.emulate_media(color_scheme=scheme)
    await dashboard.open()
    await expect(dashboard.card(ASIC)).to_contain_text("Smart plug")
    await expect(dashboard.card("Attic")).to_contain_text("Thermostat")
    shown = await dashboard.read(
        [dashboard.totals, dashboard.card(ASIC), dashboard.card("Garage")]
    )
    assert "3 of 3" in shown
    assert "Mining" in shown
    await dashboard.check_width()
    await dashboard.check_access()
    if (name := PICTURES.get((size, scheme))) is not None:
        await dashboard.page.evaluate("document.activeElement?.blur()")
        # All of the card of a miner that heats.
        width = SIZES[size][0]
        await take_picture(dashboard.page, name, width=width, height=900)


@pytest.mark.parametrize("size", SIZES)
async def test_page_of_a_miner(house: House, dashboard: Dashboard, size: str) -> None:
    """The title of a card opens everything about its miner."""
    await add_miners(house)
    await make_dashboard(house)
    await dashboard.resize(size)
    await dashboard.open()
    await dashboard.card(ASIC).get_by_role("button", name=ASIC).click()
    await dashboard.page.wait_for_url(f"**/{URL_PATH}/miner-*")
    await expect(dashboard.matrix).to_contain_text(PLUG)
    await expect(dashboard.matrix).to_contain_text(" W")
    await dashboard.read([dashboard.matrix])
    await dashboard.check_width()
    await dashboard.check_access()


async def test_miner_is_stopped_by_the_keyboard(
    house: House, dashboard: Dashboard
) -> None:
    """A switch is reached and pressed without a mouse, and the reason is told."""
    await house.add_simulated("Garage")
    await make_dashboard(house)
    await dashboard.open()
    card = dashboard.card("Garage")
    mining = card.get_by_role("switch", name="Mining")
    await expect(mining).to_be_checked()
    await mining.focus()
    await mining.press("Space")
    await expect(card).to_contain_text("Idle: it was told to stop mining")
    await expect(mining).not_to_be_checked()
    await mining.press("Enter")
    await expect(mining).to_be_checked()


async def test_power_is_limited(house: House, dashboard: Dashboard) -> None:
    """The slider sets the limit, and a preset is chosen from a list."""
    await house.add_simulated("Garage")
    await make_dashboard(house)
    await dashboard.open()
    card = dashboard.card("Garage")
    slider = card.get_by_role("slider", name="Power limit")
    before = await slider.input_value()
    await slider.press("ArrowLeft")
    await expect(slider).not_to_have_value(before)
    await expect(slider).to_be_enabled()
    state = await house.state("number.garage_power_limit")
    assert float(state["state"]) < float(before)
    await card.get_by_role("combobox", name="Preset").select_option("low")
    await expect(card.get_by_role("combobox", name="Preset")).to_be_enabled()


async def test_fallback_is_seen(house: House, dashboard: Dashboard) -> None:
    """Who stands in is named in colour, on the card and in the totals."""
    entry_id = await add_miners(house)
    await make_dashboard(house)
    await dashboard.open()
    await house.set_feature(entry_id, PLUG, POWER, priority=1)
    await house.set_feature(entry_id, ASIC, POWER, priority=99)
    chips = dashboard.card(ASIC).locator(".chip")
    await expect(chips.filter(has_text=PLUG)).not_to_contain_text("Power,")
    house.miner.fault = Fault.REFUSE
    try:
        await house.update(f"sensor.{ID}_hashrate")
        fallback = chips.filter(has_text="Fallback")
        await expect(fallback).to_contain_text(PLUG, timeout=60_000)
        await expect(dashboard.totals).to_contain_text(f"{PLUG} is the fallback for")
        await dashboard.check_access()
        await take_picture(dashboard.page, "dashboard-fallback")
    finally:
        house.miner.fault = None


async def test_ranking_is_changed(house: House, dashboard: Dashboard) -> None:
    """By keys, by dragging and by a switch; it takes effect at once."""
    entry_id = await add_miners(house)
    device_id = await device_of(house, entry_id)
    await show_cards(house, {"type": f"custom:{MATRIX_CARD}", "device_id": device_id})
    await dashboard.open(wait_for=MATRIX_CARD)
    row = dashboard.matrix.get_by_role("row").filter(
        has=dashboard.page.get_by_role("rowheader", name="Power", exact=True)
    )
    plug, asic = (
        row.get_by_role("cell").filter(
            has=dashboard.page.get_by_role("switch", name=name)
        )
        for name in (PLUG, ASIC)
    )
    await expect(plug).to_contain_text("Provides it now")
    await take_picture(dashboard.page, "dashboard-controllers")
    await plug.get_by_role("button").press("ArrowDown")
    await expect(asic).to_contain_text("Provides it now")
    await expect(dashboard.matrix.locator("[aria-live]")).to_contain_text(
        f"Power: {PLUG} is number 2 of 2"
    )
    assert (await house.features(entry_id))[POWER]["provider"] == ASIC
    await plug.get_by_role("button").drag_to(asic.get_by_role("button"))
    await expect(plug).to_contain_text("Provides it now")
    assert (await house.features(entry_id))[POWER]["provider"] == PLUG
    await plug.get_by_role("switch").click()
    await expect(asic).to_contain_text("Provides it now")
    assert (await house.features(entry_id))[POWER]["provider"] == ASIC


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({}, "Choose a miner for this card."),
        ({"device_id": "gone"}, "This miner has been removed."),
        ({"entity": "sensor.nobody"}, "There is no entity sensor.nobody."),
        ({"entity": "sensor.smart_plug_power"}, "is not a miner of Miner Control."),
    ],
    ids=["nothing", "removed", "unknown", "stranger"],
)
@pytest.mark.parametrize("kind", [MINER_CARD, MATRIX_CARD])
async def test_card_of_nobody(
    house: House, dashboard: Dashboard, kind: str, card: dict[str, Any], message: str
) -> None:
    """A card that has no miner says why."""
    await house.add_simulated("Garage")
    await show_cards(house, {"type": f"custom:{kind}", **card})
    await dashboard.open(wait_for=kind)
    await expect(dashboard.page.locator(kind)).to_contain_text(message)


async def test_no_miners(house: House, dashboard: Dashboard) -> None:
    """Without miners the dashboard says how to add one."""
    entry_id = await house.add_simulated("Garage")
    await make_dashboard(house)
    await dashboard.open()
    await house.remove(entry_id)
    await expect(dashboard.totals).to_contain_text("There are no miners yet.")


@pytest.mark.parametrize(
    ("language", "direction", "texts"),
    [
        ("de", "ltr", ["Mining läuft", "Stromversorgung", "Bereitgestellt von"]),
        ("he", "rtl", ["Mining", "Power supply"]),
    ],
)
async def test_language(
    house: House, dashboard: Dashboard, language: str, direction: str, texts: list[str]
) -> None:
    """The dashboard speaks the language of its user, in its direction."""
    await house.add_simulated("Garage")
    await make_dashboard(house)
    await dashboard.page.add_init_script(
        f"localStorage.setItem('selectedLanguage', '\"{language}\"')"
    )
    await dashboard.open()
    card = dashboard.card("Garage")
    for text in texts:
        await expect(card).to_contain_text(text)
    shown = "element => getComputedStyle(element).direction"
    assert await card.locator("ha-card").evaluate(shown) == direction
    await dashboard.check_width()


async def test_cards_are_offered(house: House, dashboard: Dashboard) -> None:
    """Entities of a miner get our cards in the picker, others do not."""
    entry_id = await house.add_simulated("Garage")
    device_id = await device_of(house, entry_id)
    await make_dashboard(house)
    await dashboard.open()
    offered = await dashboard.page.evaluate(
        """() => {
            const { hass } = document.querySelector("home-assistant");
            return ["sensor.garage_power", "sensor.smart_plug_power"].map(entity =>
                customCards.map(({ name, getEntitySuggestion: suggest }) =>
                    [name, suggest?.(hass, entity)?.config ?? null]));
        }"""
    )
    assert offered[0] == [
        ["Miner", {"type": f"custom:{MINER_CARD}", "device_id": device_id}],
        [
            "Miner: controllers",
            {"type": f"custom:{MATRIX_CARD}", "device_id": device_id},
        ],
        ["Fleet", None],
        ["Miners: totals", None],
    ]
    assert [config for _, config in offered[1]] == [None] * 4


async def show_cards(house: House, *cards: dict[str, Any]) -> None:
    """Store a dashboard with some cards."""
    section = {"type": "grid", "column_span": 4, "cards": list(cards)}
    view = {"path": "miners", "type": "sections", "sections": [section]}
    await make_dashboard(house, {"views": [view]})
