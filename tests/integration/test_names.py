"""What is said in messages, and in which language."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    OutOfRangeError,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.names import (
    async_load_names,
    error_text,
    feature_name,
    reason_of,
    sentence,
)


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


def _kinds(error: type[ControllerError]) -> Iterator[type[ControllerError]]:
    """Yield a kind of error, and all that are more special."""
    yield error
    for kind in error.__subclasses__():
        yield from _kinds(kind)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_error_of_a_controller_can_be_a_reason(
    hass: HomeAssistant, language: str
) -> None:
    """Its message needs no more than the name of the controller, and has no stop."""
    hass.config.language = language
    await async_load_names(hass)
    for kind in _kinds(ControllerError):
        if kind is OutOfRangeError:
            # That is raised as a message of its own.
            continue
        told = error_text(hass, kind.translation_key, controller="Garage")
        assert told, kind
        assert "Garage" in told
        assert not told.endswith(".")


async def test_reason_of_another_integration(hass: HomeAssistant) -> None:
    """What has no translation is told as it is."""
    await async_load_names(hass)
    assert reason_of(hass, HomeAssistantError("out of order")) == "out of order"
    foreign = HomeAssistantError(
        "in English", translation_domain="else", translation_key="other"
    )
    assert reason_of(hass, foreign) == "in English"


async def test_sentence_that_is_not_known(hass: HomeAssistant) -> None:
    """A key in words is better than none."""
    assert sentence(hass, "tea_is_ready") == "tea is ready"
