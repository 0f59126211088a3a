"""The dashboard of miners, as a user sees and uses it."""

from collections.abc import Iterable
from typing import Any, Final

from playwright.async_api import Locator, Page, expect
import pytest

from tests.metadata.files import ROOT

from .chromium import LOADING_SECONDS
from .home import House
from .reading import raw_texts, texts_of

URL_PATH: Final = "our-miners"
OVERVIEW: Final = f"/{URL_PATH}/miners"

MINER_CARD: Final = "miner-control-card"
MATRIX_CARD: Final = "miner-control-matrix-card"
TOTALS_CARD: Final = "miner-control-totals-card"
FLEET_CARD: Final = "miner-control-fleet-card"

# Width and height of a page.
SIZES: Final = {
    "desktop": (1400, 680),
    "phone": (390, 844),
    "small phone": (320, 640),
}

_AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

# What is wrong inside of our own elements, each with where and why.
_RUN_AXE: Final = """
async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes
        .map(({ target, failureSummary }) => [target.flat().join(" "), failureSummary])
        .filter(([path]) => path.includes("miner-control"))
        .map(([path, why]) => `${id}: ${path}: ${why}`));
}
"""

# How far an element's content sticks out of it, to either side.
_OVERFLOW: Final = "element => element.scrollWidth - element.clientWidth"


class Dashboard:
    """A dashboard in a page of the browser."""

    def __init__(self, page: Page, base: str) -> None:
        """Take over a page that shows nothing yet."""
        self.page = page
        self._base = base
        self.totals = page.locator(TOTALS_CARD)
        self.matrix = page.locator(MATRIX_CARD)
        self.fleet = page.locator(FLEET_CARD)

    async def open(self, path: str = OVERVIEW, wait_for: str = MINER_CARD) -> None:
        """Go to a page of the dashboard, and wait until it is there."""
        await self.page.goto(f"{self._base}{path}")
        await expect(self.page.locator(wait_for).first).to_be_visible(
            timeout=LOADING_SECONDS * 1000
        )

    async def resize(self, size: str) -> None:
        """Show the page on a screen of some size."""
        width, height = SIZES[size]
        await self.page.set_viewport_size({"width": width, "height": height})

    def card(self, miner: str) -> Locator:
        """Return the card of a miner."""
        return self.page.locator(MINER_CARD).filter(has_text=miner)

    async def read(self, cards: Iterable[Locator]) -> list[str]:
        """Return the texts of cards, which are for people."""
        shown = [text for card in cards for text in await texts_of(card)]
        assert not raw_texts(shown), raw_texts(shown)
        return shown

    async def check_access(self) -> None:
        """See that everybody can use our cards, by the rules of axe."""
        if not _AXE.exists():
            pytest.skip("there is no axe: scripts/setup could not install it")
        await self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: list[str] = await self.page.evaluate(_RUN_AXE)
        assert not found, "\n".join(found)

    async def check_width(self) -> None:
        """See that no card of ours is wider than its place."""
        for name in (MINER_CARD, MATRIX_CARD, TOTALS_CARD, FLEET_CARD):
            for card in await self.page.locator(f"{name} ha-card").all():
                assert await card.evaluate(_OVERFLOW) <= 0, name


async def make_dashboard(house: House, config: dict[str, Any] | None = None) -> None:
    """Store a dashboard, without the browser; by default the one of all miners."""
    await house.client.call(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Our miners",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await house.client.call(
        "lovelace/config/save",
        url_path=URL_PATH,
        config=config or {"strategy": {"type": "custom:miner-control"}},
    )


async def remove_dashboards(house: House) -> None:
    """Remove all dashboards."""
    for dashboard in await house.client.call("lovelace/dashboards/list"):
        if dashboard["mode"] == "storage":
            await house.client.call(
                "lovelace/dashboards/delete", dashboard_id=dashboard["id"]
            )


async def device_of(house: House, entry_id: str) -> str:
    """Return the id of a miner's device."""
    devices = await house.client.call("config/device_registry/list")
    identifier = ["miner_control", entry_id]
    return next(str(d["id"]) for d in devices if identifier in d["identifiers"])
