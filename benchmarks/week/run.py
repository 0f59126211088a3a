"""Let a week pass, and see what became of the surplus."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Final

from homeassistant.core import HomeAssistant

from tools.hurried import home, hurry

from .drivers import GRID, Driver
from .yard import CEILING, FLOOR, Place, components, link, running_yard

# How often the meter at the connection to the grid tells what it measures.
TELL: Final = 10
# How often the miners are asked.
INTERVAL: Final = 60
_PER_MINUTE: Final = 60 // TELL
_DAY: Final = 86_400 // TELL
_KWH: Final = TELL / 3_600_000


@dataclass
class Week:
    """What became of the surplus; energy is in kWh, the curve in W per minute."""

    usable: float = 0.0
    used: float = 0.0
    drawn: float = 0.0
    bought: float = 0.0
    starts: dict[str, list[int]] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)
    # The miners that mine for other pools than before.
    changed_pools: tuple[str, ...] = ()
    # Processor seconds, the emulated devices included.
    cpu: float = 0.0

    @property
    def used_share(self) -> float:
        """Return the share of the usable surplus that was used."""
        return self.used / self.usable if self.usable else 1.0

    @property
    def grid_share(self) -> float:
        """Return the share of the miners' energy that was bought."""
        return self.bought / self.drawn if self.drawn else 0.0

    @property
    def most_starts(self) -> int:
        """Return how often a miner started in a day, at the most."""
        return max((max(days) for days in self.starts.values()), default=0)

    def note(self, left: float, drawn: float) -> None:
        """Note what the miners drew of what was left of the sun, in W."""
        usable = min(left, CEILING) if left >= FLOOR else 0.0
        self.usable += usable * _KWH
        self.used += min(drawn, usable) * _KWH
        self.drawn += drawn * _KWH
        self.bought += max(0.0, drawn - max(0.0, left)) * _KWH

    def note_day(self, places: Sequence[Place]) -> None:
        """Note how often each miner started in a day."""
        for place in places:
            self.starts.setdefault(place.kind.name, []).append(place.starts)
            place.starts = 0


def live(drive: Driver, surplus: Sequence[float], *, interval: int = INTERVAL) -> Week:
    """Let the minutes pass whose surplus is given."""
    return hurry(lambda: _live(drive, surplus, interval))


async def _live(drive: Driver, surplus: Sequence[float], interval: int) -> Week:
    """Set everything up, and let the minutes pass."""
    async with running_yard() as places, home(components()) as hass:
        _tell(hass, places, surplus[0])
        for place in places:
            await link(hass, place, interval)
        await drive(hass, places)
        pools = _pools(places)
        begin = process_time()
        week = await _pass(hass, places, surplus)
        week.cpu = process_time() - begin
        week.changed_pools = tuple(
            name for name, found in _pools(places).items() if found != pools[name]
        )
        return week


async def _pass(
    hass: HomeAssistant, places: Sequence[Place], surplus: Sequence[float]
) -> Week:
    """Let the minutes pass, and note what becomes of them."""
    week = Week()
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for place in places:
        place.step(TELL)
    for tick in range(len(surplus) * _PER_MINUTE):
        minute, part = divmod(tick, _PER_MINUTE)
        _tell(hass, places, surplus[minute])
        await asyncio.sleep(begin + (tick + 1) * TELL - loop.time())
        drawn, at_rest = map(sum, zip(*(p.step(TELL) for p in places), strict=True))
        week.note(surplus[minute] - at_rest, drawn)
        if not part:
            week.curve.append(drawn)
        if tick % _DAY == _DAY - 1:
            week.note_day(places)
    if len(surplus) * _PER_MINUTE % _DAY:
        week.note_day(places)
    return week


def _tell(hass: HomeAssistant, places: Sequence[Place], surplus: float) -> None:
    """Have the meter tell what is bought, below zero what is sold."""
    bought = sum(place.device.watts for place in places) - surplus
    hass.states.async_set(
        GRID, f"{bought:.0f}", {"unit_of_measurement": "W", "device_class": "power"}
    )


def _pools(places: Sequence[Place]) -> Mapping[str, list[str]]:
    """Return the pools that each miner mines for."""
    return {
        place.kind.name: [f"{pool.url} {pool.user}" for pool in place.device.pools]
        for place in places
    }
