"""Home Assistant's user interface, used as a user would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import BrowserContext, Locator, Page, expect

from custom_components.miner_control.const import DOMAIN

from .chromium import LOADING_SECONDS, STEP_SECONDS, problems_of
from .reading import raw_texts, texts_of

INTEGRATION_PAGE: Final = f"/config/integrations/integration/{DOMAIN}"

DASHBOARD: Final = "/config/integrations/dashboard"
REPAIRS_PAGE: Final = "/config/repairs"

expect.set_options(timeout=STEP_SECONDS * 1000)


class Frontend:
    """A page of the user interface, and the dialog of a flow in it."""

    def __init__(self, page: Page, base: str) -> None:
        """Take over a page that shows nothing yet."""
        self.page = page
        self._base = base
        self.dialog = page.locator("dialog-data-entry-flow")
        self.adjustments = self.dialog.locator("ha-md-list-item div.label")

    @classmethod
    @asynccontextmanager
    async def in_browser(
        cls, context: BrowserContext, base: str
    ) -> AsyncIterator[Frontend]:
        """Open a page, and see in the end that nothing went wrong in it."""
        page = await context.new_page()
        problems = problems_of(page)
        yield cls(page, base)
        await page.close()
        assert not problems, problems

    async def open(self, path: str) -> None:
        """Go somewhere, and wait until it is there."""
        await self.page.goto(f"{self._base}{path}")
        await expect(self.page.locator("ha-panel-config")).to_be_visible(
            timeout=LOADING_SECONDS * 1000
        )

    async def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button."""
        place = within or self.page
        await place.get_by_role("button", name=name, exact=True).click()

    async def add_integration(self) -> None:
        """Start the flow that adds a miner, from the list of all integrations."""
        await self.open(DASHBOARD)
        await self.press("Add integration")
        await self.page.get_by_placeholder("Search for a brand name").fill("Miner Con")
        await self.page.get_by_text("Miner Control", exact=True).click()
        await self.step("Add a miner")

    async def menu(self, option: str) -> None:
        """Choose from the menu of the only miner."""
        row = self.page.locator("ha-config-entry-row").first
        await self.press("Menu", row.locator("> ha-row-item, ha-row-item").first)
        await row.locator("ha-dropdown-item").filter(has_text=option).click()

    async def shows(self, text: str) -> None:
        """Wait until the page shows something."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def repair(self, issue: str) -> None:
        """Start to repair what an issue is about."""
        await self.page.get_by_text(issue).first.click()

    async def read_page(self) -> list[str]:
        """Return the texts of the page, which are for people."""
        shown = await texts_of(self.page.locator("ha-panel-config"))
        assert not raw_texts(shown), raw_texts(shown)
        return shown

    # The dialog of a flow

    async def step(self, title: str) -> list[str]:
        """Wait for a step of a flow and return its texts, which are for people."""
        await expect(self.dialog.locator(".dialog-title")).to_have_text(title)
        shown = await texts_of(self.dialog)
        assert not raw_texts(shown), raw_texts(shown)
        return shown

    async def error(self, text: str) -> None:
        """Wait until a step says what is wrong."""
        await expect(self.dialog.get_by_text(text).first).to_be_visible()

    async def choose(self, option: str) -> None:
        """Choose from the menu of a step."""
        await self.dialog.get_by_text(option, exact=True).click()

    async def enter(self, label: str, text: str, within: Locator | None = None) -> None:
        """Fill in a text or a number."""
        await self.field(label, within).fill(text)

    def field(self, label: str, within: Locator | None = None) -> Locator:
        """Return where a text or a number is filled in."""
        return _labelled((within or self.dialog).locator("ha-input"), label)

    def priority(self, feature: str) -> Locator:
        """Return where the priority of a feature is filled in."""
        return _labelled(self.dialog.locator("ha-selector-number"), feature)

    async def pick(
        self, label: str, entity: str, within: Locator | None = None
    ) -> None:
        """Choose an entity."""
        place = within or self.dialog
        field = place.locator(f'ha-picker-field[aria-label^="{label}"]').first
        await field.click()
        picker = place.locator("ha-picker-combo-box")
        await picker.locator("input").fill(entity)
        await picker.get_by_text(entity, exact=True).first.click()
        # The form takes what was picked when the list has closed.
        await expect(picker).to_have_count(0)
        await expect(field).to_contain_text(entity)

    async def tick(self, label: str) -> None:
        """Tick a box, or untick it."""
        await self.dialog.get_by_text(label, exact=True).first.click()

    async def unfold(self, section: str) -> None:
        """Open a section of a form."""
        await self.press(section, self.dialog)

    async def submit(self) -> None:
        """Send a form."""
        await self.press("Submit", self.dialog)

    async def close(self, text: str) -> None:
        """Close the dialog of a flow that ends with a message."""
        await self.error(text)
        shown = await texts_of(self.dialog)
        assert not raw_texts(shown), raw_texts(shown)
        await self.press("Close", self.dialog.locator("[slot=footer]"))
        await expect(self.dialog.locator(".dialog-title")).to_have_count(0)

    async def repaired(self) -> None:
        """Close the dialog of a repair; nothing is left to be repaired."""
        assert "The issue is repaired!" in await self.finish()
        await self.shows("There are currently no repairs")

    async def finish(self) -> list[str]:
        """Close the dialog of a flow that is over, and return its texts."""
        button = self.dialog.get_by_role("button", name="inish")
        await expect(button).to_be_visible()
        shown = await texts_of(self.dialog)
        assert not raw_texts(shown), raw_texts(shown)
        await button.click()
        await expect(self.dialog.locator(".dialog-title")).to_have_count(0)
        return shown


def _labelled(fields: Locator, label: str) -> Locator:
    """Return the input of the first field that shows a label."""
    return fields.filter(has_text=label).first.locator("input").first
