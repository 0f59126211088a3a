"""Home Assistant's user interface, used as a user would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import re
from typing import Final

from playwright.async_api import BrowserContext, Locator, Page, expect

from custom_components.miner_control.const import DOMAIN

from .chromium import LOADING_SECONDS, STEP_SECONDS, problems_of
from .reading import raw_texts, texts_of

INTEGRATION_PAGE: Final = f"/config/integrations/integration/{DOMAIN}"

DASHBOARD: Final = "/config/integrations/dashboard"
REPAIRS_PAGE: Final = "/config/repairs"

# What a person sees is found by its role and its text. Parts of the user interface
# that have neither are found by the names of their elements, which may change with
# any release; these are all of them.
_PANEL: Final = "ha-panel-config"
_FLOW: Final = "dialog-data-entry-flow"
_NUMBER: Final = "ha-selector-number"
_SWITCH: Final = "ha-selector-boolean"
_KNOB: Final = "ha-switch"

expect.set_options(timeout=STEP_SECONDS * 1000)


class Frontend:
    """A page of the user interface, and the dialog of a flow in it."""

    def __init__(self, page: Page, base: str) -> None:
        """Take over a page that shows nothing yet."""
        self.page = page
        self._base = base
        self.dialog = page.locator(_FLOW)
        self.adjustments = self.dialog.get_by_role("listitem")

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
        await expect(self.page.locator(_PANEL)).to_be_visible(
            timeout=LOADING_SECONDS * 1000
        )

    async def press(self, name: str) -> None:
        """Press a button; of several with this name the one on top."""
        await self.page.get_by_role("button", name=name, exact=True).last.click()

    async def add_integration(self) -> None:
        """Start the flow that adds a miner, from the list of all integrations."""
        await self.open(DASHBOARD)
        await self.press("Add integration")
        # The search looks at the first twenty letters of a name.
        await self.page.get_by_placeholder("Search for a brand name").fill("bitcoin")
        await self.page.get_by_text("Miner Control (Bitcoin miners)").click()
        await self.step("Add a miner")

    async def menu(self, option: str) -> None:
        """Choose from the menu of the only miner."""
        # The first is that of the page.
        menus = self.page.get_by_role("button", name="Menu", exact=True)
        await menus.nth(1).click()
        await self.page.get_by_role("menuitem", name=option).click()

    async def shows(self, text: str) -> None:
        """Wait until the page shows something."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def repair(self, issue: str) -> None:
        """Start to repair what an issue is about."""
        await self.page.get_by_text(issue).first.click()

    async def read_page(self) -> list[str]:
        """Return the texts of the page, which are for people."""
        shown = await texts_of(self.page.locator(_PANEL))
        assert not raw_texts(shown), raw_texts(shown)
        return shown

    # The dialog of a flow

    async def step(self, title: str) -> list[str]:
        """Wait for a step of a flow and return its texts, which are for people."""
        shown: list[str] = []
        try:
            async with asyncio.timeout(STEP_SECONDS):
                while title not in shown:
                    shown = await texts_of(self.dialog)
        except TimeoutError:
            raise AssertionError(f"{title!r} is not shown, but {shown}") from None
        assert not raw_texts(shown), raw_texts(shown)
        return shown

    async def error(self, text: str) -> None:
        """Wait until a step says what is wrong."""
        await expect(self.dialog.get_by_text(text).first).to_be_visible()

    async def choose(self, option: str) -> None:
        """Choose from the menu of a step."""
        await self.dialog.get_by_text(option, exact=True).click()

    async def enter(self, label: str, text: str) -> None:
        """Fill in a text or a number."""
        await self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        """Return where a text or a number is filled in."""
        if label == "Password":
            # It has no role, so that nothing reads it aloud. Other secrets come later.
            return self.page.locator("input[type=password]").first
        name = re.compile(rf"^{re.escape(label)}\*?$")
        fields = self.page.get_by_role("textbox", name=name)
        return fields.or_(self.page.get_by_role("spinbutton", name=name)).last

    def priority(self, feature: str) -> Locator:
        """Return where the priority of a feature is filled in."""
        fields = self.dialog.locator(_NUMBER).filter(has_text=feature)
        return fields.first.get_by_role("spinbutton")

    async def pick(self, label: str, entity: str) -> None:
        """Choose an entity."""
        field = re.compile(rf"^{re.escape(label)} ")
        await self.page.get_by_role("button", name=field).last.click()
        await self.page.get_by_placeholder("Search").last.fill(entity)
        await self.page.get_by_role("option", name=entity).first.click()
        # The form takes what was picked when the list has closed.
        await expect(self.page.get_by_role("option")).to_have_count(0)
        chosen = self.page.get_by_role("button", name=f"{label} {entity}")
        await expect(chosen.last).to_be_visible()

    async def pick_device(self, label: str, device: str) -> None:
        """Choose a device."""
        await self.page.get_by_role("button", name=label).last.click()
        await self.page.get_by_role("option", name=device).first.click()
        await expect(self.page.get_by_role("option")).to_have_count(0)

    async def tick(self, label: str) -> None:
        """Tick a box, or untick it."""
        await self.dialog.get_by_text(label, exact=True).first.click()

    async def switch(self, label: str) -> None:
        """Turn a switch on, or off; its label does not act on it."""
        await self.dialog.locator(_SWITCH, has_text=label).locator(_KNOB).click()

    async def unfold(self, section: str) -> None:
        """Open a section of a form."""
        await self.press(section)

    async def submit(self) -> None:
        """Send a form."""
        await self.press("Submit")

    async def go_on(self) -> None:
        """Send a form that another one follows."""
        await self.press("Next")

    async def close(self, text: str) -> None:
        """Close the dialog of a flow that ends with a message."""
        await self.error(text)
        shown = await texts_of(self.dialog)
        assert not raw_texts(shown), raw_texts(shown)
        await self.press("Close")
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def repaired(self, issue: str) -> None:
        """Close the dialog of a repair; the issue is gone."""
        assert "The issue is repaired!" in await self.finish()
        await expect(self.page.get_by_text(issue)).to_have_count(0)

    async def finish(self) -> list[str]:
        """Close the dialog of a flow that is over, and return its texts."""
        button = self.dialog.get_by_role("button", name="inish")
        await expect(button).to_be_visible()
        shown = await texts_of(self.dialog)
        assert not raw_texts(shown), raw_texts(shown)
        await button.click()
        await expect(self.page.get_by_role("dialog")).to_have_count(0)
        return shown


async def counted_clicks(page: Page) -> Callable[[], Awaitable[int]]:
    """Count the clicks on whatever the page shows from now on; return how many."""
    await page.add_init_script(
        "window.clicks = 0;"
        "addEventListener('click', (it) => { if (it.isTrusted) clicks++ }, true);"
    )

    async def count() -> int:
        """Return how many clicks there were."""
        found: int = await page.evaluate("window.clicks")
        return found

    return count
