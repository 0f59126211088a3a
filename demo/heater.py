"""The miner that heats: its room's sensor and its thermostat, by the flows."""

from dataclasses import replace

from tools.home.client import Client
from tools.home.flows import OPTIONS_FLOW, SUBENTRY_FLOW, walk
from tools.home.miners import ESSENTIAL, Miner, wait_for_entities

NAME = "heater"
THERMOSTAT = "climate.thermostat"

# What the room has at first, so that little is needed to keep it, in °C.
COMFORT = 20.0
# What the device draws as it is delivered, in W, measured by itself.
MOST_WATTS = 2800


async def set_up(client: Client, miner: Miner) -> Miner:
    """Link the sensor of a miner's room, and have the miner heat that room."""
    sensor = miner.device.room_sensor
    await walk(
        client,
        SUBENTRY_FLOW,
        [miner.entry_id, "entities"],
        {
            "entities": {"name": "Room", "room_temperature_monitoring": sensor},
            "features": {},
        },
    )
    await walk(
        client,
        OPTIONS_FLOW,
        miner.entry_id,
        {
            "init": {"next_step_id": "heating"},
            "heating": {
                "enabled": True,
                "comfort_temperature": COMFORT,
                "max_power": MOST_WATTS,
            },
        },
    )
    entities = await wait_for_entities(client, miner.entry_id, {*ESSENTIAL, THERMOSTAT})
    await client.act(
        "climate", "set_hvac_mode", entity_id=entities[THERMOSTAT], hvac_mode="heat"
    )
    return replace(miner, entities=entities)
