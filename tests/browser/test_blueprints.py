"""Blueprints are chosen, and their forms are as they were meant."""

from pathlib import Path
import shutil

from homeassistant.util import yaml as yaml_util
from playwright.async_api import expect
import pytest

from tests.metadata.files import ROOT
from tools.home.home import Home

from .chromium import LOADING_SECONDS
from .frontend import Frontend
from .home import House
from .picture import take_picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.yaml"))
DASHBOARD = "/config/blueprint/dashboard"
# One of them stands for all in the documents.
SHOWN = "solar_surplus"


@pytest.fixture
def _blueprints(house: House, folder: Home) -> None:
    """Put the blueprints where an import puts them."""
    shutil.copytree(
        ROOT / "blueprints", folder.config / "blueprints", dirs_exist_ok=True
    )


@pytest.mark.usefixtures("_blueprints")
@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
async def test_form(frontend: Frontend, path: Path) -> None:
    """Every input is shown, and those that may be left alone are folded up."""
    blueprint = yaml_util.load_yaml_dict(path)["blueprint"]
    page = frontend.page
    await frontend.open(DASHBOARD)
    await page.get_by_text(blueprint["name"], exact=True).click()
    description = blueprint["description"].splitlines()[0]
    await expect(page.get_by_text(description, exact=True)).to_be_visible(
        timeout=LOADING_SECONDS * 1000
    )
    if path.stem == SHOWN:
        await take_picture(page, "blueprint", height=1330)
    for name, field in blueprint["input"].items():
        if field.get("collapsed"):
            await page.get_by_text(field["name"], exact=True).click()
        for inner in field.get("input", {name: field}).values():
            text = page.get_by_text(inner["name"], exact=True)
            await expect(text.first).to_be_visible()
