"""The browser, and what it is told besides what a user does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import os
import shutil
import struct
import subprocess
import time
from typing import Final
import zlib

from playwright._impl._driver import compute_driver_executable
from playwright.async_api import BrowserContext, Page, Route, async_playwright
import pytest

WIDTH, HEIGHT = 1200, 900
LOADING_SECONDS = 40.0
STEP_SECONDS = 20.0

# The list of all integrations says so when its dialog closes.
_LIST_IS_GONE: Final = "disconnected"

# scripts/lib/browser.sh looks for the same names.
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """Return where the browser is, or skip the test where there is none."""
    node, _ = compute_driver_executable()
    check = subprocess.run(  # noqa: S603 - it comes with Playwright
        [node, "--version"], check=False, capture_output=True, text=True
    )
    if check.returncode != 0:
        pytest.skip(f"Playwright's driver does not run: {check.stderr}")
    installed = filter(None, map(shutil.which, _NAMES))
    path = os.environ.get("CHROMIUM") or next(installed, "")
    if not path:
        pytest.skip("there is no Chromium, and scripts/setup could not install it")
    return path


@asynccontextmanager
async def browser_context(base: str, token: str) -> AsyncIterator[BrowserContext]:
    """Run a browser that is signed in to a Home Assistant."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable())
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            locale="en-US",
            reduced_motion="reduce",
            service_workers="block",
            timezone_id="UTC",
        )
        context.set_default_timeout(STEP_SECONDS * 1000)
        context.set_default_navigation_timeout(LOADING_SECONDS * 1000)
        await context.add_init_script(_sign_in(base, token))
        await context.route("**/api/brands/**", _answer_for_brands)
        try:
            yield context
        finally:
            await browser.close()


def problems_of(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong in a page."""
    problems: list[str] = []
    page.on(
        "pageerror",
        lambda error: (
            problems.append(f"uncaught: {error}")
            if error.message != _LIST_IS_GONE
            else None
        ),
    )
    page.on(
        "console",
        lambda message: (
            problems.append(f"console: {message.text} {message.location}")
            if message.type == "error"
            else None
        ),
    )
    return problems


def _sign_in(base: str, token: str) -> str:
    """Return the script that leaves behind what a login does, and nothing else."""
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "refresh_token": "",
        "hassUrl": base,
        "clientId": f"{base}/",
        "expires_in": 1800,
        "expires": (time.time() + 1800) * 1000,
    }
    text = json.dumps(json.dumps(tokens))
    return f"localStorage.clear(); localStorage.setItem('hassTokens', {text})"


async def _answer_for_brands(route: Route) -> None:
    """Give every brand but ours an empty icon: Home Assistant would look outside."""
    if "miner_control" in route.request.url:
        await route.continue_()
    else:
        await route.fulfill(body=_EMPTY_PNG, content_type="image/png")


def _chunk(name: bytes, data: bytes) -> bytes:
    """Return a part of a PNG file."""
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


# One transparent pixel.
_EMPTY_PNG: Final = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(bytes(5))),
        _chunk(b"IEND", b""),
    )
)
