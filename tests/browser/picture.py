"""Pictures for the documents, small and always of the same kind."""

from io import BytesIO
import os
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Page

from .chromium import HEIGHT, WIDTH

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
MAX_BYTES: Final = 150_000
# A page has few colours besides the shades of its letters; small icons keep theirs.
_COLOURS: Final = 256


async def take_picture(
    page: Page,
    name: str,
    *,
    height: int = HEIGHT,
    width: int = WIDTH,
) -> None:
    """Take a picture of a page if pictures are asked for."""
    if not os.environ.get("TAKE_PICTURES"):
        return
    await page.set_viewport_size({"width": width, "height": height})
    await page.mouse.move(0, 0)
    shot = Image.open(BytesIO(await page.screenshot(animations="disabled")))
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    path = FOLDER / f"{name}.png"
    colours = shot.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)
    colours.save(path, optimize=True)
    assert path.stat().st_size < MAX_BYTES, path
