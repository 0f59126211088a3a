"""A month in a simulated house: as warm as it should be, with few starts."""

import pytest

from benchmarks.heating.miners import ON_OFF, miners
from benchmarks.heating.month import GenericThermostat, OurThermostat, heat


@pytest.mark.parametrize("number", range(len(miners())))
@pytest.mark.parametrize("has_outdoor_sensor", [True, False])
def test_a_month_of_winter(number: int, has_outdoor_sensor: bool) -> None:  # noqa: FBT001
    """Deviation, overshoot, starts and pauses are as promised for each kind."""
    miner = miners()[number]
    month = heat(
        miner,
        lambda m: OurThermostat(m, has_outdoor_sensor=has_outdoor_sensor),
        days=30 if has_outdoor_sensor else 14,
    )
    can_slow_down = miner.name != ON_OFF
    slowed_down = 0.3 if has_outdoor_sensor else 0.4
    assert month.deviation <= (slowed_down if can_slow_down else 0.8)
    assert month.overshoot <= (0.5 if can_slow_down else 1.2)
    assert month.most_starts <= 6
    assert month.quick == 0


def test_fewer_starts_than_by_two_points() -> None:
    """The rules of the generic thermostat start a miner more often."""
    ours = heat(miners()[0], OurThermostat, days=10)
    theirs = heat(miners()[0], GenericThermostat, days=10)
    assert ours.starts_a_day < theirs.starts_a_day / 2
    assert ours.deviation < theirs.deviation
