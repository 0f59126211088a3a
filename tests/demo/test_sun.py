"""The sun and the meter, as Home Assistant takes them."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
import pytest

from demo import sun
from tools.home.emulators import Plug

PLUGS = [Plug("Big plug", "http://127.0.0.2"), Plug("Small plug", "http://127.0.0.3")]
BIG, SMALL = (plug.power for plug in PLUGS)


@pytest.fixture
def meter() -> Any:
    """Return how the meter is configured."""
    (block,) = sun.configuration(PLUGS)["template"]
    (meter,) = block["sensor"]
    return meter


def shown(hass: HomeAssistant, template: str) -> Any:
    """Return what a template shows."""
    return Template(template, hass).async_render()


@pytest.mark.parametrize(
    ("shining", "drawn", "grid"),
    [("0", ("850.5", "130"), 980.5), ("3500", ("850", "130"), -2520.0)],
    ids=["night", "day"],
)
def test_meter_shows_what_the_sun_does_not_give(
    hass: HomeAssistant, meter: Any, shining: str, drawn: tuple[str, str], grid: float
) -> None:
    """What is bought is positive, what flows into the grid negative."""
    hass.states.async_set(sun.SUN, shining)
    hass.states.async_set(BIG, drawn[0])
    hass.states.async_set(SMALL, drawn[1])

    assert shown(hass, meter["availability"]) is True
    assert shown(hass, meter["state"]) == grid


@pytest.mark.parametrize("missing", [sun.SUN, BIG, SMALL])
def test_meter_guesses_nothing(hass: HomeAssistant, meter: Any, missing: str) -> None:
    """Without a plug nobody knows what flows."""
    for entity_id in (sun.SUN, BIG, SMALL):
        hass.states.async_set(
            entity_id, "unavailable" if entity_id == missing else "100"
        )

    assert shown(hass, meter["availability"]) is False


def test_sun_and_meter_are_called_what_others_call_them(meter: Any) -> None:
    """The ids follow from the names."""
    configured = sun.configuration(PLUGS)
    (name,) = configured["input_number"]
    assert f"input_number.{name}" == sun.SUN
    assert meter["name"].lower().replace(" ", "_") == sun.GRID.partition(".")[2]
    assert configured["input_number"][name]["max"] > sun.FINE_WATTS


def test_meter_repeats_itself() -> None:
    """A meter that says nothing for long counts as old."""
    (block,) = sun.configuration(PLUGS)["template"]
    every, at_once = block["triggers"]
    assert every == {"trigger": "time_pattern", "seconds": "/2"}
    assert at_once == {"trigger": "state", "entity_id": sun.SUN}
