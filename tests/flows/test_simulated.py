"""Linking a simulated miner, as the first controller or as one more."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType

from .linking import (
    FirstLink,
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    stored_links,
)


async def test_what_is_stored(link: LinkFlow) -> None:
    """A simulated miner can do everything, and everybody else ranks before it."""
    subentry = await link.link("simulated", {"name": " Model "})
    data = dict(subentry.data)
    known = data.pop("capabilities")
    features = {feature.value for feature in MinerFeatureType}
    assert set(known["features"]) == features
    assert (known["model"], known["mac"]) == ("Simulated miner", None)
    assert data == {
        "name": "Model",
        "features": {name: {"priority": 10, "enabled": True} for name in features},
    }
    assert (subentry.subentry_type, subentry.title) == ("simulated", "Model")
    assert (subentry.unique_id, link.entry.unique_id) == (None, None)


@pytest.mark.parametrize("form", [{}, {"name": "  "}])
async def test_no_name(link: LinkFlow, form: dict[str, str]) -> None:
    """Without a name, it is called what it is."""
    assert (await link.link("simulated", form)).title == "Simulated miner"


async def test_no_name_twice(
    hass: HomeAssistant, no_setup: None, miner: ConfigEntry
) -> None:
    """Two without a name are told apart by a number."""
    links = [await FurtherLink(hass, miner).link("simulated", {}) for _ in range(3)]
    assert [link.title for link in links] == [
        "Simulated miner",
        "Simulated miner 2",
        "Simulated miner 3",
    ]


async def test_name_taken(
    hass: HomeAssistant, no_setup: None, miner: ConfigEntry
) -> None:
    """Two controllers of a miner cannot have the same name."""
    link = FurtherLink(hass, miner)
    await link.link("simulated", {"name": "Model"})
    await link.open("simulated")
    result = await link.submit({"name": "Model"})
    assert_refused(result, "simulated", {"name": "name_taken"})
    assert len(miner.subentries) == 1
    assert_asks_features(await link.submit({"name": "Other model"}))


async def test_miners_of_the_same_name(hass: HomeAssistant, no_setup: None) -> None:
    """Two miners may have the same name, and so may their controllers."""
    for _ in range(2):
        await FirstLink(hass).link("simulated", {"name": "Model"})
    assert [link["title"] for link in stored_links(hass)] == ["Model", "Model"]
