"""What is said in the language that Home Assistant is set to."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN

_NAMES: Final = "selector"
_FLOWS: Final = "config"
_ERRORS: Final = "exceptions"
_SENTENCES: Final = "common"


async def async_load_names(hass: HomeAssistant) -> None:
    """Load all texts, so that they can be told without waiting."""
    for category in (_NAMES, _ERRORS, _SENTENCES):
        await async_get_translations(hass, hass.config.language, category, (DOMAIN,))


@callback
def feature_name(hass: HomeAssistant, feature_type: str) -> str:
    """Return what a feature is called; its key in words if that was not loaded."""
    name = _text(hass, _NAMES, f"feature_type.options.{feature_type}")
    return name or feature_type.replace("_", " ")


@callback
def sentence(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return a sentence of the logbook; its key in words if it was not loaded."""
    text = _text(hass, _SENTENCES, key)
    return text.format(**placeholders) if text else key.replace("_", " ")


@callback
def error_text(
    hass: HomeAssistant, key: str, *, domain: str = DOMAIN, **placeholders: str
) -> str | None:
    """Return the message of an error to be told within another; None if not loaded.

    Such a part has no full stop of its own.
    """
    text = _text(hass, _ERRORS, f"{key}.message", domain)
    return text.format(**placeholders).rstrip(".") if text else None


@callback
def reason_of(hass: HomeAssistant, err: HomeAssistantError) -> str:
    """Return why something failed, to be told within another message."""
    domain, key = err.translation_domain, err.translation_key
    if domain is None or key is None:
        return str(err)
    placeholders = err.translation_placeholders or {}
    return error_text(hass, key, domain=domain, **placeholders) or str(err)


async def step_title(hass: HomeAssistant, step_id: str) -> str:
    """Return the title of a step that adds a miner; its id if there is none."""
    titles = await async_get_translations(hass, hass.config.language, _FLOWS, (DOMAIN,))
    return titles.get(f"component.{DOMAIN}.{_FLOWS}.step.{step_id}.title", step_id)


def _text(
    hass: HomeAssistant, category: str, key: str, domain: str = DOMAIN
) -> str | None:
    """Return a text that was loaded, None if it was not."""
    texts = async_get_cached_translations(hass, hass.config.language, category, domain)
    return texts.get(f"component.{domain}.{category}.{key}")
