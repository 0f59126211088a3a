"""The room that an emulated miner heats."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from emulation import EmulatedMiner
from emulation.control import FleetControl
from emulation.fleet import Fleet, Spec
from emulation.room import Room

from .support import free_port, new_address
from .test_plug import call

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass
class Heater:
    """A miner that draws what it is told, at a time that is set."""

    watts: float = 0.0
    energy: float = 5.0
    time: float = 100.0
    clock: Any = field(init=False)

    def __post_init__(self) -> None:
        """Have a clock that shows the time."""
        self.clock = SimpleNamespace(now=lambda: self.time)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds
        self.energy += self.watts * seconds / 3_600_000.0


@pytest.fixture
def heater() -> Heater:
    """Return a heater that draws nothing yet."""
    return Heater()


@pytest.fixture
def room(heater: Heater) -> Room:
    """Return a room that loses 100 W for each kelvin above 8 °C."""
    return Room(cast("EmulatedMiner", heater))


def test_room_keeps_its_temperature(heater: Heater, room: Room) -> None:
    """What it loses is what the miner draws."""
    heater.watts = 1200.0
    heater.run(DAY)
    assert room.temperature == pytest.approx(20.0)


@pytest.mark.parametrize(("watts", "end"), [(0.0, 8.0), (700.0, 15.0), (2200.0, 30.0)])
def test_room_gets_as_warm_as_the_power_allows(
    heater: Heater, room: Room, watts: float, end: float
) -> None:
    """It comes nearer and nearer to that, and not beyond."""
    heater.watts = watts
    heater.run(HOUR)
    (low, high) = sorted((20.0, end))
    assert low < room.temperature < high
    heater.run(10 * DAY)
    assert room.temperature == pytest.approx(end)


def test_it_does_not_matter_how_often_it_is_looked_at(heater: Heater) -> None:
    """The same power gives the same room."""
    miner = cast("EmulatedMiner", heater)
    often, seldom = Room(miner), Room(miner)
    heater.watts = 2500.0
    for _ in range(60):
        heater.run(60.0)
        warmth = often.temperature
        assert often.temperature == warmth
    assert seldom.temperature == pytest.approx(often.temperature)


async def test_control_tells_how_warm_a_room_is() -> None:
    """Those that heat none have none."""
    specs = [
        Spec("warm", "luxos", new_address(), new_address(), heats=True),
        Spec("cold", "luxos", new_address(), new_address()),
    ]
    async with Fleet(specs) as fleet, FleetControl(fleet, free_port()) as control:
        _, warm = await call("GET", f"{control.url}/devices/warm")
        _, cold = await call("GET", f"{control.url}/devices/cold")
    assert warm["room"]["temperature"] == pytest.approx(20.0, abs=0.1)
    assert cold["room"] is None
