"""Rules of Home Assistant for brand images."""

import struct

import pytest

from .files import INTEGRATION

THEMES = ("", "dark_")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
TRUECOLOUR_WITH_ALPHA = 6


def _header(name: str) -> tuple[int, int, int]:
    """Return width, height and colour type of a brand image."""
    image = (INTEGRATION / "brand" / f"{name}.png").read_bytes()
    assert image.startswith(SIGNATURE)
    width, height, _, colour_type = struct.unpack_from(">IIBB", image, 16)
    return width, height, colour_type


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("density", "size"), [("", 256), ("@2x", 512)])
def test_icon_size(theme: str, density: str, size: int) -> None:
    """Icons are squares of the two sizes, with a transparent ground."""
    assert _header(f"{theme}icon{density}") == (size, size, TRUECOLOUR_WITH_ALPHA)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("density", "limits"), [("", (128, 256)), ("@2x", (256, 512))])
def test_logo_size(theme: str, density: str, limits: tuple[int, int]) -> None:
    """Logos lie on their long side, within limits, with a transparent ground."""
    width, height, colour_type = _header(f"{theme}logo{density}")
    assert limits[0] <= height <= limits[1] < width
    assert colour_type == TRUECOLOUR_WITH_ALPHA


@pytest.mark.parametrize("theme", THEMES)
def test_logo_densities(theme: str) -> None:
    """The finer logo is twice the size of the other."""
    width, height, _ = _header(f"{theme}logo")
    assert _header(f"{theme}logo@2x")[:2] == (2 * width, 2 * height)
