"""How the states of entities are read, in every unit and in every mood."""

from dataclasses import fields
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
)
from custom_components.miner_control.controllers.entities.roles import (
    ROLES,
    is_known,
    switched_on,
)
from custom_components.miner_control.controllers.snapshot import Snapshot
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.values import (
    Energy,
    FanSpeed,
    FanSpeedUnit,
    Frequency,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
    Voltage,
)

RPM = FanSpeedUnit.RPM
TEMPERATURES = (
    F.CHIP_TEMPERATURE_MONITORING,
    F.BOARD_TEMPERATURE_MONITORING,
    F.INLET_TEMPERATURE_MONITORING,
    F.OUTLET_TEMPERATURE_MONITORING,
)
MEASURED = {
    F.POWER_MONITORING: "W",
    F.HASHRATE_MONITORING: "TH/s",
    **dict.fromkeys(TEMPERATURES, "°C"),
    F.FAN_SPEED_INTERNAL_MONITORING: "rpm",
    F.FAN_SPEED_EXTERNAL_MONITORING: "%",
    F.VOLTAGE_MONITORING: "V",
    F.FREQUENCY_MONITORING: "MHz",
    F.ENERGY_MONITORING: "kWh",
}
SWITCHED = (F.POWER_CONTROL, F.MINING_CONTROL)


def read(feature: F, state: str, unit: str | None = None) -> Any:
    """Read a state as a feature's role does."""
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    return ROLES[feature].read(State("sensor.any", state, attributes))


def magnitude(value: object) -> float:
    """Return the number that a value consists of."""
    number = getattr(value, fields(value)[0].name)  # type: ignore[arg-type]
    assert isinstance(number, float)
    return number


@pytest.mark.parametrize(
    ("feature", "state", "unit", "expected"),
    [
        (F.POWER_MONITORING, "3250", "W", Power(3250)),
        (F.POWER_MONITORING, "3.25", "kW", Power(3250)),
        (F.POWER_MONITORING, "18500", "mW", Power(18.5)),
        (F.POWER_MONITORING, "0.05", "MW", Power(50_000)),
        (F.POWER_MONITORING, "1000", "BTU/h", Power(293.07107)),
        *(
            (feature, state, unit, Temperature(65))
            for feature in TEMPERATURES
            for state, unit in (("65", "°C"), ("149", "°F"), ("338.15", "K"))
        ),
        (F.VOLTAGE_MONITORING, "230.5", "V", Voltage(230.5)),
        (F.VOLTAGE_MONITORING, "0.4", "kV", Voltage(400)),
        (F.VOLTAGE_MONITORING, "5093.75", "mV", Voltage(5.09375)),
        (F.VOLTAGE_MONITORING, "5000000", "μV", Voltage(5)),
        (F.FREQUENCY_MONITORING, "525", "MHz", Frequency(525)),
        (F.FREQUENCY_MONITORING, "0.525", "GHz", Frequency(525)),
        (F.FREQUENCY_MONITORING, "525000", "kHz", Frequency(525)),
        (F.FREQUENCY_MONITORING, "525000000", "Hz", Frequency(525)),
        (F.ENERGY_MONITORING, "12.5", "kWh", Energy(12.5)),
        (F.ENERGY_MONITORING, "12500", "Wh", Energy(12.5)),
        (F.ENERGY_MONITORING, "0.0125", "MWh", Energy(12.5)),
        (F.ENERGY_MONITORING, "45", "MJ", Energy(12.5)),
        (F.ENERGY_MONITORING, "12500000", "mWh", Energy(12.5)),
    ],
)
def test_every_unit_is_converted(
    feature: F, state: str, unit: str, expected: object
) -> None:
    """Whatever the unit, the value is the same."""
    found = read(feature, state, unit)
    assert type(found) is type(expected)
    assert magnitude(found) == pytest.approx(magnitude_of(expected))


def magnitude_of(expected: Any) -> float:
    """Return the number that an expected value consists of."""
    return float(getattr(expected, fields(expected)[0].name))


