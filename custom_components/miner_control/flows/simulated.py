"""Find the simulated miner that a form describes, or say what is wrong with it."""

from collections.abc import Container, Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..controllers import simulated
from ..names import step_title
from .link import Link, entered_name


async def find_simulation(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return a simulated miner; raise RefusedError if its name is taken."""
    default = await step_title(hass, "simulated")
    name = entered_name(user_input, default, taken, present)
    # Its device is known by the name that it was given first.
    first_name = present.data.get(CONF_NAME, present.title) if present else name
    return Link(
        controller_type=simulated.SimulatedController,
        title=name,
        capabilities=simulated.capabilities(),
        connection={CONF_NAME: first_name},
        present=present,
    )
