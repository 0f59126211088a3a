"""A simulated week passes as it should, and what a tick costs is measured."""

from benchmarks.allocation import measure_allocation
from benchmarks.week.drivers import Blueprints, Fleet
from benchmarks.week.report import as_table
from benchmarks.week.run import live
from benchmarks.week.weather import MINUTES, household, sun


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


def test_fleet_uses_a_week_of_surplus() -> None:
    """It uses nearly all, buys nearly nothing, and starts no miner too often."""
    week = live(Fleet(), surplus())
    assert week.used_share >= 0.9
    assert week.grid_share < 0.02
    assert week.most_starts <= 6


def test_beside_the_blueprint() -> None:
    """On a clear day, automations that know nothing of each other use less."""
    day = surplus()[:1440]
    weeks = {"fleet": live(Fleet(), day), "blueprint": live(Blueprints(), day)}
    fleet, blueprint = weeks.values()
    assert fleet.used_share > blueprint.used_share
    assert fleet.grid_share < blueprint.grid_share
    table = as_table(weeks)
    assert table.startswith("| a week | fleet | blueprint | goal |")
    assert f"{fleet.used_share:.1%}" in table


def test_cost_of_a_tick() -> None:
    """It takes some time, but not for ever."""
    figure = measure_allocation(members=20, rounds=2, repeats=5)
    assert 0 < figure.low <= figure.middle