@pytest.mark.parametrize("unit", HashRateUnit)
def test_every_unit_of_hash_rates(unit: HashRateUnit) -> None:
    """A hash rate keeps its unit."""
    assert read(F.HASHRATE_MONITORING, "1.5", unit.value) == HashRate(1.5, unit)


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("Th/s", HashRateUnit.TH),
        ("KH/s", HashRateUnit.KH),
        ("gh/s", HashRateUnit.GH),
        ("PH/S", HashRateUnit.PH),
    ],
)
def test_units_of_hash_rates_are_written_in_many_ways(
    unit: str, meant: HashRateUnit
) -> None:
    """Nobody means millihashes."""
    assert read(F.HASHRATE_MONITORING, "2", unit) == HashRate(2, meant)


@pytest.mark.parametrize(
    ("state", "unit", "expected"),
    [
        ("4800", "rpm", FanSpeed(4800, RPM)),
        ("4800", "RPM", FanSpeed(4800, RPM)),
        ("62.5", "%", FanSpeed(62.5, FanSpeedUnit.PERCENT)),
    ],
)
def test_fans(state: str, unit: str, expected: FanSpeed) -> None:
    """A fan turns so many times in a minute, or at a share of its best."""
    assert read(F.FAN_SPEED_EXTERNAL_MONITORING, state, unit) == expected
    assert read(F.FAN_SPEED_INTERNAL_MONITORING, state, unit) == (expected,)


@pytest.mark.parametrize("feature", MEASURED)
@pytest.mark.parametrize(
    "state",
    ["unknown", "unavailable", "", "text", "12,5", "nan", "inf", "-inf", "None"],
)
def test_states_that_say_nothing(feature: F, state: str) -> None:
    """What is no finite number is no value."""
    assert read(feature, state, MEASURED[feature]) is None


@pytest.mark.parametrize("feature", MEASURED)
@pytest.mark.parametrize("unit", [None, "", "bananas", "m/s"])
def test_units_that_say_nothing(feature: F, unit: str | None) -> None:
    """A number without a unit that fits could be anything."""
    assert read(feature, "12", unit) is None


@pytest.mark.parametrize("feature", MEASURED)
@pytest.mark.parametrize("state", ["0", "0.0", "-1", "1e2"])
def test_numbers(feature: F, state: str) -> None:
    """Zero is a value, and implausible ones are for others to judge."""
    assert read(feature, state, MEASURED[feature]) is not None


@pytest.mark.parametrize("feature", SWITCHED)
@pytest.mark.parametrize(
    ("state", "on"),
    [
        ("on", True),
        ("off", False),
        ("unknown", None),
        ("unavailable", None),
        ("open", None),
    ],
)
def test_switches(feature: F, state: str, *, on: bool | None) -> None:
    """A switch is on, or off, or nobody knows."""
    assert read(feature, state) is on
    assert switched_on(State("switch.any", state)) is on


@pytest.mark.parametrize("status", MinerStatus)
def test_status_by_name(status: MinerStatus) -> None:
    """A sensor may name the status itself; a switch has two of the names."""
    assert read(F.STATUS_MONITORING, status.value) is status
    assert read(F.STATUS_MONITORING, status.value.title()) is status


@pytest.mark.parametrize("state", ["Mining", "1", ""])
def test_status_by_another_name(state: str) -> None:
    """What is no name of a status is not guessed at."""
    assert read(F.STATUS_MONITORING, state) is None


@pytest.mark.parametrize(
    ("state", "known"),
    [
        (None, False),
        (State("sensor.any", "unknown"), False),
        (State("sensor.any", "unavailable"), False),
        (State("sensor.any", "0"), True),
    ],
)
def test_known_states(state: State | None, *, known: bool) -> None:
    """An entity may not exist, not be there, or not know."""
    assert is_known(state) is known


def test_every_role_has_a_port_and_a_place() -> None:
    """What an entity can serve, the controller serves, and the snapshot holds."""
    assert set(ROLES) == EntitiesController.supported_features()
    known = {field.name for field in fields(Snapshot)}
    assert {role.field for role in ROLES.values() if role.field} <= known
    assert all(ROLES[feature].feature_type is feature for feature in ROLES)
