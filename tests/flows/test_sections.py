"""Sections of forms show what is in their fields.

The user interface takes what is suggested for a section as a whole for its content,
else its default, and looks at the fields only where it finds neither.
"""

from typing import Any

from homeassistant.data_entry_flow import section
import voluptuous as vol

from .linking import LinkFlow, assert_refused
from .renewal import Renewal


def content(schema: vol.Schema, name: str) -> Any:
    """Return what the user interface shows in a section."""
    marker = next(marker for marker in schema.schema if marker == name)
    assert isinstance(schema.schema[marker], section)
    return (marker.description or {}).get("suggested_value", marker.default())


async def test_defaults(link: LinkFlow) -> None:
    """A form shows what is usual."""
    form = await link.open("network")
    assert content(form["data_schema"], "advanced") == {
        "protocol": "auto",
        "scan_interval": 30,
    }
    assert content(form["data_schema"], "credentials") == {}


async def test_priorities(link: LinkFlow) -> None:
    """The priorities are those that a feature gets if nothing is changed."""
    await link.open("simulated")
    form = await link.submit({"name": "Model"})
    shown = content(form["data_schema"], "priorities")
    assert set(shown.values()) == {10}
    assert shown.keys() == link.stored(await link.submit({})).data["features"].keys()


async def test_what_was_entered(link: LinkFlow) -> None:
    """What was entered before an error is still there after it."""
    await link.open("network")
    login = {"username": "root", "password": "secret"}
    result = await link.submit({"host": " ", "credentials": login})
    assert_refused(result, "network", {"host": "invalid_host"})
    assert content(result["data_schema"], "credentials") == login
    assert content(result["data_schema"], "advanced") == {
        "protocol": "auto",
        "scan_interval": 30,
    }


async def test_what_is_stored(of_plug: Renewal) -> None:
    """What was entered when a controller was linked is there when it is set up anew."""
    rows = [{"entity_id": "sensor.plug_power", "scale": 2.0}]
    advanced = {"max_age": 60.0, "adjustments": rows}
    await of_plug.submit_shown(advanced=advanced)
    await of_plug.finish()
    form = await of_plug.open()
    assert content(form["data_schema"], "advanced") == advanced
