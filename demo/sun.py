"""The sun, which people set, and the meter between the house and the grid."""

from collections.abc import Iterable
import json
from typing import Any

from tools.home.client import Client
from tools.home.emulators import Plug

SUN = "input_number.solar_power"
GRID = "sensor.grid_power"

# More than the miners of the fleet can draw, in W.
MOST_WATTS = 6000
# What a fine day brings: enough for all of them.
FINE_WATTS = 3500

# A meter that says nothing for a minute counts as old, and one of a power that stays
# the same has to repeat it.
METER_INTERVAL = 2


def configuration(plugs: Iterable[Plug]) -> dict[str, Any]:
    """Return what makes Home Assistant have a sun, and a meter.

    The house has nothing else than what is behind some plugs. What the sun gives and
    they do not take flows into the grid.
    """
    powers = [plug.power for plug in plugs]
    listed = json.dumps(powers)
    sun = {
        "name": "Solar power",
        "min": 0,
        "max": MOST_WATTS,
        "step": 50,
        "initial": 0,
        "mode": "slider",
        "unit_of_measurement": "W",
        "icon": "mdi:solar-power",
    }
    meter = {
        "name": "Grid power",
        "unique_id": "grid_power",
        "state": f"{{{{ ({listed} | map('states') | map('float') | sum"
        f" - states('{SUN}') | float) | round(1) }}}}",
        "availability": f"{{{{ {listed} | select('has_value') | list | count"
        f" == {len(powers)} and has_value('{SUN}') }}}}",
        "unit_of_measurement": "W",
        "device_class": "power",
        "state_class": "measurement",
    }
    triggers = [
        {"trigger": "time_pattern", "seconds": f"/{METER_INTERVAL}"},
        {"trigger": "state", "entity_id": SUN},
    ]
    return {
        "input_number": {SUN.partition(".")[2]: sun},
        "template": [{"triggers": triggers, "sensor": [meter]}],
    }


async def shine(client: Client, watts: float) -> None:
    """Let the sun give so many watts."""
    await client.act("input_number", "set_value", entity_id=SUN, value=watts)
