"""Days in seconds: Home Assistant and emulated devices in a time that leaps.

One process, one loop, and real sockets between the two. Work takes next to no time;
when none is left to do, the time leaps to the next timer:

    async def main() -> None:
        async with home() as hass, EmulatedBitaxe("127.0.90.1") as device:
            found = await network(hass, device.address, "axeos", scan_interval=30)
            await add_miner(hass, "axe", found)
            await asyncio.sleep(86_400)

    hurry(main)

What works in threads of a library's own (asic-rs) is not waited for.
"""

from .entries import add_fleet, add_miner, entities, network
from .home import home
from .loop import HurriedLoop, hurry
from .plug import plug_entities
from .time import HurriedTime

__all__ = [
    "HurriedLoop",
    "HurriedTime",
    "add_fleet",
    "add_miner",
    "entities",
    "home",
    "hurry",
    "network",
    "plug_entities",
]
