"""Linking a simulated miner, as the first controller or as one more."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.miner_control.domain.features import MinerFeatureType

from .linking import (
    FirstLink,
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    stored_links,
    suggested,
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


async def test_no_name(hass: HomeAssistant, link: LinkFlow) -> None:
    """Blanks are no name."""
    await link.open("simulated")
    result = await link.submit({"name": "  "})
    assert_refused(result, "simulated", {"name": "no_name"})
    assert suggested(result["data_schema"]) == {"name": "  "}
    assert stored_links(hass) == []
    assert_asks_features(await link.submit({"name": "Model"}))


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
