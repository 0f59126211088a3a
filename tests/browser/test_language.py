"""The user interface speaks the language of its user."""

import pytest

from tests.metadata.files import texts, translation

from .frontend import INTEGRATION_PAGE, Frontend
from .home import House

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("browser"),
]

LANGUAGE = "de"


async def test_no_english(house: House, frontend: Frontend) -> None:
    """Nothing of ours is left in English, what is folded away included."""
    english, german = dict(texts(translation("en"))), dict(texts(translation(LANGUAGE)))
    left = {text for path, text in english.items() if german[path] != text}
    left -= set(german.values())
    await house.add_simulated("Garage")
    await frontend.page.add_init_script(
        f"localStorage.setItem('selectedLanguage', '\"{LANGUAGE}\"')"
    )
    await frontend.open(INTEGRATION_PAGE)
    flow = ("config_subentries", "entities")
    section = (*flow, "step", "entities", "sections", "plug", "data")
    await frontend.press(german[*flow, "initiate_flow", "user"])
    shown = await frontend.step(german[*flow, "step", "entities", "title"])
    assert german[*section, "power_monitoring"] in shown
    assert left.isdisjoint(shown), left & set(shown)
    # The model of a device is what it is in every language.
    left.remove("Simulated miner")
    page = await frontend.read_page()
    assert left.isdisjoint(page), left & set(page)
