# /// script
# requires-python = ">=3.14"
# dependencies = ["resvg-py==0.5.0"]
# ///
"""Render the brand images from their drawings.

Run `uv run assets/render.py` after changing a drawing. Home Assistant shows the
dark images in its dark theme; they differ in the colour of the ink alone.
"""

import base64
import itertools
from pathlib import Path
import re

import resvg_py

ASSETS = Path(__file__).parent
BRAND = ASSETS.parent / "custom_components" / "miner_control" / "brand"

INK = "#334155"
INKS = {"": INK, "dark_": "#cbd5e1"}
HEIGHTS = {"": 256, "@2x": 512}

_INNER = re.compile(r'"(\w+)\.svg"')


def _drawing(name: str, ink: str) -> str:
    """Return a drawing in an ink, with the drawings that it shows inside it."""
    drawing = (ASSETS / f"{name}.svg").read_text(encoding="utf-8")
    return _INNER.sub(
        lambda inner: f'"{_data_uri(_drawing(inner[1], ink))}"',
        drawing.replace(INK, ink),
    )


def _data_uri(drawing: str) -> str:
    """Return a drawing in the form that another drawing can hold."""
    encoded = base64.b64encode(drawing.encode()).decode()
    return f"data:image/svg+xml;base64,{encoded}"


def main() -> None:
    """Write every image that Home Assistant may ask for."""
    BRAND.mkdir(parents=True, exist_ok=True)
    for name, (theme, ink), (density, height) in itertools.product(
        ("icon", "logo"), INKS.items(), HEIGHTS.items()
    ):
        image = resvg_py.svg_to_bytes(svg_string=_drawing(name, ink), height=height)
        (BRAND / f"{theme}{name}{density}.png").write_bytes(image)


if __name__ == "__main__":
    main()
