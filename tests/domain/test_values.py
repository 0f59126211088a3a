"""Values: what can be true, and in which unit."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from math import inf, isclose, nan

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.values import (
    DeviceInfo,
    Energy,
    FanSetting,
    FanSpeed,
    FanSpeedUnit,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    Measurement,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Voltage,
    is_plausible,
)


def fan_percent(value: float) -> FanSpeed:
    """Return a fan's speed in percent."""
    return FanSpeed(value, FanSpeedUnit.PERCENT)


def board_at(celsius: float) -> Hashboard:
    """Return a board of which only the temperature is known."""
    return Hashboard(board_temperature=Temperature(celsius))


MEASUREMENTS: list[Callable[[float], Measurement]] = [
    HashRate,
    Power,
    Energy,
    Temperature,
    FanSpeed,
    fan_percent,
    Voltage,
    Frequency,
    board_at,
]


@pytest.mark.parametrize("measurement", MEASUREMENTS)
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_no_number_is_implausible(
    measurement: Callable[[float], Measurement], value: float
) -> None:
    """Nothing measures as not a number or as infinite."""
    assert not measurement(value).is_plausible


@pytest.mark.parametrize("measurement", MEASUREMENTS)
def test_zero_is_plausible(measurement: Callable[[float], Measurement]) -> None:
    """Zero is a value, not the lack of one."""
    assert measurement(0).is_plausible
    assert is_plausible(measurement(0))


@pytest.mark.parametrize(
    ("measurement", "low", "high", "beyond"),
    [
        (HashRate, 0, 1e9, None),
        (Power, 0, 99_999, 100_000),
        (Energy, 0, 1e9, None),
        (Temperature, -50, 150, 151),
        (FanSpeed, 0, 50_000, 50_001),
        (fan_percent, 0, 100, 101),
        (Voltage, 0, 1000, 1001),
        (Frequency, 0, 10_000, 10_001),
        (board_at, -50, 150, 200),
    ],
)
def test_limits(
    measurement: Callable[[float], Measurement],
    low: float,
    high: float,
    beyond: float | None,
) -> None:
    """A value is plausible up to its limits, and not beyond."""
    assert measurement(low).is_plausible
    assert measurement(high).is_plausible
    assert not measurement(low - 1).is_plausible
    assert beyond is None or not measurement(beyond).is_plausible


@given(
    st.just(0.0) | st.floats(1e-6, 1e12),
    st.sampled_from(HashRateUnit),
    st.sampled_from(HashRateUnit),
)
def test_hash_rate_survives_conversion(
    value: float, one: HashRateUnit, other: HashRateUnit
) -> None:
    """A hash rate is the same after a conversion there and back."""
    there = HashRate(value, one).to(other)
    assert isclose(HashRate(there, other).to(one), value, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "other", "expected"),
    [
        (1.5, HashRateUnit.PH, HashRateUnit.TH, 1500),
        (500, HashRateUnit.GH, HashRateUnit.TH, 0.5),
        (2, HashRateUnit.EH, HashRateUnit.H, 2e18),
        (3, HashRateUnit.MH, HashRateUnit.KH, 3000),
        (7, HashRateUnit.KSOL, HashRateUnit.SOL, 7000),
        (1, HashRateUnit.GSOL, HashRateUnit.MSOL, 1000),
    ],
)
def test_conversion_of_hash_rates(
    value: float, unit: HashRateUnit, other: HashRateUnit, expected: float
) -> None:
    """Prefixes mean what they mean everywhere."""
    assert HashRate(value, unit).to(other) == pytest.approx(expected)


def test_hash_rate_is_in_terahashes_by_default() -> None:
    """A hash rate without a unit is one of Bitcoin's."""
    assert HashRate(100) == HashRate(100, HashRateUnit.TH)


HASHBOARD = Hashboard(
    chip_temperature=Temperature(70),
    board_temperature=Temperature(60),
    voltage=Voltage(13.8),
    frequency=Frequency(500),
    hashrate=HashRate(30),
    nominal_hashrate=HashRate(33),
    chips=114,
)


def test_board_is_plausible() -> None:
    """A board all of whose measurements can be true is shown."""
    assert HASHBOARD.is_plausible


@pytest.mark.parametrize(
    "wrong",
    [
        Hashboard(chip_temperature=Temperature(200)),
        Hashboard(board_temperature=Temperature(-100)),
        Hashboard(voltage=Voltage(-1)),
        Hashboard(frequency=Frequency(nan)),
        Hashboard(hashrate=HashRate(-1)),
    ],
)
def test_one_wrong_measurement_makes_a_board_implausible(wrong: Hashboard) -> None:
    """A board with any measurement that cannot be true is not shown."""
    changes = {
        field.name: getattr(wrong, field.name) or getattr(HASHBOARD, field.name)
        for field in fields(Hashboard)
    }
    assert not Hashboard(**changes).is_plausible


@pytest.mark.parametrize(
    "board", [Hashboard(), Hashboard(chips=114, nominal_hashrate=HashRate(33))]
)
def test_board_without_measurements_serves_nobody(board: Hashboard) -> None:
    """What was not measured is left to the next provider."""
    assert not board.is_plausible


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        (False, True),
        (0, True),
        ("", True),
        (DeviceInfo(), True),
        (Power(0), True),
        (Power(-1), False),
        ((), False),
        ((None, None), False),
        ((None, FanSpeed(0)), True),
        ((FanSpeed(-1), FanSpeed(nan)), False),
        ((FanSpeed(-1), FanSpeed(3000)), True),
    ],
)
def test_plausibility_of_any_value(value: object, *, expected: bool) -> None:
    """A value is there and can be true; of several, one suffices."""
    assert is_plausible(value) is expected


@pytest.mark.parametrize(
    "value",
    [
        HashRate(1),
        Power(1),
        Energy(1),
        Temperature(1),
        FanSpeed(1),
        Voltage(1),
        Frequency(1),
        HASHBOARD,
        DeviceInfo(),
        OperationalData(),
        FanSetting(1),
        PowerLimit(1, 0, 2),
        Presets(("low",)),
    ],
)
def test_values_are_frozen(value: object) -> None:
    """A value never changes and can be a key."""
    assert hash(value) == hash(value)
    for field in fields(value):  # type: ignore[arg-type]
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)


@pytest.mark.parametrize(
    ("levels", "watts", "reached"),
    [
        ((), 1900, 1900),
        ((784, 1785, 1916), 1900, 1785),
        ((784, 1785, 1916), 1916, 1916),
        ((784, 1785, 1916), 5000, 1916),
        ((784, 1785, 1916), 700, 700),
    ],
)
def test_limit_that_is_reached(
    levels: tuple[float, ...], watts: float, reached: float
) -> None:
    """A miner with levels of power takes the highest within a limit."""
    limit = PowerLimit(None, 700, 5000, levels=levels)
    assert limit.reached_by(watts) == reached
