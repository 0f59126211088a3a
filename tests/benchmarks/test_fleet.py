"""A simulated week passes as it should, and what a tick costs is measured."""

from collections.abc import Iterator

import pytest

from benchmarks.allocation import measure_allocation
from benchmarks.week.drivers import automations, fleet
from benchmarks.week.report import as_table
from benchmarks.week.run import Week, live
from benchmarks.week.weather import MINUTES, household, sun
from benchmarks.week.yard import CEILING, FLOOR, KINDS
from tests.emulation.support import loopback_allowed, skip_unless_ports_free

# A morning of a clear day, from when the first miner can start.
MORNING = slice(510, 600)


@pytest.fixture
def sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    for kind in KINDS:
        skip_unless_ports_free(kind.device)
    with loopback_allowed():
        yield


@pytest.fixture
def _custom_integrations() -> None:
    """Leave the usual Home Assistant out of it."""


def surplus() -> list[float]:
    """Return what is left of the sun, minute by minute."""
    return [brought - drawn for brought, drawn in zip(sun(), household(), strict=True)]


def test_weather() -> None:
    """It is dark at night, and no day is like another."""
    power = sun()
    assert len(power) == MINUTES == len(household())
    assert power == sun()
    assert power[0] == 0
    days = [sum(power[begin : begin + 1440]) for begin in range(0, MINUTES, 1440)]
    assert len(set(days)) == 7
    assert min(days) < max(days) / 2


def test_notes_what_is_used_and_bought() -> None:
    """Usable is what is above the lowest floor and below the sum of all ceilings."""
    week = Week()
    for left, drawn in ((FLOOR - 1, 0), (1000, 800), (1000, 1200), (1e5, CEILING)):
        week.note(left, drawn)
    assert week.usable == pytest.approx((2000 + CEILING) / 360_000)
    assert week.used == pytest.approx((1800 + CEILING) / 360_000)
    assert week.bought == pytest.approx(200 / 360_000)


@pytest.mark.usefixtures("sockets")
def test_a_morning_of_emulated_miners() -> None:
    """The fleet uses what there is, and buys less than automations do."""
    morning = surplus()[MORNING]
    weeks = {
        name: live(drive, morning, interval=300)
        for name, drive in (("fleet", fleet), ("blueprint", automations))
    }
    ours, theirs = weeks.values()
    assert ours.used_share > theirs.used_share
    assert ours.grid_share < 0.05
    assert not ours.changed_pools
    assert not theirs.changed_pools
    table = as_table(weeks)
    assert table.startswith("| a week | fleet | blueprint | goal |")
    assert f"{ours.used_share:.1%}" in table


def test_cost_of_a_tick() -> None:
    """It takes some time, but not for ever."""
    figure = measure_allocation(members=20, rounds=2, repeats=5)
    assert 0 < figure.low <= figure.middle
