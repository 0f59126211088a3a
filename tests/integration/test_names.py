"""What features are called in messages."""

from homeassistant.core import HomeAssistant

from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.names import async_load_names, feature_name


async def test_names_are_those_of_the_language(hass: HomeAssistant) -> None:
    """Every feature has a name in the language that is set, not only its key."""
    hass.config.language = "de"
    await async_load_names(hass)
    names = {feature_name(hass, kind) for kind in MinerFeatureType}
    assert len(names) == len(MinerFeatureType)
    assert feature_name(hass, "power_monitoring") == "Leistung"
    assert not any("_" in name for name in names)


async def test_name_that_is_not_known(hass: HomeAssistant) -> None:
    """A key in words is better than none."""
    assert feature_name(hass, "tea_making") == "tea making"
